"""Crashes while posts are archived or removed: the next run repairs all."""

import itertools
import re
import time

import pytest

from mailman.archive import removing
from mailman.archive.building import opened
from mailman.runners.archive import ArchRunner
from tests.crash.crashpoints import crash_points
from tests.unit.archive.conftest import Shelf

_numbers = itertools.count()
NOW = 1_767_868_200.0


@pytest.fixture(autouse=True)
def warm(site, make_list, make_msg):
    """Import and render everything once, so that only the archive's files count."""
    shelf = Shelf(make_list('warm'))
    shelf.post('a')
    assert shelf.found('text') == [0]
    time.localtime()


def archive_all(site):
    runner = ArchRunner(site)
    runner.queue.recover()
    while runner.one_pass():
        pass
    runner.close()


def whole(shelf, names):
    """Hold an archive against what it must have."""
    assert not shelf.dirty()
    assert list(shelf.numbers()) == names
    volume = '2026-January'
    for kind in ('thread', 'date', 'subject', 'author'):
        listed = re.findall(
            r'^<li id="(\d+)"', shelf.page(f'{volume}/{kind}.html'), re.M
        )
        assert sorted(map(int, listed)) == list(range(len(names)))
    text = shelf.page(f'{volume}.txt')
    assert re.findall(r'^Message-ID: <(\w+)@', text, re.M) == names
    stored = re.findall(rb'^Message-ID: <(\w+)@', shelf.mbox.read_bytes(), re.M)
    assert [name.decode() for name in stored] == names
    assert shelf.found('words') == list(range(len(names)))
    for number, name in enumerate(names):
        page = shelf.page(f'{volume}/{number:06d}.html')
        assert f'words of {name}' in page
        if number:
            assert f'{number - 1:06d}.html' in page
        if number < len(names) - 1:
            assert f'{number + 1:06d}.html' in page


def test_queued_posts_are_archived_once_whenever_the_runner_dies(
    site, make_list, make_msg
):
    times = itertools.count(int(NOW))

    def post(mlist, name, parent):
        mlist.queue('archive').enqueue(
            make_msg(
                f'Message-ID: <{name}@x.example>',
                f'In-Reply-To: <{parent}@x.example>',
                body=f'words of {name}\n',
            ),
            received_time=float(next(times)),
        )

    def arrange():
        mlist = make_list(f'list{next(_numbers)}')
        post(mlist, 'one', 'none')
        archive_all(site)
        post(mlist, 'two', 'one')
        post(mlist, 'three', 'two')
        return Shelf(mlist)

    def act(shelf):
        ArchRunner(site).one_pass()

    def check(shelf, finished):
        archive_all(site)
        names = list(shelf.numbers())
        assert sorted(names) == ['one', 'three', 'two'] and names[0] == 'one'
        whole(shelf, names)
        assert not site.queue_dir('shunt').exists()

    assert crash_points(arrange, act, check) > 40


def test_a_removed_article_is_removed_whenever_it_dies(site, make_list):
    def arrange():
        shelf = Shelf(make_list(f'list{next(_numbers)}'))
        for name in ('a', 'b', 'c'):
            shelf.post(name)
        return shelf

    def act(shelf):
        with opened(shelf.mlist) as archive:
            removing.remove(archive, 1)

    def check(shelf, finished):
        shelf.post('d')
        if not finished:
            with opened(shelf.mlist) as archive:
                archive.repair()
                removing.remove(archive, 1)
        assert list(shelf.numbers()) == ['a', 'b', 'c', 'd']
        assert b'text b' not in shelf.mbox.read_bytes()
        assert 'text b' not in ''.join(shelf.pages().values())
        assert shelf.found('text') == [0, 2, 3]
        for number, name in ((0, 'a'), (2, 'c'), (3, 'd')):
            with opened(shelf.mlist) as archive:
                assert f'<{name}@'.encode() in archive.content(number)

    assert crash_points(arrange, act, check) > 15
