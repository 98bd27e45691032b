"""Which list and command a local part means."""

import pytest

from mailman.mta.localpart import COMMANDS, split

LISTS = {'test', 'dev-owner', 'dev', 'c++', 'test-request-talk'}


@pytest.mark.parametrize(
    'local, expected',
    [
        ('test', ('post', 'test', '')),
        ('TEST', ('post', 'test', '')),
        ('test-request', ('request', 'test', '')),
        ('Test-Bounces', ('bounces', 'test', '')),
        ('test-bounces+anne=x.org', ('bounces', 'test', 'anne=x.org')),
        ('test-confirm+0123abc', ('confirm', 'test', '0123abc')),
        ('dev-owner', ('post', 'dev-owner', '')),
        ('dev-owner-owner', ('owner', 'dev-owner', '')),
        ('dev-request', ('request', 'dev', '')),
        ('c++', ('post', 'c++', '')),
        ('test-request-talk', ('post', 'test-request-talk', '')),
        ('test+tag', ('post', 'test', 'tag')),
    ],
)
def test_the_longest_list_name_wins(local, expected):
    assert split(local, LISTS.__contains__) == expected


@pytest.mark.parametrize('local', ['', 'nobody', '-request', 'test-nonsense', 'x+test'])
def test_what_is_no_list_has_no_destination(local):
    assert split(local, LISTS.__contains__) is None


def test_every_command_of_the_alias_block_is_reached():
    found = [split(f'test-{command}', LISTS.__contains__) for command in COMMANDS]
    assert [to.command for to in found] == list(COMMANDS)
