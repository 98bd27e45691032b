"""Many members at once: nothing is done twice, each line left out has its reason."""

import pytest

from mailman.actions import upkeep
from mailman.constants import DeliveryStatus, MemberFlag
from mailman.errors import AlreadyAMember, NotAMember


def members(mlist):
    return sorted(mlist.member_keys())


def queued(mlist):
    return [data['recips'] for _msg, data in mlist.queue('virgin').messages]


def test_an_address_that_stands_twice_is_added_once(mlist):
    before = members(mlist)
    tally = upkeep.add(mlist, ['x@a.example', 'X@A.example'], welcome=False)
    assert members(mlist) == sorted([*before, 'x@a.example'])
    assert tally.done == ['x@a.example']
    assert not tally.refused


def test_each_line_left_out_has_its_reason(mlist):
    mlist.ban_list = ['b@a.example']
    upkeep.add(mlist, ['x@a.example'], welcome=False)
    lines = ['x@a.example', 'b@a.example', 'two words', 'a b@c.example', '<>']
    tally = upkeep.add(mlist, lines, welcome=False)
    assert tally.refused[upkeep.ALREADY] == ['x@a.example']
    assert tally.refused[upkeep.BANNED] == ['b@a.example (b@a.example)']
    assert 'two words' in tally.refused[upkeep.BAD]
    assert tally.done == []


def test_a_list_without_digests_says_so(mlist):
    mlist.digestable, mlist.digest_is_default = 0, 1
    tally = upkeep.add(mlist, ['x@a.example'], welcome=False)
    assert tally.refused == {upkeep.NO_SUCH_KIND: ['x@a.example']}


def test_removing_tells_who_was_no_member(mlist):
    upkeep.add(mlist, ['x@a.example'], welcome=False, tell_owner=False)
    tally = upkeep.remove(mlist, ['X@a.example', 'y@a.example'], goodbye=False)
    assert tally.done == ['x@a.example']
    assert tally.refused == {upkeep.NO_MEMBER: ['y@a.example']}


def test_synchronising_with_nothing_does_nothing(mlist):
    upkeep.add(mlist, ['x@a.example'], welcome=False)
    before = members(mlist)
    for lines in ([], [' '], ['not an address'], ['x@a.example', 'oops']):
        _joined, left = upkeep.synchronise(mlist, lines)
        assert left.done == []
        assert members(mlist) == before


def test_an_address_is_changed_only_where_there_is_one(mlist):
    upkeep.add(mlist, ['x@a.example', 'y@a.example'], welcome=False, tell_owner=False)
    with pytest.raises(NotAMember):
        upkeep.change_address(
            mlist, 'z@a.example', 'n@a.example', tell_old=True, tell_new=True
        )
    with pytest.raises(AlreadyAMember):
        upkeep.change_address(
            mlist, 'x@a.example', 'y@a.example', tell_old=True, tell_new=True
        )
    assert queued(mlist) == []


def wish(address, **more):
    values = {
        'unsubscribe': False,
        'flags': {},
        'stopped': False,
        'digest': False,
        'language': None,
        'name': None,
    }
    return upkeep.Wish(address, **{**values, **more})


def test_a_wish_that_changes_nothing_is_not_told(mlist):
    upkeep.add(mlist, ['x@a.example'], welcome=False)
    done, gone = upkeep.Tally(), upkeep.Tally()
    upkeep.settle(mlist, wish('x@a.example'), done, gone)
    assert done.done == gone.done == []


def test_no_kind_of_delivery_that_the_list_has_not(mlist):
    upkeep.add(mlist, ['x@a.example'], welcome=False)
    mlist.digestable = 0
    done = upkeep.Tally()
    upkeep.settle(mlist, wish('x@a.example', digest=True), done, upkeep.Tally())
    assert not mlist.is_digest('x@a.example')
    assert done.refused == {upkeep.NO_SUCH_KIND: ['x@a.example']}


def test_a_language_that_the_list_has_not_is_left(mlist):
    upkeep.add(mlist, ['x@a.example'], welcome=False)
    both = upkeep.Tally(), upkeep.Tally()
    upkeep.settle(mlist, wish('x@a.example', language='tlh'), *both)
    assert mlist.language_of('x@a.example') == mlist.preferred_language


def test_stopping_and_letting_go_on(mlist):
    upkeep.add(mlist, ['x@a.example'], welcome=False)
    both = upkeep.Tally(), upkeep.Tally()
    upkeep.settle(mlist, wish('x@a.example', stopped=True), *both)
    assert mlist.delivery_status_of('x@a.example') == DeliveryStatus.BY_ADMIN
    upkeep.settle(mlist, wish('x@a.example'), *both)
    assert mlist.delivery_status_of('x@a.example') == DeliveryStatus.ENABLED


def test_all_are_moderated_and_counted(mlist):
    upkeep.add(mlist, ['x@a.example', 'y@a.example'], welcome=False)
    mlist.set_option('x@a.example', MemberFlag.MODERATE, True)
    everybody = len(members(mlist))
    assert upkeep.moderate_all(mlist, True) == everybody - 1
    assert upkeep.moderate_all(mlist, False) == everybody
