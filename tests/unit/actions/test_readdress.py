"""A member's new address, on one list or on all of a host."""

import pytest

from mailman import errors
from mailman.actions import readdress
from mailman.constants import MemberFlag
from mailman.lists import MailList
from mailman.outcomes import AddressChanged

OLD = 'anne@member.example'
NEW = 'anne@new.example'


def again(mlist):
    return MailList.open(mlist.site, mlist.name)


def test_a_member_keeps_what_is_known_of_him(mlist):
    mlist.set_name(OLD, 'Anne')
    mlist.set_option(OLD, MemberFlag.ACKNOWLEDGE_POSTS, True)
    assert readdress.move(mlist, OLD, NEW) == AddressChanged(OLD, NEW, ('test',))
    assert mlist.name_of(NEW) == 'Anne'
    assert mlist.option(NEW, MemberFlag.ACKNOWLEDGE_POSTS)
    assert not mlist.is_member(OLD)
    log = (mlist.site.logs_dir / 'subscribe').read_text()
    assert log.endswith(f'test: changed member address from {OLD} to {NEW}\n')
    assert mlist.queue('virgin').messages == []


def test_the_owner_is_told_where_he_wants_it(mlist):
    mlist.admin_notify_mchanges = True
    readdress.move(mlist, OLD, NEW)
    [(msg, data)] = mlist.queue('virgin').messages
    assert data['recips'] == ['owner@owner.example']
    assert OLD in msg.get_payload() and NEW in msg.get_payload()


def test_only_lists_of_this_host_that_have_the_member_are_changed(make_list):
    mlist = make_list('test', members=[OLD])
    same = make_list('same', members=[OLD])
    strangers = make_list('strangers')
    elsewhere = make_list('elsewhere', members=[OLD], host_name='other.example')
    banned = make_list('banned', members=[OLD], ban_list=[NEW])
    outcome = readdress.move(mlist, OLD, NEW, everywhere=True)
    assert outcome == AddressChanged(OLD, NEW, ('test', 'same'))
    assert again(same).is_member(NEW) and not again(same).is_member(OLD)
    assert not again(strangers).is_member(NEW)
    assert again(elsewhere).is_member(OLD)
    assert again(banned).is_member(OLD) and not again(banned).is_member(NEW)
    assert 'banned address change' in (mlist.site.logs_dir / 'vette').read_text()


def test_a_list_that_is_locked_is_named_and_not_waited_for_without_end(
    make_list, monkeypatch
):
    monkeypatch.setattr(readdress, '_PATIENCE', 0.0)
    mlist, busy = make_list('test', members=[OLD]), make_list('busy', members=[OLD])
    with busy.lock():
        outcome = readdress.move(mlist, OLD, NEW, everywhere=True)
    assert outcome == AddressChanged(OLD, NEW, ('test',), ('busy',))
    assert again(busy).is_member(OLD)
    assert 'busy' in (mlist.site.logs_dir / 'error').read_text()


def test_a_damaged_list_does_not_keep_the_others(make_list):
    mlist, good = make_list('test', members=[OLD]), make_list('good', members=[OLD])
    bad = make_list('bad', members=[OLD])
    for path in bad.directory.glob('config.pck*'):
        path.write_bytes(b'garbage')
    readdress.move(mlist, OLD, NEW, everywhere=True)
    assert again(good).is_member(NEW)


def test_strangers_have_no_address_to_change(mlist):
    with pytest.raises(errors.NotAMember):
        readdress.move(mlist, NEW, OLD)
