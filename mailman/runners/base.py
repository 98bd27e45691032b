"""The loop that all runners share (2.1: Mailman/Queue/Runner.py).

A runner takes one entry after the other from its queue directory, hands it to
``dispose`` and removes it when that is done.  Whatever goes wrong with an entry,
the entry is kept (shunted) and the loop goes on: one message never stops a queue.

A runner lives in a process of its own under the master, or under bin/qrunner.  It
ends when it is told to (SIGTERM, SIGINT) or when the process that started it is gone.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from collections import OrderedDict
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any, ClassVar

from mailman.errors import (
    BadQueueEntry,
    BrokenHandler,
    CorruptList,
    MailmanError,
    UnknownList,
)
from mailman.lists import MailList
from mailman.queue import Queue
from mailman.site.logs import words_of

if TYPE_CHECKING:
    from mailman.mail.message import Message
    from mailman.queue import Entry
    from mailman.site import Site

# prctl(2): the name of a thread, at most 15 characters of it.
_PR_SET_NAME = 15
# Lists kept open between posts; a big list takes tenths of a second to load.
LISTS_KEPT = 20


class Runner:
    """One queue's worker.  Subclasses name the queue and write ``dispose``."""

    queue_name: ClassVar[str]

    def __init__(self, site: Site, slice_: int = 0, count: int = 1) -> None:
        self.site = site
        self.slice, self.count = slice_, count
        self.queue = Queue(site, self.queue_name, slice_, count)
        self.shutting_down = False
        self.stop_signal: int | None = None
        # With a master: its process id, and a pipe that ends with it.
        self.parent: int | None = None
        self.lifeline: int | None = None
        self._lists: OrderedDict[str, MailList] = OrderedDict()
        self._lock_file: IO[bytes] | None = None

    @property
    def name(self) -> str:
        """2.1's name of this runner."""
        return type(self).__name__

    # --- what subclasses say ---------------------------------------------

    def dispose(self, mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> bool:
        """Do the work for one entry; True keeps it queued for a later pass."""
        raise NotImplementedError

    def periodic(self) -> bool:
        """Do what is due besides messages; True when something moved."""
        return False

    def flush(self) -> bool:
        """Do now what ``periodic`` would do later: a one-off run is about to end."""
        return False

    def sleep_time(self) -> float:
        """Seconds to wait for mail before looking again without being woken."""
        return float(self.site.cfg.QRUNNER_SLEEP_TIME)

    # --- the loop ----------------------------------------------------------

    def run(self) -> None:
        """Work until told to stop."""
        self.queue.recover()
        while not self.should_stop():
            moved = self.one_pass()
            moved = self._guarded_periodic() or moved
            if not moved and not self.should_stop():
                self.queue.wait(self.sleep_time(), self.lifeline)
        self.close()

    def one_pass(self) -> bool:
        """Work through what lies in the queue now; True when something moved."""
        moved = False
        for filebase in self.queue.files():
            if self.should_stop():
                break
            moved = self._one_entry(filebase) or moved
        return moved

    def should_stop(self) -> bool:
        """Tell whether to end: a signal came, or the master is gone."""
        if self.parent is not None and os.getppid() != self.parent:
            self.shutting_down = True
        return self.shutting_down

    def stop(self, signum: int, frame: object = None) -> None:
        """Signal handler: end after the entry in work."""
        self.shutting_down = True
        self.stop_signal = signum

    def close(self) -> None:
        """Let go of the queue (its wake-up FIFO) and the slice lock."""
        self.queue.close()
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None

    def _guarded_periodic(self) -> bool:
        try:
            return self.periodic()
        except Exception:
            self.site.log.exception(f'{self.name}: periodic work failed')
            return False

    # --- one entry ---------------------------------------------------------

    def _one_entry(self, filebase: str) -> bool:
        try:
            entry = self.queue.take(filebase)
        except BadQueueEntry as error:
            self.site.log.write('error', f'{self.name}: set aside: {error}')
            return True
        except OSError as error:
            # Gone (another process took it), or unreadable: next time.
            self.site.log.write('error', f'{self.name}: {filebase}: {error}')
            return False
        try:
            keep = self._dispose_entry(entry)
        except BaseException as error:  # SystemExit and MemoryError of a handler too
            if isinstance(error, KeyboardInterrupt) and _ctrl_c_raises():
                raise
            self._shunt(entry, error)
            return True
        try:
            if keep:
                self.queue.put_back(entry)
                return False
            self.queue.finish(filebase)
        except OSError:
            # Disk full or the like.  X.bak stays; a later start takes it up again.
            self.site.log.exception(f'{self.name}: {filebase}')
            return False
        return True

    def _dispose_entry(self, entry: Entry) -> bool:
        name = entry.msgdata.get('listname') or self.site.cfg.MAILMAN_SITE_LIST
        mlist = self.open_list(str(name))
        entry.msgdata.setdefault('lang', mlist.preferred_language)
        return self.dispose(mlist, entry.msg, entry.msgdata)

    def _shunt(self, entry: Entry, error: BaseException) -> None:
        """Set the entry aside for a person; bin/unshunt brings it back."""
        if isinstance(error, UnknownList | CorruptList):
            self.site.log.write('error', f'Dequeuing message destined for {error}')
        elif isinstance(error, BrokenHandler):
            self.site.log.write('error', f'{self.name}: {error}')
        elif isinstance(error, MailmanError):
            self.site.log.write('error', f'{self.name}: {error!r}')
        else:
            self.site.log.exception('Uncaught runner exception: ' + _describe(error))
        try:
            where = self.queue.shunt(entry)
        except Exception:
            # Disk full or the like.  X.bak stays; a later start takes it up again.
            self.site.log.exception(f'{self.name}: cannot shunt {entry.filebase}')
            return
        self.site.log.write('error', f'SHUNTING: {where}')

    # --- lists -------------------------------------------------------------

    def open_list(self, name: str) -> MailList:
        """Answer the list as it is now, from the few kept open.

        Raises UnknownList or CorruptList.
        """
        mlist = self._lists.get(name)
        if mlist is None:
            mlist = MailList.open(self.site, name)
            self._lists[name] = mlist
            if len(self._lists) > LISTS_KEPT:
                self._lists.popitem(last=False)
        else:
            self._lists.move_to_end(name)
            try:
                mlist.refresh()
            except MailmanError:
                del self._lists[name]
                raise
        return mlist

    # --- the slice belongs to one process ---------------------------------

    def acquire_slice(self, timeout: float = 0.0) -> bool:
        """Make sure that no other process works on this slice of the queue.

        Two runners of one slice would take up each other's entries as if left by a
        crash.  The lock goes with the process.  False when somebody else has it.
        """
        path = self.site.locks_dir / f'{self.name}.{self.slice}.runner'
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
        self._lock_file = open(descriptor, 'rb', closefd=True)  # noqa: SIM115
        deadline = time.monotonic() + timeout
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    self._lock_file.close()
                    self._lock_file = None
                    return False
            time.sleep(0.05)


def _name_process(name: str) -> None:
    """Have ps and top show the runner's name, where the system can (Linux).

    /proc/self/comm would do, but is closed to a process that gave up root's rights.
    """
    import ctypes  # the master has it in memory already

    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_NAME, name.encode(), 0, 0, 0)


