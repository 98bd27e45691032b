"""Take out signatures that the list has broken or that name a hidden author.

Pipeline name: ``CleanseDKIM``.  REMOVE_DKIM_HEADERS: 0 keeps them (a list that changes
nothing does not break them), 1 removes them where From is munged, 2 always, 3 keeps
them under other names for the curious.  On an anonymous list they always go, and no
copy stays: they say whose mail it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailman.handlers import deferred

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message

NAMES = ('DomainKey-Signature', 'DKIM-Signature', 'Authentication-Results')
WHEN_MUNGED, ALWAYS, RENAME = 1, 2, 3


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Remove or rename the headers, or leave them."""
    how = int(mlist.site.cfg.REMOVE_DKIM_HEADERS)
    munged = deferred.from_is_list(mlist, msgdata) == deferred.MUNGE
    if not mlist.anonymous_list and not (
        how >= ALWAYS or (how == WHEN_MUNGED and munged)
    ):
        return
    for name in NAMES:
        if how == RENAME and not mlist.anonymous_list:
            for value in msg.get_all(name, []):
                msg[f'X-Mailman-Original-{name}'] = value
        del msg[name]
