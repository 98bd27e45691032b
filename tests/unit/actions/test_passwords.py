"""Passwords that come by mail."""

import pytest

from mailman.actions.passwords import list_role
from mailman.constants import Role
from mailman.security.passwords import hash_password

SHA1 = '5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8'  # of: password


@pytest.fixture(scope='module')
def stored():
    return {word: hash_password(word) for word in ('admin', 'mod', 'post')}


@pytest.fixture
def guarded(make_list, stored):
    return make_list(
        'test',
        password=stored['admin'],
        mod_password=stored['mod'],
        post_password=stored['post'],
    )


@pytest.mark.parametrize(
    'clear, expected',
    [
        ('admin', Role.LIST_ADMIN),
        ('mod', Role.LIST_MODERATOR),
        ('post', Role.LIST_POSTER),
        ('other', Role.UNAUTHORIZED),
        ('', Role.UNAUTHORIZED),
        ('x' * 100_000, Role.UNAUTHORIZED),
        ('\udcff\0', Role.UNAUTHORIZED),
    ],
)
def test_a_password_opens_one_role(guarded, clear, expected):
    assert list_role(guarded, clear) is expected


def test_only_the_roles_asked_for_count(guarded):
    assert list_role(guarded, 'admin', (Role.LIST_POSTER,)) is Role.UNAUTHORIZED


@pytest.mark.parametrize('nothing', ['', None])
def test_a_missing_password_opens_nothing(make_list, nothing):
    mlist = make_list('test', password=nothing, mod_password=nothing)
    assert list_role(mlist, '') is Role.UNAUTHORIZED
    assert list_role(mlist, 'None') is Role.UNAUTHORIZED


def test_an_old_hash_is_replaced_by_todays(make_list):
    mlist = make_list('test', mod_password=SHA1)
    assert list_role(mlist, 'password') is Role.LIST_MODERATOR
    assert mlist.mod_password.startswith('scrypt$')
    assert mlist.changed
    assert list_role(mlist, 'password') is Role.LIST_MODERATOR
