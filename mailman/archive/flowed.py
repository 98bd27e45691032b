"""format=flowed (RFC 3676) and plain quoting: lines become depths and contents."""

from __future__ import annotations

import re

_MARKS = re.compile(r'>(?: ?>)*+ ?')
_DEEPEST = 1_000_000


def fixed(text: str) -> tuple[list[int], list[str]]:
    """Give the depth of quoting of each line, and the lines without its marks."""
    lines = text.split('\n')
    depths = [0] * len(lines)
    if text[:1] != '>' and '\n>' not in text:
        return depths, lines
    for number in [n for n, line in enumerate(lines) if line[:1] == '>']:
        line = lines[number]
        if line[1:2] == ' ' and line[2:3] != '>':  # as most people quote
            depths[number], lines[number] = 1, line[2:]
            continue
        marks = _MARKS.match(line)
        assert marks is not None
        depths[number] = marks[0].count('>')
        lines[number] = line[marks.end() :]
    return depths, lines


def flowed(text: str, delsp: bool) -> tuple[list[int], list[str]]:
    """As ``fixed``, with the lines of each paragraph joined again."""
    depths: list[int] = []
    contents: list[str] = []
    pieces: list[str] = []
    open_depth = 0

    def close() -> None:
        depths.append(open_depth)
        contents.append(''.join(pieces))
        pieces.clear()

    for line in text.split('\n'):
        content = line.lstrip('>') if line[:1] == '>' else line
        depth = len(line) - len(content)
        if content[:1] == ' ':
            content = content[1:]
        is_signature = content == '-- '
        if pieces and (depth != open_depth or is_signature):
            close()
        if content[-1:] == ' ' and not is_signature:
            pieces.append(content[:-1] if delsp else content)
            open_depth = depth
        elif pieces:
            pieces.append(content)
            close()
        else:
            depths.append(depth)
            contents.append(content)
    if pieces:
        close()
    return depths, contents
