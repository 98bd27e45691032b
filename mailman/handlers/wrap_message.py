"""Put the waiting header changes in place, or wrap the post.

Pipeline name: ``WrapMessage``.  The last change before delivery: copies for digest,
archive and news have been taken.  A wrapped post is a message/rfc822 part of a new
message from the list, so that the author's From stands where DMARC does not look.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailman.actions.systemmail import unique_message_id
from mailman.handlers import deferred
from mailman.mail.message import Message
from mailman.mail.mimeparts import text_part
from mailman.mail.text import wrap

if TYPE_CHECKING:
    from mailman.lists import MailList

# What the outer message takes from the post.
KEPT = ('to', 'in-reply-to', 'references', 'x-mailman-approved-at', 'date', 'subject')


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Make the post what members get."""
    waiting: dict[str, str] = msgdata.get('add_header', {})
    if deferred.from_is_list(mlist, msgdata) == deferred.WRAP:
        _wrap(mlist, msg, msgdata, waiting)
        return
    for name, value in waiting.items():
        if name.lower() in deferred.ALWAYS_WAIT:
            deferred.replace(msg, name, value)


def _wrap(
    mlist: MailList, msg: Message, msgdata: dict[str, Any], waiting: dict[str, str]
) -> None:
    inner = Message.from_bytes(msg.as_bytes())
    original = Message()
    original['Content-Type'] = 'message/rfc822'
    original['Content-Disposition'] = 'inline'
    original.set_payload([inner])
    for name in {name.lower() for name in msg.keys()}:  # noqa: SIM118 a message, no dict
        if name not in KEPT:
            del msg[name]
    msg['MIME-Version'] = '1.0'
    msg['Message-ID'] = unique_message_id(mlist)
    for name, value in waiting.items():
        deferred.replace(msg, name, value)
    # The text is about the DMARC policy of the author's domain, so only then.
    if (
        mlist.dmarc_wrapped_message_text
        and msgdata.get('from_is_list') == deferred.WRAP
    ):
        msg['Content-Type'] = 'multipart/mixed'
        msg.set_payload([_explanation(mlist), original])
    else:
        msg['Content-Type'] = 'message/rfc822'
        msg['Content-Disposition'] = 'inline'
        msg.set_payload([inner])


def _explanation(mlist: MailList) -> Message:
    charset = mlist.site.charset(mlist.preferred_language)
    part = text_part(wrap(mlist.dmarc_wrapped_message_text), charset, Message())
    del part['mime-version']
    part['Content-Disposition'] = 'inline'
    return part
