"""How passwords are kept: scrypt with a salt for each, and 2.1's forms once more.

Stored is ``scrypt$N$r$p$salt$hash``, the last two in base64.  2.1's files hold, and
``check`` accepts so that the caller can store the new form (``needs_upgrade``):

====================== ==========================================================
SHA-1, 40 hex digits   list, site and creator passwords
MD5, 16 raw bytes      list passwords from before 2.1, also as a Latin-1 str
clear text             member passwords (only with ``clear_text=True``)
crypt(3)               cannot be checked any more: ``needs_reset``
====================== ==========================================================

An empty secret, on either side, never authenticates (CVE-2001-1132).
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from base64 import b64decode, b64encode
from typing import NamedTuple

# About 50 ms and 16 MB on a small server of 2026; RFC 7914, OWASP's floor.
COST, BLOCK, PARALLEL = 2**14, 8, 1
MAX_LENGTH = 4096  # of a password that somebody sends

_SCRYPT = re.compile(
    r'scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([A-Za-z0-9+/=]+)\$([A-Za-z0-9+/=]+)'
)
_SHA1 = re.compile(r'[0-9a-fA-F]{40}')
_CRYPT = re.compile(
    r'\$[0-9a-z]{1,8}\$.+|_[./0-9A-Za-z]{19}|[./0-9A-Za-z]{13}', re.DOTALL
)
_MEMORY = 1 << 27  # what a stored scrypt form may ask for

Stored = str | bytes | None


class Result(NamedTuple):
    """What a check found; true when the password is right."""

    ok: bool
    needs_upgrade: bool = False  # right, and to be stored anew by hash_password
    needs_reset: bool = False  # a form that nobody can check: set a new password

    def __bool__(self) -> bool:
        return self.ok


def hash_password(clear: str) -> str:
    """Return the form to store; ValueError for an empty password."""
    if not clear:
        raise ValueError('an empty password is none')
    salt = secrets.token_bytes(16)
    digest = _scrypt(clear.encode('utf-8', 'replace'), salt, COST, BLOCK, PARALLEL)
    return _form(salt, digest)


def is_current(stored: Stored) -> bool:
    """Tell whether this is our form with today's cost, or a dearer one."""
    match = _SCRYPT.fullmatch(stored.strip()) if isinstance(stored, str) else None
    return match is not None and int(match[1]) >= COST


def needs_reset(stored: Stored) -> bool:
    """Tell whether the form is crypt(3)'s, which nobody can check any more."""
    text = stored.decode('latin-1') if isinstance(stored, bytes) else stored or ''
    return _CRYPT.fullmatch(text.strip()) is not None


def is_stored_form(text: str) -> bool:
    """Tell whether this is a list's password as it is stored, ours or 2.1's."""
    forms = (_SCRYPT, _SHA1, _CRYPT)
    return len(text) == 16 or any(form.fullmatch(text.strip()) for form in forms)


def check(given: str | None, stored: Stored, *, clear_text: bool = False) -> Result:
    """Compare a password with its stored form.

    ``clear_text`` says that the stored form may be the password itself, as 2.1 kept its
    members'; then no other form of 2.1 is looked for.
    """
    if not given or not stored or len(given) > MAX_LENGTH:
        return Result(False)
    text = stored.decode('latin-1') if isinstance(stored, bytes) else stored
    match = _SCRYPT.fullmatch(text.strip())
    if match:
        return _check_scrypt(given, match)
    if clear_text:
        return _legacy(_same(given, stored))
    return _check_digests(given, text)


def _check_scrypt(given: str, match: re.Match[str]) -> Result:
    cost, block, parallel = (int(number) for number in match.group(1, 2, 3))
    try:
        salt, digest = _unpadded(match[4]), _unpadded(match[5])
        found = _scrypt(given.encode('utf-8', 'replace'), salt, cost, block, parallel)
    except (ValueError, MemoryError, OverflowError):
        return Result(False)
    ok = bool(digest) and hmac.compare_digest(found, digest)
    return Result(ok, needs_upgrade=ok and cost < COST)


def _check_digests(given: str, text: str) -> Result:
    """Compare with the forms of 2.1's list and site passwords."""
    if len(text) == 16:
        raw = text.encode('latin-1', 'replace')
        return _legacy(any(_equal(_md5(form), raw) for form in _spellings(given)))
    text = text.strip()
    if _SHA1.fullmatch(text):
        want = text.lower().encode()
        return _legacy(any(_equal(_sha1(form), want) for form in _spellings(given)))
    return Result(False, needs_reset=needs_reset(text))


def _legacy(ok: bool) -> Result:
    return Result(ok, needs_upgrade=ok)


def _spellings(given: str) -> list[bytes]:
    """Return the bytes a browser may have sent for this password to 2.1."""
    forms = [given.encode('utf-8', 'replace')]
    try:
        latin = given.encode('latin-1')
    except UnicodeEncodeError:
        return forms
    return forms if latin in forms else [*forms, latin]


def _same(given: str, stored: str | bytes) -> bool:
    """Compare clear texts."""
    if isinstance(stored, bytes):
        return any(_equal(form, stored) for form in _spellings(given))
    return _equal(given.encode('utf-8', 'replace'), stored.encode('utf-8', 'replace'))


def _equal(one: bytes, other: bytes) -> bool:
    return hmac.compare_digest(one, other)


# Both are only read, for what 2.1 has left; usedforsecurity=False is for FIPS hosts.
def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _sha1(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest().encode()


def _scrypt(data: bytes, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    return hashlib.scrypt(
        data, salt=salt, n=cost, r=block, p=parallel, maxmem=_MEMORY, dklen=32
    )


def _unpadded(text: str) -> bytes:
    text = text.rstrip('=')
    return b64decode(text + '=' * (-len(text) % 4))


def _form(salt: bytes, digest: bytes) -> str:
    ends = [b64encode(raw).decode().rstrip('=') for raw in (salt, digest)]
    return '$'.join(['scrypt', str(COST), str(BLOCK), str(PARALLEL), *ends])
