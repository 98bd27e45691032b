"""Lists of addresses that owners write."""

import pytest

from mailman.actions.matching import matching_entry, reporter

SETTING = 'accept_these_nonmembers'


def matching(mlist, address, *entries, lists=True):
    return matching_entry(mlist, address, entries, SETTING, lists=lists)


@pytest.mark.parametrize(
    'address, entries, expected',
    [
        ('a@b.example', ['x@y.example', 'A@B.example'], 'A@B.example'),
        ('A@B.EXAMPLE', [' a@b.example '], 'a@b.example'),
        ('a@b.example', ['^A@'], '^A@'),
        ('a@b.example', ['^x@', '^.*@b'], '^.*@b'),
        ('a@b.example', ['^a@', 'a@b.example'], 'a@b.example'),
        ('a@b.example', ['a@b'], None),
        ('a@b.example', ['^('], None),
        ('a@b.example', ['', '   '], None),
        ('', ['^.*'], None),
    ],
)
def test_plain_addresses_and_patterns(mlist, address, entries, expected):
    assert matching(mlist, address, *entries) == expected


def test_a_list_stands_for_its_members(make_list):
    make_list('friends', members=['Eve@friend.example'])
    mlist = make_list('test')
    assert matching(mlist, 'eve@FRIEND.example', '@Friends') == '@Friends'
    assert matching(mlist, 'eve@friend.example', '@friends', lists=False) is None


@pytest.mark.parametrize('entry', ['@nosuch', '@', '@../test', '@test'])
def test_a_list_that_cannot_be_asked_is_logged(mlist, entry):
    assert matching(mlist, 'anne@member.example', entry) is None
    line = (mlist.site.logs_dir / 'error').read_text()
    assert f'test: {SETTING}: {entry}' in line


def test_bad_patterns_are_logged(mlist):
    matching(mlist, 'a@b.example', '^(')
    assert SETTING in (mlist.site.logs_dir / 'error').read_text()


def test_a_report_is_one_line(mlist):
    reporter(mlist, 'x', 'config')('two\nlines')
    assert len((mlist.site.logs_dir / 'config').read_text().splitlines()) == 1
