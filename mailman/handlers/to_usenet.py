"""Put a copy of the post where the news runner will find it.

Pipeline name: ``ToUsenet``.  Posts that came from the newsgroup do not go back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Queue the post for the newsgroup of a list that has one."""
    if (
        not mlist.gateway_to_news
        or msgdata.get('isdigest')
        or msgdata.get('fromusenet')
    ):
        return
    missing = []
    if not mlist.linked_newsgroup:
        missing.append('no newsgroup')
    if not (mlist.nntp_host or mlist.site.cfg.DEFAULT_NNTP_HOST):
        missing.append('no NNTP host')
    if missing:
        mlist.site.log.write(
            'error',
            f'{mlist.name}: NNTP gateway improperly configured: {", ".join(missing)}',
        )
        return
    mlist.queue('news').enqueue(msg, msgdata)
