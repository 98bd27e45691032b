"""Tell members who asked for it that their post went out.

Pipeline name: ``Acknowledge``.  The member option is ``ack``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailman.actions.systemmail import UserNotification, render, sender_of
from mailman.constants import MemberFlag
from mailman.mail import headers

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Send postack.txt to an author who wants it."""
    sender = msgdata.get('original_sender') or sender_of(mlist, msg)
    if not mlist.is_member(sender):
        return
    if not mlist.option(sender, MemberFlag.ACKNOWLEDGE_POSTS):
        return
    lang = msgdata.get('lang') or mlist.language_of(sender)
    _ = mlist.site.translator(lang)
    title = headers.decode(msgdata.get('origsubj', msg.get('subject', '')))
    values = {
        'subject': title or _('(no subject)'),
        'listname': mlist.real_name,
        'listinfo_url': mlist.url('listinfo'),
        'optionsurl': mlist.options_url(sender),
    }
    text = render(mlist, 'postack.txt', values, lang)
    subject = _('%(realname)s post acknowledgement', realname=mlist.real_name)
    notice = UserNotification(
        mlist,
        sender,
        mlist.address('bounces'),
        subject,
        text,
        lang,
        auto='auto-replied',
    )
    notice.in_reply_to(msg)
    notice.send()
