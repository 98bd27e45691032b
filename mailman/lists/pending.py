"""Requests that wait for a confirmation: pending.pck (2.1: Mailman/Pending.py).

A cookie of 40 hex digits stands for an operation and what belongs to it::

    ('S', {'address', 'fullname', 'password', 'digest', 'language'[, 'invitation']})
    ('U', address)                          unsubscribe
    ('C', old, new, globally)               change of address
    ('H', request id)                       held post
    ('E', list name, address)               re-enable delivery
    ('P', address, bounce message)          probe
    ('L', address)                          log in (not in 2.1)
    ('O',)                                  set the owners' password (not in 2.1)

The dict has them by cookie, with the times they end in ``evictions``, as in 2.1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from mailman.lists import statefile
from mailman.security.tokens import new_cookie

if TYPE_CHECKING:
    from mailman.lists.mailing_list import MailList

FILE = 'pending.pck'
VERSION = 2
_WORDS = ('evictions', 'version')


class Pending:
    """The cookies of a list; what changes them is for the holder of its lock."""

    def __init__(self, mlist: MailList) -> None:
        self.mlist = mlist

    def new(self, op: str, *content: Any, lifetime: float | None = None) -> str:
        """Store an operation for ``lifetime`` seconds; return its cookie.

        The site says how long that is usually (PENDING_REQUEST_LIFE).
        """
        return self.new_many([(op, *content)], lifetime=lifetime)[0]

    def new_many(
        self,
        operations: Iterable[tuple[Any, ...]],
        *,
        lifetime: float | None = None,
    ) -> list[str]:
        """Store several operations with one write; return their cookies in order."""
        if lifetime is None:
            lifetime = self.mlist.site.cfg.PENDING_REQUEST_LIFE
        entries = self._load()
        cookies = []
        for operation in operations:
            cookie = new_cookie()
            while cookie in entries:
                cookie = new_cookie()
            entries[cookie] = tuple(operation)
            entries['evictions'][cookie] = self.mlist.site.now() + lifetime
            cookies.append(cookie)
        if cookies:
            self._save(entries)
        return cookies

    def peek(self, cookie: str) -> tuple[Any, ...] | None:
        """Return the operation of a cookie; None when there is none, or it is over."""
        return self._find(self._load(), cookie)

    def confirm(self, cookie: str) -> tuple[Any, ...] | None:
        """Return the operation of a cookie, which is used up by that."""
        entries = self._load()
        found = self._find(entries, cookie)
        if found is not None:
            self._drop(entries, cookie)
            self._save(entries)
        return found

    def forget(self, cookies: Iterable[str]) -> None:
        """Use up several cookies with one write; unknown ones do not matter."""
        entries = self._load()
        known = [cookie for cookie in cookies if cookie in entries['evictions']]
        for cookie in known:
            self._drop(entries, cookie)
        if known:
            self._save(entries)

    def expires(self, cookie: str) -> float | None:
        """Return the time a cookie ends; None when there is no such cookie."""
        end = self._load()['evictions'].get(cookie)
        return float(end) if isinstance(end, int | float) else None

    def repend(self, cookie: str, *operation: Any, lifetime: float) -> None:
        """Give a cookie back, or a longer life, with what belongs to it."""
        entries = self._load()
        entries[cookie] = operation
        entries['evictions'][cookie] = self.mlist.site.now() + lifetime
        self._save(entries)

    def items(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Yield all cookies that are good now, with their operations."""
        entries = self._load()
        for cookie in list(entries):
            found = self._find(entries, cookie)
            if found is not None:
                yield cookie, found

    def expire(self) -> None:
        """Forget what is over; saving does so too."""
        self._save(self._load())

    def _load(self) -> dict[str, Any]:
        entries = statefile.load(self.mlist, FILE)
        if not isinstance(entries.get('evictions'), dict):
            entries['evictions'] = {}
        return entries

    def _find(self, entries: dict[str, Any], cookie: str) -> tuple[Any, ...] | None:
        found = entries.get(cookie)
        if cookie in _WORDS or not isinstance(found, tuple) or not found:
            return None
        end = entries['evictions'].get(cookie)
        if not isinstance(end, int | float) or end < self.mlist.site.now():
            return None
        return found

    def _drop(self, entries: dict[str, Any], cookie: str) -> None:
        entries.pop(cookie, None)
        entries['evictions'].pop(cookie, None)

    def _save(self, entries: dict[str, Any]) -> None:
        for cookie in {*entries, *entries['evictions']}.difference(_WORDS):
            if self._find(entries, cookie) is None:
                self._drop(entries, cookie)
        entries['version'] = VERSION
        statefile.save(self.mlist, FILE, entries)
