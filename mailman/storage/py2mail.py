"""Bytes of the messages in 2.1's pickles, without any class of the email package.

2.1 stored message objects: ``_headers``, a list of pairs, and ``_payload``, a byte
string, a list of parts, or None.  Header values were byte strings, unicode or Header
objects.  Written out here, they are parsed like mail that just arrived.
"""

from __future__ import annotations

import base64
import re
import string
from collections.abc import Callable, Mapping
from typing import Any

State = Mapping[str, Any]


class RawMessage(bytes):
    """A whole message as it would travel; bytes that no decoding pass may touch."""

    __slots__ = ()


class HeaderText(str):
    """The text of a Header object; ``encoded`` is its RFC 2047 form."""

    encoded: bytes

    def __new__(cls, state: State) -> HeaderText:
        """Decode the chunks of a Header's state."""
        chunks = [_chunk(item) for item in state.get('_chunks') or ()]
        self = super().__new__(cls, _join([text for text, _ in chunks]))
        self.encoded = _folded([_encoded(*chunk) for chunk in chunks if chunk[0]])
        return self


def charset_name(state: State) -> str:
    """Return the name that a Charset object stood for."""
    return _text(state.get('input_charset') or 'us-ascii')


def _chunk(item: Any) -> tuple[str, str]:
    """Return text and charset of one chunk: (string, charset's name)."""
    if not isinstance(item, tuple | list) or len(item) != 2:
        return '', 'us-ascii'
    raw, charset = item
    name = _text(charset) if isinstance(charset, str | bytes) else 'us-ascii'
    if isinstance(raw, bytes):
        return _decode(raw, name), name
    return str(raw), name


def _join(texts: list[str]) -> str:
    """Join chunks with single blanks, as a reader of the header would see them."""
    joined = ''
    for text in texts:
        if joined and text and not joined[-1].isspace() and not text[0].isspace():
            joined += ' '
        joined += text
    return joined


def _folded(pieces: list[bytes]) -> bytes:
    """Join encoded chunks, on a new line where 2.1 would have begun one."""
    value, room = b'', 67  # the first line has the header's name, too
    for piece in pieces:
        if value and len(value.rpartition(b'\n')[2]) + 1 + len(piece) > room:
            value, room = value + b'\n ' + piece, 75
        else:
            value += b' ' * bool(value) + piece
    return value


def _encoded(text: str, charset: str) -> bytes:
    """Return a chunk in the form of RFC 2047, as 2.1 would have written it."""
    if text.isascii() and charset in ('us-ascii', 'ascii'):
        return text.strip().encode()
    try:
        text.encode(charset)
    except (UnicodeError, LookupError):
        charset = 'utf-8'
    letter, encode = _FORMS[charset.startswith(_READABLE)]
    # Section 2: 75 characters at most, and characters are not split.
    longest = 75 - len(f'=?{charset}?{letter}??=')
    words, word = [], ''
    for character in text:
        if (
            word
            and len(encode((word + character).encode(charset, 'replace'))) > longest
        ):
            words.append(word)
            word = ''
        word += character
    words.append(word)
    joined = '\n '.join(
        f'=?{charset}?{letter}?{encode(word.encode(charset, "replace"))}?='
        for word in words
    )
    return joined.encode('ascii', 'replace')


def _q_form(raw: bytes) -> str:
    return ''.join(
        chr(byte) if chr(byte) in _PLAIN else '_' if byte == 32 else f'={byte:02X}'
        for byte in raw
    )


