"""Plain text for people: wrapping, and filling in values.

``wrap`` is 2.1's rule for notices.  ``fill`` is for texts that list owners wrote
(footers, welcome texts): a mapping is put into ``%(name)s`` or ``$name`` marks, and
that is all: no attributes, no formats, nothing that can raise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

_PERCENT = re.compile(r'%(?:%|\((\w{1,80})\)([-0]?\d{0,3})(?:\.\d{1,2})?([sdifr]))')
_PLAIN = re.compile(r'%(?:%|\(\w{1,80}\)s)')
_DOLLAR = re.compile(r'\$(?:\$|([A-Za-z_]\w*)|\{([A-Za-z_]\w*)\})')
_SHORT = 1_000  # such templates are looked at once
_WORDS = re.compile(r'\s+|\S+')


def wrap(text: str, column: int = 70) -> str:
    """Fill each paragraph to the column; indented lines stay as they are.

    Paragraphs are parted by one empty line.  A word longer than the column gets
    a line of its own and is never broken.
    """
    return '\n\n'.join(_wrap_paragraph(para, column) for para in text.split('\n\n'))


def _wrap_paragraph(paragraph: str, column: int) -> str:
    lines: list[str] = []
    run: list[str] = []
    for line in paragraph.split('\n'):
        if line and not line[0].isspace():
            run.append(line)
            continue
        lines += _fill_lines(run, column)
        run = []
        lines.append(line)
    return '\n'.join(lines + _fill_lines(run, column))


def _fill_lines(run: list[str], column: int) -> list[str]:
    """Join the lines with blanks and cut them anew; blanks inside a line stay."""
    if len(run) == 1 and len(run[0]) <= column:
        return run
    lines: list[str] = []
    line = gap = ''
    for chunk in _WORDS.findall(
        ' '.join([*(one.rstrip() for one in run[:-1]), *run[-1:]])
    ):
        if chunk.isspace():
            gap = chunk
        elif not line or len(line) + len(gap) + len(chunk) <= column:
            line += gap + chunk if line else chunk
        else:
            lines.append(line)
            line = chunk
    return [*lines, line] if line else lines


def fill(template: str, mapping: Mapping[str, object], dollar: bool = False) -> str:
    """Put values into ``%(name)s`` marks, or ``$name`` and ``${name}`` ones.

    ``%%`` and ``$$`` are one sign; unknown names stay as they are written.
    """
    if dollar:
        return _DOLLAR.sub(lambda mark: _dollar(mark, mapping), template)
    if mapping.__class__ is not dict or not _has_usual_marks(template):
        return _fill_slowly(template, mapping)
    try:
        return template % mapping
    except KeyError:
        return _fill_slowly(template, mapping)


def _has_usual_marks(template: str) -> bool:
    """Tell whether Python's own ``%`` does as we do."""
    if template.__class__ is not str or len(template) >= _SHORT:
        return False
    return _has_only_names(template)


@lru_cache(1_000)
def _has_only_names(template: str) -> bool:
    return '%' not in _PLAIN.sub('', template)


def _fill_slowly(template: str, mapping: Mapping[str, object]) -> str:
    return _PERCENT.sub(lambda mark: _percent(mark, mapping), template)


def _percent(mark: re.Match[str], mapping: Mapping[str, object]) -> str:
    name, width, kind = mark.groups()
    if name is None:
        return '%'
    if name not in mapping:
        return mark[0]
    value = mapping[name]
    text = repr(value) if kind == 'r' else _text(value)
    if kind in 'dif' and width.startswith('0'):
        return text.rjust(int(width), '0')
    if not width:
        return text
    return (
        text.ljust(int(width[1:] or 0)) if width[0] == '-' else text.rjust(int(width))
    )


def _dollar(mark: re.Match[str], mapping: Mapping[str, object]) -> str:
    name = mark[1] or mark[2]
    if name is None:
        return '$'
    return _text(mapping[name]) if name in mapping else mark[0]


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value)


def to_dollar(template: str) -> str:
    """Rewrite ``%(name)s`` marks as ``${name}`` (2.1: use_dollar_strings)."""
    template = template.replace('$', '$$')
    return re.sub(
        r'%(?:%|\((\w+)\)[sd])',
        lambda mark: '${' + mark[1] + '}' if mark[1] else '%',
        template,
    )


def to_percent(template: str) -> str:
    """Rewrite ``$name`` marks as ``%(name)s``."""
    template = template.replace('%', '%%')
    return _DOLLAR.sub(
        lambda mark: f'%({mark[1] or mark[2]})s' if mark[1] or mark[2] else '$',
        template,
    )
