"""How recipients are cut into chunks."""

import pytest

from mailman.delivery.recipients import chunks


def test_addresses_of_one_part_of_the_world_go_together():
    people = ['a@x.com', 'b@x.org', 'c@x.NET', 'd@x.edu', 'e@x.us', 'f@x.ca', 'g@x.de']
    assert chunks(people, 10) == [
        ['a@x.com'],
        ['b@x.org', 'c@x.NET'],
        ['d@x.edu', 'e@x.us', 'f@x.ca'],
        ['g@x.de'],
    ]


@pytest.mark.parametrize('size, lengths', [(3, [3, 3, 1]), (7, [7]), (1, [1] * 7)])
def test_no_chunk_is_larger_than_asked(size, lengths):
    people = [f'p{n}@x.com' for n in range(7)]
    cut = chunks(people, size)
    assert [len(chunk) for chunk in cut] == lengths
    assert [address for chunk in cut for address in chunk] == people


@pytest.mark.parametrize('size', [0, -1])
def test_no_limit_is_one_chunk(size):
    assert chunks(['a@x.com', 'b@x.de'], size) == [['a@x.com', 'b@x.de']]


@pytest.mark.parametrize('size', [0, 5])
def test_international_addresses_do_not_travel_with_plain_ones(size):
    people = ['a@x.com', 'josé@x.com', 'b@x.com']
    assert chunks(people, size) == [['a@x.com', 'b@x.com'], ['josé@x.com']]


def test_nobody_is_no_chunk():
    assert chunks([], 5) == chunks([], 0) == []


def test_an_address_without_a_domain_is_somewhere():
    assert chunks(['root'], 5) == [['root']]
