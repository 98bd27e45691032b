"""Put a copy of the post where the archive runner will find it.

Pipeline name: ``ToArchive``.  Nothing is archived here: that can be slow, and
it must not delay delivery.  A post that asks to stay out is left out, by
either header in use for that::

    X-No-Archive: anything, even empty
    X-Archive: no
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Queue the post for the archive, unless list, digest or author say no."""
    # A digest repeats posts that were archived one by one.
    if not mlist.archive or msgdata.get('isdigest'):
        return
    if author_allows(msg):
        mlist.queue('archive').enqueue(msg, msgdata)


def author_allows(msg: Message) -> bool:
    """Tell whether the author left archiving to the list."""
    if 'x-no-archive' in msg:
        return False
    return str(msg.get('x-archive', '')).strip().lower() != 'no'
