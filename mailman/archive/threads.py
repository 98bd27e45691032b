"""Threads, one article at a time: Zawinski's algorithm in SQL, memory flat.

Each article has a key: the keys of those above it, then its own component of nine
bytes (time, number).  In the order of keys an article follows its parent, and answers
stand by time; what is below an article is one range of keys.  (2.1 has the same in
text, ``DATE.SEQ-DATE.SEQ-``, within a volume; here threads go on across volumes.)

A Message-ID that is only known from References gets a key in ``lost``; the article
takes that place over when it comes, and becomes the parent of what ``waits`` for it.
Below DEEPEST levels keys do not grow.
"""

# ruff: noqa: S608 - the names put into SQL are ours, values are bound
from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

WIDTH = 9
DEEPEST = 40
# No component begins with this byte, so key + ABOVE is behind all that is below key.
ABOVE = b'\xff'
# References are as many as the sender likes; more than these say nothing new.
MOST_REFERENCES = 20
# A larger branch stays where it is in the order: nobody makes us move it for ever.
MOST_MOVED = 200
# Which Message-IDs are lost is kept in memory while they are fewer, once it was asked
# for so many: for a few posts it is not worth reading them all.
MOST_LOST_KNOWN, ASKED_OFTEN = 20_000, 500
# How far back a reply without References is matched by its subject (seconds).
SUBJECT_WINDOW = 90 * 86_400
NEVER, REPLIES, ALWAYS = 0, 1, 2


def component(date: float, number: int, *, lost: bool = False) -> bytes:
    """Answer the last part of a key: a time, then what tells it from all others."""
    seconds = min(max(int(date) + (1 << 38), 0), (1 << 39) - 1)
    return (seconds << 32 | lost << 31 | number).to_bytes(WIDTH, 'big')


def prefixes(key: bytes) -> list[bytes]:
    """Answer the keys of all above, the topmost first, then the key itself."""
    return [key[:end] for end in range(WIDTH, len(key) + 1, WIDTH)]


def below(parent: bytes | None, part: bytes) -> bytes:
    """Answer the key of a place below another."""
    return part if parent is None else parent[: WIDTH * (DEEPEST - 1)] + part


class Place(NamedTuple):
    """Where something stands in its thread."""

    key: bytes
    number: int | None  # of an article itself, else of the next article above
    lost: int | None  # what is lost: itself, or what a new article waits for


def _rebase(new: bytes, length: int, key: bytes) -> bytes:
    """Answer a key whose first ``length`` bytes have become ``new``."""
    rest = key[length:]
    if len(new) + len(rest) <= WIDTH * DEEPEST:
        return new + rest
    return below(new + rest, rest[-WIDTH:])


