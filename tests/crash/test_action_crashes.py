"""Crashes in the middle of an approval and of a confirmation: repeated, never lost."""

import itertools
import time

import pytest

from mailman.actions import confirmation, moderation, subscription
from mailman.constants import Action
from mailman.errors import HoldMessage, UnknownCookie
from mailman.lists import MailList
from mailman.lists.pending import Pending
from mailman.lists.requests import Requests
from tests.crash.crashpoints import crash_points

NEW = 'new@joiner.example'
_numbers = itertools.count()


@pytest.fixture(autouse=True)
def unlimited(site):
    """Each crash starts with another request of the same address."""
    path = site.prefix / 'Mailman' / 'mm_cfg.py'
    path.write_text(
        'from Defaults import *\n'
        'SUBSCRIBE_CONFIRMATIONS_PER_DAY = 0\n'
        'MAX_AUTORESPONSES_PER_DAY = 0\n'
    )
    site.cfg = type(site)(site.prefix, install=site.install).cfg
    # No time zone file is read in the middle of it.
    time.localtime()


def test_an_approved_post_is_queued_or_still_waits(make_list, make_msg):
    make_list('test').site.data_dir.mkdir(exist_ok=True)

    def arrange():
        mlist = make_list(f'list{next(_numbers)}')
        why = HoldMessage('NonMemberPost', 'Post by a nonmember')
        return mlist, moderation.hold(mlist, make_msg(), {}, why)

    def act(state):
        mlist, number = state
        moderation.handle(mlist, number, Action.APPROVE)

    def check(state, finished):
        mlist, number = state
        waits = Requests(mlist).get(number) is not None
        queued = mlist.queue('in').messages
        assert len(queued) <= 1 and (queued or waits)
        if waits:
            assert Requests(mlist).message(number) is not None
        if finished:
            assert queued and not waits

    assert crash_points(arrange, act, check) >= 12


def test_a_confirmation_counts_or_can_be_repeated(make_list):
    def arrange():
        mlist = make_list(f'list{next(_numbers)}')
        subscription.subscribe(mlist, NEW)
        [(cookie, _)] = Pending(mlist).items()
        return mlist, cookie

    def act(state):
        mlist, cookie = state
        with mlist.lock():
            confirmation.confirm(mlist, cookie)

    def check(state, finished):
        mlist, cookie = state
        found = MailList.open(mlist.site, mlist.name)
        if not found.is_member(NEW):
            assert not finished
            confirmation.confirm(found, cookie)
            return
        if finished:
            with pytest.raises(UnknownCookie):
                confirmation.confirm(found, cookie)

    assert crash_points(arrange, act, check) >= 20
