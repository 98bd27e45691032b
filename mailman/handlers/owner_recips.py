"""Send mail for the owners to the owners and moderators.

Pipeline name: ``OwnerRecips``, a step of OWNER_PIPELINE.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Set ``recips``, each person once, and keep the mail as it is."""
    once: dict[str, str] = {}
    for address in filter(None, [*mlist.owner, *mlist.moderator]):
        once.setdefault(address.lower(), address)
    msgdata['recips'] = list(once.values())
    msgdata['nodecorate'] = 1
    msgdata['personalize'] = 0
