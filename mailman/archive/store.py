"""``database/articles.db``: what an archive knows of its articles (SQLite).

The mbox has the bytes; this has numbers, volumes, threads, and where in the mbox each
article lies.  A number that was given once is never given again, and never changes:
``gone`` keeps those of articles that a rebuild did not find any more.

What is about to change on disk is noted in ``dirty`` in the same transaction that adds
the article, and taken off when the pages are written: what a crash leaves there, the
next run writes.  ``end`` in ``meta`` is how far the mbox is known.

2.1 had ``pipermail.pck`` and ``database/VOLUME-*`` instead (legacy.py).
"""

# ruff: noqa: S608 - the names put into SQL are ours, values are bound
from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any

from mailman.archive import volumes
from mailman.archive.rows import Links, Row, sort_author
from mailman.archive.threads import ABOVE, Threads, prefixes

FILE = 'articles.db'
DIRECTORY = 'database'
# Bits of ``flags``.
REPLY, ATTACHMENTS, REMOVED, FOREIGN = 1, 2, 4, 8
# Kinds of ``dirty``.
NAVIGATION, PAGE = 0, 1
# Numbers in one question.
_MOST_ASKED = 500
_MOST_HOMES = 1_000
# A subject or name may be as long as its author likes; an index line must not be.
LONGEST = 500

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE volume (
    id INTEGER PRIMARY KEY, name TEXT UNIQUE, start TEXT, count INTEGER,
    first REAL, last REAL, text_size INTEGER);
CREATE TABLE article (
    number INTEGER PRIMARY KEY, volume INTEGER, message_id TEXT, subject TEXT,
    sort_subject TEXT, author TEXT, sort_author TEXT, email TEXT, date REAL,
    zone INTEGER, flags INTEGER, parent INTEGER, waits INTEGER, key BLOB, digest BLOB,
    place INTEGER, size INTEGER);
CREATE TABLE lost (id INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT UNIQUE,
    key BLOB, parent INTEGER, waits INTEGER);
CREATE TABLE gone (number INTEGER PRIMARY KEY, volume INTEGER, message_id TEXT,
    digest BLOB);
