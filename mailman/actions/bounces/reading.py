"""What returned mail says: who was not reached, and why.

Delivery reports are read by ourselves (mail/dsn.py), the many home-made forms by
flufl.bounce, which knows what 2.1 knew and more.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailman.mail import addresses, dsn
from mailman.mail.message import Message

if TYPE_CHECKING:
    from mailman.lists import MailList

# What flufl.bounce looks at: enough for any bounce, and soon done for any other mail.
LONGEST = 1 << 18
# Headers that show which of our addresses a bounce came to (2.1's order).
_ENVELOPE = ('to', 'delivered-to', 'envelope-to', 'apparently-to')
_SENDER_POLICY = re.compile(r'\b(DMARC|SPF|DKIM)\b', re.IGNORECASE)


@dataclass
class Reading:
    """What was found: who failed, and why; or a warning; or a complaint.

    ``failures`` maps an address to other addresses of that recipient, if there are
    any, and what the other side said.  ``warning``: some mail system will try again.
    """

    failures: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    warning: bool = False
    complaint: dsn.Complaint | None = None
    receipt: bool = False

    @property
    def harmless(self) -> bool:
        """Whether nothing has failed and nobody needs to see it."""
        return not self.failures and (self.warning or self.receipt)

    @property
    def nothing(self) -> bool:
        """Whether this is no report at all, as far as we can see."""
        return not (self.failures or self.warning or self.receipt or self.complaint)

    def text(self) -> str:
        """Answer the worst of what was said, for a bounce whose recipient we know."""
        said = [text for _, text in self.failures.values()]
        real = [text for text in said if dsn.judge(text) is not dsn.Kind.POLICY]
        return next(iter(real or said), '')


def read(msg: Message) -> Reading:
    """Find out what a returned mail says; never raises."""
    found = Reading(complaint=dsn.complaint(msg))
    if found.complaint:
        return found
    for recipient in dsn.recipients(msg):
        if recipient.failed and recipient.addresses:
            first, *others = recipient.addresses
            found.failures.setdefault(first, (tuple(others), recipient.text))
        elif recipient.delayed:
            found.warning = True
    if found.nothing:
        _ask_flufl(msg, found)
    if found.nothing:
        found.receipt = dsn.is_receipt(msg)
    return found


def _ask_flufl(msg: Message, found: Reading) -> None:
    # Only the bounce runner needs it: it costs start-up time.
    from flufl.bounce import all_failures

    raw = msg.as_bytes()
    short = msg if len(raw) <= LONGEST else Message.from_bytes(raw[:LONGEST])
    try:
        temporary, permanent = all_failures(short)
    except Exception:
        return  # mail it was not made for: as if nothing were found
    for address in sorted(permanent):
        text = address.decode('ascii', 'replace').strip()
        if '@' in text.strip('@'):
            found.failures[text] = ((), _said_about(short, text))
    found.warning = bool(temporary)


def _said_about(msg: Message, address: str) -> str:
    """Look whether the paragraph about an address blames the sender's domain.

    Other codes in prose are not believed: they are too often about something else.
    """
    for part in msg.walk():
        if part.get_content_maintype() != 'text':
            continue
        data = part.get_payload(decode=True)
        text = data.decode('utf-8', 'replace') if isinstance(data, bytes) else ''
        for paragraph in re.split(r'\n\s*\n', text):
            if address in paragraph and _SENDER_POLICY.search(paragraph):
                return ' '.join(paragraph.split())[:500]
        return ''
    return ''


# --- which of our addresses it came to ----------------------------------------


def arrivals(msg: Message) -> list[str]:
    """Answer the addresses that the mail says it was sent to."""
    values = [value for name in _ENVELOPE for value in msg.get_all(name, [])]
    return [address for _, address in addresses.parse_all(values)]


def verp_recipient(mlist: MailList, senders: Iterable[str]) -> str:
    """Answer whom a VERP address of the list among these names; '' for none."""
    for match in _matches(mlist, senders, mlist.site.cfg.VERP_REGEXP):
        mailbox, host = match['mailbox'], match['host']
        if mailbox and host:
            return f'{mailbox}@{host}'
    return ''


def probe_tokens(mlist: MailList, senders: Iterable[str]) -> list[str]:
    """Answer what may be tokens of probes in these addresses."""
    pattern = mlist.site.cfg.VERP_PROBE_REGEXP
    return [match['token'] for match in _matches(mlist, senders, pattern)]


def _matches(
    mlist: MailList, senders: Iterable[str], pattern: str
) -> list[re.Match[str]]:
    own = f'{mlist.name}-bounces'
    found = [re.search(pattern, address, re.IGNORECASE) for address in senders]
    return [match for match in found if match and match['bounces'].lower() == own]


def is_personal(msg: Message, address: str) -> bool:
    """Tell whether the mail is from the member and not about mail to the member.

    Holiday notices are sent to the envelope sender (RFC 3834), where bounces go.
    """
    author = addresses.parse(msg.get('from', ''))[1]
    return addresses.key(author) == addresses.key(address)