class Threads:
    """Finds the place of new articles among those that are there."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self.db = db
        db.create_function('rebase', 3, _rebase, deterministic=True)
        self.by_subject = REPLIES
        # Articles whose pages or index lines show what has changed; None: nobody asks.
        self.touched: set[int] | None = None
        self.moved: set[int] = set()
        # The Message-IDs in ``lost``; None: not read, or too many.
        self._lost_ids: set[str] | None = None
        self._asked = 0

    def forget(self) -> None:
        """Ask anew what is lost: a transaction came to nothing."""
        self._lost_ids, self._asked = None, 0

    def place(
        self,
        number: int,
        message_id: str,
        date: float,
        references: Sequence[str],
        sort_subject: str,
        is_reply: bool,
    ) -> Place:
        """Answer where a new article stands."""
        above = None
        if references:
            wanted = [x for x in dict.fromkeys(references) if x and x != message_id]
            above = self._above(wanted[-MOST_REFERENCES:], date)
        if self._wants_subject(is_reply) and (above is None or above.number is None):
            above = self._same_subject(number, sort_subject, date) or above
        mine = self._lost(message_id)
        if mine is not None and mine.lost is not None:
            return self._take_over(number, mine, above)
        if above is None:
            return Place(component(date, number), None, None)
        return Place(
            below(above.key, component(date, number)), above.number, above.lost
        )

    def _wants_subject(self, is_reply: bool) -> bool:
        return self.by_subject == ALWAYS or (self.by_subject == REPLIES and is_reply)

    # --- what is above --------------------------------------------------------------

    def _above(self, wanted: list[str], date: float) -> Place | None:
        """Answer the place of the last reference; unknown ones get one."""
        if not wanted:
            return None
        above = self._find(wanted[-1])
        if above is not None:
            return above
        for message_id in wanted:
            found = self._find(message_id)
            if found is None:
                above = self._add_lost(message_id, above, date)
                continue
            if above is not None and found.lost and len(found.key) == WIDTH:
                found = self._hang(found, above)
            above = found
        return above

    def _find(self, message_id: str) -> Place | None:
        found = self.db.execute(
            'SELECT key, number FROM article WHERE message_id = ? AND key IS NOT NULL '
            'ORDER BY number LIMIT 1',
            (message_id,),
        ).fetchone()
        return (
            self._lost(message_id) if found is None else Place(found[0], found[1], None)
        )

    def _may_be_lost(self, message_id: str) -> bool:
        """Tell whether ``lost`` is worth a question; most mails were never missed."""
        if self._lost_ids is not None:
            return message_id in self._lost_ids
        self._asked += 1
        if self._asked == ASKED_OFTEN:
            found = self.db.execute(
                'SELECT message_id FROM lost LIMIT ?', (MOST_LOST_KNOWN,)
            )
            self._know({known for (known,) in found})
        return True

    def _know(self, lost_ids: set[str]) -> None:
        """Keep what is lost in mind, unless it is too much."""
        self._lost_ids = lost_ids if len(lost_ids) < MOST_LOST_KNOWN else None

    def _lost(self, message_id: str) -> Place | None:
        if not self._may_be_lost(message_id):
            return None
        found = self.db.execute(
            'SELECT key, parent, id FROM lost WHERE message_id = ?', (message_id,)
        ).fetchone()
        return None if found is None else Place(*found)

    def _add_lost(self, message_id: str, above: Place | None, date: float) -> Place:
        cursor = self.db.execute(
            'INSERT INTO lost (message_id, parent, waits) VALUES (?, ?, ?)',
            (message_id, above and above.number, above and above.lost),
        )
        lost = int(cursor.lastrowid or 0)
        if self._lost_ids is not None:
            self._lost_ids.add(message_id)
            self._know(self._lost_ids)
        key = below(above and above.key, component(date, lost, lost=True))
        self.db.execute('UPDATE lost SET key = ? WHERE id = ?', (key, lost))
        return Place(key, above and above.number, lost)

    def _same_subject(self, number: int, subject: str, date: float) -> Place | None:
        """Answer the oldest article of late with this subject."""
        if not subject:
            return None
        found = self.db.execute(
            'SELECT key, number FROM article WHERE sort_subject = ? '
            'AND date BETWEEN ? AND ? AND number <> ? AND key IS NOT NULL '
            'ORDER BY date, number LIMIT 1',
            (subject, date - SUBJECT_WINDOW, date, number),
        ).fetchone()
        return None if found is None else Place(found[0], found[1], None)

    # --- what is below --------------------------------------------------------------

    def _take_over(self, number: int, mine: Place, above: Place | None) -> Place:
        """Give an article the place that is kept for it, with all that is below."""
        if above is not None and above.key.startswith(mine.key):
            above = None  # a circle
        if above is not None:
            mine = self._hang(mine, above)
        self._note(mine.key, mine.key + ABOVE)
        self._adopt(mine.lost, number)
        for table in ('article', 'lost'):
            sql = f'UPDATE {table} SET waits = NULL WHERE waits = ?'
            self.db.execute(sql, (mine.lost,))
        # Where it was put by others' References, unless it says better.
        waits, parent = self.db.execute(
            'SELECT waits, parent FROM lost WHERE id = ?', (mine.lost,)
        ).fetchone()
        self.db.execute('DELETE FROM lost WHERE id = ?', (mine.lost,))
        return Place(mine.key, parent if parent != number else None, waits)

    def _adopt(self, lost: int | None, parent: int | None) -> None:
        """Make an article the parent of all that waits for a lost one."""
        waiting = self.db.execute(
            'WITH RECURSIVE chain (id) AS (VALUES (?) UNION '
            'SELECT lost.id FROM lost JOIN chain ON lost.waits = chain.id) '
            'SELECT id FROM chain',
            (lost,),
        ).fetchall()
        for (waited,) in waiting:
            answers = self.db.execute(
                'SELECT number FROM article WHERE waits = ?', (waited,)
            ).fetchall()
            if self.touched is not None:
                self.touched.update(number for (number,) in answers)
            for table in ('article', 'lost'):
                sql = f'UPDATE {table} SET parent = ? WHERE waits = ?'
                self.db.execute(sql, (parent, waited))

    def _hang(self, branch: Place, above: Place) -> Place:
        """Hang what is lost, and all below it, below another place."""
        if branch.lost == above.lost or above.key.startswith(branch.key):
            return branch
        self.db.execute(
            'UPDATE lost SET parent = ?, waits = ? WHERE id = ?',
            (above.number, above.lost, branch.lost),
        )
        self._adopt(branch.lost, above.number)
        key = branch.key
        if not key.startswith(above.key):
            key = self._move(key, below(above.key, key[-WIDTH:]))
        return Place(key, above.number, branch.lost)

    def _move(self, key: bytes, new: bytes) -> bytes:
        """Give a branch another key; answer its key, the old one if it is too large."""
        span = (key, key + ABOVE)
        count = 0
        for table in ('article', 'lost'):
            found = self.db.execute(
                f'SELECT count(*) FROM (SELECT 1 FROM {table} '
                'WHERE key >= ? AND key < ? LIMIT ?)',
                (*span, MOST_MOVED + 1),
            )
            count += found.fetchone()[0]
        if count > MOST_MOVED:
            return key
        self._note(*span)
        for table in ('article', 'lost'):
            self.db.execute(
                f'UPDATE {table} SET key = rebase(?, ?, key) '
                'WHERE key >= ? AND key < ?',
                (new, len(key), *span),
            )
        return new

    def _note(self, first: bytes, last: bytes) -> None:
        """Remember whose pages show where a branch is, before it changes."""
        if self.touched is None:
            return
        inside = self.db.execute(
            'SELECT number FROM article WHERE key >= ? AND key < ?', (first, last)
        )
        moved = [number for (number,) in inside]
        before = self.db.execute(
            'SELECT number FROM article WHERE key < ? ORDER BY key DESC LIMIT 1',
            (first,),
        )
        after = self.db.execute(
            'SELECT number FROM article WHERE key >= ? ORDER BY key LIMIT 1', (last,)
        )
        self.touched.update(moved[:1], moved[-1:])
        self.touched.update(number for rows in (before, after) for (number,) in rows)
        self.moved.update(moved)
