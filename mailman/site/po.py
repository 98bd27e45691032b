"""Catalogues of translations: gettext's .po source, read, written and compiled.

Our own, so that nobody needs gettext's tools or 2.1's msgfmt.py and pygettext.py.  Uses
the standard library only: `make install` runs this file by itself.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

WIDTH = 79
_CHARSET = re.compile(rb'charset=([\w.:-]+)')
_KEYWORD = re.compile(r'(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?)?\s*(".*)')
_ESCAPE = re.compile(r'\\(.)')
_ESCAPES = {'n': '\n', 't': '\t', 'r': '\r'}
_PIECES = re.compile(r'\S*\s*')


@dataclass
class Entry:
    """One text: English, and in the catalogue's language, once per plural form.

    An entry that is gone stands behind ``#~``: the program no longer says it, and a
    translator may want it back.
    """

    source: str
    texts: list[str] = field(default_factory=list)
    plural: str = ''
    context: str = ''
    notes: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)
    gone: bool = False

    @property
    def usable(self) -> bool:
        """Whether it says something; the header (of no text) counts even if fuzzy."""
        if self.gone or ('fuzzy' in self.flags and self.source):
            return False
        return bool(self.texts) and all(self.texts)


def read(data: bytes) -> list[Entry]:
    """Read a .po file, in the charset that its header names.

    Raises ValueError where a string is not one, or the charset is none.
    """
    named = _CHARSET.search(data)
    charset = named[1].decode('ascii') if named else 'utf-8'
    try:
        text = data.decode('utf-8' if charset == 'CHARSET' else charset)
    except LookupError as reason:
        raise ValueError(f'charset {charset}') from reason
    return [entry for lines in _blocks(text) if (entry := _entry(lines))]


def _blocks(text: str) -> Iterator[list[str]]:
    """Give the lines of each entry; it ends with its translation."""
    lines: list[str] = []
    translated = False
    for line in text.split('\n'):
        bare = line.strip().removeprefix('#~').strip()
        if translated and not bare.startswith(('msgstr', '"')):
            yield lines
            lines, translated = [], False
        lines.append(line.strip())
        translated = translated or bare.startswith('msgstr')
    yield lines


def _entry(lines: list[str]) -> Entry | None:
    entry = Entry('')
    fields: dict[str, str] = {}
    keyword = ''
    for line in filter(None, lines):
        if line.startswith('#~'):
            entry.gone = True
            line = line[2:].strip()
        elif line.startswith('#'):
            _comment(entry, line)
            continue
        match = _KEYWORD.fullmatch(line)
        if match is None:
            raise ValueError(f'not a line of a catalogue: {line}')
        keyword = match[1] or keyword
        fields[keyword] = fields.get(keyword, '') + _unquote(match[2])
    if 'msgid' not in fields:
        return None
    entry.source = fields['msgid']
    entry.plural = fields.get('msgid_plural', '')
    entry.context = fields.get('msgctxt', '')
    entry.texts = [text for name, text in fields.items() if name[:6] == 'msgstr']
    return entry


def _comment(entry: Entry, line: str) -> None:
    if line.startswith('#:'):
        entry.places += line[2:].split()
    elif line.startswith('#,'):
        entry.flags += [flag.strip() for flag in line[2:].split(',')]
    else:
        entry.notes.append(line)


def _unquote(quoted: str) -> str:
    """Read one C string."""
    if len(quoted) < 2 or not quoted.endswith('"'):
        raise ValueError('a string without its closing quote')
    return _ESCAPE.sub(lambda m: _ESCAPES.get(m[1], m[1]), quoted[1:-1])


# --- writing ------------------------------------------------------------------


def write(entries: Iterable[Entry]) -> bytes:
    """Write a .po file, in UTF-8; what is gone comes last."""
    ordered = sorted(entries, key=lambda entry: entry.gone)
    return '\n'.join(_written(entry) for entry in ordered).encode()


def _written(entry: Entry) -> str:
    lines: list[str] = []
    if entry.context:
        lines += _string('msgctxt', entry.context)
    lines += _string('msgid', entry.source)
    if entry.plural:
        lines += _string('msgid_plural', entry.plural)
        for number, text in enumerate(entry.texts or ['', '']):
            lines += _string(f'msgstr[{number}]', text)
    else:
        lines += _string('msgstr', entry.texts[0] if entry.texts else '')
    if entry.gone:
        lines = [f'#~ {line}' for line in lines]
    head = list(entry.notes)
    head += [f'#: {place}' for place in entry.places if not entry.gone]
    if entry.flags:
        head.append(f'#, {", ".join(entry.flags)}')
    return '\n'.join([*head, *lines, ''])


def _string(keyword: str, text: str) -> list[str]:
    """Write a C string; a long one or one of several lines begins below its keyword."""
    if len(text) + len(keyword) < WIDTH - 4 and '\n' not in text[:-1]:
        return [f'{keyword} {_quote(text)}']
    lines = [f'{keyword} ""']
    for part in text.splitlines(keepends=True):
        line = ''
        for piece in _PIECES.findall(part):
            if line and len(_quote(line + piece.rstrip(' '))) > WIDTH:
                lines.append(_quote(line))
                line = ''
            line += piece
        lines.append(_quote(line))
    return lines


def _quote(text: str) -> str:
    for character, escape in (('\\', '\\\\'), ('"', '\\"'), ('\n', '\\n')):
        text = text.replace(character, escape)
    return '"' + text.replace('\t', '\\t').replace('\r', '\\r') + '"'


# --- compiling ----------------------------------------------------------------


def to_mo(data: bytes) -> bytes:
    """Compile a .po file, as msgfmt does; fuzzy and empty entries are left out.

    Raises ValueError as `read` does.
    """
    messages: dict[bytes, bytes] = {}
    for entry in read(data):
        if entry.usable:
            key = entry.source + ('\0' + entry.plural if entry.plural else '')
            key = f'{entry.context}\x04{key}' if entry.context else key
            messages[key.encode()] = '\0'.join(entry.texts).encode()
    if b'' in messages:
        messages[b''] = _CHARSET.sub(b'charset=UTF-8', messages[b''])
    return _mo_file(sorted(messages.items()))


def _mo_file(messages: list[tuple[bytes, bytes]]) -> bytes:
    """Lay out a .mo file: magic, version, count, two tables, no hash, the strings."""
    count = len(messages)
    start = 28 + 16 * count
    strings = b''.join(message[side] + b'\0' for side in (0, 1) for message in messages)
    tables: list[int] = []
    for side in (0, 1):
        for message in messages:
            tables += [len(message[side]), start]
            start += len(message[side]) + 1
    head = [0x950412DE, 0, count, 28, 28 + 8 * count, 0, 28 + 16 * count]
    numbers: list[Any] = [*head, *tables]
    return struct.pack(f'<{len(numbers)}I', *numbers) + strings
