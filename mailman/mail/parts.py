"""Where the parts of a MIME body lie: spans in the raw bytes, nothing copied.

Linear in the size of the body.  Limits keep a hostile message cheap: what lies
deeper than MAX_DEPTH, or in a multipart that has more parts than MAX_PARTS leaves,
stays one piece of text (SECURITY 3.15).
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_DEPTH = 100
MAX_PARTS = 20_000  # in one message, all levels together

Span = tuple[int, int]


_REST_OF_LINE = re.compile(rb'[ \t\r]*(?=\n|\Z)')


class TooMany(Exception):
    """More parts than the limit."""


class Layout(NamedTuple):
    """The spans of one multipart body; None where there is no such piece."""

    preamble: Span | None
    parts: list[Span]
    epilogue: Span | None


def multipart(
    raw: bytes, start: int, end: int, boundary: bytes, limit: int
) -> Layout | None:
    """Find the parts of a multipart body (RFC 2046 5.1.1).

    None when no line is a delimiter.  Without a closing delimiter the last part
    goes to the end.  Raises TooMany.
    """
    preamble: Span | None = None
    spans: list[Span] = []
    part = -1  # where the present part starts
    place = start
    delimiter = b'--' + boundary
    while (at := raw.find(delimiter, place, end)) >= 0:
        place = at + len(delimiter)
        if at > start and raw[at - 1] != 10:
            continue
        closing = raw.startswith(b'--', place, end)
        rest = _REST_OF_LINE.match(raw, place + 2 * closing, end)
        if not rest:
            continue
        line_end = rest.end()
        if part >= 0:
            spans.append((part, max(part, at - 1)))
            if len(spans) > limit:
                raise TooMany
        elif at > start:
            preamble = (start, at - 1)
        part = line_end + 1
        if closing:
            if not spans:
                return None
            return Layout(preamble, spans, (part, end) if part <= end else None)
        place = line_end
    if part < 0:
        return None
    part = min(part, end)
    spans.append((part, end - (end > part and raw[end - 1] == 10)))
    return Layout(preamble, spans, None)


def blocks(raw: bytes, start: int, end: int, limit: int) -> list[Span]:
    """Find the field blocks of a message/delivery-status body (RFC 3464 2.1)."""
    spans: list[Span] = []
    place = start
    while place < end:
        if raw[place] == 10:
            place += 1
            continue
        gap = raw.find(b'\n\n', place, end)
        stop = end if gap < 0 else gap + 1
        spans.append((place, stop))
        if len(spans) > limit:
            raise TooMany
        place = stop
    return spans
