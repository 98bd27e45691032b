"""What mail systems report: who could not be reached and why, or who complained.

==============================  ================================================
message/delivery-status         RFC 3464: a block of fields for each recipient
message/global-delivery-status  RFC 6533: the same in UTF-8, for any address
message/feedback-report         RFC 5965 (ARF): somebody called a message spam
message/disposition-notification RFC 8098: it was read; no report of a failure
==============================  ================================================

Only the report itself is read.  What it returns (message/rfc822) may be a report too,
about somebody else.  Enhanced status codes are those of RFC 3463 and RFC 5248.
"""

from __future__ import annotations

import base64
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from mailman.mail.message import Message

_STATUS_TYPES = ('message/delivery-status', 'message/global-delivery-status')
_ADDRESS_TYPES = ('rfc822', 'utf-8')
# A report is about few recipients and short; the rest is not read.
LONGEST_REPORT = 1 << 18
MOST_RECIPIENTS = 1000

_ENHANCED = re.compile(r'(?<![\w.])([245])\.(\d{1,3})\.(\d{1,3})(?![\w]|\.\d)')
_ADDRESS = re.compile(r'("[^"]{1,64}"|[^\s<>;"(),]{1,256})@[^\s<>;"(),]{1,256}')
# RFC 6533, section 3: characters as \x{HEX}.
_EMBEDDED = re.compile(r'\\x\{([0-9A-Fa-f]{1,6})\}')
# Some servers use 5.7.1 for everything, also where there is no such mailbox.
_NO_MAILBOX = re.compile(
    r'unknown (user|recipient|address|local.part)|(user|recipient|mailbox|account)'
    r' (is |was )?(unknown|disabled|inactive|not found)'
    r'|no such (user|mailbox|recipient|address|person)'
    r'|(user|recipient|mailbox|account|address)\b.{0,80} does(n.t| not) exist',
    re.IGNORECASE,
)
# Where there is no code, these words say that it is not about the recipient.
_POLICY = re.compile(
    r'\b(DMARC|SPF|DKIM|spam|block ?list(ed)?|DNSBL|RBL|SMTPUTF8)\b', re.IGNORECASE
)


class Kind(Enum):
    """What a refusal for good means for the recipient."""

    DEAD = 'no such mailbox'  # x.1.x
    FULL = 'mailbox full'  # x.2.2
    POLICY = 'refused by policy'  # x.7.x: sender or content are not wanted
    OTHER = 'not delivered'


def judge(text: str) -> Kind:
    """Tell what a refusal means, by the enhanced codes in it, else by its words.

    ``text`` is a Status field with its Diagnostic-Code, or an SMTP reply.
    """
    codes = [(int(s), int(d)) for _, s, d in _ENHANCED.findall(text)]
    subject, detail = next((code for code in codes if code != (0, 0)), (0, 0))
    if subject == 7:
        return Kind.DEAD if _NO_MAILBOX.search(text) else Kind.POLICY
    if subject == 1:
        # About the sender's address: RFC 3463, 3.2, X.1.7 and X.1.8.
        return Kind.POLICY if detail in (7, 8) else Kind.DEAD
    if (subject, detail) == (2, 2):
        return Kind.FULL
    # A mail server on the way that takes no international addresses: RFC 6531.
    if (subject, detail) == (6, 7):
        return Kind.POLICY
    if subject == 0 and _POLICY.search(text) and not _NO_MAILBOX.search(text):
        return Kind.POLICY
    return Kind.OTHER


# --- delivery reports -------------------------------------------------------


@dataclass(frozen=True)
class Recipient:
    """One recipient of a delivery report.

    ``addresses``: as the sender gave it, and where it was forwarded to, as far as they
    are mail addresses.  ``text``: the status code and what the other side said.
    """

    addresses: tuple[str, ...]
    action: str
    text: str

    @property
    def failed(self) -> bool:
        """Whether delivery was given up (OpenSMTPD says ``error``)."""
        return self.action.startswith(('fail', 'error'))

    @property
    def delayed(self) -> bool:
        """Whether it is only a warning."""
        return self.action.startswith('delayed')


def recipients(msg: Message) -> list[Recipient]:
    """Give the recipients that a delivery report is about; none for other mail."""
    found: list[Recipient] = []
    for part in _parts(msg):
        if part.get_content_type() in _STATUS_TYPES:
            for fields in _blocks(part):
                recipient = _recipient(fields)
                if recipient is not None and len(found) < MOST_RECIPIENTS:
                    found.append(recipient)
    return found


