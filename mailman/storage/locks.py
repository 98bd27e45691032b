"""Locks that vanish with the process that holds them.

flock(): no life time, no wall clock, nothing to break.  A lock file that 2.1 left
behind is just a file to it, and may have the same name.  A lock that is free is taken
by two system calls; where somebody has it, the filelock package does the waiting, by
the same flock().  (Measured: filelock takes 35 ms to import and 130 us for a free lock,
two of them for each post.)  Waiting is polling, so a waiter goes on a few hundredths of
a second later.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING
from weakref import WeakSet

from mailman.errors import LockTimeout

if TYPE_CHECKING:
    from filelock import BaseFileLock

POLL_INTERVAL = 0.02
MODE = 0o660
_OPEN = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


class Lock:
    """One lock file; the object may be taken several times over by its holder."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._name = os.fspath(path)
        self._descriptor: int | None = None  # when it was free
        self._lock: BaseFileLock | None = None  # when we had to wait
        self._depth = 0
        self._process = 0

    @property
    def held(self) -> bool:
        """Tell whether this object holds the lock; what a fork copied does not."""
        return self._depth > 0 and self._process == os.getpid()

    def acquire(self, timeout: float | None = None) -> None:
        """Take the lock, waiting ``timeout`` seconds, or for ever.

        Raises LockTimeout.  It waits for another object of this process, too.
        """
        if not self.held:
            self._descriptor = _take_if_free(self._name)
            if self._descriptor is None:
                self._wait(timeout)
            self._depth, self._process = 0, os.getpid()
            _held.add(self)
        self._depth += 1

    def _wait(self, timeout: float | None) -> None:
        import filelock  # start-up time, see above

        self.path.parent.mkdir(mode=0o2775, parents=True, exist_ok=True)
        # A new one each time: those that a fork copied do not work any more.
        lock = filelock.FileLock(self.path, mode=MODE)
        try:
            seconds = -1 if timeout is None else timeout
            lock.acquire(timeout=seconds, poll_interval=POLL_INTERVAL)
        except filelock.Timeout:
            raise LockTimeout(self.path, timeout) from None
        self._lock = lock

    def release(self) -> None:
        """Give the lock back; the last of several ``acquire`` counts."""
        if not self.held:
            return
        self._depth -= 1
        if self._depth:
            return
        _held.discard(self)
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _forget(self) -> None:
        """Let go of what a fork copied: it must not outlive the holder."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor, self._depth = None, 0

    def __enter__(self) -> Lock:
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.release()


_held: WeakSet[Lock] = WeakSet()


def _after_fork() -> None:
    for lock in list(_held):
        lock._forget()
    _held.clear()


os.register_at_fork(after_in_child=_after_fork)


def _take_if_free(path: str) -> int | None:
    """Answer a descriptor that holds the lock; None when it takes more than that."""
    try:
        descriptor = _open(path)
    except OSError:
        return None  # whatever it is, filelock meets it too and says so
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # Somebody may have removed the file meanwhile: others would lock a new one.
        if os.fstat(descriptor).st_nlink:
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None


def _open(path: str) -> int:
    try:
        return os.open(path, _OPEN)
    except FileNotFoundError:
        descriptor = os.open(path, _OPEN | os.O_CREAT, MODE)
        with suppress(PermissionError):  # another user was quicker to make it
            os.fchmod(descriptor, MODE)  # the umask must not lock our group out
        return descriptor
