"""What a browser sent: form fields, queries and cookies, bounded and decoded once.

Fields keep their order and may repeat, as in a form.  Bytes are UTF-8; a page that was
saved in 2.1's days may post another charset, which is then read as the list's.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple
from urllib.parse import unquote_to_bytes

MAX_NAME = 2_000


class Limits(NamedTuple):
    """How much of a form is read: bytes, and fields."""

    size: int
    fields: int


class TooLarge(Exception):
    """The form is larger than it may be, or has too many fields."""


class Malformed(Exception):
    """This is no form."""


class Fields:
    """The fields of a form and of the query, in order."""

    def __init__(self, pairs: list[tuple[str, str]] | None = None) -> None:
        self.pairs = pairs or []
        self._by_name: dict[str, list[str]] = {}
        for name, value in self.pairs:
            self._by_name.setdefault(name, []).append(value)

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def get(self, name: str, default: str = '') -> str:
        """Give the first value of a field."""
        values = self._by_name.get(name)
        return values[0] if values else default

    def all(self, name: str) -> list[str]:
        """Give all values of a field."""
        return self._by_name.get(name, [])

    def text(self, name: str) -> str:
        """Give the first value of a field, with blanks around it taken off."""
        return self.get(name).strip()

    def lines(self, *names: str) -> list[str]:
        """Give the lines of these fields that are not empty (a box and its upload)."""
        return [
            line.strip()
            for name in names
            for line in self.get(name).splitlines()
            if line.strip()
        ]

    def number(self, name: str) -> int | None:
        """Give a field's decimal number, None where it is none."""
        word = self.text(name)
        if len(word) > 12 or not word.removeprefix('-').isdecimal():
            return None
        return int(word)


def parse_urlencoded(data: bytes, limits: Limits, charset: str) -> Fields:
    """Read ``name=value&...``; raises TooLarge."""
    if data.count(b'&') + data.count(b';') >= limits.fields:
        raise TooLarge
    pairs = []
    for piece in data.split(b'&'):
        if piece:
            name, _, value = piece.partition(b'=')
            pairs.append((_unquoted(name, charset), _unquoted(value, charset)))
    return Fields([(name[:MAX_NAME], value) for name, value in pairs])


def _unquoted(data: bytes, charset: str) -> str:
    return _decoded(unquote_to_bytes(data.replace(b'+', b' ')), charset)


def _decoded(data: bytes, charset: str) -> str:
    try:
        text = data.decode('utf-8')
    except UnicodeDecodeError:
        try:
            text = data.decode(charset if charset != 'us-ascii' else 'latin-1')
        except (UnicodeDecodeError, LookupError):
            text = data.decode('utf-8', 'replace')
    return text.replace('\0', '')


def parse_multipart(
    data: bytes, content_type: str, limits: Limits, charset: str
) -> Fields:
    """Read multipart/form-data; an upload is a text too.  Raises the errors above."""
    # For start-up time: few pages have such forms.
    from multipart import (
        MultipartError,
        MultipartParser,
        ParserLimitReached,
        parse_options_header,
    )

    boundary = parse_options_header(content_type)[1].get('boundary', '')
    if not boundary:
        raise Malformed
    parser = MultipartParser(
        io.BytesIO(data),
        boundary,
        len(data),
        charset='latin-1',
        part_limit=limits.fields,
        partsize_limit=limits.size,
        memory_limit=2 * limits.size,
        spool_limit=limits.size,
    )
    try:
        return Fields(
            [
                # Names come as the bytes they are; see charset above.
                (_decoded(p.name.encode('latin-1'), charset), _decoded(p.raw, charset))
                for p in parser
            ]
        )
    except ParserLimitReached as error:
        raise TooLarge from error
    except (MultipartError, UnicodeError, ValueError) as error:
        raise Malformed from error


def read_body(stream: BinaryIO, length: str, limit: int) -> bytes:
    """Read a request's body; raises TooLarge, Malformed (also when it is cut short)."""
    if not length.isdecimal():
        raise Malformed
    size = int(length)
    if size > limit:
        raise TooLarge
    data = bytearray()
    while len(data) < size:
        piece = stream.read(min(size - len(data), 65536))
        if not piece:
            raise Malformed
        data += piece
    return bytes(data)


def parse_cookies(header: str) -> dict[str, list[str]]:
    """Read a Cookie header: the values of each name, in order."""
    cookies: dict[str, list[str]] = {}
    for piece in header[:16_384].split(';')[:200]:
        name, found, value = piece.strip().partition('=')
        if found and name:
            cookies.setdefault(name, []).append(value.strip().strip('"'))
    return cookies