def _recipient(fields: dict[str, str]) -> Recipient | None:
    status = fields.get('status', '').strip()
    # Action must be there (RFC 3464, 2.3.3); where it is not, the status tells.
    implied = {'5': 'failed', '4': 'delayed'}.get(status[:1], '')
    action = fields.get('action', '').strip().lower() or implied
    if not action:
        return None
    addresses = []
    for name in ('original-recipient', 'final-recipient'):
        address = _typed_address(fields.get(name, ''))
        if address and address not in addresses:
            addresses.append(address)
    diagnostic = fields.get('diagnostic-code', '').partition(';')
    said = (diagnostic[2] or diagnostic[0]).strip()
    text = ' '.join(f'{status} {said}'.split())
    return Recipient(tuple(addresses), action, text)


def _typed_address(value: str) -> str:
    """Read ``rfc822; ann@example.com``; '' for X.400 and the like.

    Without a type it must stand in angle brackets, as one gateway writes it.
    """
    kind, semicolon, rest = value.partition(';')
    kind = kind.strip().lower()
    if not semicolon:
        rest = value if value.strip().startswith('<') else ''
    elif kind not in _ADDRESS_TYPES:
        return ''
    if kind == 'utf-8':
        rest = _EMBEDDED.sub(_character, rest)
    match = _ADDRESS.search(rest)
    return match[0] if match else ''


def _character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else match[0]


# --- complaints -------------------------------------------------------------


@dataclass(frozen=True)
class Complaint:
    """Somebody does not want a message: ``kind`` is abuse, fraud, not-spam, ...

    ``addresses``: those the report names, the recipient's among them if it is told;
    also the envelope sender of the message, which may be a variable one of ours.
    """

    kind: str
    addresses: tuple[str, ...]


def complaint(msg: Message) -> Complaint | None:
    """Give the complaint that a feedback report is about; None for other mail."""
    for part in _parts(msg):
        if part.get_content_type() != 'message/feedback-report':
            continue
        addresses: list[str] = []
        kind = ''
        for fields in _blocks(part):
            kind = kind or fields.get('feedback-type', '').strip().lower()
            for name in ('original-rcpt-to', 'removal-recipient', 'original-mail-from'):
                addresses += [m[0] for m in _ADDRESS.finditer(fields.get(name, ''))]
        return Complaint(kind[:40] or 'abuse', tuple(dict.fromkeys(addresses)))
    return None


def is_receipt(msg: Message) -> bool:
    """Tell whether the mail says that a message was read, or deleted unread."""
    kind = 'message/disposition-notification'
    return any(part.get_content_type() == kind for part in _parts(msg))


# --- fields -----------------------------------------------------------------


def _parts(msg: Message, depth: int = 0) -> Iterator[Message]:
    """Give the parts of the mail itself, not of messages in it."""
    yield msg
    if depth > 5 or msg.get_content_maintype() != 'multipart':
        return
    payload = msg.get_payload()
    if isinstance(payload, list):
        for part in payload:
            yield from _parts(part, depth + 1)


def _blocks(part: Message) -> Iterator[dict[str, str]]:
    """Give the blocks of fields; of a field that comes twice both values, joined."""
    raw = part.as_bytes()[:LONGEST_REPORT]
    body = raw.partition(b'\n\n')[2]
    encoding = str(part.get('content-transfer-encoding', '')).strip().lower()
    text = _decoded(body, encoding).decode('utf-8', 'replace')
    for block in re.split(r'\n[ \t]*\n', text.replace('\r\n', '\n')):
        fields: dict[str, str] = {}
        for line in re.sub(r'\n[ \t]+', ' ', block.strip('\n')).split('\n'):
            name, colon, value = line.partition(':')
            if colon:
                name = name.strip().lower()
                fields[name] = f'{fields.get(name, "")} {value}'.strip()
        if fields:
            yield fields


def _decoded(body: bytes, encoding: str) -> bytes:
    try:
        if encoding == 'base64':
            return base64.b64decode(body)
        if encoding == 'quoted-printable':
            return quopri.decodestring(body)
    except ValueError:
        pass  # as it stands, then
    return body
