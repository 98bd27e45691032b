"""Addresses written so that programs do not collect them: ``anne at example.com``.

2.1 does this where the site's ARCHIVER_OBSCURES_EMAILADDRS says so, which is the
default: in headers, texts, attributes and feeds.
"""

from __future__ import annotations

import re

# One sign is looked for; all else is looked at around it.  So it stays linear.
_AT = re.compile(r'@(?<=[\w"+}*/=?~\'`!#$%^-]@)(?=\[|[\w-]++\.\w)')


def obscure(text: str) -> str:
    """Write the addresses in a text, or in escaped HTML text, for people only."""
    return _AT.sub(' at ', text) if '@' in text else text


def unlinked(url: str) -> str:
    """Write the addresses in a URL so that it still works."""
    return _AT.sub('%40', url)


def keep(text: str) -> str:
    """Leave addresses as they are, where the site wants that."""
    return text
