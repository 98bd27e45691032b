"""Envelope senders: plain, and variable ones that name the recipient (VERP).

``friends-bounces+ann=example.com@lists.example.com`` tells, when it comes back, who
bounced, whatever the bounce itself says.  VERP_FORMAT and VERP_REGEXP belong together.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mailman.mail import addresses

if TYPE_CHECKING:
    from mailman.lists import MailList

# What an envelope sender may be made of: one pair of < and > must hold it.
_SENDABLE = re.compile(r'[^\x00-\x20\x7f<>"()\\@]+@[^\x00-\x20\x7f<>"()\\@]+')


def is_sendable(address: str) -> bool:
    """Tell whether the address fits a MAIL command as it is."""
    return bool(_SENDABLE.fullmatch(address))


def envelope_sender(mlist: MailList, msgdata: Mapping[str, Any]) -> str:
    """Answer the sender bounces go to: what the metadata say, else LIST-bounces."""
    given = msgdata.get('envsender')
    if given and is_sendable(given):
        return str(given)
    return mlist.address('bounces')


def verp_maker(sender: str, template: str) -> Callable[[str], str]:
    """Answer a function from recipient to envelope sender (VERP_FORMAT ``template``).

    A recipient that makes no valid sender (no domain, quoted local part) gets the
    plain one: better a bounce that must be read than no mail.
    """
    mailbox, domain = addresses.split(sender)

    def verp(recipient: str) -> str:
        # In lower case, as 2.1: some servers change the case on the way back.
        local, at, host = recipient.lower().rpartition('@')
        if not at:
            return sender
        made = template % {'bounces': mailbox, 'mailbox': local, 'host': host}
        made = f'{made}@{domain}'
        return made if is_sendable(made) else sender

    return verp
