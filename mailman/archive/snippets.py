"""A few words around what was found, as the page with the results shows them."""

from __future__ import annotations

import re

from mailman.archive import words

WIDTH = 240
BEFORE = 70  # letters in front of the first find
MOST_FINDS = 500
LONGEST = 200_000  # letters that are looked at

_QUOTING = re.compile(r'^[>| ]+', re.MULTILINE)

Pieces = list[tuple[str, bool]]


def snippet(text: str, patterns: list[str], width: int = WIDTH) -> Pieces:
    """Cut the best place out of a text, in pieces: (text, whether it was found).

    The best place is the first one with the most different words.
    """
    text = ' '.join(_QUOTING.sub('', text[:LONGEST]).split())
    finds = _finds(text, patterns)
    first = _best(finds, width - BEFORE)
    begin, end = _around(text, first, width)
    pieces: Pieces = [('… ', False)] if begin else []
    place = begin
    for start, stop, _ in finds:
        if start >= place and stop <= end:
            pieces += [(text[place:start], False), (text[start:stop], True)]
            place = stop
    pieces.append((text[place:end] + (' …' if end < len(text) else ''), False))
    return [piece for piece in pieces if piece[0]]


def _finds(text: str, patterns: list[str]) -> list[tuple[int, int, int]]:
    """Give begin, end and number of pattern of what is found, in order."""
    if not patterns:
        return []
    found = []
    for match in re.finditer('|'.join(f'({one})' for one in patterns), _plain(text)):
        if match.end() > match.start():
            found.append((match.start(), match.end(), match.lastindex or 0))
        if len(found) >= MOST_FINDS:
            break
    return found


def _plain(text: str) -> str:
    return words.plain(text)


def _best(finds: list[tuple[int, int, int]], width: int) -> int:
    """Give where the most different patterns stand close together."""
    best, most = 0, 0
    for number, (start, _, _) in enumerate(finds):
        near = {one for at, _, one in finds[number : number + 40] if at < start + width}
        if len(near) > most:
            best, most = start, len(near)
    return best


def _around(text: str, first: int, width: int) -> tuple[int, int]:
    """Give begin and end of a piece of text, between words where there are any."""
    begin = max(0, first - BEFORE)
    end = min(len(text), begin + width)
    begin = max(0, min(begin, end - width))
    if begin:
        gap = text.find(' ', begin, min(begin + 25, first))
        begin = gap + 1 if gap >= 0 else begin
    if end < len(text):
        gap = text.rfind(' ', max(end - 25, first + 1), end + 1)
        end = gap if gap >= 0 else end
    return begin, end
