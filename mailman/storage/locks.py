"""Locks that vanish with the process that holds them.

flock() through the filelock package: no life time, no wall clock, nothing to break.
A lock file that 2.1 left behind is just a file to it, and may have the same name.
Waiting is polling, so a waiter goes on a few hundredths of a second later.
"""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from mailman.errors import LockTimeout

if TYPE_CHECKING:
    from filelock import BaseFileLock

POLL_INTERVAL = 0.02


class Lock:
    """One lock file; the object may be taken several times over by its holder."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._lock: BaseFileLock | None = None
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
            self._acquire(timeout)
            self._depth, self._process = 0, os.getpid()
        self._depth += 1

    def _acquire(self, timeout: float | None) -> None:
        # Here and not above: filelock costs 35 ms at start-up, and most CGI calls
        # only read.
        import filelock

        self.path.parent.mkdir(mode=0o2775, parents=True, exist_ok=True)
        # A new one each time: those that a fork copied do not work any more.
        lock = filelock.FileLock(self.path, mode=0o660)
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
        if self._depth == 0 and self._lock is not None:
            self._lock.release()
            self._lock = None

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
