"""What owners and senders are told: 2.1's OwnerNotification, Bounce and forwards.

`UserNotification` and the rules about whom to answer are in `systemmail`; they are
offered here too, because this is where others look for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mailman.actions import autoreply
from mailman.actions.systemmail import (
    UserNotification,
    answerable,
    is_own_address,
    render,
    sender_of,
    senders_of,
    site_address,
    unique_message_id,
)
from mailman.mail import headers
from mailman.mail.message import Message
from mailman.mail.mimeparts import attached, cut

if TYPE_CHECKING:
    from mailman.lists import MailList

__all__ = [
    'UserNotification',
    'answerable',
    'forward_to_owner',
    'is_own_address',
    'owner_notification',
    'reject',
    'render',
    'sender_of',
    'senders_of',
    'site_address',
    'unique_message_id',
]

# A rejected post goes back to an address that may be forged: quote no more than this.
QUOTE_BYTES = 4000


def owner_notification(
    mlist: MailList,
    subject: str,
    text: str,
    *,
    parts: Sequence[Message] = (),
    moderators: bool = True,
    **msgdata: Any,
) -> str:
    """Tell the owners (and moderators) themselves, not through LIST-owner.

    The envelope sender is the site's, so that a bounce cannot come back to the list.
    """
    recips = list(mlist.owner)
    if moderators:
        recips += [address for address in mlist.moderator if address not in recips]
    sender = site_address(mlist)
    notice = UserNotification(
        mlist, mlist.address('owner'), sender, subject, text, parts=parts
    )
    notice.msg['Precedence'] = 'list'
    return notice.send(**{'recips': recips, 'envsender': sender, **msgdata})


def forward_to_owner(mlist: MailList, msg: Message, subject: str, text: str) -> str:
    """Send LIST-owner a post that went no further, under a text that says why."""
    owner = mlist.address('owner')
    bounces = mlist.address('bounces')
    notice = UserNotification(
        mlist, owner, bounces, subject, text, parts=[attached(msg)]
    )
    return notice.send()


def reject(
    mlist: MailList,
    msg: Message,
    reason: str = '',
    lang: str | None = None,
) -> bool:
    """Send the post back to its sender with the reason; tell whether that was done.

    Nothing is sent to machines, nor to one who had enough answers today.
    """
    sender = sender_of(mlist, msg)
    if not answerable(mlist, msg, sender):
        return False
    lang = lang or mlist.language_of(sender)
    if not autoreply.may_answer(mlist, sender, lang):
        return False
    _ = mlist.site.translator(lang)
    text = reason or _('Your message was rejected.')
    subject = headers.decode(msg.get('subject', '')) or _('(no subject)')
    notice = UserNotification(
        mlist,
        sender,
        mlist.address('owner'),
        subject,
        text,
        lang,
        parts=[attached(cut(msg, QUOTE_BYTES, _('[The rest is not quoted.]')))],
        auto='auto-replied',
    )
    notice.in_reply_to(msg)
    notice.send()
    return True
