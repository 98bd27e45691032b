"""The alias files of MTA = 'Postfix' as text: 2.1's stanzas among other people's lines.

::

    # STANZA START: test
    # CREATED: Sat Nov 21 07:42:46 2026
    test:             "|/usr/local/mailman/mail/mailman post test"
    ...
    # STANZA END: test

and blocks, between ``# WORDS START`` and ``# WORDS END``, that all lists share.  Sites'
own tools parse these marks, and sites add lines of their own: what stands outside of
stanza and block is not touched.
"""

from __future__ import annotations

from collections.abc import Iterable

START, END = '# STANZA START: ', '# STANZA END: '


class AliasFile:
    """The lines of one file."""

    def __init__(self, text: str) -> None:
        self.lines = text.split('\n')
        if self.lines[-1] == '':
            del self.lines[-1]

    @property
    def text(self) -> str:
        """The file as it is to be written."""
        return '\n'.join([*self.lines, ''])

    def names(self) -> list[str]:
        """Answer the names that have a stanza, in the order of the file."""
        found = (line[len(START) :] for line in self.lines if line.startswith(START))
        return list(dict.fromkeys(name.strip() for name in found))

    def put(self, name: str, entries: Iterable[str], created: str) -> None:
        """Write the stanza of a list, in the place of the one it has."""
        stanza = [START + name, f'# CREATED: {created}', *entries, END + name]
        place = self._find(name)
        if place is None:
            if self.lines and self.lines[-1].strip():
                self.lines.append('')
            self.lines += [*stanza, '']
            return
        self.lines[place] = stanza
        self._remove_behind(name, place.start + len(stanza))

    def remove(self, name: str) -> None:
        """Take all stanzas of a list out, with the blank line behind each."""
        self._remove_behind(name, 0)

    def _remove_behind(self, name: str, start: int) -> None:
        while (place := self._find(name, start)) is not None:
            end = place.stop
            if end < len(self.lines) and not self.lines[end].strip():
                end += 1
            del self.lines[place.start : end]

    def _find(self, name: str, start: int = 0) -> slice | None:
        """Answer the lines of a stanza; without an end mark it ends at a blank line."""
        for first in range(start, len(self.lines)):
            if self.lines[first].rstrip() == START + name:
                break
        else:
            return None
        blank = len(self.lines)
        for number in range(first + 1, len(self.lines)):
            line = self.lines[number].rstrip()
            if line == END + name:
                return slice(first, number + 1)
            if not line:
                blank = min(blank, number)
            if line.startswith(START):
                return slice(first, min(blank, number))
        return slice(first, blank)

    def replace(self, entry: str) -> None:
        """Replace the lines that begin with the same word, where there are any."""
        word = entry.split()[0] + ' '
        self.lines = [
            entry if f'{line} '.startswith(word) else line for line in self.lines
        ]

    def add_to_block(self, words: str, entries: Iterable[str]) -> None:
        """Add to a block the ``ADDRESS TAB TARGET`` lines whose address it lacks.

        A line that is commented out counts as there.
        """
        place = self._find_block(words)
        has = {_address(line) for line in self.lines[place]}
        new = [line for line in entries if _address(line) not in has]
        self.lines[place.stop : place.stop] = new

    def empty_block(self, words: str) -> None:
        """Remove all lines of a block."""
        del self.lines[self._find_block(words)]

    def _find_block(self, words: str) -> slice:
        """Answer the lines inside a block, which is made if need be."""
        start, end = f'# {words} START', f'# {words} END'
        stripped = [line.rstrip() for line in self.lines]
        if start not in stripped:
            self._insert_block(start, end)
            return self._find_block(words)
        first = stripped.index(start) + 1
        for number in range(first, len(stripped)):
            if stripped[number] == end:
                return slice(first, number)
            if not stripped[number] or stripped[number].startswith(START):
                break
        else:
            number = len(stripped)
        self.lines.insert(number, end)
        return slice(first, number)

    def _insert_block(self, start: str, end: str) -> None:
        marks = [i for i, line in enumerate(self.lines) if line.startswith(START)]
        place = marks[0] if marks else len(self.lines)
        self.lines[place:place] = [start, end, '']


def _address(line: str) -> str:
    words = line.lstrip('# ').split()
    return words[0].lower() if words else ''