def _ctrl_c_raises() -> bool:
    """Tell whether KeyboardInterrupt may come from a person; `serve` catches those."""
    return signal.getsignal(signal.SIGINT) is signal.default_int_handler


def _describe(error: BaseException) -> str:
    return f'{type(error).__name__}: {words_of(error)}'


def serve(runner: Runner, *, label: str = '') -> int:
    """Run one runner in this process until it is told to stop; answer the exit code.

    2.1's codes: 15 after SIGTERM, 2 after SIGINT, 0 otherwise.
    """
    name = f'{runner.name} qrunner'
    log = runner.site.log
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, runner.stop)
    signal.signal(signal.SIGHUP, lambda *_: log.reopen())
    if not runner.acquire_slice(timeout=5.0):
        log.write('qrunner', f'{name}: another process works on slice {runner.slice}.')
        _ = runner.site.translator(None)
        text = _('%(name)s: another process works on this queue already', name=name)
        print(text, file=sys.stderr)
        return 1
    _name_process(runner.name)
    log.write('qrunner', f'{name} started.{label}')
    runner.run()
    if runner.stop_signal is not None:
        signame = signal.Signals(runner.stop_signal).name
        log.write('qrunner', f'{name} caught {signame}.  Stopping.')
    log.write('qrunner', f'{name} exiting.')
    return int(runner.stop_signal or 0)
