"""ArchRunner: puts posts into the list's archive, under the archive's own lock.

Delivery never waits for this.  What has queued for a list is archived in one go: the
pages that all of it changes are written once.

ARCHIVE_TO_MBOX: -1 keeps nothing, 0 pages, 1 the mbox, 2 both.  Dates follow
ARCHIVER_CLOBBER_DATE_POLICY: 0 keeps the author's Date, 1 always takes the time of
arrival, 2 only when the author's is further off than ARCHIVER_ALLOWABLE_SANE_DATE_SKEW.
"""

from __future__ import annotations

import email.utils
from typing import TYPE_CHECKING, Any, ClassVar

from mailman.archive import external, mbox
from mailman.archive.building import (
    BOTH,
    MBOX_ONLY,
    NOTHING,
    PAGES_ONLY,
    lock_of,
    mbox_of,
    opened,
)
from mailman.errors import (
    ArchiveError,
    BadQueueEntry,
    CorruptList,
    LockTimeout,
    UnknownList,
)
from mailman.queue.entryfile import BAK_COUNT
from mailman.runners.base import Runner

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message
    from mailman.queue import Entry

KEEP_DATE, ALWAYS, WHEN_INSANE = 0, 1, 2
# At most so many posts of a list in one go, and bytes of all lists in memory.
MOST_AT_ONCE, MOST_BYTES = 200, 20_000_000
# A rebuild by hand may hold an archive for minutes; other lists need not wait.
LOCK_WAIT = 2.0


class ArchRunner(Runner):
    """Empties qfiles/archive."""

    queue_name: ClassVar[str] = 'archive'

    def one_pass(self) -> bool:
        """Archive what lies in the queue now, list by list; True if something moved."""
        moved, together, size = False, [], 0
        for filebase in self.queue.files():
            if self.should_stop():
                break
            entry = self._taken(filebase)
            if entry is None:
                continue
            if BAK_COUNT in entry.msgdata:
                # A runner died over it: alone, so that others do not suffer for it.
                moved = self._archive([entry]) or moved
                continue
            together.append(entry)
            size += len(entry.msg.as_bytes())
            if len(together) >= MOST_AT_ONCE or size > MOST_BYTES:
                moved = self._archive(together) or moved
                together, size = [], 0
        return self._archive(together) or moved

    def _taken(self, filebase: str) -> Entry | None:
        try:
            return self.queue.take(filebase)
        except BadQueueEntry as error:
            self.site.log.write('error', f'{self.name}: set aside: {error}')
        except OSError as error:
            self.site.log.write('error', f'{self.name}: {filebase}: {error}')
        return None

    def _archive(self, entries: list[Entry]) -> bool:
        """Archive entries of any lists."""
        by_list: dict[str, list[Entry]] = {}
        for entry in entries:
            name = entry.msgdata.get('listname') or self.site.cfg.MAILMAN_SITE_LIST
            by_list.setdefault(str(name), []).append(entry)
        moved = False
        for name, mine in by_list.items():
            moved = self._archive_list(name, mine) or moved
        return moved

    def _archive_list(self, name: str, entries: list[Entry]) -> bool:
        try:
            mlist = self.open_list(name)
            done = self.archive(mlist, entries)
        except (UnknownList, CorruptList) as error:
            for entry in entries:
                self._shunt(entry, error)
            return True
        except Exception as error:  # noqa: BLE001 - shunted, as any runner does
            if len(entries) == 1:
                self._shunt(entries[0], error)
                return True
            # One of them spoils it, or the disk is full: each for itself.
            return any([self._archive_list(name, [entry]) for entry in entries])
        for entry in entries:
            try:
                if done:
                    self.queue.finish(entry.filebase)
                else:
                    self.queue.put_back(entry)
            except OSError:
                # X.bak stays; a later start takes it up again.
                self.site.log.exception(f'{self.name}: {entry.filebase}')
        return done

    def dispose(self, mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> bool:
        """Archive one post."""
        from mailman.queue import Entry  # for the form of it

        return not self.archive(mlist, [Entry('', msg, msgdata)])

    # --- one list ----------------------------------------------------------------

    def archive(self, mlist: MailList, entries: list[Entry]) -> bool:
        """Archive posts of a list; False when its archive is in use just now."""
        mode = int(self.site.cfg.ARCHIVE_TO_MBOX)
        if mode == NOTHING:
            return True
        contents = [self._content(entry) for entry in entries]
        command = external.command_of(mlist)
        try:
            if mode == MBOX_ONLY or command:
                self._keep_only(mlist, mode, contents)
            else:
                self._build(mlist, entries, contents)
        except LockTimeout:
            return False
        if command and mode != MBOX_ONLY:
            self._hand_over(mlist, mode, command, entries)
        return True

    def _keep_only(self, mlist: MailList, mode: int, contents: list[bytes]) -> None:
        """Keep posts in the mbox, if there is one, and make no pages."""
        if mode == PAGES_ONLY:
            return
        lock = lock_of(mlist)
        lock.acquire(LOCK_WAIT)
        try:
            mbox.append_entries(mbox_of(mlist), b''.join(contents))
        finally:
            lock.release()

    def _build(
        self, mlist: MailList, entries: list[Entry], contents: list[bytes]
    ) -> None:
        repeated: list[bytes] = []
        if any(BAK_COUNT in entry.msgdata for entry in entries):
            repeated = contents + self._others_that_died(mlist)
        with opened(mlist, LOCK_WAIT) as archive:
            archive.add(contents, repeated)

    def _others_that_died(self, mlist: MailList) -> list[bytes]:
        """Answer what else of this list was being archived when a runner died."""
        found = []
        for filebase in self.queue.files():
            try:
                entry = self.queue.read(filebase)
            except (BadQueueEntry, OSError):
                continue
            if (
                BAK_COUNT in entry.msgdata
                and entry.msgdata.get('listname') == mlist.name
            ):
                found.append(self._content(entry))
        return found

    def _hand_over(
        self, mlist: MailList, mode: int, command: str, entries: list[Entry]
    ) -> None:
        """Give posts to the site's own archiver."""
        for entry in entries:
            try:
                external.run(mlist, command, entry.msg.as_bytes())
            except ArchiveError as error:
                if mode != BOTH:
                    raise
                # The mbox has it, and would have it twice.
                mlist.log('error', str(error))

    # --- dates -------------------------------------------------------------------

    def _content(self, entry: Entry) -> bytes:
        """Answer what the mbox gets of a post."""
        received = float(entry.msgdata.get('received_time') or self.site.now())
        self._set_dates(entry.msg, received)
        return mbox.entry(entry.msg, received)

    def _set_dates(self, msg: Message, received: float) -> None:
        arrival = email.utils.formatdate(received)
        if msg.get('x-list-received-date') == arrival:
            return  # shunted before, and comes again
        policy = self.site.cfg.ARCHIVER_CLOBBER_DATE_POLICY
        if policy == ALWAYS or (policy == WHEN_INSANE and self._insane(msg, received)):
            if 'date' in msg:
                msg['X-Original-Date'] = msg['date']
            del msg['date']
            msg['Date'] = arrival
        msg['X-List-Received-Date'] = arrival

    def _insane(self, msg: Message, received: float) -> bool:
        try:
            parsed = email.utils.parsedate_tz(msg.get('date', ''))
            when = email.utils.mktime_tz(parsed) if parsed else None
        except (ValueError, OverflowError, TypeError, IndexError):
            when = None
        if when is None:
            return True
        skew: float = self.site.cfg.ARCHIVER_ALLOWABLE_SANE_DATE_SKEW
        return not -skew < when - received < skew