CREATE TABLE former (digest BLOB PRIMARY KEY, number INTEGER) WITHOUT ROWID;
CREATE TABLE dirty (number INTEGER PRIMARY KEY, kind INTEGER);
CREATE TABLE month (name TEXT PRIMARY KEY, count INTEGER) WITHOUT ROWID;
CREATE INDEX article_message_id ON article (message_id);
CREATE INDEX article_key ON article (key);
CREATE INDEX article_subject ON article (sort_subject, date);
CREATE INDEX article_waits ON article (waits) WHERE waits IS NOT NULL;
CREATE INDEX lost_key ON lost (key);
CREATE INDEX lost_waits ON lost (waits) WHERE waits IS NOT NULL;
"""
# Made after many articles were added: sorting is cheaper than keeping in order.
_INDEXES = {
    'article_digest': 'digest',
    'article_date': 'date, number',
    'article_parent': 'parent',
    'article_volume_thread': 'volume, key',
    'article_volume_subject': 'volume, sort_subject, date',
    'article_volume_author': 'volume, sort_author, date',
    'article_volume_date': 'volume, date',
}
ORDERS = {
    'thread': 'key, number',
    'subject': 'sort_subject, date, number',
    'author': 'sort_author, date, number',
    'date': 'date, number',
}
_ROW = (
    'number, volume, message_id, subject, sort_subject, author, email, date, zone, '
    'flags'
)
COLUMNS = (
    'number', 'volume', 'message_id', 'subject', 'sort_subject', 'author',
    'sort_author', 'email', 'date', 'zone', 'flags', 'parent', 'waits', 'key', 'digest',
    'place', 'size',
)  # fmt: skip
_PUT = (
    f'INSERT OR REPLACE INTO article ({", ".join(COLUMNS)}) '
    f'VALUES ({", ".join("?" * len(COLUMNS))})'
)
VERSION = 1


class Store:
    """One open database.  The caller holds the archive's lock."""

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        new = not read_only and not path.exists()
        if new:
            _make(path)
        self.db = sqlite3.connect(
            f'file:{_quoted(path)}?mode={"ro" if read_only else "rw"}',
            uri=True,
            isolation_level=None,
            timeout=60.0,
        )
        try:
            self._prepare()
        except BaseException:
            self.db.close()
            raise
        self.threads = Threads(self.db)
        self._names: dict[int, str] = {}
        self._ids: dict[str, int] = {}
        self._homes: dict[int, str] = {}  # of numbers that were given just now
        self._next: int | None = None
        if not read_only and self._version() == 0:
            with self.transaction():
                for statement in filter(str.strip, _SCHEMA.split(';')):
                    self.db.execute(statement)
                self.make_indexes()
                self.db.execute(f'PRAGMA user_version = {VERSION}')

    def _prepare(self) -> None:
        """Set how the database is used.  Raises sqlite3.DatabaseError for no such."""
        self.db.execute('PRAGMA cache_size = -8000')
        # What is removed is not left in unused parts of the file.
        self.db.execute('PRAGMA secure_delete = ON')
        self._version()

    def is_sound(self) -> bool:
        """Tell whether the whole file can be read."""
        with suppress(sqlite3.DatabaseError):
            found = self.db.execute('PRAGMA quick_check').fetchone()
            return found is not None and found[0] == 'ok'
        return False

    def _version(self) -> int:
        return int(self.db.execute('PRAGMA user_version').fetchone()[0])

    def close(self) -> None:
        """Close the database."""
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is done within is kept, or nothing of it."""
        self.db.execute('BEGIN IMMEDIATE')
        self._next = None
        try:
            yield
            if self._next is not None:
                self.set('next', self._next)
        except BaseException:
            for known in (self._names, self._ids, self._homes):
                known.clear()
            self.threads.forget()
            with suppress(sqlite3.Error):
                self.db.execute('ROLLBACK')
            raise
        self.db.execute('COMMIT')

    def drop_indexes(self) -> None:
        """Do without what only readers need, while many articles are added."""
        known = self.has_numbers()
        for name in _INDEXES:
            # The bytes of an article tell whether it is there, if anything is.
            if not known or name != 'article_digest':
                self.db.execute(f'DROP INDEX IF EXISTS {name}')

    def make_indexes(self) -> None:
        """Make what `drop_indexes` dropped."""
        for name, columns in _INDEXES.items():
            self.db.execute(f'CREATE INDEX IF NOT EXISTS {name} ON article ({columns})')

    # --- single values ------------------------------------------------------------

    def get(self, name: str, default: Any = None) -> Any:
        """Answer a value of ``meta``."""
        found = self.db.execute('SELECT value FROM meta WHERE name = ?', (name,))
        row = found.fetchone()
        return default if row is None else row[0]

    def set(self, name: str, value: Any) -> None:
        """Set a value of ``meta``."""
        self.db.execute('INSERT OR REPLACE INTO meta VALUES (?, ?)', (name, value))

    def take_number(self) -> int:
        """Answer the number of a new article, in a transaction."""
        number = int(self.get('next', 0)) if self._next is None else self._next
        self._next = number + 1
        return number

    def total(self) -> int:
        """Answer how many articles there are."""
        found = self.db.execute('SELECT coalesce(sum(count), 0) FROM volume')
        return int(found.fetchone()[0])

    # --- volumes ------------------------------------------------------------------

    def volume_id(self, name: str) -> int:
        """Answer the number of a volume; it is made when new."""
        if name not in self._ids:
            find = 'SELECT id FROM volume WHERE name = ?'
            row = self.db.execute(find, (name,)).fetchone()
            if row is None:
                self.db.execute(
                    'INSERT INTO volume (name, start, count, text_size) '
                    'VALUES (?, ?, 0, 0)',
                    (name, str(volumes.start(name) or '')),
                )
                row = self.db.execute(find, (name,)).fetchone()
            self._ids[name] = int(row[0])
        return self._ids[name]

    def volume_name(self, number: int) -> str:
        """Answer the name of a volume."""
        found = self._names.get(number)
        if found is None:
            self._names.update(self.db.execute('SELECT id, name FROM volume'))
            found = self._names[number]
        return found

    def volumes(self) -> list[tuple[str, int, float, float, int]]:
        """Answer name, count, first, last and text size; the newest volume first."""
        return self.db.execute(
            'SELECT name, count, first, last, text_size FROM volume '
            'WHERE count > 0 ORDER BY start DESC, name DESC'
        ).fetchall()

    def volume(self, name: str) -> tuple[str, int, float, float, int]:
        """Answer the same of one volume."""
        found: tuple[str, int, float, float, int] | None = self.db.execute(
            'SELECT name, count, first, last, text_size FROM volume WHERE name = ?',
            (name,),
        ).fetchone()
        return found or (name, 0, 0.0, 0.0, 0)

    def set_text_size(self, name: str, size: int) -> None:
        """Note how much of a volume's text is complete."""
        self.db.execute('UPDATE volume SET text_size = ? WHERE name = ?', (size, name))

    def months(self) -> dict[str, int]:
        """Answer the posts of each month."""
        return dict(self.db.execute('SELECT name, count FROM month ORDER BY name'))

    def count(self, volume: str, date: float, step: int = 1) -> None:
        """Count an article into its volume and month, or out of them."""
        self.db.execute(
            'UPDATE volume SET count = count + ?1, '
            'first = min(coalesce(first, ?2), ?2), last = max(coalesce(last, ?2), ?2) '
            'WHERE name = ?3',
            (step, date, volume),
        )
        month = volumes.day_of(date).isoformat()[:7]
        self.db.execute(
            'INSERT INTO month VALUES (?1, ?2) '
            'ON CONFLICT (name) DO UPDATE SET count = count + ?2',
            (month, step),
        )

    def recount(self) -> None:
        """Count all anew, after a rebuild."""
        self.db.execute('UPDATE volume SET count = 0, first = NULL, last = NULL')
        self.db.execute(
            'UPDATE volume SET count = f.n, first = f.a, last = f.z FROM '
            '(SELECT volume, count(*) AS n, min(date) AS a, max(date) AS z '
            'FROM article GROUP BY volume) AS f WHERE volume.id = f.volume'
        )
        self.db.execute('DELETE FROM month')
        self.db.execute(
            'INSERT INTO month SELECT '
            "coalesce(strftime('%Y-%m', date, 'unixepoch'), '1970-01') AS m, count(*) "
            'FROM article GROUP BY m'
        )

    # --- articles: writing --------------------------------------------------------

    def add(self, fields: dict[str, Any]) -> None:
        """Put in an article, or replace it; its thread key is among the fields."""
        self.put(tuple(map(fields.get, COLUMNS)))

    def put(self, article: tuple[Any, ...]) -> None:
        """Put in an article, or replace it: the values of all COLUMNS."""
        self.db.execute(_PUT, article)
        if len(self._homes) >= _MOST_HOMES:
            self._homes.clear()
        number, volume = article[:2]
        self._homes[number] = self._names.get(volume) or self.volume_name(volume)

    def mark(self, numbers: Iterable[int], kind: int) -> None:
        """Note pages that are to be written; a whole page includes its navigation."""
        self.db.executemany(
            'INSERT INTO dirty VALUES (?, ?) '
            'ON CONFLICT (number) DO UPDATE SET kind = max(kind, excluded.kind)',
            ((number, kind) for number in numbers),
        )

    def dirty(self, kind: int | None = None) -> list[int]:
        """Answer the noted pages in the order of their numbers."""
        where = '' if kind is None else f'WHERE kind = {int(kind)}'
        found = self.db.execute(f'SELECT number FROM dirty {where} ORDER BY number')
        return [number for (number,) in found]

    def is_dirty(self) -> bool:
        """Tell whether pages are still to be written."""
        found = self.db.execute('SELECT 1 FROM dirty LIMIT 1')
        return found.fetchone() is not None

    def clean(self, numbers: Iterable[int] | None = None) -> None:
        """Take notes off: these pages, or all, are written."""
        if numbers is None:
            self.db.execute('DELETE FROM dirty')
        else:
            self.db.executemany(
                'DELETE FROM dirty WHERE number = ?', ((n,) for n in numbers)
            )

    # --- articles: looking up -----------------------------------------------------

    def by_digest(self, digest: bytes) -> list[int]:
        """Answer the numbers of articles with these very bytes."""
        found = self.db.execute(
            'SELECT number FROM article WHERE digest = ? UNION ALL '
            'SELECT number FROM gone WHERE digest = ? UNION ALL '
            'SELECT number FROM former WHERE digest = ? ORDER BY number',
            (digest, digest, digest),
        )
        return [number for (number,) in found]

    def by_message_id(self, message_id: str) -> list[int]:
        """Answer the numbers of articles with this Message-ID."""
        found = self.db.execute(
            'SELECT number FROM article WHERE message_id = ? UNION ALL '
            'SELECT number FROM gone WHERE message_id = ? ORDER BY number',
            (message_id, message_id),
        )
        return [number for (number,) in found]

    def field(self, number: int, name: str) -> Any:
        """Answer one column of an article; None without it."""
        found = self.db.execute(
            f'SELECT {name} FROM article WHERE number = ?', (number,)
        ).fetchone()
        return None if found is None else found[0]

    def home(self, number: int) -> str | None:
        """Answer the volume of a number that was ever given; it never changes."""
        if number in self._homes:
            return self._homes[number]
        found = self.db.execute(
            'SELECT volume FROM article WHERE number = ? UNION ALL '
            'SELECT volume FROM gone WHERE number = ?',
            (number, number),
        ).fetchone()
        return None if found is None else self.volume_name(found[0])

    def numbers(self, volume: str) -> list[int]:
        """Answer a volume's articles in the order of their numbers."""
        found = self.db.execute(
            'SELECT number FROM article WHERE volume = ? ORDER BY number',
            (self.volume_id(volume),),
        )
        return [number for (number,) in found]

    def where_in_mbox(self, number: int) -> tuple[int, int] | None:
        """Answer place and size of an article's entry in the mbox."""
        found: tuple[int, int] | None = self.db.execute(
            'SELECT place, size FROM article WHERE number = ?', (number,)
        ).fetchone()
        return None if found is None or found[0] is None else found

    def _rows(self, sql: str, values: tuple[Any, ...] = ()) -> Iterator[Row]:
        return map(
            self._row, self.db.execute(f'SELECT {_ROW} FROM article {sql}', values)
        )

    def _row(self, found: tuple[Any, ...]) -> Row:
        number, volume, msgid, subject, sort, author, email, date, zone, flags = found
        name = self._names.get(volume) or self.volume_name(volume)
        return Row(
            number,
            name,
            msgid,
            subject,
            sort,
            author,
            email,
            date,
            zone,
            0,
            bool(flags & REMOVED),
            bool(flags & ATTACHMENTS),
        )

    def _one(self, sql: str, *values: Any) -> Row | None:
        return next(self._rows(f'{sql} LIMIT 1', values), None)

    def row(self, number: int) -> Row | None:
        """Answer an article; None when there is none of that number."""
        return self._one('WHERE number = ?', number)

    def among(
        self, columns: str, column: str, numbers: Iterable[int], order: str = 'number'
    ) -> Iterator[Any]:
        """Give columns of the articles that have one of these numbers in a column."""
        waiting = iter(numbers)
        while some := tuple(islice(waiting, _MOST_ASKED)):
            marks = ', '.join('?' * len(some))
            yield from self.db.execute(
                f'SELECT {columns} FROM article WHERE {column} IN ({marks}) '
                f'ORDER BY {order}',
                some,
            )

    def rows(self, numbers: Iterable[int]) -> Iterator[Row]:
        """Give these articles."""
        return map(self._row, self.among(_ROW, 'number', numbers))

    def newest(self, count: int) -> list[Row]:
        """Answer the articles that came last."""
        return list(self._rows('ORDER BY number DESC LIMIT ?', (count,)))

    def newest_threads(self, count: int) -> list[tuple[Row, int]]:
        """Answer the first articles of the threads of late, and how many replies."""
        found: list[tuple[Row, int]] = []
        roots: set[bytes] = set()
        newest = self.db.execute(
            'SELECT key FROM article ORDER BY date DESC, number DESC LIMIT 200'
        )
        for (key,) in newest.fetchall():
            root = prefixes(key)[0]
            if root in roots:
                continue
            roots.add(root)
            first = self._one(
                'WHERE key >= ? AND key < ? ORDER BY key', root, root + ABOVE
            )
            if first is not None:
                found.append((first, self._size(root) - 1))
            if len(found) == count:
                break
        return found

    def thread_of(self, number: int) -> list[int]:
        """Answer all of an article's thread, the oldest first."""
        key = self.field(number, 'key')
        if not key:
            return []
        root = prefixes(key)[0]
        found = self.db.execute(
            'SELECT number FROM article WHERE key >= ? AND key < ? '
            'ORDER BY date, number',
            (root, root + ABOVE),
        )
        return [number for (number,) in found]

    def _size(self, root: bytes) -> int:
        found = self.db.execute(
            'SELECT count(*) FROM article WHERE key >= ? AND key < ?',
            (root, root + ABOVE),
        )
        return int(found.fetchone()[0])

    # --- removing -------------------------------------------------------------------

    def unset(self, name: str) -> None:
        """Forget a value of ``meta``."""
        self.db.execute('DELETE FROM meta WHERE name = ?', (name,))

    def blank(self, number: int) -> None:
        """Keep of an article no more than that it was there."""
        self.db.execute(
            "UPDATE article SET flags = (flags | ?) & ~?, subject = '', author = '', "
            "email = '', sort_author = '', sort_subject = '', place = NULL, "
            'size = NULL WHERE number = ?',
            (REMOVED, ATTACHMENTS, number),
        )

    def keep_old_digest(self, number: int) -> None:
        """Know an article by the bytes that it had before, too."""
        self.db.execute(
            'INSERT OR REPLACE INTO former '
            'SELECT digest, number FROM article WHERE number = ?',
            (number,),
        )

    def was_redacted(self, digest: bytes) -> bool:
        """Tell whether an article had these bytes before words were taken out."""
        found = self.db.execute('SELECT 1 FROM former WHERE digest = ?', (digest,))
        return found.fetchone() is not None

    def at_place(self, place: int) -> int | None:
        """Answer the article whose entry begins at a place of the mbox."""
        found = self.db.execute(
            'SELECT number FROM article WHERE place = ?', (place,)
        ).fetchone()
        return None if found is None else found[0]

    def show_as(
        self,
        number: int,
        subject: str,
        sort_subject: str,
        author: str,
        email: str,
        digest: bytes,
    ) -> None:
        """Change what pages show of an article."""
        self.db.execute(
            'UPDATE article SET subject = ?, sort_subject = ?, author = ?, '
            f'sort_author = ?, email = ?, digest = ?, flags = flags & ~{REMOVED} '
            'WHERE number = ?',
            (
                subject[:LONGEST],
                sort_subject[:LONGEST],
                author[:LONGEST],
                sort_author(author),
                email[:LONGEST],
                digest,
                number,
            ),
        )

    def shift(self, place: int, by: int) -> None:
        """Put right the places of all entries behind one."""
        self.db.execute(
            'UPDATE article SET place = place + ? WHERE place > ?', (by, place)
        )

    # --- rebuilding -----------------------------------------------------------------

    def has_numbers(self) -> bool:
        """Tell whether any number was ever given."""
        found = self.db.execute(
            'SELECT 1 FROM article UNION ALL SELECT 1 FROM gone LIMIT 1'
        )
        return found.fetchone() is not None

    def forget_threads(self) -> None:
        """Take every article out of its thread; each is placed anew."""
        self.db.execute('UPDATE article SET key = NULL, parent = NULL, waits = NULL')
        self.db.execute('DELETE FROM lost')
        self.threads.forget()

    def put_below(
        self, number: int, key: bytes, parent: int | None, waits: int | None
    ) -> None:
        """Give an article its place in a thread."""
        self.db.execute(
            'UPDATE article SET key = ?, parent = ?, waits = ? WHERE number = ?',
            (key, parent, waits, number),
        )

    def found_at(self, number: int, digest: bytes, place: int, size: int) -> None:
        """Note where in the mbox an article is."""
        self.db.execute(
            'UPDATE article SET digest = ?, place = ?, size = ? WHERE number = ?',
            (digest, place, size, number),
        )

    def summaries(self) -> Iterator[tuple[int, str, float, str, int]]:
        """Give number, Message-ID, date, subject and flags of all; in portions."""
        last = -1
        while found := self.db.execute(
            'SELECT number, message_id, date, sort_subject, flags FROM article '
            'WHERE number > ? ORDER BY number LIMIT 1000',
            (last,),
        ).fetchall():
            yield from found
            last = found[-1][0]

    def foreign(self, beginning: str) -> list[tuple[int, float, str]]:
        """Answer articles of 2.1 not yet found in an mbox, by their Message-IDs."""
        return self.db.execute(
            'SELECT number, date, email FROM article WHERE digest IS NULL '
            'AND flags & ? AND message_id >= ? AND message_id < ?',
            (FOREIGN, beginning, beginning + '\uffff'),
        ).fetchall()

    def foreign_in(self, volume: str) -> list[Row]:
        """Answer the articles of a volume that 2.1 wrote."""
        values = (self.volume_id(volume), FOREIGN)
        return list(self._rows('WHERE volume = ? AND flags & ?', values))

    def removed(self) -> list[int]:
        """Answer the articles that were removed."""
        found = self.db.execute(
            'SELECT number FROM article WHERE flags & ?', (REMOVED,)
        )
        return [number for (number,) in found]

    def part_with(self, number: int) -> None:
        """Take an article out; its number stays taken, and its volume known."""
        self.db.execute(
            'INSERT OR REPLACE INTO gone SELECT number, volume, message_id, digest '
            'FROM article WHERE number = ?',
            (number,),
        )
        self.db.execute('DELETE FROM article WHERE number = ?', (number,))

    def is_gone(self, number: int) -> bool:
        """Tell whether an article of this number was there once."""
        found = self.db.execute('SELECT 1 FROM gone WHERE number = ?', (number,))
        return found.fetchone() is not None

    def gone_ids(self) -> list[str]:
        """Answer the Message-IDs of what was there once."""
        return [x for (x,) in self.db.execute('SELECT message_id FROM gone')]

    def come_back(self, number: int) -> None:
        """Forget that an article was gone; the caller adds it again."""
        self.db.execute('DELETE FROM gone WHERE number = ?', (number,))

    def all_volumes(self) -> list[str]:
        """Answer the volumes that have articles."""
        return [found[0] for found in self.volumes()]

    def dirty_volumes(self) -> list[str]:
        """Answer the volumes of noted pages."""
        found = self.db.execute(
            'SELECT DISTINCT volume.name FROM dirty JOIN article USING (number) '
            'JOIN volume ON volume.id = article.volume ORDER BY 1'
        )
        return [name for (name,) in found]

    # --- orders -------------------------------------------------------------------

    def of_volume(self, volume: str) -> Iterator[Row]:
        """Give a volume's articles."""
        return self._rows('WHERE volume = ?', (self.volume_id(volume),))

    def order(self, volume: str, kind: str) -> list[int]:
        """Answer a volume's articles in the order of one of its indexes."""
        found = self.db.execute(
            f'SELECT number FROM article WHERE volume = ? ORDER BY {ORDERS[kind]}',
            (self.volume_id(volume),),
        )
        return [number for (number,) in found]

    def depths(self, volume: str) -> Iterator[tuple[int, int]]:
        """Give a volume's articles by thread, and how many are above each there."""
        above: list[bytes] = []
        found = self.db.execute(
            'SELECT number, key FROM article WHERE volume = ? ORDER BY key, number',
            (self.volume_id(volume),),
        )
        for number, key in found:
            while above and not key.startswith(above[-1]):
                above.pop()
            yield number, len(above)
            above.append(key)

    def depth(self, number: int) -> int:
        """Answer how many articles are above this one in its volume's thread index."""
        key, volume = self.db.execute(
            'SELECT key, volume FROM article WHERE number = ?', (number,)
        ).fetchone()
        above = prefixes(key)[:-1]
        if not above:
            return 0
        marks = ', '.join('?' * len(above))
        found = self.db.execute(
            f'SELECT count(*) FROM article WHERE key IN ({marks}) AND volume = ?',
            (*above, volume),
        )
        return int(found.fetchone()[0])

    def sorted(self, numbers: Iterable[int], kind: str) -> list[int]:
        """Answer these articles in the order of one index; few of them."""
        some = tuple(numbers)
        marks = ', '.join('?' * len(some))
        found = self.db.execute(
            f'SELECT number FROM article WHERE number IN ({marks}) '
            f'ORDER BY {ORDERS[kind]}',
            some,
        )
        return [number for (number,) in found]

    def follower(self, number: int, kind: str) -> int | None:
        """Answer the article that stands below this one in its volume's index."""
        columns = ORDERS[kind]
        marks = ', '.join('?' * len(columns.split(',')))
        found = self.db.execute(
            f'SELECT volume, {columns} FROM article WHERE number = ?', (number,)
        ).fetchone()
        following = self.db.execute(
            f'SELECT number FROM article WHERE volume = ? AND ({columns}) > ({marks}) '
            f'ORDER BY {columns} LIMIT 1',
            found,
        ).fetchone()
        return None if following is None else following[0]

    def links(self, row: Row) -> Links:
        """Answer an article's neighbours."""
        parent, key = self.db.execute(
            'SELECT parent, key FROM article WHERE number = ?', (row.number,)
        ).fetchone()
        return Links(
            row,
            *self._beside('date', (row.date, row.number)),
            *self._beside('key', (key, row.number)),
            None if parent is None else self.row(parent),
            list(self._rows('WHERE parent = ? ORDER BY date, number', (row.number,))),
        )

    def _beside(
        self, order: str, place: tuple[Any, int]
    ) -> tuple[Row | None, Row | None]:
        before = f'WHERE ({order}, number) < (?, ?) ORDER BY {order} DESC, number DESC'
        behind = f'WHERE ({order}, number) > (?, ?) ORDER BY {order}, number'
        return self._first(before, place), self._first(behind, place)

    def _first(self, condition: str, place: tuple[Any, int]) -> Row | None:
        found = self.db.execute(
            f'SELECT number FROM article {condition} LIMIT 1', place
        ).fetchone()
        return None if found is None else self.row(found[0])

    def around(self, number: int) -> list[int]:
        """Answer the articles whose pages name this one."""
        row = self.row(number)
        if row is None:
            return []
        links = self.links(row)
        near = [links.previous, links.next, links.thread_previous, links.thread_next]
        return [x.number for x in (*near, links.parent, *links.followups) if x]


def _make(path: Path) -> None:
    """Make the empty file with the mode that check_perms wants."""
    with suppress(FileExistsError):
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        descriptor = os.open(path, flags, 0o660)
        try:
            os.fchmod(descriptor, 0o660)
        finally:
            os.close(descriptor)


def _quoted(path: Path) -> str:
    from urllib.parse import quote  # start-up time

    return quote(str(path))
