"""Umbrella lists: what is *about* a membership goes to the member list's owner."""

import pytest

from mailman.actions import membership
from mailman.handlers import calc_recips

MEMBER, OWNER = 'Other-List@member.example', 'Other-List-owner@member.example'


@pytest.fixture
def umbrella(make_list):
    def make(**settings):
        return make_list(umbrella_list=1, umbrella_member_suffix='-owner', **settings)

    return make


@pytest.mark.parametrize('address', [MEMBER, 'a+b@c.example'])
def test_the_administrative_address_has_the_suffix(umbrella, address):
    local, _, host = address.partition('@')
    assert membership.admin_address(umbrella(), address) == f'{local}-owner@{host}'


def test_on_other_lists_it_is_the_address_as_it_was_given(make_list):
    mlist = make_list(members=[MEMBER])
    assert membership.admin_address(mlist, MEMBER.lower()) == MEMBER
    assert membership.admin_address(mlist, 'new@x.example') == 'new@x.example'


def test_welcome_and_goodbye_go_there_and_say_so(umbrella):
    mlist = umbrella()
    membership.add(mlist, MEMBER, welcome=True, tell_owner=False)
    membership.remove(mlist, MEMBER, goodbye=True, tell_owner=False)
    notices = mlist.queue('virgin').messages
    assert [data['recips'] for _, data in notices] == [[OWNER], [OWNER]]
    assert '-owner' in notices[0][0].get_payload(decode=True).decode()


def test_posts_go_to_the_members(umbrella, make_msg):
    mlist = umbrella(members=[MEMBER])
    msgdata = {}
    calc_recips.process(mlist, make_msg(), msgdata)
    assert msgdata['recips'] == [MEMBER]
