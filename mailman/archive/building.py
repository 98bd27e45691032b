"""Adding posts to an archive, and writing the pages that this changes.

The order, so that a crash at any point is repaired by whoever comes next:

1. the mbox, fsynced;
2. one transaction of ``articles.db``: numbers, threads, how far the mbox is known, and
   notes of all pages that are to be written;
3. pages, indexes, text, search index, front page;
4. the notes are taken off.

Entries of the mbox that the database does not know (1 done, 2 not) become articles at
the next opening; noted pages (2 done, 3 or 4 not) are written again.  The caller holds
LIST-arch.lock.
"""

from __future__ import annotations

import html
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailman.archive import files, legacy, mbox, permalinks, removing, volumes
from mailman.archive.indexes import Indexes
from mailman.archive.rebuilding import Rebuild, Tell
from mailman.archive.rows import Front, Links, sort_author
from mailman.archive.store import (
    ATTACHMENTS,
    DIRECTORY,
    FILE,
    LONGEST,
    NAVIGATION,
    PAGE,
    REMOVED,
    REPLY,
    Store,
)
from mailman.archive.workers import Parsed
from mailman.errors import ArchiveError, SearchError
from mailman.lists.archive_links import make_directory
from mailman.storage import safefile
from mailman.storage.locks import Lock

if TYPE_CHECKING:
    from mailman.archive.article import Article, Reader
    from mailman.archive.pages import Pages
    from mailman.archive.search import Index
    from mailman.lists import MailList

# ARCHIVE_TO_MBOX
NOTHING, PAGES_ONLY, MBOX_ONLY, BOTH = -1, 0, 1, 2
_IN_FEED = 30
_THREADS_IN_FRONT = 10
# So many are repaired at a time, to keep memory flat.
_PORTION = 200


def lock_of(mlist: MailList) -> Lock:
    """Answer the lock around everything that writes a list's archive."""
    return Lock(mlist.site.locks_dir / f'{mlist.name}-arch.lock')


def mbox_of(mlist: MailList) -> Path:
    """Answer where a list's mbox is."""
    name = f'{mlist.name}.mbox'
    return mlist.site.archives_private / name / name


@contextmanager
def opened(
    mlist: MailList, timeout: float | None = None, *, anew: bool = False
) -> Iterator[Archive]:
    """Lock a list's archive and open it.  Raises LockTimeout, ArchiveError.

    ``anew`` says that all is about to be made anew: a damaged database is put aside.
    """
    lock = lock_of(mlist)
    lock.acquire(timeout)
    try:
        archive = Archive(mlist, anew)
        try:
            yield archive
        finally:
            archive.close()
    finally:
        lock.release()


