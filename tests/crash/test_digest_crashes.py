"""A crash while a digest is sent: it may come twice, and no post is lost."""

import itertools

import pytest

from mailman.actions import digests
from mailman.archive import mbox
from mailman.constants import MemberFlag
from mailman.lists import MailList
from mailman.queue import Queue
from tests.crash.crashpoints import crash_points

_numbers = itertools.count()


@pytest.fixture
def arrange(make_list, make_msg):
    """Make another list each time, with two posts and a reader of each kind."""

    def make():
        mlist = make_list(f'list{next(_numbers)}')
        mlist.add_member('mime@member.example', digest=True)
        mlist.add_member('plain@member.example', digest=True)
        mlist.set_option('plain@member.example', MemberFlag.DISABLE_MIME, True)
        mlist.save()
        for number in range(2):
            digests.collect(mlist, make_msg(f'Subject: post {number}'))
        return mlist

    return make


def queued(mlist):
    """Answer what waits in virgin, each a whole digest."""
    queue = Queue(mlist.site, 'virgin')
    entries = map(queue.read, queue.files())
    found = [e for e in entries if e.msgdata['listname'] == mlist.name]
    return [(e.msgdata['recips'], e.msg.as_bytes()) for e in found]


def test_a_crash_repeats_at_most(arrange):
    def act(mlist):
        with mlist.lock():
            digests.send(mlist)

    def check(mlist, finished):
        again = MailList.open(mlist.site, mlist.name)
        path = mlist.directory / digests.FILE
        waiting = len(list(mbox.messages(path))) if path.exists() else 0
        sent = queued(mlist)
        assert waiting in (0, 2)
        if not waiting:
            assert len(sent) == 2
        if finished:
            assert (waiting, again.next_digest_number) == (0, 2)
        for _, raw in sent:
            assert b'post 0' in raw
            assert b'post 1' in raw
        with again.lock():
            digests.send(again)
        reached = {address for recips, _ in queued(mlist) for address in recips}
        assert reached == {'mime@member.example', 'plain@member.example'}
        assert len(queued(mlist)) <= 4

    assert crash_points(arrange, act, check) >= 15
