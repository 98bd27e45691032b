"""How passwords are stored and compared.

Ours: ``scrypt$N$R$P$SALT$HASH`` (RFC 7914), salt and hash in unpadded base64.  2.1's
forms are accepted and reported as to be upgraded: SHA-1 in hex, sixteen raw bytes of
MD5, and for members clear text.  2.1's crypt(3) forms cannot be checked any more:
Python 3.13 has no crypt, so such a password must be set anew.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
from typing import NamedTuple

# About 50 ms and 16 MB on today's machines.
COST, BLOCK_SIZE, PARALLEL = 2**14, 8, 1
_SALT_BYTES, _HASH_BYTES = 16, 32
# What a stored form may ask of us: more would be an attack through the file.
_MOST_MEMORY = 128 * 1024 * 1024
_SHA1 = re.compile(r'[0-9a-fA-F]{40}')
_CRYPT = re.compile(r'\$[0-9a-z]+\$.+|[./0-9A-Za-z]{13}')
_MD5_BYTES = 16


class Result(NamedTuple):
    """Whether the password fits, and whether it should be stored anew."""

    ok: bool
    needs_upgrade: bool = False


def hash_password(clear: str) -> str:
    """Answer the stored form of a password, a different one at each call."""
    salt = os.urandom(_SALT_BYTES)
    digest = _scrypt(clear, salt, COST, BLOCK_SIZE, PARALLEL)
    return f'scrypt${COST}${BLOCK_SIZE}${PARALLEL}${_text(salt)}${_text(digest)}'


def is_current(stored: str | bytes | None) -> bool:
    """Tell whether this is a stored form of ours with today's cost."""
    return isinstance(stored, str) and stored.startswith(
        f'scrypt${COST}${BLOCK_SIZE}${PARALLEL}$'
    )


def check(
    clear: str, stored: str | bytes | None, *, clear_text: bool = False
) -> Result:
    """Compare a password with its stored form, in constant time.

    ``clear_text`` also takes a stored form that is the password itself (2.1's member
    passwords).  An empty password or stored form never fits.
    """
    if not clear or not stored:
        return Result(False)
    if isinstance(stored, bytes):
        stored = stored.decode('latin-1')
    if stored.startswith('scrypt$'):
        return Result(_fits(clear, stored), not is_current(stored))
    ok = _fits_old_form(clear, stored) or (clear_text and _same(clear, stored))
    return Result(ok, needs_upgrade=True)


def _fits_old_form(clear: str, stored: str) -> bool:
    given = clear.encode('utf-8', 'surrogateescape')
    if _SHA1.fullmatch(stored):
        digest = hashlib.sha1(given, usedforsecurity=False).hexdigest()
        return _same(digest, stored.lower())
    if len(stored) == _MD5_BYTES:
        raw = hashlib.md5(given, usedforsecurity=False).digest()
        return _same(raw.decode('latin-1'), stored)
    return False


def needs_reset(stored: str | bytes | None) -> bool:
    """Tell whether the stored form is crypt(3)'s, which nobody can check any more."""
    if isinstance(stored, bytes):
        stored = stored.decode('latin-1')
    return bool(stored and _CRYPT.fullmatch(stored) and not _SHA1.fullmatch(stored))


def _fits(clear: str, stored: str) -> bool:
    try:
        _, cost, block, parallel, salt, digest = stored.split('$')
        n, r, p = int(cost), int(block), int(parallel)
        if 128 * n * r * p > _MOST_MEMORY:
            return False
        return hmac.compare_digest(
            _scrypt(clear, _bytes(salt), n, r, p), _bytes(digest)
        )
    except (ValueError, TypeError, MemoryError):
        return False


def _scrypt(clear: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(
        clear.encode('utf-8', 'surrogateescape'),
        salt=salt,
        n=n,
        r=r,
        p=p,
        maxmem=_MOST_MEMORY + 1024 * 1024,
        dklen=_HASH_BYTES,
    )


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(
        one.encode('utf-8', 'surrogateescape'), other.encode('utf-8', 'surrogateescape')
    )


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode().rstrip('=')


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + '=' * (-len(text) % 4), validate=True)
