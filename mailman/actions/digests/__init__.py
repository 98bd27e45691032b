"""Digests: posts are collected, and sent as one mail now and then.

====================  ==============================================================
digest.mbox           the posts since the last digest, in the list's directory
counters.json         volume, next_digest_number, digest_last_sent_at
one_last_digest       in config.pck: who left the digest and still gets this one
====================  ==============================================================

Order of a sending, all of it under the list's lock: both kinds of the digest are made,
then queued, then digest.mbox is removed, then the list is saved.  After a crash on the
way a digest may come twice; no post is lost.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from mailman.actions.digests import mime, plain
from mailman.actions.digests.issue import Issue, Post, readers
from mailman.archive import mbox
from mailman.storage import safefile

if TYPE_CHECKING:
    from pathlib import Path

    from mailman.lists import MailList
    from mailman.mail.message import Message

FILE = 'digest.mbox'
# What is more goes into a further issue: memory is bounded, and mail servers refuse
# what is much larger.
LARGEST = 16 << 20  # bytes of posts
MOST_POSTS = 5000

YEARLY, MONTHLY, QUARTERLY, WEEKLY, DAILY = range(5)


def collect(mlist: MailList, msg: Message) -> None:
    """Keep a post for the next digest; durable when it returns."""
    mbox.append(_path(mlist), msg, mlist.site.now())


def is_full(mlist: MailList) -> bool:
    """Tell whether so much is collected that a digest goes out at once."""
    threshold = mlist.digest_size_threshhold
    return threshold > 0 and _size(mlist) >= threshold * 1024


def waiting(mlist: MailList) -> bool:
    """Tell whether anything is collected."""
    return _size(mlist) > 0


def send(mlist: MailList) -> bool:
    """Queue what is collected for those who get digests; False if there is nothing.

    The caller holds the list's lock; the list is saved.  Raises OSError, and then
    what is collected stays.
    """
    if not _size(mlist):
        return False
    mime_readers, plain_readers = readers(mlist)
    volume, number = _numbers(mlist)
    for raws in _issues(mbox.messages(_path(mlist))):
        posts = [Post.read(mlist, *pair) for pair in enumerate(raws, 1)]
        issue = Issue(mlist, volume, number, posts)
        # None is queued before both are made: trouble with one would repeat the other.
        made = [
            (make(issue), recips)
            for make, recips in ((mime.make, mime_readers), (plain.make, plain_readers))
            if recips
        ]
        for msg, recips in made:
            mlist.queue('virgin').enqueue(msg, recips=recips, isdigest=True)
        number += 1
    _remove(mlist)
    mlist.volume, mlist.next_digest_number = volume, number
    mlist.digest_last_sent_at = int(mlist.site.now())
    mlist.one_last_digest.clear()
    mlist.save_changes()
    return True


def bump(mlist: MailList) -> None:
    """Begin a new volume with the next digest.  The caller saves the list."""
    mlist.volume += 1
    mlist.next_digest_number = 1


def _issues(posts: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Divide the posts into as many issues as they need, mostly one."""
    issue: list[bytes] = []
    size = 0
    for post in posts:
        if issue and (size + len(post) > LARGEST or len(issue) >= MOST_POSTS):
            yield issue
            issue, size = [], 0
        if post.strip():
            issue.append(post)
            size += len(post)
    if issue:
        yield issue


# --- the file -----------------------------------------------------------------


def _path(mlist: MailList) -> Path:
    return mlist.directory / FILE


def _size(mlist: MailList) -> int:
    try:
        return _path(mlist).stat().st_size
    except FileNotFoundError:
        return 0


def _remove(mlist: MailList) -> None:
    os.unlink(_path(mlist))
    safefile.fsync_dir(mlist.directory)


# --- volume and issue ---------------------------------------------------------


def _numbers(mlist: MailList) -> tuple[int, int]:
    """Answer volume and issue of the digest that is sent now."""
    volume, number = int(mlist.volume), int(mlist.next_digest_number)
    last = mlist.digest_last_sent_at
    frequency = int(mlist.digest_volume_frequency)
    if last and _period(last, frequency) != _period(mlist.site.now(), frequency):
        return volume + 1, 1
    return volume, number


def _period(when: float, frequency: int) -> tuple[int, ...]:
    """Name the year, month, quarter, week or day that a time falls into."""
    t = time.localtime(when)
    if frequency == WEEKLY:
        return tuple(int(n) for n in time.strftime('%G %V', t).split())
    within = {
        YEARLY: 0,
        MONTHLY: t.tm_mon,
        QUARTERLY: (t.tm_mon - 1) // 3,
        DAILY: t.tm_yday,
    }
    return t.tm_year, within.get(frequency, 0)
