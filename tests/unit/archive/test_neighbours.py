"""Neighbours that are read for many articles at once are those read one by one."""

from __future__ import annotations

from mailman.archive.building import opened
from mailman.archive.neighbours import Neighbours


def test_all_neighbours_are_those_that_the_store_tells_one_by_one(shelf):
    shelf.post('a', at=0)
    shelf.post('b', 'In-Reply-To: <a@x.example>', at=40 * 86_400)
    shelf.post('c', 'In-Reply-To: <a@x.example>', at=86_400)
    shelf.post('d', 'In-Reply-To: <gone@x.example>', at=-86_400)
    shelf.post('e', at=5)
    with opened(shelf.mlist) as archive:
        store = archive.store
        numbers = [row.number for row in store.newest(10)]
        expected = [store.links(store.row(number)) for number in numbers]
        assert Neighbours(store).of(numbers) == expected


def test_articles_that_are_not_there_have_none(shelf):
    shelf.post('a')
    with opened(shelf.mlist) as archive:
        number = archive.store.newest(1)[0].number
        found = Neighbours(archive.store).of([number, number + 7])
        assert [links.row.number for links in found] == [number]


def test_an_empty_archive_has_none(shelf):
    with opened(shelf.mlist) as archive:
        assert Neighbours(archive.store).of([0, 1]) == []
