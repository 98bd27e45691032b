"""A list's passwords: stored as hashes, and set by a mailed link, once."""

import pytest

from mailman.actions import listpasswords
from mailman.constants import Role
from mailman.errors import UnknownCookie
from mailman.lists.logins import Logins
from mailman.lists.pending import Pending
from mailman.security import passwords


def cookies(mlist):
    return [c for c, op in Pending(mlist).items() if op == (listpasswords.OPERATION,)]


def test_new_passwords_end_the_log_ins_by_the_old_ones(mlist):
    before = Logins(mlist).generation('admin'), Logins(mlist).generation('moderator')
    listpasswords.set_passwords(
        mlist, {Role.LIST_ADMIN: 'a', Role.LIST_MODERATOR: 'm', Role.LIST_POSTER: 'p'}
    )
    assert passwords.check('a', mlist.password)
    assert passwords.check('m', mlist.mod_password)
    assert passwords.check('p', mlist.post_password)
    after = Logins(mlist).generation('admin'), Logins(mlist).generation('moderator')
    assert all(new > old for old, new in zip(before, after, strict=True))


@pytest.mark.parametrize('clear', ['', 'x' * 501])
def test_no_empty_or_endless_password(mlist, clear):
    before = mlist.password
    with pytest.raises(ValueError):
        listpasswords.set_passwords(mlist, {Role.LIST_ADMIN: clear})
    assert mlist.password == before


def test_a_link_is_used_up(mlist):
    with mlist.lock():
        assert listpasswords.mail_link(mlist, '192.0.2.1')
        (cookie,) = cookies(mlist)
        listpasswords.use_link(mlist, cookie, 'new', '192.0.2.1')
        with pytest.raises(UnknownCookie):
            listpasswords.use_link(mlist, cookie, 'other', '192.0.2.1')
    assert passwords.check('new', mlist.password)


def test_a_bad_password_leaves_the_link(mlist):
    with mlist.lock():
        listpasswords.mail_link(mlist, '192.0.2.1')
        (cookie,) = cookies(mlist)
        with pytest.raises(ValueError):
            listpasswords.use_link(mlist, cookie, '', '192.0.2.1')
        assert listpasswords.is_good_link(mlist, cookie)


def test_a_list_without_owners_has_nobody_to_tell(mlist):
    mlist.owner = []
    with mlist.lock():
        assert listpasswords.mail_link(mlist, '192.0.2.1')
    assert mlist.queue('virgin').messages == []


def test_three_links_a_day(mlist):
    with mlist.lock():
        sent = [listpasswords.mail_link(mlist, '192.0.2.1') for _ in range(5)]
    assert sent == [True, True, True, False, False]
    assert listpasswords.was_enough(mlist)
