"""Wake a runner the moment its mail arrives: one FIFO per queue slice.

``LOCK_DIR/wake/QUEUE.SLICE`` is made by the runner, which keeps it open.  Whoever
stored an entry (the C mail program too) writes a byte into QUEUE.0, QUEUE.1, ... until
there is no such file; where nobody listens, nothing happens.  It is a hint: runners
look at their directory now and then anyway.
"""

from __future__ import annotations

import os
import select
import signal
import stat
from contextlib import suppress
from pathlib import Path

_WRITE = os.O_WRONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
# Read and write: with a writer of our own, the FIFO never reports its end.
_LISTEN = os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC
MOST_SLICES = 256


def ring(directory: Path | str, queue: str) -> None:
    """Wake all runners of a queue; never waits and never fails."""
    slices = f'{directory}/{queue}.'
    for number in range(MOST_SLICES):
        try:
            descriptor = os.open(f'{slices}{number}', _WRITE)
        except FileNotFoundError:
            return
        except OSError:
            continue  # ENXIO: nobody listens
        with suppress(OSError):
            # Nothing is ever written into a file that somebody put there.
            if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
                os.write(descriptor, b'\n')
        os.close(descriptor)


class Bell:
    """The listening end: what a runner sleeps on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.descriptor = self._open()
        # A signal rings as well, so that a runner told to stop does not sleep on.
        with suppress(ValueError):  # only the main thread may
            signal.set_wakeup_fd(self.descriptor, warn_on_full_buffer=False)

    def _open(self) -> int:
        if not self.path.parent.is_dir():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with suppress(PermissionError):
                self.path.parent.chmod(0o2770)
        with suppress(FileNotFoundError):
            if not stat.S_ISFIFO(os.lstat(self.path).st_mode):
                os.unlink(self.path)
        with suppress(FileExistsError):
            os.mkfifo(self.path, 0o660)
            os.chmod(self.path, 0o660)  # noqa: S103 the mail program's group
        return os.open(self.path, _LISTEN)

    def wait(self, seconds: float, lifeline: int | None = None) -> None:
        """Return when it rang, at the latest after ``seconds``.

        Also when the other end of ``lifeline``, a pipe, is closed: its owner died.
        """
        poll = select.poll()
        poll.register(self.descriptor, select.POLLIN)
        if lifeline is not None:
            poll.register(lifeline, select.POLLIN)
        if poll.poll(max(0, seconds) * 1000):
            with suppress(BlockingIOError):
                while os.read(self.descriptor, 4096):
                    pass

    def close(self) -> None:
        """Stop listening."""
        with suppress(ValueError):
            other = signal.set_wakeup_fd(-1)
            if other not in (-1, self.descriptor):
                signal.set_wakeup_fd(other, warn_on_full_buffer=False)
        os.close(self.descriptor)
