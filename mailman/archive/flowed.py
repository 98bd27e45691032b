"""format=flowed (RFC 3676) and plain quoting: lines become depths and contents."""

from __future__ import annotations

import re

_MARKS = re.compile(r'>(?: ?>)*+ ?')
_DEEPEST = 1_000_000


def fixed(lines: list[str]) -> tuple[list[int], list[str]]:
    """Give the depth of quoting of each line, and the lines without its marks."""
    depths = [0] * len(lines)
    contents = lines[:]
    for number, line in enumerate(lines):
        if line[:1] == '>':
            marks = _MARKS.match(line)
            assert marks is not None
            depths[number] = marks[0].count('>')
            contents[number] = line[marks.end() :]
    return depths, contents


def flowed(lines: list[str], delsp: bool) -> tuple[list[int], list[str]]:
    """As ``fixed``, with the lines of each paragraph joined again."""
    depths: list[int] = []
    contents: list[str] = []
    open_pieces: list[str] = []
    open_depth = 0

    def close() -> None:
        if open_pieces:
            depths.append(open_depth)
            contents.append(''.join(open_pieces))
            open_pieces.clear()

    for line in lines:
        text = line.lstrip('>')
        depth = len(line) - len(text)
        if text[:1] == ' ':
            text = text[1:]
        if open_pieces and depth != open_depth:
            close()
        is_signature = text == '-- '
        if is_signature:
            close()
        open_depth = depth
        flows = text[-1:] == ' ' and not is_signature
        open_pieces.append(text[:-1] if flows and delsp else text)
        if not flows:
            close()
    close()
    return depths, contents
