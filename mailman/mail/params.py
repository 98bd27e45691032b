"""Parameters of Content-Type and Content-Disposition: RFC 2045 5.1 and RFC 2231.

Python's own parser takes quadratic time and raises for hostile values
(CVE-2006-2941 is 2.1's); this one is linear, bounded and answers something for
everything.  Changes touch the one parameter and leave the rest as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes

from mailman.mail import charsets

MAX_PARAMS = 200  # what follows is not read
MAX_VALUE = 65536  # nor what lies beyond so many characters

# A value as email.message gives it: text, or (charset, language, Latin-1 text).
Value = str | tuple[str | None, str | None, str]

_PARAM = re.compile(r';\s*([^\s=;"]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^;]*))?', re.DOTALL)
_SECTION = re.compile(r'([^*]+)(?:\*(\d{1,3}))?(\*)?')
_TOKEN = re.compile(r'[A-Za-z0-9!#$&+^_`{|}~.-]+')
_ESCAPED = re.compile(r'\\(.)', re.DOTALL)


class Param(NamedTuple):
    """One parameter as written, with its place in the header."""

    name: str
    value: str
    start: int
    end: int


def main_value(header: str) -> str:
    """Return what stands before the parameters, in lower case."""
    return header.partition(';')[0].strip().lower()


def scan(header: str) -> Iterator[Param]:
    """Give the parameters one by one, as written."""
    place = header.find(';')
    text = header[:MAX_VALUE]
    for _ in range(MAX_PARAMS):
        if not 0 <= place < len(text):
            return
        match = _PARAM.match(text, place)
        if match:
            yield Param(match[1], (match[2] or '').strip(), place, match.end())
            place = match.end()
        place = text.find(';', place if match else place + 1)


def parse(header: str) -> list[tuple[str, Value]]:
    """Return names and values; quotes are kept, RFC 2231 pieces put together."""
    plain: list[tuple[str, Value]] = []
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for name, value, _, _ in scan(header):
        match = _SECTION.fullmatch(name) if '*' in name else None
        if match:
            pieces = sections.setdefault(match[1], {})
            pieces.setdefault(int(match[2] or 0), (value, bool(match[3])))
        else:
            plain.append((name, value))
    return plain + [(name, _joined(pieces)) for name, pieces in sections.items()]


def _joined(pieces: dict[int, tuple[str, bool]]) -> Value:
    """Join the sections of one parameter up to the first gap (RFC 2231 3 and 4.1)."""
    numbers = sorted(pieces)
    run = [n for place, n in enumerate(numbers) if n - numbers[0] == place]
    coded = any(pieces[n][1] for n in run)
    charset: str | None = None
    language: str | None = None
    text = ''
    for place, number in enumerate(run):
        value, extended = pieces[number]
        value = unquote(value)
        if extended and not place and value.count("'") >= 2:
            charset, language, value = value.split("'", 2)
        text += _percent(value) if extended else value
    return (charset or None, language or None, text) if coded else f'"{text}"'


def _percent(text: str) -> str:
    return unquote_to_bytes(text.encode('utf-8', 'surrogateescape_or_replace')).decode(
        'latin-1'
    )


def unquote(value: str) -> str:
    """Take quotes and backslashes off a value."""
    if len(value) >= 2 and value[0] == value[-1] == '"':
        return _ESCAPED.sub(r'\1', value[1:-1])
    return value.strip('"')


def text(value: object) -> str:
    """Return a parameter as text: a triple is decoded with its charset."""
    if not isinstance(value, tuple):
        return unquote(str(value))
    charset, _, raw = value
    return charsets.decode(raw.encode('latin-1', 'replace'), charset)


def written(name: str, value: str) -> str:
    """Return ``name=value`` for a header: quoted, or by RFC 2231 where not ASCII."""
    value = re.sub(r'[\r\n\0]+', ' ', value)
    if not value.isascii():
        coded = quote(value.encode('utf-8', 'surrogateescape_or_replace'), safe='')
        return f"{name}*=utf-8''{coded}"
    if _TOKEN.fullmatch(value) and name.lower() not in (
        'boundary',
        'charset',
        'filename',
        'name',
    ):
        return f'{name}={value}'
    quoted = re.sub(r'(["\\])', r'\\\1', value)
    return f'{name}="{quoted}"'


def replaced(header: str, name: str, new: str) -> str:
    """Return the header with one parameter exchanged or added, as ``written``."""
    found = _named(header, name)
    if not found:
        return f'{header.rstrip().rstrip(";")}; {written(name, new)}'
    first = found[0]
    rest = removed(header[first.end :], name) if len(found) > 1 else header[first.end :]
    return f'{header[: first.start]}; {written(name, new)}{rest}'


def removed(header: str, name: str) -> str:
    """Return the header without a parameter and its RFC 2231 sections."""
    for param in reversed(_named(header, name)):
        header = header[: param.start] + header[param.end :]
    return header


def _named(header: str, name: str) -> list[Param]:
    name = name.lower()
    return [p for p in scan(header) if p.name.partition('*')[0].lower() == name]
