"""Bytes of a mail to text for a page, whatever charset they say or do not say.

Programs that say ISO-8859-1 and write UTF-8, or Windows' letters, are more than those
that mean what they say.  So text that passes as UTF-8 is UTF-8, and what claims to be
UTF-8 and for the most part is not is in the charset of the list's language.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from mailman.mail import charsets, params

if TYPE_CHECKING:
    from mailman.mail.message import Message

# Controls, signs that turn the direction of what follows, halves of characters.
UNWANTED = re.compile(
    '[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]'
)
_CONTROLS = bytes(code for code in range(32) if code not in (9, 10)) + b'\x7f'
# How UTF-8 begins whatever is unwanted, apart from the controls above.
_MAY_BE_UNWANTED = (0xC2, 0xE2, 0xEF)
# One byte is one letter, the first half is ASCII.
_SIMPLE = re.compile(r'ascii|iso8859-\d+|cp125\d|cp874|cp866|koi8-[rtu]|mac-\w+')


# Few values of Content-Type come again and again; so long, and so many, are remembered.
_USUAL, _REMEMBERED = 200, 300
_kinds: dict[str, Kind] = {}


class Kind(NamedTuple):
    """What a part's Content-Type says of it."""

    type: str  # text/plain
    is_text: bool  # to be shown as it is; a multipart that is broken is
    codec: str | None  # Python's name for its charset
    is_simple: bool  # of which ASCII is the first half, or there is none
    charset: str | None  # as declared
    is_named: bool  # a name may be in it
    is_flowed: bool
    delsp: bool


def kind_of(part: Message) -> Kind:
    """Give what a part's Content-Type says; each value is read once."""
    value = part.get('content-type')
    if value is None or len(value) > _USUAL:
        return _read_kind(part, value or '')
    known = _kinds.get(value)
    if known is None:
        known = _read_kind(part, value)
        if 'boundary' in value.lower():
            return known  # nobody else's
        if len(_kinds) >= _REMEMBERED:
            _kinds.clear()
        _kinds[value] = known
    return known


def _read_kind(part: Message, value: str) -> Kind:
    charset = part.get_content_charset()
    codec = charsets.codec(charset)
    is_simple = codec is None or codec == 'utf-8' or bool(_SIMPLE.fullmatch(codec))
    is_flowed = 'flowed' in value.lower() and _param(part, 'format') == 'flowed'
    kind = part.get_content_type()
    return Kind(
        kind,
        kind == 'text/plain' or kind.startswith(('multipart/', 'message/')),
        codec,
        is_simple,
        charset,
        'name' in value.lower(),
        is_flowed,
        is_flowed and _param(part, 'delsp') == 'yes',
    )


def _param(part: Message, name: str) -> str:
    return params.text(part.get_param(name, '')).strip().lower()


def clean(text: str) -> str:
    """Take out what no reader sees but that changes what is seen."""
    return UNWANTED.sub('', text)


def text_of(data: bytes, kind: Kind, fallback: str = '') -> str:
    """Decode the text of a part; ``fallback`` is for bytes of no charset."""
    if kind.is_simple:
        if b'\r' in data:
            data = data.replace(b'\r\n', b'\n').replace(b'\r', b'\n')
        data = data.translate(None, _CONTROLS)
        if data.isascii():
            return data.decode('ascii')
        return _simple(data, kind.codec, fallback)
    text = charsets.decode(data, kind.charset)
    return clean(text.replace('\r\n', '\n').replace('\r', '\n'))


def _simple(data: bytes, known: str | None, fallback: str) -> str:
    try:
        text = data.decode('utf-8')
    except UnicodeDecodeError:
        return _not_utf8(data, known, fallback)
    # To look for a byte takes a fiftieth of the time of looking at each letter.
    if any([byte in data for byte in _MAY_BE_UNWANTED]):
        return clean(text)
    return text


def _not_utf8(data: bytes, known: str | None, fallback: str) -> str:
    if known == 'utf-8':
        text = data.decode('utf-8', 'replace')
        bad = text.count('\ufffd')
        letters = len(text) - len(text.encode('ascii', 'ignore'))
        if bad * 2 < letters:
            return clean(text)
    if known is None or known in ('utf-8', 'ascii'):
        known = charsets.codec(fallback)
    # What is between 0x80 and 0x9f are no controls but Windows' letters.
    if known in (None, 'utf-8', 'ascii', 'iso8859-1'):
        known = 'cp1252'
    assert known is not None
    if _SIMPLE.fullmatch(known):
        return data.translate(None, _unwanted(known)).decode(known, 'replace')
    return clean(charsets.decode(data, known))


@lru_cache(100)
def _unwanted(known: str) -> bytes:
    """Give the bytes that ``clean`` would take out of the text in a simple codec."""
    all_bytes = [bytes([byte]) for byte in range(256)]
    letters = [one.decode(known, 'replace') for one in all_bytes]
    return b''.join(
        one
        for one, letter in zip(all_bytes, letters, strict=True)
        if UNWANTED.search(letter)
    )
