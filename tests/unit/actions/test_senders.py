"""What is laid down about senders of held posts."""

import pytest

from mailman.actions import senders
from mailman.constants import Action, MemberFlag

ANNE = 'anne@member.example'


@pytest.mark.parametrize('action, setting', senders.FILTERS.items())
def test_a_sender_is_put_into_a_filter_once(mlist, action, setting):
    assert senders.filter_from_now_on(mlist, 'guest@x.example', action)
    assert not senders.filter_from_now_on(mlist, 'Guest@x.example', action)
    assert getattr(mlist, setting) == ['guest@x.example']


def test_there_are_filters_for_four_actions_only():
    assert Action.APPROVE not in senders.FILTERS
    assert len(senders.FILTERS) == 4


def test_an_address_is_banned_once(mlist):
    mlist.save()
    assert senders.ban(mlist, 'guest@x.example')
    assert not senders.ban(mlist, 'guest@x.example')
    assert mlist.ban_list == ['guest@x.example']
    assert mlist.changed


def test_only_a_moderated_member_can_be_trusted_anew(mlist):
    mlist.set_option(ANNE, MemberFlag.MODERATE, True)
    assert senders.trust(mlist, ANNE)
    assert not mlist.option(ANNE, MemberFlag.MODERATE)
    assert not senders.trust(mlist, ANNE)
    assert not senders.trust(mlist, 'guest@x.example')
