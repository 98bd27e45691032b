"""Take attachments out of a post and leave links to them.

Pipeline name: ``Scrubber``, on lists with ``scrub_nondigest``.  How it is done, and
where the files lie: `mailman.archive.attachments`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailman.archive.attachments import scrub

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message


def process(
    mlist: MailList, msg: Message, msgdata: dict[str, Any] | None = None
) -> Message | None:
    """Scrub a post of a list that wants it; without metadata, scrub always (as 2.1).

    Raises DiscardMessage where HTML is to be removed and there is nothing else.
    """
    if msgdata and not mlist.scrub_nondigest:
        return None
    return scrub(mlist, msg, msgdata)
