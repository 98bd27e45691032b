"""Hand the post to the outgoing runner.

Pipeline name: ``ToOutgoing``.  Here it is decided whether every recipient gets an
envelope sender of his own (VERP), by which a bounce names him.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Queue the post for delivery."""
    if 'verp' not in msgdata and wants_verp(mlist):
        msgdata['verp'] = 1
    mlist.queue('out').enqueue(msg, msgdata)


def wants_verp(mlist: MailList) -> bool:
    """Tell whether this post is due for VERP.

    Where copies are personal it costs nothing more; else each
    VERP_DELIVERY_INTERVAL-th post is sent that way, 0 meaning none.
    """
    cfg = mlist.site.cfg
    if mlist.personalize:
        return bool(cfg.VERP_PERSONALIZED_DELIVERIES)
    interval = int(cfg.VERP_DELIVERY_INTERVAL)
    return interval > 0 and int(mlist.post_id) % interval == 0
