"""The search index of a list's archive: ``database/search.db``, SQLite with FTS5.

2.1 had none.  Three tables: ``docs``, narrow, with what results are picked and ordered
by; ``texts``, with what they show, compressed; and ``words``, the index.  The index
keeps which messages have a word and not where (``detail=none``): it is a fifth of the
text, and the compressed texts two fifths.  Words of the subject and of the author stand
in it a second time, with a mark (words.py).  Phrases, and scripts without spaces, are
found by their words or pairs and then looked up in the texts, which deleting needs
anyway: SQLite before 3.43 wants back what it is to forget.

One process writes, under the archive's lock; the file is in WAL mode, so that readers
neither wait nor see anything half done, and a commit is on the disk when it returns:
what the archive notes as done is done here, too.
"""

from __future__ import annotations

import os
import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from mailman.archive import words
from mailman.archive.queries import Query, Term, parse
from mailman.archive.snippets import snippet
from mailman.errors import LockTimeout
from mailman.errors import SearchError as SearchError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType

# What the file is.  In older ones only the words were made another way: who writes to
# one makes them anew from its texts.
FORMAT = 100 + words.VERSION
_OLDER = range(101, FORMAT)
# Of one message; nobody searches for what stands behind a book.
MOST_LETTERS = 500_000
# How many messages are looked into where the index alone cannot tell, newest first.
MOST_CHECKED = 1_000
MOST_RANKED = 300
# Words of so many bytes are gathered before they are written.
GATHERED = 16 << 20
# So many letters of words are added at once: SQLite finds its own in the processor's
# cache then, which costs a fifth less than to add those of a batch after each batch.
WAITING = 2 << 20
LOG_SIZE = 4 << 20  # what is kept of search.db-wal when it has been copied
PATIENCE = 60.0  # seconds that a second writer waits
_CHUNK = 256

_WORDS = f"""
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5(
    body, content='', detail=none, columnsize=0, tokenize="{words.TOKENIZER}");
"""
_GATHERED = f"INSERT INTO words (words, rank) VALUES ('hashsize', {GATHERED})"  # noqa: S608
_VERSION = f'PRAGMA user_version = {FORMAT}'
# What stands in it is ours.
_SCHEMA = f"""
PRAGMA page_size = 8192;
PRAGMA journal_mode = wal;
BEGIN IMMEDIATE;
CREATE TABLE IF NOT EXISTS docs (
    number INTEGER PRIMARY KEY, date INTEGER NOT NULL, attachment INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS texts (
    number INTEGER PRIMARY KEY, volume TEXT NOT NULL, subject TEXT NOT NULL,
    author TEXT NOT NULL, email TEXT NOT NULL, text BLOB NOT NULL);
{_WORDS}
{_GATHERED};
{_VERSION};
COMMIT;
"""
_INSERT_WORDS = 'INSERT INTO words (rowid, body) VALUES (?, ?)'


@dataclass(slots=True)
class Hit:
    """A message that was found; snippet: pieces of text, and whether they are it."""

    number: int
    volume: str
    subject: str
    author: str
    date: float
    snippet: list[tuple[str, bool]]


@dataclass(slots=True)
class Result:
    """One page of what was found, of ``total``; ``more``: of at least as many."""

    total: int = 0
    hits: list[Hit] = field(default_factory=list)
    more: bool = False


class Prepared(NamedTuple):
    """A text made ready for the index, as a worker may do; see ``prepare``."""

    words: str
    packed: bytes


Row = tuple[Any, ...]  # of one of the tables
# number, volume, subject, author, email, date, text, whether it has attachments
Entry = tuple[int, str, str, str, str, float, 'str | Prepared', bool]


def prepare(subject: str, author: str, email: str, text: str) -> Prepared:
    """Do all that can be done to a text without the index."""
    text = text[:MOST_LETTERS]
    try:
        data = text.encode()
    except UnicodeEncodeError:
        data = text.encode('utf-8', 'replace')
        text = data.decode()
    subject, author, email = _clean(subject), _clean(author), _clean(email)
    return Prepared(_indexed(subject, author, email, text), zlib.compress(data, 1))


