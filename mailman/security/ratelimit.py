"""How often something may happen for one key: an address, a network, an account.

A limit is a directory of small files that are shared by all processes of the site::

    data/limits/NAME/xx.json    {"SHA-256 of the key, cut": [time, time, ...]}

Keys are spread over 256 files by their hash, and forgotten when their times are over,
so that a flood of different keys stays cheap.  No key can be read from the files.  A
crash may forget the latest events; a file that cannot be read counts as empty.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mailman.storage import safefile
from mailman.storage.locks import Lock

DAY = 86_400.0
HOUR = 3_600.0
_Times = dict[str, list[float]]


class RateLimit:
    """At most ``limit`` events for a key within ``period`` seconds; 0 for no limit."""

    def __init__(
        self,
        directory: Path,
        limit: int,
        period: float,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.directory, self.limit, self.period = directory, limit, period
        self._now = now

    def take(self, key: str) -> bool:
        """Count one event for the key, unless it has had enough; tell which.

        Raises OSError where the file cannot be written.
        """
        return self._count(key, always=False)

    def hit(self, key: str) -> bool:
        """Count one event whatever the limit; tell whether it was within it."""
        return self._count(key, always=True)

    def exceeded(self, key: str) -> bool:
        """Tell whether the key has had enough, without counting anything."""
        if self.limit <= 0:
            return False
        path, name = self._place(key)
        return len(self._read(path).get(name, ())) >= self.limit

    def forget(self, key: str) -> None:
        """Give the key all its chances back."""
        path, name = self._place(key)
        if self.limit > 0 and path.exists():
            with self._changing(path) as times:
                times.pop(name, None)

    def _count(self, key: str, *, always: bool) -> bool:
        if self.limit <= 0:
            return True
        path, name = self._place(key)
        with self._changing(path) as times:
            seen = times.setdefault(name, [])
            allowed = len(seen) < self.limit
            if allowed or always:
                # More than the limit need not be remembered.
                times[name] = [*seen, self._now()][-self.limit :]
        return allowed

    def _place(self, key: str) -> tuple[Path, str]:
        digest = hashlib.sha256(key.encode('utf-8', 'surrogatepass')).hexdigest()
        return self.directory / f'{digest[:2]}.json', digest[2:34]

    @contextmanager
    def _changing(self, path: Path) -> Iterator[_Times]:
        """Give the times of a file, locked, and write them back when they changed."""
        _make_directory(self.directory)
        with Lock(path.with_suffix('.lock')):
            times = self._read(path)
            before = json.dumps(times)
            yield times
            after = json.dumps(times)
            if after != before:
                safefile.write(path, after.encode(), durable=False)

    def _read(self, path: Path) -> _Times:
        """Read what is not over yet; a damaged file holds nothing."""
        try:
            found = json.loads(safefile.read(path))
        except (OSError, ValueError, RecursionError):
            return {}
        now = self._now()
        # A clock that was ahead must not lock anybody out for years.
        return {
            name: kept
            for name, times in _entries(found)
            if (kept := [t for t in times if now - self.period < t <= now + HOUR])
        }


def _make_directory(path: Path) -> None:
    """Make a directory, and those above it, for the group whatever the umask."""
    if path.is_dir():
        return
    _make_directory(path.parent)
    path.mkdir(exist_ok=True)
    # Somebody else may have made it just now, and sees to it.
    with suppress(PermissionError):
        path.chmod(0o2770)


def _entries(found: object) -> Iterator[tuple[str, list[float]]]:
    if not isinstance(found, dict):
        return
    for name, times in found.items():
        if isinstance(times, list):
            yield name, [t for t in times if isinstance(t, int | float)]


def network_of(remote: str) -> str | None:
    """Give the network a caller's IP address is in, /24 or /64; None for no address.

    An IPv4 address inside of IPv6 counts as IPv4.
    """
    try:
        address = ipaddress.ip_address(remote.strip())
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    length = 24 if address.version == 4 else 64
    return str(ipaddress.ip_network(f'{address}/{length}', strict=False))