class Archive:
    """The archive of one list, open for writing."""

    def __init__(self, mlist: MailList, anew: bool = False) -> None:
        self.mlist, self.site = mlist, mlist.site
        self.root = self.site.archives_private / mlist.name
        self.base = str(self.root)
        self.database = self.root / DIRECTORY
        self.mbox = mbox_of(mlist)
        self.durable, self.stale = True, 0.0
        make_directory(self.root, files.DIRECTORY)
        make_directory(self.database, files.CLOSED)
        self.store = self._opened_store(anew)
        wish = getattr(mlist, 'archive_subject_threads', None)
        if wish is None:
            wish = self.site.cfg.ARCHIVE_SUBJECT_THREADS
        self.store.threads.by_subject = int(wish)
        if self.store.get('began') is None:
            self._begin()

    def _opened_store(self, anew: bool) -> Store:
        path = self.database / FILE
        try:
            store = Store(path)
            if not anew or store.is_sound():
                return store
            store.close()
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            if not anew:
                raise ArchiveError(
                    f'{path}: {error}; bin/arch --wipe {self.mlist.name} makes it anew'
                ) from error
        self.mlist.log('error', f'archive: {path} was damaged: put aside')
        os.replace(path, f'{path}.damaged')
        Path(f'{path}-journal').unlink(missing_ok=True)
        return Store(path)

    def _begin(self) -> None:
        """Take what 2.1 left; its mbox counts as known, ours from its beginning."""
        with self.store.transaction():
            adopted = legacy.adopt(self)
            end = self._mbox_size() if adopted else 0
            self.store.set('end', end)
            self.store.set('began', 1)
        if adopted:
            legacy.make_links(self)
            legacy.make_index_links(self)
            self.mlist.log('post', f"archive: continued 2.1's, {adopted} articles")

    def close(self) -> None:
        """Let go of the databases."""
        self.store.close()
        if 'search' in self.__dict__:
            self.search.close()

    def get_ready(self) -> None:
        """Make, before there are forks, what each of them would make for itself."""
        from mailman.archive import article, search  # noqa: F401 - start-up time

        self.reader.get_ready()
        with suppress(Exception):  # where a page cannot be made, it is told again
            self.pages.get_ready()

    def forked(self) -> None:
        """Open anew, for reading, what must not be shared with the parent."""
        self.store = Store(self.database / FILE, read_only=True)
        self.indexes.store = self.store

    def set_durable(self, durable: bool, stale: float = 0.0) -> None:
        """Say whether attachments are forced to the disk one by one.

        Those of before ``stale`` are replaced by others of the same name.
        """
        self.durable, self.stale = durable, stale
        self.__dict__.pop('reader', None)

    # --- what makes articles and pages -------------------------------------------

    @cached_property
    def reader(self) -> Reader:
        """What reads mails."""
        from mailman.archive.article import Reader  # start-up time

        return Reader(self.mlist, durable=self.durable, stale=self.stale)

    @cached_property
    def pages(self) -> Pages:
        """What makes pages."""
        from mailman.archive.pages import Pages  # start-up time

        return Pages(self.mlist)

    @cached_property
    def search(self) -> Index:
        """The search index."""
        from mailman.archive.search import Index  # start-up time

        return Index(self.database / 'search.db')

    @cached_property
    def indexes(self) -> Indexes:
        """The index pages."""
        return Indexes(self.root, self.store, self.pages, self.mlist.translator())

    def text(self, volume: str) -> files.Text:
        """The text of a volume."""
        packed = bool(self.site.cfg.GZIP_ARCHIVE_TXT_FILES)
        return files.Text(self.root, volume, packed)

    def read(self, content: bytes) -> Article:
        """Read an entry of the mbox."""
        from mailman.archive.article import read  # start-up time

        return read(self.reader, mbox.message_of(content))

    def parse(self, content: bytes) -> tuple[Parsed, str]:
        """Read an entry; answer what is handed around, and the body of its page."""
        return self.parse_all([content])[0]

    def parse_all(self, contents: Sequence[bytes]) -> list[tuple[Parsed, str]]:
        """Read entries.

        One thing is done to all of them before the next: programs have caches too.
        """
        articles = [self.read(content) for content in contents]
        return [
            (_parsed(article, content), article.body)
            for article, content in zip(articles, contents, strict=True)
        ]

    # --- adding ------------------------------------------------------------------

    def add(self, entries: Sequence[bytes], repeated: Sequence[bytes] = ()) -> None:
        """Archive new entries, as they stand in an mbox.

        ``repeated`` are those in the queue that were being archived when a runner
        died: perhaps they are here already.  Raises OSError or sqlite3.Error when
        nothing was archived.
        """
        removing.finish(self)
        self._take_tail(repeated)
        bodies: dict[int, tuple[Parsed, str]] = {}
        new = []
        for content in entries:
            known = None
            if content in repeated:
                known = self._known(content)
            if known is None:
                new.append(content)
            elif known in self.store.dirty(PAGE):
                bodies[known] = self.parse(content)
        if new:
            bodies.update(self._append(new))
        try:
            self._finish(bodies)
        except Exception:  # the posts are safe, the notes tell what is missing
            self.site.log.exception(f'{self.mlist.name}: archive: pages not written')

    def _known(self, content: bytes) -> int | None:
        found = self.store.by_digest(mbox.digest_of(content))
        return found[-1] if found else None

    def _append(self, entries: list[bytes]) -> dict[int, tuple[Parsed, str]]:
        """Put entries into the mbox and the database; answer what they hold."""
        keep = self.site.cfg.ARCHIVE_TO_MBOX == BOTH
        before = self._mbox_size()
        if keep:
            mbox.append_entries(self.mbox, b''.join(entries))
        try:
            parsed = self.parse_all(entries)
            sizes = [len(content) for content in entries]
            return self._record(parsed, sizes, before if keep else None)
        except BaseException:
            if keep:
                with suppress(OSError):
                    os.truncate(self.mbox, before)
            raise

    def _record(
        self, parsed: list[tuple[Parsed, str]], sizes: list[int], place: int | None
    ) -> dict[int, tuple[Parsed, str]]:
        """Give numbers and places in threads; note what is to be written."""
        store, found = self.store, {}
        with store.transaction():
            store.threads.touched, store.threads.moved = set(), set()
            for (one, body), size in zip(parsed, sizes, strict=True):
                number = self.insert(one, place, size)
                place = None if place is None else place + size
                found[number] = (one, body)
            if place is not None:
                store.set('end', place)
            touched = store.threads.touched | store.threads.moved
            for number in (*found, *store.threads.touched):
                touched.update(store.around(number))
            store.mark(touched, NAVIGATION)
            store.mark(found, PAGE)
        return found

    def insert(
        self,
        one: Parsed,
        place: int | None,
        size: int,
        number: int | None = None,
        counted: bool = True,
    ) -> int:
        """Put an article into the database, under the next number or a given one."""
        store = self.store
        volume = None if number is None else store.home(number)
        if number is None:
            number = store.take_number()
        if volume is None:
            volume = volumes.name(one.date, int(self.mlist.archive_volume_frequency))
        key, parent, waits = store.threads.place(
            number, one.message_id, one.date, one.references, one.sort_subject,
            one.is_reply,
        )  # fmt: skip
        store.put((
            number, store.volume_id(volume), one.message_id, one.subject[:LONGEST],
            one.sort_subject[:LONGEST], one.author[:LONGEST], sort_author(one.author),
            one.email[:LONGEST], one.date, one.zone,
            REPLY * one.is_reply + ATTACHMENTS * one.has_attachments,
            parent, waits, key, one.digest, place, size,
        ))  # fmt: skip
        if counted:
            store.count(volume, one.date)
        return number

    # --- after a crash -----------------------------------------------------------

    def _take_tail(self, repeated: Sequence[bytes]) -> None:
        """Archive what stands in the mbox and not in the database."""
        if self.site.cfg.ARCHIVE_TO_MBOX != BOTH:
            return
        known, size = int(self.store.get('end', 0)), self._mbox_size()
        if size < known:
            self.mlist.log(
                'error',
                f'archive: {self.mbox} is shorter than it was: bin/arch --wipe makes '
                'the archive anew from it',
            )
            with self.store.transaction():
                self.store.set('end', size)
            return
        if size == known:
            return
        if size - known <= sum(map(len, repeated)):
            self._cut_half(known, size - known, repeated)
        if self._mbox_size() > known:
            Rebuild(self, self.mbox).run(start=known)

    def _cut_half(self, place: int, length: int, repeated: Sequence[bytes]) -> None:
        """Cut off an entry that was written in part; its post comes again."""
        with safefile.open_regular(self.mbox) as descriptor:
            tail = mbox.read_entry(descriptor, place, length)
        begin = 0
        while whole := next((x for x in repeated if tail.startswith(x, begin)), None):
            begin += len(whole)
        rest = tail[begin:]
        if rest and any(x.startswith(rest) for x in repeated):
            os.truncate(self.mbox, place + begin)

    def repair(self) -> None:
        """Do what a crash left undone."""
        self.sweep()
        removing.finish(self)
        self._take_tail(())
        self._finish({})

    def sweep(self) -> None:
        """Remove unfinished files, which may hold mails that are removed later."""
        for folder in (self.root, self.database, self.mbox.parent):
            safefile.sweep(folder, older_than=-safefile.DAY)

    def build(
        self,
        path: Path,
        tell: Tell | None = None,
        *,
        first: int = 0,
        last: int | None = None,
        wipe: bool = False,
    ) -> int:
        """Archive the mails of an mbox; answer how many are new.  As bin/arch says."""
        self.sweep()
        removing.finish(self)
        run = Rebuild(self, path, tell)
        if not run.own:
            self._take_tail(())
        if not wipe:
            self._finish({})
        return run.run(first=first, last=last, wipe=wipe)

    def _mbox_size(self) -> int:
        try:
            return self.mbox.stat().st_size
        except FileNotFoundError:
            return 0

    # --- writing -----------------------------------------------------------------

    def _finish(self, bodies: dict[int, tuple[Parsed, str]]) -> None:
        """Write all that is noted; what is not at hand is read from the mbox."""
        if not self.store.is_dirty():
            return
        self.dress()
        moved = self.store.threads.moved
        waiting = self.store.dirty(PAGE)
        for begin in range(0, len(waiting), _PORTION):
            numbers = waiting[begin : begin + _PORTION]
            self._write(self._at_hand(numbers, bodies), moved)
        # Whose own body is nowhere keeps its note until its entry comes again.
        navigation = self.store.dirty(NAVIGATION)
        for number in navigation:
            self.renew(number)
        self._write_moved(moved)
        self.write_front()
        with self.store.transaction():
            self.store.clean(navigation)
        moved.clear()

    def write_noted(self) -> None:
        """Write all that is noted, from the mbox."""
        self._finish({})

    def _at_hand(
        self, numbers: list[int], bodies: dict[int, tuple[Parsed, str]]
    ) -> dict[int, tuple[Parsed, str]]:
        found = {}
        for number in numbers:
            if (self.store.field(number, 'flags') or 0) & REMOVED:
                # A crash while it was being removed.
                removing.erase(self, number)
            elif number in bodies:
                found[number] = bodies[number]
            elif (content := self.content(number)) is not None:
                found[number] = self.parse(content)
        return found

    def content(self, number: int) -> bytes | None:
        """Answer an article's entry in the mbox; None when it is not there."""
        where = self.store.where_in_mbox(number)
        if where is None:
            return None
        try:
            with safefile.open_regular(self.mbox) as descriptor:
                content = mbox.read_entry(descriptor, *where)
        except OSError:
            return None
        good = mbox.digest_of(content) == self.store.field(number, 'digest')
        return content if good else None

    def _write(self, found: dict[int, tuple[Parsed, str]], moved: set[int]) -> None:
        """Write the pages of these articles and all that names them in its volume."""
        by_volume: dict[str, list[int]] = {}
        for number in found:
            by_volume.setdefault(self.store.home(number) or '', []).append(number)
            self.write_article(number, found[number][1])
        sizes = {}
        for volume, numbers in by_volume.items():
            entries = b''.join(found[number][0].entry for number in sorted(numbers))
            known = self.store.volume(volume)[4]
            size = self.text(volume).append(entries, known)
            # A text that lost its end is made again from the mbox.
            sizes[volume] = self.remake_text(volume) if size is None else size
            mine = [n for n in moved if self.store.home(n) == volume]
            self.indexes.update(volume, numbers, mine)
        self.find([(number, one) for number, (one, _) in found.items()])
        with self.store.transaction():
            for volume, size in sizes.items():
                self.store.set_text_size(volume, size)
            self.store.clean(found)

    def find(self, found: list[tuple[int, Parsed]]) -> None:
        """Put articles into the search index, which a broken one does not stop."""
        try:
            self.search.add_many(self.searched(number, one) for number, one in found)
            self.search.commit()
        except SearchError as error:
            self.mlist.log('error', f'archive: search index: {error}')

    def searched(self, number: int, one: Parsed) -> tuple[Any, ...]:
        """Answer what the search index keeps of an article."""
        return (
            number, self.store.home(number), one.subject, one.author, one.email,
            one.date, one.text, one.has_attachments,
        )  # fmt: skip

    def _write_moved(self, moved: set[int]) -> None:
        """Put right the thread indexes of volumes in which only old articles moved."""
        by_volume: dict[str, list[int]] = {}
        for number in moved:
            by_volume.setdefault(self.store.home(number) or '', []).append(number)
        for volume, numbers in by_volume.items():
            self.indexes.update(volume, (), numbers)

    def write_article(self, number: int, body: str | bytes) -> None:
        """Write the page of an article, if there is one of that number."""
        row = self.store.row(number)
        if row is not None:
            data = files.encoded(body) if isinstance(body, str) else body
            self.write_page(self.store.links(row), data)
            self.link(row.number, row.message_id, row.file)

    def write_page(
        self, links: Links, body: bytes, put: Callable[[str, bytes], None] = files.write
    ) -> None:
        """Write the page of an article."""
        put(f'{self.base}/{links.row.file}', self._page(links, body))

    def link(self, number: int, message_id: str, file: str) -> None:
        """Have the permanent address of an article lead to its page."""
        files.link(
            f'{self.base}/{permalinks.file_of(message_id)}',
            f'../{file}',
            replace=lambda: self._is_first(number, message_id),
        )

    def _is_first(self, number: int, message_id: str) -> bool:
        """Tell whether the permanent address is that of this article."""
        found = self.store.by_message_id(message_id)
        return next(n for n in found if not self.store.is_gone(n)) == number

    def _page(self, links: Links, body: bytes) -> bytes:
        row = links.row
        try:
            if row.removed:
                return self.pages.tombstone(row, links)
            return self.pages.article(row, body, links)
        except OSError:
            raise
        except Exception as error:  # noqa: BLE001 - one mail must not stop an archive
            self.mlist.log('error', f'archive: {row.file} cannot be made: {error!r}')
            subject = html.escape(row.subject)
            head = (
                '<!DOCTYPE html>\n<meta charset="utf-8">\n'
                f'<title>{subject}</title>\n<h1>{subject}</h1>\n'
            )
            return files.encoded(head) + body

    def renew(self, number: int) -> None:
        """Write the neighbours into a page that is there; one of 2.1 stays as it is."""
        row = self.store.row(number)
        if row is None:
            return
        path = self.root / row.file
        try:
            old = safefile.read(path)
        except OSError:
            return
        new = self.pages.renew(old, self.store.links(row))
        if new != old:
            files.write(path, new)

    def remake_text(self, volume: str) -> int:
        """Make the text of a volume from the mbox, as far as it has the articles."""
        found = (self.content(number) for number in self.store.numbers(volume))
        entries = [self.read(content).entry for content in found if content]
        return self.text(volume).replace(b''.join(entries))

    # --- the archive as a whole ------------------------------------------------------

    def write_front(self) -> None:
        """Write the front page, the feed and the months' counts."""
        store = self.store
        counts = [self.indexes.counted(found) for found in store.volumes()]
        months = store.months()
        front = Front(
            counts, store.total(), store.newest_threads(_THREADS_IN_FRONT), months
        )
        page = self.pages.front(front) if counts else self.pages.empty()
        files.write(self.root / 'index.html', page)
        files.write(self.root / 'feed.xml', self.pages.feed(store.newest(_IN_FEED)))
        data = json.dumps(months, indent=0).encode()
        safefile.write(self.database / 'activity.json', data, durable=False)

    def dress(self) -> None:
        """Write what stands beside the pages: the style sheet.

        No .htaccess: whatever stands in one, Apache answers 500 for the whole archive
        where AllowOverride does not allow it.  contrib/apache has the rules.
        """
        style = self._style()
        if style is not None:
            files.write_if_other(self.root / 'style.css', style)

    def _style(self) -> bytes | None:
        with suppress(OSError):
            return (self.site.templates_dir / 'web' / 'style.css').read_bytes()
        return None


def _parsed(article: Article, content: bytes) -> Parsed:
    """Answer what of an article is handed around."""
    from mailman.archive.search import prepare  # start-up time

    head = content[: content.find(b'\n\n') + 1 or len(content)].lower()
    return Parsed(
        article.message_id,
        article.subject,
        article.sort_subject,
        article.is_reply,
        article.author,
        article.email,
        article.date,
        article.zone,
        _references(article),
        prepare(article.subject, article.author, article.email, article.text),
        article.entry,
        article.has_attachments,
        mbox.digest_of(content),
        b'\nx-no-archive:' in head or b'\nx-archive: no\n' in head,
        _folder(article),
    )


def _folder(article: Article) -> str:
    """Answer where an article's attachments are, ``DAY/HASH``; empty without any."""
    urls = (one.url for one in article.attachments)
    return next(('/'.join(url.split('/')[1:3]) for url in urls if url), '')


def _references(article: Article) -> list[str]:
    """Answer whom an article answers, the parent last.

    In-Reply-To says it if it names one; what it names besides References is odd.
    """
    if len(article.in_reply_to) == 1:
        parent = article.in_reply_to[0]
        return [*(x for x in article.references if x != parent), parent]
    return article.references or article.in_reply_to
