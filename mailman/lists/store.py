"""A list's files of state, and which of them to believe.

==================  ============================================================
config.pck          settings and members; replaced by rename, checksum inside
config.pck.last     the save before (a second name of that file)
config.pck.corrupt  what could not be read, kept for a person
config.db           2.0's form (marshal), with a ``.last`` too
counters.json       what every post changes, so that a post need not write members
overview.json       what overviews of all lists show (`overview`)
activity.json       posts per month (`activity`)
==================  ============================================================

A config.pck of 2.1 has the counters in it; then those count.  Counters are written
first, so at any moment one of the two files has them.
"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mailman.errors import CorruptFile, MailmanError
from mailman.lists.members import MEMBER_DICTS
from mailman.storage import pickles, py2marshal, safefile

COUNTERS = (
    'post_id',
    'last_post_time',
    'next_request_id',
    'next_post_number',
    'volume',
    'next_digest_number',
    'digest_last_sent_at',
    'hold_and_cmd_autoresponses',
    'postings_responses',
    'admin_responses',
    'request_responses',
)
# Files that only the holder of the list's lock writes.  Pages write overview.json too,
# and do without where a save sweeps their temporary file away.
LOCKED_FILES = (
    'activity.json',
    'config.pck',
    'counters.json',
    'overview.json',
    'pending.pck',
    'request.pck',
)

Stamp = tuple[int, int, int]


@dataclass
class Loaded:
    """What was read: bytes and text as in the file, and from which file."""

    values: dict[Any, Any]
    source: str
    stamp: Stamp
    content: bytes
    # Files that were tried before: name, what it was then, what is wrong with it.
    damaged: list[tuple[str, Stamp | None, str]] = field(default_factory=list)


class NothingReadable(MailmanError):
    """No file of the list can be used; ``damaged`` is as in Loaded, or empty."""

    def __init__(self, damaged: list[tuple[str, Stamp | None, str]]) -> None:
        super().__init__(damaged)
        self.damaged = damaged


# --- settings and members -------------------------------------------------


def load(directory: Path) -> Loaded:
    """Read the first good file; raises NothingReadable; OSError may pass."""
    damaged: list[tuple[str, Stamp | None, str]] = []
    for name in ('config.pck', 'config.pck.last', 'config.db', 'config.db.last'):
        seen = stamp(directory / name)
        try:
            content, seen = _read(directory / name)
            values = _parse(name, content)
        except FileNotFoundError:
            if name == 'config.pck':
                damaged.append((name, None, 'the file is missing'))
            continue
        except OSError as error:
            # A folder or a link in its place is damage; the rest may be over soon.
            if error.errno not in (errno.EISDIR, errno.ELOOP, errno.EINVAL):
                raise
            damaged.append((name, seen, str(error.strerror)))
            continue
        except MailmanError as error:
            damaged.append((name, seen, _reason(error)))
            continue
        return Loaded(values, name, seen, content, damaged)
    raise NothingReadable(damaged)


def _reason(error: MailmanError) -> str:
    return error.reason if isinstance(error, CorruptFile) else f'unsafe: {error}'


def _read(path: Path) -> tuple[bytes, Stamp]:
    with safefile.open_regular(path) as descriptor:
        found = os.fstat(descriptor)
    content = safefile.read(path)
    again = stamp(path)
    # Replaced meanwhile: no stamp fits, so the next look reads once more.
    seen = _stamp_of(found)
    return content, seen if seen == again else (0, 0, 0)


def _parse(name: str, content: bytes) -> dict[Any, Any]:
    if not content:
        raise CorruptFile(name, 'the file is empty')
    reader = py2marshal.loads if name.startswith('config.db') else pickles.loads
    values = reader(content)
    if not isinstance(values, dict):
        raise CorruptFile(name, f'it holds a {type(values).__name__}, not settings')
    _check_shape(name, values)
    return values


def check(path: Path) -> None:
    """Read one of the files that ``load`` tries, to see whether it could be used.

    Raises CorruptFile, UnsafePickle, OSError.
    """
    _parse(path.name, safefile.read(path))


def _check_shape(name: str, values: dict[Any, Any]) -> None:
    """Refuse what is a dict, but not that of a list."""

    def look(key: str) -> Any:
        return values.get(key, values.get(key.encode()))

    if look('members') is None or look('digest_members') is None:
        raise CorruptFile(name, 'members are missing in it')
    for key in MEMBER_DICTS:
        # Before 2.0 members were a list.
        if not isinstance(look(key), dict | list | None):
            raise CorruptFile(name, f'{key} is a {type(look(key)).__name__}')
    for key in ('real_name', 'host_name', 'web_page_url', 'preferred_language'):
        if not isinstance(look(key), str | bytes | None):
            raise CorruptFile(name, f'{key} is a {type(look(key)).__name__}')
    if not all(isinstance(key, str | bytes) for key in values):
        raise CorruptFile(name, 'a setting has no name')


def save(directory: Path, values: Mapping[str, Any]) -> Stamp:
    """Replace config.pck durably; the present one becomes config.pck.last."""
    path = directory / 'config.pck'
    content = pickles.dumps(dict(values))
    safefile.write(path, content, keep=directory / 'config.pck.last')
    safefile.sweep(directory, older_than=-safefile.DAY, prefixes=LOCKED_FILES)
    return stamp(path) or (0, 0, 0)


def repair(directory: Path, loaded: Loaded) -> Stamp:
    """Set a broken config.pck aside and put the good copy in its place.

    The caller holds the list's lock.  Nothing happens when somebody else was quicker.
    """
    name, seen, _ = loaded.damaged[0]
    path = directory / name
    if stamp(path) != seen or loaded.source != 'config.pck.last':
        return loaded.stamp
    if seen is not None:
        _rename_aside(directory, name)
    safefile.write(path, loaded.content)
    return stamp(path) or loaded.stamp


def stamp(path: Path) -> Stamp | None:
    """Return what changes when a file is replaced; None when there is no such file."""
    try:
        return _stamp_of(os.lstat(path))
    except FileNotFoundError:
        return None


def _stamp_of(found: os.stat_result) -> Stamp:
    return found.st_ino, found.st_mtime_ns, found.st_size


# --- counters -------------------------------------------------------------


def load_counters(directory: Path) -> dict[str, Any] | None:
    """Return the counters; None when there is no such file; raises CorruptFile."""
    path = directory / 'counters.json'
    try:
        values = json.loads(safefile.read(path))
    except FileNotFoundError:
        return None
    except (ValueError, RecursionError) as error:
        raise CorruptFile(path, str(error)) from error
    if not isinstance(values, dict):
        raise CorruptFile(path, 'no counters')
    return {
        name: _as_stored(name, values[name]) for name in COUNTERS if name in values
    }  # fmt: skip


def _as_stored(name: str, value: Any) -> Any:
    if name.endswith('responses'):
        if not isinstance(value, dict):
            raise CorruptFile('counters.json', f'{name} is no dict')
        return {key: _tuples(item) for key, item in value.items()}
    if not isinstance(value, int | float):
        raise CorruptFile('counters.json', f'{name} is no number')
    return value


def _tuples(value: Any) -> Any:
    """Undo JSON's way with tuples: ((y, m, d), count)."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def pack_counters(values: Iterable[tuple[str, Any]]) -> bytes:
    """Return the content of counters.json."""
    return json.dumps(dict(values), default=str).encode() + b'\n'


def save_counters(directory: Path, content: bytes) -> Stamp:
    """Replace counters.json.

    A power failure within the next seconds may bring back the counters before: every
    post pays for this file, and some post numbers given twice harm nobody (request
    numbers are looked up among the requests there are).
    """
    path = directory / 'counters.json'
    safefile.write(path, content, at_once=False)
    return stamp(path) or (0, 0, 0)


def set_aside(directory: Path, name: str) -> None:
    """Rename a file that cannot be read, so that it is kept and not in the way."""
    with suppress(OSError):
        _rename_aside(directory, name)


def _rename_aside(directory: Path, name: str) -> None:
    path, target = directory / name, directory / f'{name}.corrupt'
    try:
        os.rename(path, target)
    except (IsADirectoryError, NotADirectoryError):
        # A folder in the place of a file, or a file where a folder was set aside.
        os.rename(path, f'{target}.{os.lstat(path).st_ino}')
