"""Building an archive, or much of it, from an mbox: ``bin/arch``, and after a crash.

Two passes.  First all mails are read, by all processors; numbers and threads go into
the database in one transaction, texts into files beside those of the archive.  Then the
pages are written, whose neighbours are known now.  Killed in the first pass nothing has
changed; killed in the second, the database says what is still to be written.

An article is known again by its bytes, else by its Message-ID: its number and volume
stay, also when everything else is made anew.
"""

from __future__ import annotations

import os
import shutil
import time
from array import array
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from mailman.archive import attachments, files, mbox, permalinks, volumes
from mailman.archive.store import FOREIGN, NAVIGATION, PAGE, REMOVED
from mailman.archive.workers import NO_PAGE, Parsed, Places, Pool, batches
from mailman.errors import SearchError
from mailman.storage import safefile

if TYPE_CHECKING:
    from mailman.archive.building import Archive

# Called after each mail of the first pass: how many, its Message-ID, bytes so far.
Tell = Callable[[int, str, int], None]
_FLUSH = 1 << 18


class Rebuild:
    """One run over an mbox."""

    def __init__(self, archive: Archive, path: Path, tell: Tell | None = None) -> None:
        self.archive, self.store, self.path = archive, archive.store, path
        self.tell = tell
        self.own = _same(path, archive.mbox)
        self.seen = bytearray()
        self.numbers: list[array[int]] = []  # per batch; NO_PAGE: no page is written
        self.texts = Texts(archive.root)
        self.added = self.read = self.bytes = self.size = 0
        self.wipe = self.fresh = self.bulk = self.anew = False
        self.made_ids: dict[tuple[int, str], int] = {}
        # Numbered by a run that was killed before their pages were written.
        self.unwritten: set[int] = set()
        self.folders: set[str] = set()  # of attachments that came again
        self.other_ids: dict[str, int] = {}  # that articles had before
        self.kept: list[int] = []  # redacted: made from our own mbox

    def run(
        self, *, start: int = 0, first: int = 0, last: int | None = None,
        wipe: bool = False,
    ) -> int:  # fmt: skip
        """Archive the mails from ``first`` up to ``last``; answer how many are new.

        With ``start``, those from that place of the file on, all of which are new.
        Raises OSError, ArchiveError; the archive is then as it was, or is repaired by
        the next run.
        """
        self.size = os.stat(self.path).st_size
        size = self.size - start
        self.wipe = wipe
        self.fresh = start > 0 or not self.store.has_numbers()
        self.bulk = wipe or self.store.total() * 1000 < size
        archive = self.archive
        # With scrub_nondigest the mbox does not have them: all stay as they are.
        self.anew = wipe and not archive.mlist.scrub_nondigest
        archive.set_durable(False, time.time() - 1 if self.anew else 0.0)
        try:
            archive.dress()
            with Pool(archive, self.path, size if self.bulk else size // 10) as pool:
                places = islice(mbox.places(self.path, start), first, last)
                with self.store.transaction():
                    self._first_pass(pool, places)
                self._second_pass(pool)
            if self.kept:
                archive.write_noted()
        finally:
            self.texts.close()
            archive.set_durable(True)
        return self.added

    # --- the first pass ----------------------------------------------------------

    def _first_pass(self, pool: Pool, places: Iterable[tuple[int, int]]) -> None:
        store, threads = self.store, self.store.threads
        threads.touched = None if self.bulk else set()
        threads.moved = set()
        self._legacy_without_ids()
        self.unwritten = set(store.dirty(PAGE))
        if self.wipe:
            store.forget_threads()
        self._make_search_usable()
        if self.bulk:
            store.drop_indexes()
        copies: list[Places] = []
        for results in pool.map('parse', _remembered(batches(places), copies)):
            self._take(results, copies.pop(0))
        if self.wipe:
            self._part_with_the_rest()
        if self.own:
            # What was left out on purpose is known, too.
            store.set('end', max(self.bytes, self.size))
        store.make_indexes()
        store.recount()
        self._note()
        self.archive.search.commit()

    def _make_search_usable(self) -> None:
        """Empty the search index for a rebuild, or where it is damaged."""
        try:
            if not self.wipe:
                self.archive.search.add_many([])
                return
        except SearchError:
            pass
        self.archive.search.clear()

    def _take(self, results: list[Parsed], places: Places) -> None:
        """Put a batch into the database."""
        numbers: array[int] = array('q')
        searched = []
        for one, (place, size) in zip(results, places, strict=True):
            self.bytes = place + size
            number, is_new = self._number(one, place, size)
            if self.anew and is_new:
                self.folders.add(one.folder)
            numbers.append(number if is_new else NO_PAGE)
            if is_new or (number != NO_PAGE and not self._is_removed(number)):
                searched.append(self.archive.searched(number, one))
            if is_new:
                self.texts.add(self.archive.store.home(number) or '', one.entry)
            if self.tell is not None:
                self.tell(self.read, one.message_id, self.bytes)
            self.read += 1
        self.numbers.append(numbers)
        self.archive.search.add_many(searched)

    def _number(self, one: Parsed, place: int, size: int) -> tuple[int, bool]:
        """Answer an article's number, and whether its page is to be written."""
        number = None if self.fresh else self._known(one)
        where = place if self.own else None
        if number is None:
            if one.skipped:
                return NO_PAGE, False
            number = self.archive.insert(one, where, size, counted=False)
            self.added += 1
            self._see(number)
            return number, True
        self._see(number)
        if self._is_removed(number):
            return number, False
        if self.store.was_redacted(one.digest):
            self._keep_redacted(number, one, where, size)
            return NO_PAGE, False
        if self.wipe or self.store.is_gone(number):
            before = self.store.field(number, 'message_id')
            if before is not None and before != one.message_id:
                self.other_ids[before] = number
            self.store.come_back(number)
            self.archive.insert(one, where, size, number, counted=False)
            return number, True
        if where is not None:
            self.store.found_at(number, one.digest, where, size)
        return number, number in self.unwritten

    def _is_removed(self, number: int) -> bool:
        return bool((self.store.field(number, 'flags') or 0) & REMOVED)

    def _keep_redacted(
        self, number: int, one: Parsed, where: int | None, size: int
    ) -> None:
        """Show an article as it was redacted, though this mbox has its old words."""
        store, archive = self.store, self.archive
        if one.folder:
            shutil.rmtree(archive.root / 'attachments' / one.folder, True)
        content = archive.content(number)
        parsed = None if content is None else archive.parse(content)[0]
        if not self.wipe:
            return
        if parsed is None:
            # Nowhere as redacted: not shown until it is redacted again.
            store.blank(number)
            if where is not None:
                store.found_at(number, one.digest, where, size)
            archive.mlist.log(
                'error',
                f'archive: {number:06d} was redacted, and {self.path} has it as it '
                'was: not shown before bin/remove_article --redact',
            )
            return
        place, size = store.where_in_mbox(number) or (None, 0)
        archive.insert(parsed, place, size, number, counted=False)
        self.folders.add(parsed.folder)
        self.kept.append(number)

    def _known(self, one: Parsed) -> int | None:
        for number in self.store.by_digest(one.digest):
            if not self._is_seen(number):
                return number
        for number in self.store.by_message_id(one.message_id):
            if not self._is_seen(number):
                return number
        made = self.made_ids.pop((int(one.date), one.email.lower()), None)
        return self._linked(one.message_id) if made is None else made

    def _linked(self, message_id: str) -> int | None:
        """Answer the article at a permanent address, if that is all we know of it."""
        with suppress(OSError, ValueError):
            link = os.readlink(self.archive.root / permalinks.file_of(message_id))
            number = int(link.rpartition('/')[2].removesuffix('.html'))
            foreign = (self.store.field(number, 'flags') or 0) & FOREIGN
            known = self.store.field(number, 'digest') is not None
            return (
                number if foreign and not known and not self._is_seen(number) else None
            )
        return None

    def _legacy_without_ids(self) -> None:
        """Find what 2.1 gave Message-IDs of its own, which the mbox does not have."""
        if not self.fresh:
            self.made_ids = {
                (int(date), email.lower()): number
                for number, date, email in self.store.foreign('mailman.')
            }

    def _see(self, number: int) -> None:
        if number >= len(self.seen):
            self.seen.extend(bytes(number + 1024 - len(self.seen)))
        self.seen[number] = 1

    def _is_seen(self, number: int) -> bool:
        return number < len(self.seen) and bool(self.seen[number])

    def _part_with_the_rest(self) -> None:
        """Take out what the mbox does not have; a removed article keeps its page."""
        threads = self.store.threads
        for number, message_id, date, subject, flags in self.store.summaries():
            if flags & REMOVED:
                key, parent, waits = threads.place(
                    number, message_id, date, (), subject, False
                )
                self.store.put_below(number, key, parent, waits)
            elif not self._is_seen(number):
                self.store.part_with(number)

    def _note(self) -> None:
        """Note the pages that the second pass writes."""
        store = self.store
        mine = (n for numbers in self.numbers for n in numbers if n != NO_PAGE)
        store.mark(mine, PAGE)
        store.mark(self.kept, PAGE)
        if self.wipe:
            for name in store.all_volumes():
                store.set_text_size(name, 0)
            return
        touched = {*(store.threads.touched or ()), *store.threads.moved}
        if not self.bulk:
            for numbers in self.numbers:
                for number in numbers:
                    touched.update(store.around(number) if number != NO_PAGE else ())
        store.mark(touched, NAVIGATION)

    # --- the second pass ----------------------------------------------------------

    def _second_pass(self, pool: Pool) -> None:
        archive, store = self.archive, self.store
        for unlinked in pool.map('render', iter(self.numbers)):
            for one in unlinked:
                archive.link(*one)
        if self.wipe:
            for number in store.removed():
                archive.write_article(number, '')
        for number in store.dirty(NAVIGATION):
            archive.renew(number)
        names = store.all_volumes() if self.bulk else store.dirty_volumes()
        for _ in pool.map('index', names):
            pass
        sizes = self.texts.publish(archive, self.wipe)
        if self.wipe:
            self._sweep(set(sizes))
        with store.transaction():
            for name, size in sizes.items():
                store.set_text_size(name, size)
            store.clean(None if self.wipe else self._written())
            store.mark(self.kept, PAGE)
        archive.write_front()

    def _written(self) -> Iterator[int]:
        """Give those whose pages are written; others wait for their own mbox."""
        for numbers in self.numbers:
            yield from (number for number in numbers if number != NO_PAGE)
        yield from self.store.dirty(NAVIGATION)

    def _sweep(self, with_text: set[str]) -> None:
        """Take away what stands for articles that are not there any more."""
        for path in self.archive.root.iterdir():
            if not path.is_dir() or path.is_symlink() or not volumes.is_name(path.name):
                continue
            safefile.sweep(path, older_than=-safefile.DAY)
            there = set(self.store.numbers(path.name))
            for page in path.glob('[0-9]*.html'):
                if page.stem.isdigit() and int(page.stem) not in there:
                    page.unlink()
            if path.name not in with_text:
                for ending in ('.txt', '.txt.gz'):
                    path.with_name(path.name + ending).unlink(missing_ok=True)
            if not there:
                shutil.rmtree(path)
        for message_id in self.store.gone_ids():
            link = self.archive.root / permalinks.file_of(message_id)
            if not (link.is_symlink() and link.exists()):
                link.unlink(missing_ok=True)
        for message_id, number in self.other_ids.items():
            row = self.store.row(number)
            if row is not None and not self.store.by_message_id(message_id):
                link = self.archive.root / permalinks.file_of(message_id)
                files.link(link, f'../{row.file}', replace=lambda: True)
        if self.anew:
            self._sweep_attachments()

    def _sweep_attachments(self) -> None:
        """Take away attachments that no article has, or had when 2.1 wrote it."""
        root = self.archive.root / 'attachments'
        if root.is_symlink():
            return
        left: dict[str, list[Path]] = {}
        for path in root.glob('[0-9]*/*'):
            if f'{path.parent.name}/{path.name}' not in self.folders:
                left.setdefault(path.name, []).append(path)
        for _, message_id, _, _, flags in self.store.summaries() if left else ():
            if not flags & REMOVED:
                left.pop(attachments.folder_of(f'<{message_id}>'), None)
        for path in (path for paths in left.values() for path in paths):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            with suppress(OSError):
                path.parent.rmdir()


class Texts:
    """The entries of the volumes' texts, in order, until all is known to be well."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.waiting: dict[str, list[bytes]] = {}
        self.sizes: dict[str, int] = {}
        self.files: dict[str, Path] = {}

    def add(self, volume: str, entry: bytes) -> None:
        """Take an entry."""
        self.waiting.setdefault(volume, []).append(entry)
        size = self.sizes[volume] = self.sizes.get(volume, 0) + len(entry)
        if size > _FLUSH:
            self._flush(volume)
        elif len(self.waiting) > 200:
            for name in list(self.waiting):
                self._flush(name)

    def _flush(self, volume: str) -> None:
        content = b''.join(self.waiting.pop(volume))
        del self.sizes[volume]
        if volume not in self.files:
            path = safefile.temporary_name(self.root / f'{volume}.txt')
            self.files[volume] = Path(path)
        with open(self.files[volume], 'ab') as file:
            file.write(content)

    def publish(self, archive: Archive, wipe: bool) -> dict[str, int]:
        """Put the entries into the texts; answer their sizes."""
        for volume in list(self.waiting):
            self._flush(volume)
        sizes = {}
        for volume, path in self.files.items():
            text = archive.text(volume)
            known = archive.store.volume(volume)[4]
            had_twin = wipe and text.gz.exists()
            if wipe:
                for old in (text.plain, text.gz):
                    old.unlink(missing_ok=True)
                known = 0
            size = None if known else text.adopt(path)
            if size is None:
                size = _append(text, path, known)
            sizes[volume] = archive.remake_text(volume) if size is None else size
            if had_twin:
                text.pack_twin()
        return sizes

    def close(self) -> None:
        """Remove what was not published."""
        for path in self.files.values():
            with suppress(OSError):
                path.unlink()


def _append(text: files.Text, path: Path, known: int) -> int | None:
    """Append what a file holds to a text, as `Text.append` does."""
    size: int | None = known
    with open(path, 'rb') as file:
        while size is not None and (content := file.read(1 << 20)):
            size = text.append(content, size)
    return size


def _remembered(found: Iterator[Places], copies: list[Places]) -> Iterator[Places]:
    for one in found:
        copies.append(one)
        yield one


def _same(one: Path, other: Path) -> bool:
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False
