"""The four index pages of a volume: entries are put in as bytes, one line each.

Ten thousand lines are not made again for one more article: its line goes where the one
that follows it begins.  A page that is missing, or is 2.1's, is made as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mailman.archive import files, volumes
from mailman.archive.rows import KINDS, VolumeCount
from mailman.storage import safefile

if TYPE_CHECKING:
    from mailman.archive.pages import Pages
    from mailman.archive.store import Store
    from mailman.site.i18n import Translator

_ENTRY = re.compile(rb'^<li id="(\d+)"', re.MULTILINE)
# Above this many at once, the whole page costs less.
MOST_SPLICED = 400


class Edit(NamedTuple):
    """Bytes from ``start`` to ``end`` become ``text``."""

    start: int
    end: int
    text: bytes


class Indexes:
    """The index pages of one archive."""

    def __init__(self, root: Path, store: Store, pages: Pages, _: Translator) -> None:
        self.root, self.store, self.pages, self._ = root, store, pages, _

    def counts(self, volume: str) -> VolumeCount:
        """Answer a volume in numbers, for its pages."""
        return self.counted(self.store.volume(volume))

    def counted(self, found: tuple[str, int, float, float, int]) -> VolumeCount:
        """Answer the same from a row of the database."""
        name, count, first, last, size = found
        plain = self.root / f'{name}.txt'
        packed = self.root / f'{name}.txt.gz'
        gz = False
        with suppress(OSError):
            stamp = packed.stat().st_mtime_ns
            gz = not plain.exists() or stamp >= plain.stat().st_mtime_ns
        with suppress(OSError):
            size = (packed if gz else plain).stat().st_size
        label = volumes.label(name, self._)
        return VolumeCount(name, label, count, first or 0.0, last or 0.0, size, gz)

    def rewrite(self, volume: str) -> None:
        """Make the index pages of a volume."""
        counts = self.counts(volume)
        lines = self._lines(volume)
        for kind in KINDS:
            self._rewrite(volume, kind, counts, lines)
        files.link(
            self.root / volume / 'index.html', 'thread.html', replace=lambda: True
        )

    def _lines(self, volume: str) -> dict[int, bytes]:
        line = self.pages.line
        return {row.number: line(row) for row in self.store.of_volume(volume)}

    def _rewrite(
        self, volume: str, kind: str, counts: VolumeCount, lines: dict[int, bytes]
    ) -> None:
        if kind == 'thread':
            deep = self.pages.deep
            found = self.store.depths(volume)
            body = [deep(lines[number], depth) for number, depth in found]
        else:
            body = [lines[number] for number in self.store.order(volume, kind)]
        self._write(volume, kind, counts, body)

    def _write(
        self, volume: str, kind: str, counts: VolumeCount, body: Iterable[bytes]
    ) -> None:
        head, foot = self.pages.index_frame(kind, counts)
        page = b''.join((files.encoded(head), *body, files.encoded(foot)))
        files.write(self.root / volume / f'{kind}.html', page)

    def update(
        self, volume: str, new: Collection[int], moved: Collection[int] = ()
    ) -> None:
        """Put in the lines of new articles, and those that moved within threads."""
        if len(new) + len(moved) > MOST_SPLICED:
            self.rewrite(volume)
            return
        counts = self.counts(volume)
        for kind in KINDS:
            numbers = {*new, *moved} if kind == 'thread' else set(new)
            body = self._spliced(volume, kind, numbers)
            if body is None or body.count(b'\n<li id="') + 1 != counts.count:
                self._rewrite(volume, kind, counts, self._lines(volume))
            else:
                self._write(volume, kind, counts, [body])
        if not (self.root / volume / 'index.html').is_symlink():
            self.rewrite(volume)

    def _spliced(self, volume: str, kind: str, numbers: set[int]) -> bytes | None:
        """Answer the entries with the new lines; None when it cannot be done."""
        try:
            content = safefile.read(self.root / volume / f'{kind}.html')
        except OSError:
            return None
        first, end = _span(content)
        if first < 0:
            return None
        edits: list[Edit] = []
        insertions: dict[int, list[bytes]] = {}
        places: dict[int, int] = {}
        ordered = self.store.sorted(numbers, kind)
        for number in reversed(ordered):
            if (old := content.find(b'<li id="%d"' % number, first, end)) >= 0:
                edits.append(Edit(old, content.index(b'\n', old) + 1, b''))
            place = self._place(content, number, kind, places, (first, end))
            if place is None:
                return None
            places[number] = place
            insertions.setdefault(place, []).append(self._line(kind, number))
        edits += [
            Edit(place, place, b''.join(reversed(lines)))
            for place, lines in insertions.items()
        ]
        return _apply(content, edits, first, end)

    def _place(
        self,
        content: bytes,
        number: int,
        kind: str,
        places: dict[int, int],
        span: tuple[int, int],
    ) -> int | None:
        """Answer where the entry below this one begins."""
        following = self.store.follower(number, kind)
        if following is None:
            return span[1]
        if following in places:
            return places[following]
        place = content.find(b'<li id="%d"' % following, *span)
        return None if place < 0 else place

    def _line(self, kind: str, number: int) -> bytes:
        row = self.store.row(number)
        if row is None:
            return b''
        depth = self.store.depth(number) if kind == 'thread' else 0
        row.depth = depth
        return self.pages.index_line(kind, row, depth)


def _span(content: bytes) -> tuple[int, int]:
    """Answer where the entries begin and end; -1 where there are none."""
    found = _ENTRY.search(content)
    if found is None:
        return -1, -1
    last = content.rfind(b'\n<li id="')
    begin = found.start() if last < found.start() else last + 1
    return found.start(), content.index(b'\n', begin) + 1


def _apply(content: bytes, edits: list[Edit], first: int, end: int) -> bytes:
    """Carry edits out; what is put in stands before what is cut at the same place."""
    pieces, place = [], first
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        pieces.append(content[place : edit.start])
        pieces.append(edit.text)
        place = max(place, edit.end)
    pieces.append(content[place:end])
    return b''.join(pieces)