def _b_form(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


_PLAIN = frozenset(string.ascii_letters + string.digits + '!*+-/')
_FORMS: tuple[tuple[str, Callable[[bytes], str]], ...] = (
    ('b', _b_form),
    ('q', _q_form),
)
# Charsets of mostly ASCII text, for which 2.1 chose the form that people can read.
_READABLE = ('iso-8859-', 'windows-125')


def _decode(raw: bytes, charset: str) -> str:
    for name in (charset, 'utf-8'):
        try:
            return raw.decode(name)
        except (UnicodeError, LookupError):
            continue
    return raw.decode('latin-1')


def _text(value: Any) -> str:
    return value.decode('latin-1') if isinstance(value, bytes) else str(value)


def _bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return str(value).encode('utf-8', 'surrogateescape')


# --- writing out ----------------------------------------------------------


def flatten(state: State) -> bytes:
    """Return a message's bytes; parts in it are RawMessages already."""
    payload = state.get('_payload')
    headers = [pair for pair in state.get('_headers') or () if _is_pair(pair)]
    head = [_header(name, value) for name, value in headers]
    if isinstance(payload, list | tuple):
        body, boundary = _multipart(state, headers, list(payload))
        if boundary is not None:
            head = _with_boundary(head, boundary)
    else:
        body = b'' if payload is None else _payload_bytes(payload, state)
    unixfrom = state.get('_unixfrom')
    first = [_bytes(unixfrom).rstrip(b'\n')] if unixfrom else []
    return b'\n'.join([*first, *head, b'', body])


def _is_pair(value: Any) -> bool:
    return isinstance(value, tuple | list) and len(value) == 2


def _header(name: Any, value: Any) -> bytes:
    if isinstance(value, HeaderText):
        raw = value.encoded
    elif isinstance(value, str) and not value.isascii():
        raw = value.encode('utf-8', 'surrogateescape')
    else:
        raw = _bytes(value)
    # A line of a value that does not begin with a blank would be a header of its own.
    raw = re.sub(rb'\r\n|\r|\n', b'\n', raw).rstrip(b'\n')
    raw = re.sub(rb'\n+(?![ \t])', b'\n ', raw)
    return re.sub(rb'[\s:]', b'', _bytes(name)) + b': ' + raw.lstrip(b' ')


def _payload_bytes(payload: Any, state: State) -> bytes:
    if isinstance(payload, bytes):
        return payload
    return str(payload).encode('utf-8', 'surrogateescape')


_BOUNDARY = re.compile(rb';\s*boundary\s*=\s*("((?:[^"\\]|\\.)*)"|[^\s;]*)', re.I)


def _content_type(headers: list[Any]) -> bytes:
    for name, value in headers:
        if _bytes(name).lower() == b'content-type':
            return getattr(value, 'encoded', None) or _bytes(value)
    return b''


def _multipart(
    state: State, headers: list[Any], parts: list[Any]
) -> tuple[bytes, bytes | None]:
    """Return a body of several parts, and the boundary when it had to be made up."""
    content_type = _content_type(headers)
    pieces = [part if isinstance(part, bytes) else _bytes(part) for part in parts]
    if content_type.lower().startswith(b'message/'):
        # The parts of a delivery status are blocks of headers; others have one.
        return b'\n'.join(pieces), None
    match = _BOUNDARY.search(content_type)
    boundary = (match[1].strip(b'"') if match else b'') or None
    new = None
    if boundary is None:
        new = boundary = _unused_boundary(pieces)
    lines = []
    if state.get('preamble') is not None:
        lines.append(_bytes(state['preamble']))
    for piece in pieces:
        lines += [b'--' + boundary, piece]
    lines.append(b'--' + boundary + b'--')
    epilogue = state.get('epilogue')
    lines.append(b'' if epilogue is None else _bytes(epilogue))
    return b'\n'.join(lines), new


def _unused_boundary(pieces: list[bytes]) -> bytes:
    whole = b'\n'.join(pieces)
    number = 0
    while b'--===============%019d==' % number in whole:
        number += 1
    return b'===============%019d==' % number


def _with_boundary(head: list[bytes], boundary: bytes) -> list[bytes]:
    kept = [line for line in head if not line.lower().startswith(b'content-type:')]
    old = [line for line in head if line.lower().startswith(b'content-type:')]
    kind = old[0] if old else b'Content-Type: multipart/mixed'
    return [*kept, kind + b';\n boundary="' + boundary + b'"']
