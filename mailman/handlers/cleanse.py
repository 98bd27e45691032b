"""Take out of the header what members must not see.

Pipeline name: ``Cleanse``.  Passwords, and requests for receipts, which would tell the
author who is subscribed; on anonymous lists also all that tells who the author is.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any

from mailman.actions.systemmail import sender_of, unique_message_id
from mailman.mail import addresses

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message

PASSWORDS = ('approved', 'approve', 'x-approved', 'x-approve', 'urgent')
RECEIPTS = (
    'return-receipt-to',
    'disposition-notification-to',
    'x-confirm-reading-to',
    'x-pmrqc',  # Pegasus Mail's
)
TRACES = (
    'from',
    'reply-to',
    'sender',
    'organization',
    'return-path',
    'x-originating-email',
    'received',
    'message-id',
    'x-envelope-from',
)


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Remove the headers; on an anonymous list put the list in the author's place."""
    msgdata.setdefault('original_sender', sender_of(mlist, msg))
    _remove(msg, PASSWORDS)
    if mlist.anonymous_list:
        _anonymize(mlist, msg)
    _remove(msg, RECEIPTS)


def _remove(msg: Message, names: tuple[str, ...]) -> None:
    for name in names:
        del msg[name]


def _anonymize(mlist: MailList, msg: Message) -> None:
    mlist.site.log.write(
        'post', f'post to {mlist.name} from {msg.get("from")} anonymized'
    )
    _remove(msg, TRACES)
    for name in {name.lower() for name in msg.keys()}:  # noqa: SIM118 a message, no dict
        if not _may_stay(mlist, name):
            del msg[name]
    msg['Message-ID'] = unique_message_id(mlist)
    msg['From'] = addresses.format_address(mlist.description, mlist.address())
    msg['Reply-To'] = mlist.address()
    if msg.get_unixfrom() is not None:
        when = time.asctime(time.gmtime(mlist.site.now()))
        msg.set_unixfrom(f'From {mlist.address("bounces")} {when}')


def _may_stay(mlist: MailList, name: str) -> bool:
    """Tell whether the site lets a header of this name through.

    The patterns of ANONYMOUS_LIST_KEEP_HEADERS are about names; some end in a colon.
    """
    return any(
        re.search(pattern, text, re.IGNORECASE)
        for pattern in mlist.site.cfg.ANONYMOUS_LIST_KEEP_HEADERS
        for text in (f'{name}:', name)
    )
