"""Collect the post for the next digest.

Pipeline name: ``ToDigest``.  Posts wait in ``lists/NAME/digest.mbox``, as members see
them but for From, Reply-To and Cc.  Making and sending the digest is not this step's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailman.archive import mbox

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message

FILE = 'digest.mbox'


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Append the post to the list's digest mbox, unless it has no digests."""
    if not mlist.digestable or msgdata.get('isdigest'):
        return
    mbox.append(mlist.directory / FILE, msg, mlist.site.now())
    # Digests that have grown to digest_size_threshhold are sent by actions/digests,
    # once that exists; until then collecting loses nothing.
