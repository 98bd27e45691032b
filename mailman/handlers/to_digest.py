"""Collect the post for the next digest; send the digest when it is large enough.

Pipeline name: ``ToDigest``.  Posts are kept as members see them but for From, Reply-To
and Cc.  How a digest is made: `mailman.actions.digests`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailman.actions import digests

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Keep the post, unless the list has no digests; send a digest that is full."""
    if not mlist.digestable or msgdata.get('isdigest'):
        return
    digests.collect(mlist, msg)
    try:
        if digests.is_full(mlist):
            digests.send(mlist)
    except Exception:
        # This post is safe, and must go on; the next one, or cron, tries again.
        mlist.site.log.exception(f'{mlist.name}: the digest could not be sent yet')
