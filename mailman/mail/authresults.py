"""What the mail server found out about a sender: Authentication-Results (RFC 8601).

Only the topmost header counts: our own mail server puts it there, and takes out those
that pretend to be its own (section 5).  Whatever is below may be the sender's.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailman.mail import headers

if TYPE_CHECKING:
    from mailman.mail.message import Message

LONGEST = 4000
MAX_NESTED = 5

# Comments and quoted strings can hold anything, so they go first.
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"|\([^()]*\)', re.DOTALL)
_RESULT = re.compile(
    r';\s*(spf|dkim|dmarc)\s*(?:/\s*\d+\s*)?=\s*([a-z]+)', re.IGNORECASE
)
FAILED = frozenset(['fail', 'softfail', 'hardfail'])


def failed(msg: Message) -> bool:
    """Tell whether the mail server says that the sender is not who he says he is.

    DMARC decides where it passed or failed; else a failed SPF that no DKIM makes good.
    Mail about which nothing is known has not failed.
    """
    found: dict[str, set[str]] = {}
    value = headers.unfold(msg.get('authentication-results', ''))[:LONGEST]
    for _ in range(MAX_NESTED):
        value = _QUOTED.sub(' ', value)
    for method, result in _RESULT.findall(value):
        found.setdefault(method.lower(), set()).add(result.lower())
    dmarc = found.get('dmarc', set())
    if dmarc & FAILED or 'pass' in dmarc:
        return 'pass' not in dmarc
    return bool(found.get('spf', set()) & FAILED) and 'pass' not in found.get(
        'dkim', set()
    )
