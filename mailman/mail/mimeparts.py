"""MIME parts that the system makes: texts in a charset, attached and cut messages."""

from __future__ import annotations

import base64
import quopri

from mailman.mail import charsets
from mailman.mail.message import Message

# RFC 5322, section 2.1.1.
_LINE_LIMIT = 998


def text_part(
    text: str, charset: str | None = None, part: Message | None = None
) -> Message:
    """Make a text/plain part in this charset, or UTF-8 where it lacks a letter."""
    part = Message() if part is None else part
    text = text.replace('\r\n', '\n').replace('\0', '')
    if text and not text.endswith('\n'):
        text += '\n'
    part.set_text(text, charset)
    return part


def attached(msg: Message) -> Message:
    """Wrap a message, as it is, into a message/rfc822 part."""
    part = Message()
    part['Content-Type'] = 'message/rfc822'
    part.set_payload([msg])
    return part


def cut(msg: Message, limit: int, note: str) -> Message:
    """Give the message itself if it has at most ``limit`` bytes, else its beginning.

    A cut one is plain text: the headers that fit, a bit of the body, the note.
    """
    raw = msg.as_bytes()
    if len(raw) <= limit:
        return msg
    head, _, body = raw.partition(b'\n\n')
    kept = [line for line in head.split(b'\n') if len(line) < _LINE_LIMIT]
    short = Message()
    room = limit // 2
    for name, value in Message.from_bytes(b'\n'.join(kept) + b'\n\n').items():
        room -= len(name) + len(value)
        if room < 0:
            break
        if not name.lower().startswith('content-') and name.lower() != 'mime-version':
            short[name] = value
    beginning = body[: limit // 2].decode('utf-8', 'replace')
    return text_part(f'{beginning.rpartition(chr(10))[0]}\n\n{note}\n', None, short)


def read_text(part: Message) -> tuple[str, str]:
    """Give a text part's text and the codec that turns it back into its bytes."""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return '', 'utf-8'
    return exact_text(data, charsets.codec(part.get_content_charset()))


def exact_text(data: bytes, codec: str | None) -> tuple[str, str]:
    """Give bytes as text, and the codec that turns it back into them."""
    for name in (codec, 'utf-8'):
        if name is None:
            continue
        try:
            text = data.decode(name)
            # What is UTF-8 can be written in one way only.
            if name == 'utf-8' or text.encode(name) == data:
                return text, name
        except (UnicodeError, ValueError):
            continue
    return data.decode('latin-1'), 'latin-1'


def rewrite_text(part: Message, text: str, codec: str) -> None:
    """Give a text part other text, in the transfer encoding that it has."""
    data = text.encode(codec, 'replace')
    encoding = str(part.get('content-transfer-encoding', '')).strip().lower()
    if encoding == 'base64':
        payload = base64.encodebytes(data)
    elif encoding == 'quoted-printable':
        payload = quopri.encodestring(data)
    else:
        payload = data
    part.set_payload(payload.decode('ascii', 'surrogateescape'))


CONTENT_HEADERS = (
    'content-type',
    'content-transfer-encoding',
    'content-disposition',
    'content-description',
)


def become(msg: Message, part: Message) -> None:
    """Give a message the content of one of its parts, and the headers about it."""
    preamble, epilogue = part.preamble, part.epilogue
    payload = part.get_payload()
    msg.set_payload(payload)
    if isinstance(payload, list):
        msg.preamble, msg.epilogue = preamble, epilogue
    default = part.get_content_type()
    for name in CONTENT_HEADERS:
        del msg[name]
        for field, value in part.items():
            if field.lower() == name:
                msg[field] = value
                break
        else:
            if name == 'content-type':
                msg['Content-Type'] = default
