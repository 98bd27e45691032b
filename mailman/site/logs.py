"""The site's log files: 2.1's names and line formats (its Mailman/Logging).

A line is ``Mon DD HH:MM:SS YYYY (PID) TEXT``, or with a label
``Mon DD HH:MM:SS YYYY LABEL(PID): TEXT``.  Programs watch these files, so:

* One event is one line.  Whatever a stranger can put into a value (a line feed in a
  subject, a terminal's escape codes) is written as ``\\n``, ``\\x1b``.
* A line is one write to a file opened for appending: lines of several processes do
  not mix.
* Logging never fails.  A full disk must not keep a message from its members.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

MODE = 0o660
DIRECTORY_MODE = 0o2775
# C's names, whatever the process's locale.
_MONTHS = (
    *('Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun'),
    *('Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'),
)


def one_line(text: str) -> str:
    """Write control characters, line ends and broken characters as escapes."""
    if text.isprintable():
        return text
    return ''.join(
        c if c.isprintable() else c.encode('unicode_escape').decode('ascii')
        for c in text
    )


class Logs:
    """The log directory of one site; files are opened when first written to."""

    def __init__(self, directory: Path, now: Callable[[], float] = time.time) -> None:
        self.directory = directory
        self._now = now
        self._open: dict[str, int] = {}

    def __del__(self) -> None:
        # A process may have many sites in its life, as tests do.
        self.close()

    def write(self, name: str, text: str, *, label: str = '') -> None:
        """Add one event to a log file, such as 'vette'; label names the program."""
        self._append(name, f'{self._stamp(label)}{one_line(text)}\n')

    def exception(
        self,
        text: str,
        error: BaseException | None = None,
        *,
        name: str = 'error',
        label: str = '',
    ) -> None:
        """Add an event and, below it, the traceback of an exception.

        Without error it is the one being handled.
        """
        lines = [self._stamp(label) + one_line(text)]
        lines += map(one_line, _traceback_lines(error or sys.exc_info()[1]))
        self._append(name, '\n'.join(lines) + '\n')

    def reopen(self) -> None:
        """Close all files; the next lines go to files of that name (logrotate)."""
        while self._open:
            _, descriptor = self._open.popitem()
            with suppress(OSError):
                os.close(descriptor)

    close = reopen

    def _stamp(self, label: str) -> str:
        t = time.localtime(self._now())
        clock = f'{t.tm_mday:02} {t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02} {t.tm_year}'
        who = f'{one_line(label)}({os.getpid()}):' if label else f'({os.getpid()})'
        return f'{_MONTHS[t.tm_mon - 1]} {clock} {who} '

    def _append(self, name: str, lines: str) -> None:
        data = lines.encode('utf-8', 'backslashreplace')
        try:
            os.write(self._descriptor(name), data)
        except OSError as reason:
            self._complain(name, data, reason)

    def _descriptor(self, name: str) -> int:
        if name not in self._open:
            self._open[name] = _open_for_appending(self.directory, name)
        return self._open[name]

    def _complain(self, name: str, data: bytes, reason: OSError) -> None:
        """Save what matters: errors go to stderr, where a web server logs them."""
        if name == 'error' and sys.stderr is not None:
            with suppress(Exception):
                text = data.decode('utf-8', 'replace')
                sys.stderr.write(f'{text}(not logged: {reason.strerror})\n')


def _open_for_appending(directory: Path, name: str) -> int:
    """Open a log file, with the group's rights whatever the umask."""
    if not name or '/' in name or name.startswith('.'):
        raise OSError(errno.EINVAL, 'no name for a log file')
    path = directory / name
    # O_NONBLOCK: something odd, such as a FIFO without a reader, must not stop us.
    flags = os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK
    with suppress(FileNotFoundError):
        return os.open(path, flags)
    _make_directory(directory)
    try:
        descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, MODE)
    except FileExistsError:
        return os.open(path, flags)
    with suppress(OSError):
        os.fchmod(descriptor, MODE)
    return descriptor


def _make_directory(directory: Path) -> None:
    with suppress(FileExistsError):
        directory.mkdir()
        with suppress(OSError):
            directory.chmod(DIRECTORY_MODE)


def _traceback_lines(error: BaseException | None) -> Iterator[str]:
    """Give a traceback line by line, so that no message can forge further lines."""
    if error is None:
        return
    # For start-up time: most processes never log a traceback.
    import traceback

    earlier = error.__cause__
    if earlier is None and not error.__suppress_context__:
        earlier = error.__context__
    if earlier is not None:
        yield from _traceback_lines(earlier)
        yield 'which led to:'
    yield 'Traceback (most recent call last):'
    for frame in traceback.format_tb(error.__traceback__):
        yield from frame.rstrip('\n').split('\n')
    yield f'{type(error).__name__}: {words_of(error)}'


def words_of(error: BaseException) -> str:
    """Return what an exception says, whatever a site's own class does then."""
    try:
        return str(error)
    except Exception:  # an exception that cannot say what it is
        return '(no message)'
