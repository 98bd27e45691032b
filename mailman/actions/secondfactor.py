"""The second factor of owners and of the site: a code besides the password.

It is optional.  ``lists/NAME/second-factor.json`` is a list's, asked from its owners;
``data/second-factor.json`` the site's, asked with the site's password; moderators and
members have none.  A file holds ``{"secret": base 32, "last": number}``: the time step
of the code used last, so that none is good twice.  No file, no second factor; one that
cannot be read lets nobody in.

Only who knows the password gets as far as here, so wrong codes count wherever they come
from: there are a million codes, and many networks.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mailman.errors import CorruptFile
from mailman.security import totp
from mailman.storage import safefile
from mailman.storage.locks import Lock

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.security.ratelimit import RateLimit
    from mailman.site import Site

FILE = 'second-factor.json'
# Wrong codes in so many seconds, after which none is right.
MOST_WRONG, PERIOD = 20, 900.0


class SecondFactor:
    """The second factor of one list, or of the site."""

    def __init__(self, site: Site, mlist: MailList | None = None) -> None:
        self.site = site
        folder = mlist.directory if mlist else site.data_dir
        self.path: Path = folder / FILE
        self._lock_name = f'{mlist.name if mlist else "site"}-second-factor.lock'
        self._account = f'list {mlist.name}' if mlist else 'site'

    @property
    def wanted(self) -> bool:
        """Whether a code is asked for."""
        return self.path.exists()

    def accepts(self, given: str) -> bool:
        """Tell whether a code is right, and use it up; True where none is wanted."""
        if not self.wanted:
            return True
        with Lock(self.site.locks_dir / self._lock_name):
            limit = self._limit()
            if limit.exceeded(self._account):
                return False
            try:
                secret, last = self._read()
                step = totp.verify(secret, given, self.site.now(), last)
            except (CorruptFile, ValueError) as error:
                self.site.log.write('error', f'second factor: {self.path}: {error}')
                return False
            if step:
                self._write(secret, step)
            else:
                limit.hit(self._account)
        return bool(step)

    def _limit(self) -> RateLimit:
        # For start-up time: few requests bring a password.
        from mailman.security.ratelimit import RateLimit

        directory = self.site.data_dir / 'limits' / 'codes'
        return RateLimit(directory, MOST_WRONG, PERIOD, self.site.now)

    def turn_on(self, secret: str) -> None:
        """Ask for codes of this secret from now on."""
        self._write(secret, 0)

    def turn_off(self) -> None:
        """Ask for no code any more."""
        with suppress(FileNotFoundError):
            self.path.unlink()

    def _read(self) -> tuple[str, int]:
        try:
            found = json.loads(safefile.read(self.path))
            return str(found['secret']), int(found['last'])
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise CorruptFile(self.path, str(error)) from error

    def _write(self, secret: str, last: int) -> None:
        content = json.dumps({'secret': secret, 'last': last})
        safefile.write(self.path, content.encode())
