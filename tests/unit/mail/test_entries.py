"""Lines about members: what is read as name and address, and what is refused."""

import pytest

from mailman.errors import BadAddress
from mailman.mail import entries


@pytest.mark.parametrize(
    'line, expected',
    [
        ('anne@example.com', ('', 'anne@example.com')),
        ('Anne Miller <anne@example.com>', ('Anne Miller', 'anne@example.com')),
        ('"Miller, Anne" <anne@example.com>', ('Miller, Anne', 'anne@example.com')),
        ('anne@example.com (Anne)', ('Anne', 'anne@example.com')),
        ('  ', ('', '')),
    ],
)
def test_three_ways_to_write_a_member(line, expected):
    assert entries.read(line) == expected


@pytest.mark.parametrize('line', ['<>', '()', 'Anne <>', ',', '"', '<(x)>', ':;'])
def test_a_line_without_an_address_is_none(line):
    with pytest.raises(BadAddress):
        entries.read(line)


@pytest.mark.parametrize('line', ['anne@example.com bart@example.com', 'a@b.c, d@e.f'])
def test_more_than_one_address_is_none(line):
    with pytest.raises(BadAddress):
        entries.read(line)
