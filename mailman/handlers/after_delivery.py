"""Count the post.

Pipeline name: ``AfterDelivery``, since every copy that was not sent by then is only
queued.  What is counted lies beside config.pck: a post does not rewrite the members.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailman.lists import activity

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Note the time and take the next post number."""
    mlist.last_post_time = mlist.site.now()
    mlist.post_id += 1
    activity.count(mlist)