def _indexed(subject: str, author: str, email: str, text: str) -> str:
    """Give the words of a message as the index gets them, and gets them back."""
    subject = words.twice(subject, words.SUBJECT)
    who = words.twice(f'{author} {email}', words.AUTHOR)
    return f'{subject} {who} {words.prepared(text)}'


def _clean(text: str) -> str:
    return text if text.isascii() else text.encode('utf-8', 'replace').decode()


class Index:
    """The index of one list.  It is opened by what is first asked of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._removed = False
        # What is to be added: rows of docs, texts and words; letters of the words.
        self._waiting: dict[int, tuple[Row, Row, Row]] = {}
        self._letters = 0

    def __enter__(self) -> Index:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; what was not committed is forgotten."""
        self._forget_waiting()
        for connection in (self._writer, self._reader):
            if connection is not None:
                with suppress(sqlite3.Error):
                    connection.close()
        self._writer = self._reader = None

    # --- writing ------------------------------------------------------------------

    def add(
        self,
        number: int,
        volume: str,
        subject: str,
        author: str,
        email: str,
        date: float,
        text: str | Prepared,
        has_attachment: bool,
    ) -> None:
        """Add a message, or replace what is known of it.  Raises SearchError."""
        entry = (number, volume, subject, author, email, date, text, has_attachment)
        self.add_many([entry])

    def add_many(self, entries: Iterable[Entry]) -> None:
        """Add messages; the more at once, the quicker.  Raises SearchError."""
        with self._begun() as db:
            # All of them, or none where the caller breaks off.
            for entry in list(entries):
                self._wait(entry)
                if self._letters > WAITING:
                    self._add_waiting(db)

    def _wait(self, entry: Entry) -> None:
        """Note what is to be added; of a number that comes twice, the last counts."""
        number, volume, subject, author, email, date, text, attachment = entry
        if isinstance(text, str):
            text = prepare(subject, author, email, text)
        shown = (_clean(subject), _clean(author), _clean(email))
        doc = (number, int(date), bool(attachment))
        self._waiting[number] = (
            doc, (number, volume, *shown, text.packed), (number, text.words)
        )  # fmt: skip
        self._letters += len(text.words)

    def _add_waiting(self, db: sqlite3.Connection) -> None:
        """Add what waits, in the order of numbers, which FTS5 wants."""
        if not self._waiting:
            return
        waiting = [self._waiting[number] for number in sorted(self._waiting)]
        self._forget_waiting()
        (last,) = db.execute('SELECT coalesce(max(number), -1) FROM docs').fetchone()
        docs, texts, indexed = zip(*waiting, strict=True)
        for number, *_ in docs:
            if number <= last:
                self._forget(db, number)
        db.executemany('INSERT INTO docs VALUES (?, ?, ?)', docs)
        db.executemany('INSERT INTO texts VALUES (?, ?, ?, ?, ?, ?)', texts)
        db.executemany(_INSERT_WORDS, indexed)

    def _forget_waiting(self) -> None:
        self._waiting, self._letters = {}, 0

    def remove(self, number: int) -> None:
        """Forget a message, down to the bytes of the file.  Raises SearchError."""
        with self._writing() as db:
            if self._forget(db, number):
                self._removed = True

    def _forget(self, db: sqlite3.Connection, number: int) -> bool:
        found = db.execute(
            'SELECT subject, author, email, text FROM texts WHERE number = ?', (number,)
        ).fetchone()
        if found is None:
            return False
        subject, author, email, packed = found
        body = _indexed(subject, author, email, self._unpacked(packed))
        db.execute(
            "INSERT INTO words (words, rowid, body) VALUES ('delete', ?, ?)",
            (number, body),
        )
        db.execute('DELETE FROM texts WHERE number = ?', (number,))
        db.execute('DELETE FROM docs WHERE number = ?', (number,))
        return True

    def clear(self) -> None:
        """Forget all messages.  A file that is damaged is replaced."""
        self._forget_waiting()
        try:
            with self._writing(remake=False) as db:
                db.execute("INSERT INTO words (words) VALUES ('delete-all')")
                db.execute('DELETE FROM texts')
                db.execute('DELETE FROM docs')
        except SearchError:
            self.close()
            for ending in ('', '-wal', '-shm'):
                with suppress(FileNotFoundError):
                    os.unlink(f'{self.path}{ending}')
            with self._writing():
                pass

    def commit(self) -> None:
        """Let readers see what was done.  Raises SearchError."""
        if self._writer is None:
            return
        with self._translated():
            self._add_waiting(self._writer)
            if self._writer.in_transaction:
                self._writer.execute('COMMIT')
            if self._removed:
                # Words of it lie about in older parts of the index until those are
                # made into one, and in the pages of the log until it is emptied.
                self._writer.execute("INSERT INTO words (words) VALUES ('optimize')")
                self._writer.execute('PRAGMA wal_checkpoint(TRUNCATE)')
                self._removed = False

    def optimize(self) -> None:
        """Make one part of the index, after many were added: smaller and quicker."""
        with self._writing() as db:
            db.execute("INSERT INTO words (words) VALUES ('optimize')")
        self.commit()
        with self._translated():
            self._open_writer().execute('PRAGMA wal_checkpoint(TRUNCATE)')

    @contextmanager
    def _writing(self, remake: bool = True) -> Iterator[sqlite3.Connection]:
        """Give the connection when all is in it that waits."""
        with self._begun(remake) as db:
            self._add_waiting(db)
            yield db

    @contextmanager
    def _begun(self, remake: bool = True) -> Iterator[sqlite3.Connection]:
        """Give the connection with a transaction, which stays open until commit."""
        with self._translated():
            db = self._open_writer(remake)
            if not db.in_transaction:
                db.execute('BEGIN IMMEDIATE')
            yield db

    def _open_writer(self, remake: bool = True) -> sqlite3.Connection:
        if self._writer is None:
            new = self._make_file()
            db = sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)
            try:
                # What is deleted is overwritten.
                db.execute('PRAGMA secure_delete = on')
                db.execute('PRAGMA synchronous = full')
                db.execute(f'PRAGMA journal_size_limit = {LOG_SIZE}')
                if new or not db.execute('SELECT 1 FROM sqlite_master').fetchone():
                    db.executescript(_SCHEMA)
                elif remake:
                    self._remake(db)
                self._check(db)
            except BaseException:
                db.close()
                raise
            self._writer = db
        return self._writer

    def _remake(self, db: sqlite3.Connection) -> None:
        """Make the words of an older index as this version makes them."""
        db.execute('BEGIN IMMEDIATE')
        (version,) = db.execute('PRAGMA user_version').fetchone()
        if version in _OLDER:
            db.execute('DROP TABLE words')
            db.execute(_WORDS)
            db.execute(_GATHERED)
            self._index_texts(db)
            db.execute(_VERSION)
        db.execute('COMMIT')

    def _index_texts(self, db: sqlite3.Connection) -> None:
        """Put the words of all texts into the index; one that is damaged has none."""
        damaged = []
        texts = db.execute('SELECT number, subject, author, email, text FROM texts')
        while chunk := texts.fetchmany(_CHUNK):
            indexed = []
            for number, subject, author, email, packed in chunk:
                try:
                    text = self._unpacked(packed)
                except SearchError:
                    text = ''
                    damaged.append((zlib.compress(b''), number))
                indexed.append((number, _indexed(subject, author, email, text)))
            db.executemany(_INSERT_WORDS, indexed)
        db.executemany('UPDATE texts SET text = ? WHERE number = ?', damaged)

    def _make_file(self) -> bool:
        """Make an empty file that the group may write; False if there is one."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(self.path, flags, 0o660)
        except FileExistsError:
            return False
        os.fchmod(descriptor, 0o660)
        os.close(descriptor)
        return True

    # --- reading ------------------------------------------------------------------

    def numbers(self) -> set[int]:
        """Answer the numbers of all messages in it.  Raises as ``search`` does."""
        with self._reading() as db:
            return {number for (number,) in db.execute('SELECT number FROM docs')}

    def text_size(self) -> int:
        """Answer how many bytes of text, in UTF-8, are in it.  Raises as above."""
        with self._reading() as db:
            db.create_function('size', 4, self._size_of, deterministic=True)
            sql = 'SELECT total(size(subject, author, email, text)) FROM texts'
            return int(db.execute(sql).fetchone()[0])

    def _size_of(self, subject: str, author: str, email: str, packed: bytes) -> int:
        return len(f'{subject}{author}{email}{self._unpacked(packed)}'.encode())

    def search(
        self, query: str, limit: int = 20, offset: int = 0, *, by_rank: bool = False
    ) -> Result:
        """Find messages: the newest first, or those that fit best.

        Whatever is typed is a query (queries.py).  Raises FileNotFoundError where
        nothing was indexed yet, SearchError for an index that cannot be read.
        """
        asked = parse(query)
        if not asked.asks or limit < 1:
            return Result()
        with self._reading() as db:
            return _Search(db, asked, self._unpacked).run(limit, offset, by_rank)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that sees one state of the index."""
        with self._translated():
            if self._writer is not None:
                self._add_waiting(self._writer)
                yield self._writer  # sees also what it has not committed
                return
            if self._reader is None:
                self._reader = self._open_reader()
            self._reader.execute('BEGIN')
            try:
                yield self._reader
            finally:
                self._reader.execute('ROLLBACK')

    def _open_reader(self) -> sqlite3.Connection:
        self.path.stat()  # raises FileNotFoundError
        address = f'{self.path.absolute().as_uri()}?mode=ro'
        try:
            return self._checked(address)
        except sqlite3.OperationalError:
            # In a folder that we may not write to, a file that nobody writes to.
            return self._checked(f'{address}&immutable=1')

    def _checked(self, address: str) -> sqlite3.Connection:
        db = sqlite3.connect(address, uri=True, isolation_level=None, timeout=10)
        try:
            self._check(db)
        except BaseException:
            db.close()
            raise
        return db

    def _check(self, db: sqlite3.Connection) -> None:
        (version,) = db.execute('PRAGMA user_version').fetchone()
        if version != FORMAT:
            raise SearchError(
                self.path, 'is not an index of this version: bin/arch makes it anew'
            )
        db.execute('SELECT rowid FROM words WHERE words MATCH ?', ('"x"',)).fetchone()

    def _unpacked(self, packed: bytes) -> str:
        try:
            return zlib.decompress(packed).decode()
        except (zlib.error, UnicodeDecodeError, TypeError) as error:
            raise SearchError(self.path, str(error)) from None

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """Raise our exceptions for those of SQLite."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, 'sqlite_errorcode', 0) & 0xFF
            if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise LockTimeout(self.path, PATIENCE) from error
            if code in _OS_ERRORS:
                raise OSError(_OS_ERRORS[code], str(error), str(self.path)) from error
            raise SearchError(self.path, str(error)) from error


_OS_ERRORS = {
    sqlite3.SQLITE_FULL: 28,  # ENOSPC
    sqlite3.SQLITE_IOERR: 5,  # EIO
    sqlite3.SQLITE_PERM: 13,  # EACCES
    sqlite3.SQLITE_READONLY: 13,
    sqlite3.SQLITE_CANTOPEN: 13,
}


# --- one search -----------------------------------------------------------------------


@dataclass(slots=True)
class _Wanted:
    """A term of the query: its words in the index, and what to look for in texts."""

    term: Term
    words: list[str]  # as FTS5 reads them
    pattern: str
    check: bool  # the words alone do not tell


class _Search:
    """A query, and the messages that it finds."""

    def __init__(self, db: sqlite3.Connection, asked: Query, unpacked: Any) -> None:
        self.db, self.asked, self.unpacked = db, asked, unpacked
        wanted = [_wanted(term, term.field) for term in asked.terms]
        self.wanted = [one for one in wanted if one.words]
        positive = [w.term for w in self.wanted if not w.term.negative]
        self.in_subject = [_wanted(term, term.field or 'subject') for term in positive]
        self.checks = [
            (one.term, re.compile(one.pattern)) for one in self.wanted if one.check
        ]
        self.shown = [
            one.pattern
            for one in self.wanted
            if one.pattern and not one.term.negative and not one.term.field
        ]

    def run(self, limit: int, offset: int, by_rank: bool) -> Result:
        """Answer one page."""
        if self.asked.terms and not self.wanted:
            return Result()  # asked for what no index holds
        if not self.checks:
            total = self._count()
            if not by_rank:
                return Result(total, self._hits(self._numbers(limit, offset)))
            numbers = self._ranked(self._candidates(MOST_RANKED))
            return self._page(numbers, limit, offset, total)
        numbers = self._candidates(MOST_CHECKED + 1)
        more = len(numbers) > MOST_CHECKED
        numbers = [n for n in numbers[:MOST_CHECKED] if self._fits(n)]
        total = len(numbers)
        if by_rank:
            numbers = self._ranked(numbers[:MOST_RANKED])
        result = self._page(numbers, limit, offset, total)
        result.more = more
        return result

    def _page(self, numbers: list[int], limit: int, offset: int, total: int) -> Result:
        """Answer a page of numbers that are in order; what was not ranked follows."""
        chosen = numbers[offset : offset + limit]
        if len(chosen) < limit and len(numbers) < total and not self.checks:
            known = set(numbers)
            rest = self._numbers(offset + limit, 0)
            rest = [number for number in rest if number not in known]
            first = max(0, offset - len(numbers))
            chosen += rest[first : first + limit - len(chosen)]
        return Result(total, self._hits(chosen))

    # --- by the index -------------------------------------------------------------

    def _where(self, wanted: list[_Wanted] | None = None) -> tuple[str, list[Any]]:
        """Give tables and condition in SQL, and its values."""
        tables, conditions = 'docs', []
        values: list[Any] = []
        match, without = _match(self.wanted if wanted is None else wanted)
        if match:
            tables = 'words CROSS JOIN docs ON docs.number = words.rowid'
            conditions.append('words MATCH ?')
            values.append(f'{match}{"".join(f" NOT {one}" for one in without)}')
        elif without:
            conditions.append(
                'number NOT IN (SELECT rowid FROM words WHERE words MATCH ?)'
            )
            values.append(' OR '.join(without))
        for condition, value in (
            ('date >= ?', self.asked.after),
            ('date < ?', self.asked.before),
            ('attachment = ?', self.asked.attachments),
        ):
            if value is not None:
                conditions.append(condition)
                values.append(value)
        return f'{tables} WHERE {" AND ".join(conditions) or "1"}', values

    def _count(self) -> int:
        where, values = self._where()
        if where.endswith('WHERE words MATCH ?'):
            where = 'words WHERE words MATCH ?'
        sql = f'SELECT count(*) FROM {where}'  # noqa: S608 - from our own pieces only
        (total,) = self.db.execute(sql, values).fetchone()
        return int(total)

    def _numbers(
        self, limit: int, offset: int, wanted: list[_Wanted] | None = None
    ) -> list[int]:
        """Answer the newest."""
        where, values = self._where(wanted)
        sql = (
            f'SELECT number FROM {where} '  # noqa: S608 - from our own pieces only
            'ORDER BY date DESC, number DESC LIMIT ? OFFSET ?'
        )
        return [n for (n,) in self.db.execute(sql, [*values, limit, offset])]

    def _candidates(self, limit: int) -> list[int]:
        """Answer the newest; in front of them those with all words in the subject."""
        newest = self._numbers(limit, 0)
        if len(newest) < limit or self.checks or not self.in_subject:
            return newest
        found = self._numbers(limit // 2, 0, self.in_subject)
        return list(dict.fromkeys([*found, *newest]))[:limit]

    # --- by the texts -------------------------------------------------------------

    def _text(self, number: int) -> tuple[str, str, str]:
        """Answer the plain subject, author and text of a message."""
        subject, author, email, packed = self.db.execute(
            'SELECT subject, author, email, text FROM texts WHERE number = ?', (number,)
        ).fetchone()
        who, text = words.plain(f'{author} {email}'), self.unpacked(packed)
        return words.plain(subject), who, words.plain(text)

    def _fits(self, number: int) -> bool:
        """Tell whether what must, or must not, stand together does."""
        subject, author, text = self._text(number)
        places = {
            'subject': (subject,),
            'author': (author,),
            '': (text, subject, author),
        }
        for term, pattern in self.checks:
            found = any(pattern.search(place) for place in places[term.field])
            if found == term.negative:
                return False
        return True

    def _ranked(self, numbers: list[int]) -> list[int]:
        """Put them in order: how often, in how long a text, and in the subject."""
        patterns = [
            re.compile(one.pattern)
            for one in self.wanted
            if one.pattern and not one.term.negative
        ]
        if not patterns:
            return numbers
        scores = {number: self._score(number, patterns) for number in numbers}
        return sorted(numbers, key=lambda number: -scores[number])

    def _score(self, number: int, patterns: list[re.Pattern[str]]) -> float:
        subject, author, text = self._text(number)
        text, score = text[:5_000], 0.0
        for pattern in patterns:
            often = sum(1 for _ in islice(pattern.finditer(text), 20))
            score += often / (often + 1 + len(text) / 2000)
            score += 1.5 * (pattern.search(subject) is not None)
            score += 0.5 * (pattern.search(author) is not None)
        return score

    def _hits(self, numbers: list[int]) -> list[Hit]:
        hits = []
        for number in numbers:
            (date,) = self.db.execute(
                'SELECT date FROM docs WHERE number = ?', (number,)
            ).fetchone()
            volume, subject, author, packed = self.db.execute(
                'SELECT volume, subject, author, text FROM texts WHERE number = ?',
                (number,),
            ).fetchone()
            pieces = snippet(self.unpacked(packed), self.shown)
            hits.append(Hit(number, volume, subject, author, float(date), pieces))
        return hits


def _match(wanted: list[_Wanted]) -> tuple[str, list[str]]:
    """Give what FTS5 is to find, and what it is to leave out."""
    found = [word for one in wanted if not one.term.negative for word in one.words]
    without = [one.words[0] for one in wanted if one.term.negative and not one.check]
    return ' AND '.join(dict.fromkeys(found)), without


_MARKS = {'subject': words.SUBJECT, 'author': words.AUTHOR}


def _wanted(term: Term, place: str) -> _Wanted:
    text = words.prepared(term.text, searched=True)
    if place:
        text = words.marked(text, _MARKS[place])
    if term.prefix:
        text = text.rstrip() + words.OPEN
    found = [_word(token) for token in words.tokens(text)]
    pattern = words.pattern(term.text, term.prefix)
    check = bool(pattern) and (len(found) > 1 or words.is_phrase(term.text))
    return _Wanted(term, found, pattern, check)


def _word(token: str) -> str:
    """Write a word, or the beginning of one, for FTS5; tokens hold no quotes."""
    word = token.rstrip(words.OPEN)
    letters = word.lstrip(words.SUBJECT + words.AUTHOR)
    is_open = word != token and (len(letters) > 1 or words.is_paired(letters))
    return f'"{word}"{"*" if is_open else ""}'
