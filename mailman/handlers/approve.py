"""Let a post pass that brings a password, and stop mail that was here before.

Pipeline name: ``Approve``.  The password stands in a header or in the first line of
the text::

    Approved: PASSWORD          also Approve, X-Approved, X-Approve

The pseudo header's line is removed whether the password is right or not, and its text
wherever it stands in another part, also from a post that a moderator let pass after
SpamDetect had held it.  A wrong password is no error.  The real headers are removed by
Cleanse.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from mailman.actions.passwords import list_role
from mailman.constants import Role
from mailman.errors import LoopError, RejectMessage
from mailman.mail import charrefs, headers
from mailman.mail.mimeparts import read_text, rewrite_text

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message

NAMES = ('approved', 'approve', 'x-approved', 'x-approve')
_LINE = re.compile(r'((?:x-)?approved?)[ \t]*:[ \t]*(.*)', re.IGNORECASE)
_FIRST_WORDS = 2000
SHORTEST_SECRET = 6
_TAG = re.compile(r'<[^<>]*>')
# Mail servers give up long before (RFC 5321, section 6.3).
MAX_RECEIVED = 100


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Mark an approved post; raise LoopError for one that was here before."""
    password = password_in_header(msg)
    # Also where the header decides: a careful author may have written both.
    in_body = take_password_from_body(mlist, msg)
    if password is None:
        password = in_body
    if password and list_role(mlist, password) is not Role.UNAUTHORIZED:
        msgdata['approved'] = 1
        msgdata['adminapproved'] = 1
        if in_body == password:
            _refuse_leaks(mlist, msg, password)
    _stop_loops(mlist, msg)


def password_in_header(msg: Message) -> str | None:
    """Give the value of the first of the four headers that is there."""
    for name in NAMES:
        if name in msg:
            return headers.decode(msg[name]).strip()
    return None


def take_password_from_body(mlist: MailList, msg: Message) -> str | None:
    """Remove a pseudo header from the text and its twins; give its value."""
    parts = [p for p in msg.walk() if p.get_content_maintype() == 'text']
    plain = next((p for p in parts if p.get_content_type() == 'text/plain'), None)
    if plain is None:
        return None
    text, codec = read_text(plain)
    found = _pseudo_header(text)
    if found is None:
        return None
    start, end, name, password = found
    rewrite_text(plain, text[:start] + text[end:], codec)
    if 'content-type' not in plain and text.isascii():
        # 2.1 declares what it has rewritten.
        if plain is msg and 'mime-version' not in msg:
            msg['MIME-Version'] = '1.0'
        plain['Content-Type'] = 'text/plain; charset="us-ascii"'
    if password:
        for part in parts:
            if part is not plain:
                _remove_twin(mlist, part, name, password)
    return password


def _pseudo_header(text: str) -> tuple[int, int, str, str] | None:
    """Find the first line with text in it, if it is one: its place, name and value."""
    start = len(text) - len(text.lstrip())
    start = text.rfind('\n', 0, start) + 1
    end = text.find('\n', start)
    end = len(text) if end < 0 else end + 1
    line = text[start:end].strip()
    match = _LINE.fullmatch(line) if len(line) <= _FIRST_WORDS else None
    return (start, end, match[1], match[2].strip()) if match else None


def _remove_twin(mlist: MailList, part: Message, name: str, password: str) -> None:
    """Take the same words out of another text part, HTML perhaps."""
    text, codec = read_text(part)
    escaped = {password, html.escape(password, quote=False), html.escape(password)}
    words = '|'.join(map(re.escape, sorted(escaped, reverse=True)))
    twin = rf'{re.escape(name)}:(?:\s|&nbsp;)*(?:{words})'
    cleaned = re.sub(twin, '', text, flags=re.IGNORECASE)
    if cleaned != text:
        rewrite_text(part, cleaned, codec)
    if part.get_content_type() == 'text/html' and _shows(cleaned, name, password):
        # The post goes back to its author, who need not be who knows the password.
        rewrite_text(part, '', codec)
        raise _rejection(mlist)


def _rejection(mlist: MailList) -> RejectMessage:
    _ = mlist.translator()
    return RejectMessage(
        _(
            'The HTML part of your message holds the password in a way that keeps '
            'us from removing it. Your message was not sent to the list. Please '
            'send it again as plain text.'
        )
    )


def _shows(text: str, name: str, password: str) -> bool:
    """Tell whether a reader of the HTML text sees the pseudo header."""
    return _dense(f'{name}:{password}') in _dense(charrefs.unescape(_TAG.sub('', text)))


def _dense(text: str) -> str:
    """Leave out what is not seen: blanks, soft hyphens, joiners."""
    return ''.join(c for c in text.lower() if c.isprintable() and not c.isspace())


def _refuse_leaks(mlist: MailList, msg: Message, password: str) -> None:
    """Raise RejectMessage where some part still holds the right password.

    Not for a short one: such a word may be there by chance.
    """
    if len(password) < SHORTEST_SECRET:
        return
    leaks = [part for part in msg.walk() if _holds(part, password)]
    for part in leaks:
        # The post goes back to its author, see above.
        part.set_payload('')
    if leaks:
        raise _rejection(mlist)


def _holds(part: Message, password: str) -> bool:
    if part.is_multipart():
        inner = part.get_content_maintype() == 'message'
        return inner and password.encode() in part.as_bytes()
    if part.get_content_maintype() == 'text':
        text, _ = read_text(part)
        seen = _dense(charrefs.unescape(_TAG.sub('', text)))
        return password in text or _dense(password) in seen
    data = part.get_payload(decode=True)
    return isinstance(data, bytes) and password.encode() in data


def _stop_loops(mlist: MailList, msg: Message) -> None:
    here = mlist.address().lower()
    if any(_same(value, here) for value in msg.get_all('x-beenthere', [])):
        raise LoopError('X-BeenThere names this list')
    # A gateway may have taken the first header away; RFC 2919 has this one kept.
    mark = f'<{mlist.list_id}>'.lower()
    if any(str(v).strip().lower().endswith(mark) for v in msg.get_all('list-id', [])):
        raise LoopError('List-Id is that of this list')
    if len(msg.get_all('received', [])) > MAX_RECEIVED:
        raise LoopError(f'more than {MAX_RECEIVED} Received headers')


def _same(value: object, address: str) -> bool:
    return str(value).strip().lower() == address
