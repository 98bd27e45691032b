"""One queue, or one slice of it (2.1: Mailman/Queue/Switchboard.py).

=====================  =========================================================
``.NAME.tmp.PID.N``    being written, the sender waits for an answer; swept when old
``TIME+SHA1.msg``      queued; ``.pck`` is 2.1's form of it
``TIME+SHA1.bak``      a runner works on it; queued again when the runner restarts
``*.psv``              kept for a person
anything else          set aside in ``bad/``
=====================  =========================================================
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailman.errors import BadQueueEntry, CorruptFile, UnsafePickle
from mailman.mail.message import Message
from mailman.queue import entryfile, wake
from mailman.storage import safefile

if TYPE_CHECKING:
    from mailman.site import Site

# A runner that died this often while it worked on an entry does not get it again.
MOST_CRASHES = 3
QUEUED = ('.msg', '.pck')
_KEPT = ('.bak', '.psv')
_FILEBASE = re.compile(r'-?\d+(?:\.\d+)?(?:e[-+]?\d+)?\+[0-9a-fA-F]{1,40}')
_SLICES_END = 1 << 160


@dataclass
class Entry:
    """A message that a runner works on; changes of both parts are its own."""

    filebase: str
    msg: Message
    msgdata: dict[str, Any]


class Queue:
    """The queue ``name``; with ``count`` above 1, the ``slice``-th part of it.

    An entry belongs to a slice by its SHA1, as in 2.1.
    """

    def __init__(self, site: Site, name: str, slice: int = 0, count: int = 1) -> None:
        self.site, self.name = site, name
        self.slice, self.count = slice, count
        self.directory = site.queue_dir(name)
        self._lower = _SLICES_END * slice // count
        self._upper = _SLICES_END * (slice + 1) // count
        self._bell: wake.Bell | None = None
        self._complained: set[str] = set()

    # --- putting in ---------------------------------------------------------

    def enqueue(
        self,
        msg: Message | bytes,
        msgdata: Mapping[str, Any] | None = None,
        **extra: Any,
    ) -> str:
        """Store a message durably and wake the runner; return the entry's filebase.

        When it returns, the message survives anything; raises OSError otherwise.
        """
        data = {**(msgdata or {}), **extra}
        received = _number(data.get('received_time'))
        if received is None:
            received = data['received_time'] = self.site.now()
        filebase = f'{received!r}+{os.urandom(20).hex()}'
        content = entryfile.pack(raw_bytes(msg), data)
        try:
            safefile.write(self._path(filebase, '.msg'), content)
        except FileNotFoundError:
            self._make_directory()
            safefile.write(self._path(filebase, '.msg'), content)
        wake.ring(self._wake_directory, self.name)
        return filebase

    def _make_directory(self) -> None:
        # check_perms wants 02770; mkdir alone would obey the umask.
        self.directory.mkdir(parents=True, exist_ok=True)
        with suppress(PermissionError):
            self.directory.chmod(0o2770)

    # --- looking ------------------------------------------------------------

    def files(self) -> list[str]:
        """Return the filebases that wait in this slice, oldest first.

        What is no entry is set aside on the way.
        """
        waiting = {base for base, _ in self._scan(QUEUED)}
        return sorted(waiting, key=_age)

    def _scan(self, suffixes: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """Yield filebase and suffix of this slice's files, in no order."""
        for name, is_file in self._names():
            base, dot, ending = name.rpartition('.')
            suffix = dot + ending
            if not is_file or not _FILEBASE.fullmatch(base):
                self._judge_odd(name, suffix, is_file)
            elif suffix in suffixes:
                if self._is_mine(base):
                    yield base, suffix
            elif suffix not in QUEUED + _KEPT:
                self._judge_odd(name, suffix, is_file)

    def _names(self) -> list[tuple[str, bool]]:
        try:
            with os.scandir(self.directory) as entries:
                return [(e.name, e.is_file(follow_symlinks=False)) for e in entries]
        except FileNotFoundError:
            return []

    def _judge_odd(self, name: str, suffix: str, is_file: bool) -> None:
        hidden = name.startswith('.') or safefile.is_temporary(name)
        if suffix == '.psv' or (is_file and hidden):
            return
        if self.name != 'bad':
            kind = 'not a queue entry' if is_file else 'not a file'
            self._set_aside(name, kind, name)

    def _is_mine(self, filebase: str) -> bool:
        digest = int(filebase.rpartition('+')[2], 16)
        return self._lower <= digest < self._upper

    def read(self, filebase: str) -> Entry:
        """Return an entry that waits, without taking it; raises as ``take`` does."""
        for suffix in QUEUED:
            with suppress(FileNotFoundError):
                content = safefile.read(self._path(filebase, suffix))
                return self._entry(filebase, content)
        raise BadQueueEntry(self._path(filebase, '.msg'), 'it is not there any more')

    # --- taking out ---------------------------------------------------------

    def take(self, filebase: str) -> Entry:
        """Take an entry to work on it: from now on it is ``filebase.bak``.

        Raises BadQueueEntry when it cannot be read; it lies in bad/ then.  OSError is
        a trouble of the machine, and the entry is queued as before.
        """
        suffix = self._rename_to_bak(filebase)
        taken = self._path(filebase, '.bak')
        try:
            return self._entry(filebase, safefile.read(taken))
        except (CorruptFile, UnsafePickle) as error:
            reason = str(error)
        except OSError as error:
            if error.errno not in (
                errno.EACCES,
                errno.EPERM,
                errno.ELOOP,
                errno.EINVAL,
            ):
                os.rename(taken, self._path(filebase, suffix))
                raise
            reason = str(error)
        self._set_aside(f'{filebase}.bak', reason, f'{filebase}.psv')
        raise BadQueueEntry(taken, reason)

    def _rename_to_bak(self, filebase: str) -> str:
        for suffix in QUEUED:
            with suppress(FileNotFoundError):
                os.rename(self._path(filebase, suffix), self._path(filebase, '.bak'))
                return suffix
        raise BadQueueEntry(self._path(filebase, '.msg'), 'it is not there any more')

    def _entry(self, filebase: str, content: bytes) -> Entry:
        raw, msgdata = entryfile.unpack(content)
        return Entry(filebase, Message.from_bytes(raw), msgdata)

    def finish(self, filebase: str) -> None:
        """Forget an entry: what it asked for is done, or stored elsewhere."""
        with suppress(FileNotFoundError):
            os.unlink(self._path(filebase, '.bak'))

    def put_back(self, entry: Entry) -> None:
        """Queue an entry again, as it is now: for what is not due or not yet done."""
        taken = self._path(entry.filebase, '.bak')
        content = entryfile.pack(raw_bytes(entry.msg), entry.msgdata)
        if safefile.read(taken) != content:
            safefile.write(taken, content)
        os.rename(taken, self._path(entry.filebase, '.msg'))

    def shunt(self, entry: Entry) -> str:
        """Set an entry that a runner failed on aside; return its filebase in shunt/.

        Its metadata say where it came from; bin/unshunt brings it back.
        """
        target = Queue(self.site, 'shunt')
        origin = {'whichq': str(self.directory)}
        filebase = target.enqueue(entry.msg, entry.msgdata, **origin)
        self.finish(entry.filebase)
        return filebase

    def preserve(self, filebase: str, reason: str = 'preserved') -> None:
        """Move an entry in work to bad/, for a person."""
        self._set_aside(f'{filebase}.bak', reason, f'{filebase}.psv')

    # --- after a crash --------------------------------------------------------

    def recover(self) -> None:
        """Queue again what the runner of this slice was working on when it died.

        The caller makes sure that no other process works on the slice.  An entry that
        killed its runner for the third time goes to bad/.
        """
        safefile.sweep(self.directory, now=self.site.now())
        for filebase, _ in sorted(self._scan(('.bak',))):
            self._recover_one(filebase)

    def _recover_one(self, filebase: str) -> None:
        taken = self._path(filebase, '.bak')
        try:
            raw, msgdata = entryfile.unpack(safefile.read(taken))
        except (CorruptFile, UnsafePickle, OSError) as error:
            self._set_aside(f'{filebase}.bak', str(error), f'{filebase}.psv')
            return
        count = int(_number(msgdata.get(entryfile.BAK_COUNT)) or 0) + 1
        if count >= MOST_CRASHES:
            self.preserve(filebase, f'runners died {count} times while working on it')
            return
        msgdata[entryfile.BAK_COUNT] = count
        with suppress(FileNotFoundError):
            safefile.write(taken, entryfile.pack(raw, msgdata))
            os.rename(taken, self._path(filebase, '.msg'))

    def _set_aside(self, name: str, reason: str, new_name: str) -> None:
        """Move a file, folder or link to bad/ by its own name, and say so once."""
        bad = Queue(self.site, 'bad')
        try:
            bad._make_directory()
            target = _free_name(bad.directory, new_name)
            os.rename(self.directory / name, target)
        except FileNotFoundError:
            return  # another runner was quicker
        except OSError as error:
            # A folder of somebody else can be renamed, but not moved.
            target = _free_name(self.directory, f'{_shortened(name)}.psv')
            with suppress(OSError):
                os.rename(self.directory / name, target)
            if name in self._complained:
                return
            self._complained.add(name)
            reason = f'{reason}; and it stays there: {error}'
        where = f'{self.directory.name}/{name}'
        self.site.log.write('error', f'queue: {where} set aside as {target}: {reason}')

    # --- sleeping ---------------------------------------------------------------

    @property
    def _wake_directory(self) -> str:
        return f'{self.site.cfg.LOCK_DIR}/wake'

    def wait(self, seconds: float, lifeline: int | None = None) -> None:
        """Return when mail arrived, a signal came, or ``seconds`` have passed.

        ``lifeline`` is the reading end of a pipe: return too when its writer is gone.

        The first call returns at once: mail may have come before anyone listened.
        """
        if self._bell is None:
            path = f'{self._wake_directory}/{self.name}.{self.slice}'
            self._bell = wake.Bell(Path(path))
        else:
            self._bell.wait(seconds, lifeline)

    def close(self) -> None:
        """Stop listening for new mail."""
        if self._bell is not None:
            self._bell.close()
            self._bell = None

    def _path(self, filebase: str, suffix: str) -> str:
        return f'{self.directory}/{filebase}{suffix}'


def raw_bytes(msg: Message | bytes) -> bytes:
    """Return a message as files keep it: with its envelope line, if it has one."""
    if isinstance(msg, bytes):
        return bytes(msg)
    return bytes(msg.as_bytes(unixfrom=msg.get_unixfrom() is not None))


def _number(value: Any) -> float | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        # NaN and infinity are no times, and no parts of a file name.
        return float(value) if abs(value) < 1e15 else None
    return None


def _age(filebase: str) -> tuple[float, str]:
    return float(filebase.rpartition('+')[0]), filebase


def _free_name(directory: Path, name: str) -> Path:
    """Return a path in ``directory`` that nothing has yet."""
    name = _shortened(name)
    target, number = directory / name, 0
    while os.path.lexists(target):
        number += 1
        target = directory / f'{name}.{number}'
    return target


def _shortened(name: str) -> str:
    """Leave room for a number: file names have at most 255 bytes."""
    return os.fsdecode(os.fsencode(name)[:240])
