"""Who stands beside whom, for many pages at once.

A rebuild asks for the neighbours of every article.  Both orders are read once, into
four arrays (16 bytes an article); rows and answers are read for a batch of articles
together.  The database must not change meanwhile.
"""

# ruff: noqa: S608 - the names put into SQL are ours, values are bound
from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mailman.archive.rows import Links, Row

if TYPE_CHECKING:
    from mailman.archive.store import Store

_NONE = -1
# Neighbours are near each other in time, so batch after batch needs the same rows.
MOST_REMEMBERED = 2_000


class Neighbours:
    """The orders of an archive's articles, as they are now."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.rows: dict[int, Row] = {}
        self.by_date = self._beside('date, number')
        self.by_thread = self._beside('key, number')

    def _beside(self, order: str) -> tuple[array[int], array[int]]:
        """Answer the article before each one, and the one behind it."""
        db = self.store.db
        (last,) = db.execute('SELECT coalesce(max(number), 0) FROM article').fetchone()
        before = array('i', [_NONE]) * (last + 1)
        behind = before[:]
        left = _NONE
        for (number,) in db.execute(f'SELECT number FROM article ORDER BY {order}'):
            before[number] = left
            if left != _NONE:
                behind[left] = number
            left = number
        return before, behind

    def of(self, numbers: list[int]) -> list[Links]:
        """Answer the neighbours of those of these articles that are there."""
        parents = dict(self.store.among('number, parent', 'number', numbers))
        answers: dict[int, list[int]] = {}
        for parent, number in self.store.among(
            'parent, number', 'parent', numbers, 'date, number'
        ):
            answers.setdefault(parent, []).append(number)
        orders = (*self.by_date, *self.by_thread)
        found = {n: [order[n] for order in orders] for n in numbers if n in parents}
        self._read_rows(numbers, parents.values(), *found.values(), *answers.values())
        rows = self.rows
        return [
            Links(
                rows[number],
                rows.get(before),
                rows.get(behind),
                rows.get(above),
                rows.get(below),
                rows.get(parents[number]),
                [rows[one] for one in answers.get(number, ())],
            )
            for number, (before, behind, above, below) in found.items()
        ]

    def _read_rows(self, *numbers: Iterable[int]) -> None:
        """Have all these rows at hand."""
        if len(self.rows) > MOST_REMEMBERED:
            self.rows.clear()
        missing = set().union(*numbers) - self.rows.keys() - {None, _NONE}
        for row in self.store.rows(missing):
            self.rows[row.number] = row
