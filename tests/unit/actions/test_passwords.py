"""Passwords that come by mail or form, and links for who has lost one."""

import pytest

from mailman.actions.loginlinks import send_login_link
from mailman.actions.passwords import (
    check_member,
    list_role,
    set_member_password,
)
from mailman.constants import Role
from mailman.errors import NotAMember
from mailman.lists.pending import Pending
from mailman.outcomes import LoginLinkSent
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


# --- members ----------------------------------------------------------------------

ANNE = 'anne@member.example'
BOB = 'Bob@Member.example'


def test_a_members_password_is_checked(mlist, stored):
    mlist.set_password(ANNE, stored['post'])
    assert check_member(mlist, 'ANNE@member.example', 'post')
    assert not check_member(mlist, ANNE, 'mod')
    assert mlist.password_of(ANNE) == stored['post']


def test_the_clear_text_of_2_1_is_hashed_when_it_fits(mlist):
    mlist.set_password(ANNE, 'zebra')
    assert not check_member(mlist, ANNE, 'horse')
    assert mlist.password_of(ANNE) == 'zebra'
    assert check_member(mlist, ANNE, 'zebra')
    assert mlist.password_of(ANNE).startswith('scrypt$')
    assert check_member(mlist, ANNE, 'zebra')


@pytest.mark.parametrize('clear', ['', 'None', 'x' * 100_000, '\udcff\0'])
@pytest.mark.parametrize('address', [ANNE, 'stranger@away.example'])
def test_without_a_password_nothing_fits(mlist, address, clear):
    assert not check_member(mlist, address, clear)


def test_strangers_wait_as_long_as_members(mlist, monkeypatch):
    from mailman.security import passwords

    hashed = []
    hash_password = passwords.hash_password
    monkeypatch.setattr(
        passwords, 'hash_password', lambda c: (hashed.append(c), hash_password(c))[1]
    )
    check_member(mlist, 'stranger@away.example', 'guess')
    check_member(mlist, ANNE, 'guess')
    assert hashed == ['guess', 'guess']


def test_a_hash_is_no_password(mlist, stored):
    mlist.set_password(ANNE, stored['post'])
    assert not check_member(mlist, ANNE, stored['post'])


def test_a_password_is_set(mlist):
    set_member_password(mlist, ANNE, 'zebra')
    assert check_member(mlist, ANNE, 'zebra')
    with pytest.raises(ValueError):
        set_member_password(mlist, ANNE, '')
    with pytest.raises(NotAMember):
        set_member_password(mlist, 'stranger@away.example', 'zebra')


# --- log-in links -----------------------------------------------------------------


def links(mlist):
    return [(cookie, op) for cookie, op in Pending(mlist).items() if op[0] == 'L']


def test_a_link_is_mailed_to_the_member_alone(mlist):
    mlist.set_password('bob@member.example', 'zebra')
    assert send_login_link(mlist, 'BOB@member.example') == LoginLinkSent(BOB)
    [(cookie, operation)] = links(mlist)
    assert operation == ('L', BOB)
    [(msg, data)] = mlist.queue('virgin').messages
    assert data['recips'] == [BOB]
    assert msg['from'] == 'test-request@lists.example.com'
    text = msg.get_payload()
    assert f'http://lists.example.com/mailman/confirm/test/{cookie}' in text
    assert 'zebra' not in text


def test_a_link_ends_after_a_day(mlist, site):
    now = site.now()
    send_login_link(mlist, ANNE)
    site.now = lambda: now + 86_500
    assert links(mlist) == []


def test_a_new_link_ends_the_one_before(mlist):
    send_login_link(mlist, ANNE)
    send_login_link(mlist, BOB)
    send_login_link(mlist, ANNE)
    assert sorted(op[1] for _, op in links(mlist)) == [BOB, ANNE]


def test_links_are_not_sent_without_end(mlist):
    limit = mlist.site.cfg.MAX_AUTORESPONSES_PER_DAY
    sent = [send_login_link(mlist, ANNE) for _ in range(limit + 2)]
    assert sent.count(None) == 2
    assert len(mlist.queue('virgin').messages) == limit


def test_strangers_get_no_link(mlist):
    with pytest.raises(NotAMember):
        send_login_link(mlist, 'stranger@away.example')
