"""Which log-ins of a list have ended: lists/NAME/logins.json.

A log-in is known by what the browser keeps (mailman/web/sessions).  The list remembers
only ends: a number per role and member that counts password changes and "log out
everywhere", and the names of sessions that logged out::

    {"ended": {"admin": 2, "user anne@example.com": 1}, "out": {"SESSION": 1795246969}}

No file means that none has ended.  It is no part of config.pck: a log-out must not wait
for the list's lock.

It also remembers whose password may be somebody else's ("doubted"): the owners of a
list can bring a member under any address, with a password that they chose, and must not
be able to log in as that person and change things on other lists.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mailman.storage import safefile
from mailman.storage.locks import Lock

if TYPE_CHECKING:
    from mailman.lists.mailing_list import MailList

FILE = 'logins.json'
# Those that logged out longest ago are forgotten; with them everybody is logged out.
MOST_OUT = 2_000


class Logins:
    """The ends of log-ins of one list, as they are on disk now."""

    def __init__(self, mlist: MailList) -> None:
        self._mlist = mlist
        self._path = mlist.directory / FILE
        self._ended, self._out, self._doubted = self._read()

    def generation(self, role: str, user: str = '') -> int:
        """Give how often all log-ins of this role or member have been ended."""
        return self._ended.get(_key(role, user), 0) + self._ended.get('all', 0)

    def is_out(self, session: str) -> bool:
        """Tell whether this session logged out."""
        return session in self._out

    def end_all(self, role: str, user: str = '') -> None:
        """End all log-ins of a role, or of one member."""
        with self._changing():
            key = _key(role, user)
            self._ended[key] = self._ended.get(key, 0) + 1

    def log_out(self, session: str) -> None:
        """End one session."""
        with self._changing():
            self._out[session] = int(self._mlist.site.now())
            if len(self._out) > MOST_OUT:
                self._out.clear()
                self._ended['all'] = self._ended.get('all', 0) + 1

    # --- whose password it is -------------------------------------------------------

    def is_doubted(self, address: str) -> bool:
        """Tell whether nobody at this address has shown that the password is theirs."""
        return address.lower() in self._doubted

    def doubt(self, address: str) -> None:
        """Remember that the address was not asked."""
        with self._changing():
            self._doubted[address.lower()] = int(self._mlist.site.now())

    def believe(self, address: str) -> None:
        """Forget it: somebody used what was mailed there."""
        if self.is_doubted(address):
            with self._changing():
                self._doubted.pop(address.lower(), None)

    def _changing(self) -> _Change:
        return _Change(self)

    def _read(self) -> tuple[dict[str, int], dict[str, int], dict[str, int]]:
        try:
            found = json.loads(safefile.read(self._path))
        except FileNotFoundError:
            return {}, {}, {}
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            # Better to log everybody out than to let somebody in again.
            return {'all': int(self._mlist.site.now())}, {}, {}
        ended, out, doubted = map(found.get, ('ended', 'out', 'doubted'))
        return _numbers(ended), _numbers(out), _numbers(doubted)


class _Change:
    """Reads the file anew under its lock, and writes what was changed."""

    def __init__(self, logins: Logins) -> None:
        self._logins = logins
        mlist = logins._mlist
        self._lock = Lock(mlist.site.locks_dir / f'{mlist.name}-logins.lock')

    def __enter__(self) -> None:
        self._lock.acquire()
        logins = self._logins
        logins._ended, logins._out, logins._doubted = logins._read()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        logins = self._logins
        try:
            if kind is None:
                content = {'ended': logins._ended, 'out': logins._out}
                if logins._doubted:
                    content['doubted'] = logins._doubted
                safefile.write(logins._path, json.dumps(content).encode())
        finally:
            self._lock.release()


def _key(role: str, user: str) -> str:
    return f'{role} {user.lower()}' if user else role


def _numbers(found: Any) -> dict[str, int]:
    if not isinstance(found, dict):
        return {}
    return {str(k): v for k, v in found.items() if isinstance(v, int)}
