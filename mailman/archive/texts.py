"""Bytes of a mail to text for a page, whatever charset they say or do not say.

Programs that say ISO-8859-1 and write UTF-8, or Windows' letters, are more than those
that mean what they say.  So text that passes as UTF-8 is UTF-8, and what claims to be
UTF-8 and for the most part is not is in the charset of the list's language.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailman.mail import charsets

if TYPE_CHECKING:
    from mailman.mail.message import Message

# Controls, signs that turn the direction of what follows, halves of characters.
UNWANTED = re.compile(
    '[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]'
)
_CONTROLS = bytes(code for code in range(32) if code not in (9, 10)) + b'\x7f'
# One byte is one letter, the first half is ASCII.
_SIMPLE = re.compile(r'ascii|iso8859-\d+|cp125\d|cp874|cp866|koi8-[rtu]|mac-\w+')


def clean(text: str) -> str:
    """Take out what no reader sees but that changes what is seen."""
    return UNWANTED.sub('', text)


def text_of(part: Message, fallback: str = '') -> str:
    """Decode the text of a part; ``fallback`` is for bytes of no charset."""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ''
    name = part.get_content_charset()
    known = charsets.codec(name)
    if known is None or known == 'utf-8' or _SIMPLE.fullmatch(known):
        if b'\r' in data:
            data = data.replace(b'\r\n', b'\n').replace(b'\r', b'\n')
        data = data.translate(None, _CONTROLS)
        if data.isascii():
            return data.decode('ascii')
        return clean(_simple(data, known, fallback))
    text = charsets.decode(data, name)
    return clean(text.replace('\r\n', '\n').replace('\r', '\n'))


def _simple(data: bytes, known: str | None, fallback: str) -> str:
    try:
        return data.decode('utf-8')
    except UnicodeDecodeError:
        pass
    if known == 'utf-8':
        text = data.decode('utf-8', 'replace')
        bad = text.count('\ufffd')
        letters = len(text) - len(text.encode('ascii', 'ignore'))
        if bad * 2 < letters:
            return text
    if known is None or known in ('utf-8', 'ascii'):
        known = charsets.codec(fallback)
    # What is between 0x80 and 0x9f are no controls but Windows' letters.
    if known in (None, 'utf-8', 'ascii', 'iso8859-1'):
        known = 'cp1252'
    return charsets.decode(data, known)
