"""Random words that nobody can guess: confirmation cookies and passwords."""

from __future__ import annotations

import secrets

# Letters and digits that are not taken for one another.
_READABLE = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789'
# 64 bits at 5.8 bits a character.
SHORTEST = 12


def new_cookie() -> str:
    """Make a confirmation cookie: 40 hex digits as in 2.1, 160 random bits."""
    return secrets.token_hex(20)


def make_password(length: int = SHORTEST) -> str:
    """Make a password of at least 64 random bits, longer when LENGTH asks for it."""
    return ''.join(secrets.choice(_READABLE) for _ in range(max(length, SHORTEST)))
