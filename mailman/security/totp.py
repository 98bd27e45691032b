"""Time-based one-time codes (RFC 6238): six digits that an authenticator app shows.

SHA-1, 30 seconds, as all apps know them.  A code is good for its own half minute and
the ones before and after, and only once.
"""

from __future__ import annotations

import hmac
import secrets
from base64 import b32decode, b32encode
from urllib.parse import quote

STEP = 30
DIGITS = 6
# Steps that a phone's clock may be off.
WINDOW = 1


def new_secret() -> str:
    """Make a secret: 160 bits, in base 32."""
    return b32encode(secrets.token_bytes(20)).decode()


def code(secret: str, counter: int) -> str:
    """Give the code of a time step (RFC 4226, 5.3); raises ValueError for no secret."""
    digest = hmac.digest(b32decode(secret), counter.to_bytes(8, 'big'), 'sha1')
    offset = digest[-1] & 15
    number = int.from_bytes(digest[offset : offset + 4], 'big') & 0x7FFFFFFF
    return f'{number % 10**DIGITS:0{DIGITS}d}'


def verify(secret: str, given: str, now: float, last: int = 0) -> int:
    """Give the time step that a code is of, 0 for a wrong one.

    Steps up to ``last``, the one of the code used before, count no more.
    """
    digits = ''.join(given.split())
    if len(digits) != DIGITS or not (digits.isascii() and digits.isdecimal()):
        return 0
    current = int(now) // STEP
    found = 0
    for counter in range(current - WINDOW, current + WINDOW + 1):
        same = hmac.compare_digest(code(secret, counter), digits)
        if same and counter > last:
            found = counter
    return found


def uri(secret: str, account: str, issuer: str) -> str:
    """Give the address that apps read, from a picture or typed."""
    label = f'{quote(issuer, safe="")}:{quote(account, safe="@")}'
    return f'otpauth://totp/{label}?secret={secret}&issuer={quote(issuer, safe="")}'
