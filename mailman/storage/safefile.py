"""The only writer of state files: a reader sees the old file or the new one, whole.

A file is written under a temporary name in its own directory, ``.NAME.tmp.PID.N``,
made durable, and renamed.  What a crash leaves is such a temporary file; ``sweep``
removes it.
"""

from __future__ import annotations

import itertools
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

PathName = str | os.PathLike[str]

DAY = 86_400
_counter = itertools.count()
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def write(
    path: PathName,
    data: bytes,
    *,
    mode: int = 0o660,
    keep: PathName | None = None,
    durable: bool = True,
    at_once: bool = True,
) -> None:
    """Replace ``path`` by a file holding ``data``; ``keep`` becomes the file before.

    When it returns, the content is on the disk (unless ``durable`` is false).  With
    ``at_once`` false, a power failure within the next seconds may bring back the file
    before, whole.  When it raises OSError, ``path`` is what it was.
    """
    name = os.fspath(path)
    temporary = temporary_name(name)
    try:
        write_new(temporary, data, mode, durable)
        if keep is not None:
            _link_over(name, os.fspath(keep))
        os.rename(temporary, name)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError) and error.filename is None:
            error.filename = name  # write() and fsync() do not say
        raise
    if durable and at_once:
        fsync_dir(os.path.dirname(name) or '.')


def temporary_name(path: PathName) -> str:
    """Return a name beside ``path`` that no other process and no runner uses."""
    directory, name = os.path.split(os.fspath(path))
    return os.path.join(directory, f'.{name}.tmp.{os.getpid()}.{next(_counter)}')


def write_new(name: str, data: bytes, mode: int, durable: bool) -> None:
    """Write a file that must not be there yet; what fails may leave a part of it."""
    descriptor = os.open(name, _NEW, mode)
    try:
        os.fchmod(descriptor, mode)
        _write_all(descriptor, data)
        if durable:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _link_over(source: str, target: str) -> None:
    """Make ``target`` a second name of ``source``, replacing what had that name."""
    temporary = temporary_name(target)
    try:
        os.link(source, temporary, follow_symlinks=False)
    except FileNotFoundError:
        return
    try:
        os.rename(temporary, target)
    finally:
        # Renaming onto another name of the same file does nothing and leaves both.
        with suppress(FileNotFoundError):
            os.unlink(temporary)


def append(path: PathName, data: bytes, *, mode: int = 0o660) -> None:
    """Add ``data`` at the end, durably; on OSError the file keeps its old length.

    The caller holds the lock that belongs to the file.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, mode)
    try:
        before = os.fstat(descriptor).st_size
        try:
            _write_all(descriptor, data)
            os.fsync(descriptor)
        except BaseException:
            with suppress(OSError):
                os.ftruncate(descriptor, before)
            raise
    finally:
        os.close(descriptor)


def read(path: PathName) -> bytes:
    """Return the content of a regular file; never follow a link, never block.

    Raises OSError; IsADirectoryError, or ELOOP for a link, or EINVAL for a device.
    """
    with open_regular(path) as descriptor:
        size = os.fstat(descriptor).st_size
        chunks = []
        while chunk := os.read(descriptor, max(size + 1, 65_536)):
            chunks.append(chunk)
            size -= len(chunk)
        return b''.join(chunks)


@contextmanager
def open_regular(path: PathName) -> Iterator[int]:
    """Open a regular file for reading; yield its descriptor."""
    descriptor = os.open(path, _READ)
    try:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise IsADirectoryError(21, 'is a directory', os.fspath(path))
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(22, 'is not a regular file', os.fspath(path))
        yield descriptor
    finally:
        os.close(descriptor)


def fsync_dir(path: PathName) -> None:
    """Make renames in a directory durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_temporary(name: str) -> bool:
    """Tell whether a file name is that of an unfinished file, ours or 2.1's."""
    return name.endswith('.tmp') or '.tmp.' in name


def sweep(
    directory: PathName,
    older_than: float = DAY,
    *,
    prefixes: tuple[str, ...] = ('',),
    now: float | None = None,
) -> None:
    """Remove unfinished files that were last written ``older_than`` seconds ago.

    ``prefixes`` limits that to unfinished files of certain files (``config.pck``).
    """
    limit = (time.time() if now is None else now) - older_than
    with suppress(FileNotFoundError), os.scandir(directory) as entries:
        for entry in entries:
            if not is_temporary(entry.name):
                continue
            if entry.name.removeprefix('.').startswith(prefixes):
                with suppress(OSError):
                    _remove_if_old(entry, limit)


def _remove_if_old(entry: os.DirEntry[str], limit: float) -> None:
    if entry.is_dir(follow_symlinks=False):
        return
    if entry.stat(follow_symlinks=False).st_mtime <= limit:
        os.unlink(entry.path)
