"""The permanent address of an article, told from its Message-ID alone (RFC 5064).

``message/HASH.html`` in the archive is a relative link to the article's page.  HASH is
the SHA-1 of the Message-ID without its brackets: 40 hex digits.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailman.lists import MailList

DIRECTORY = 'message'


def bare(message_id: str) -> str:
    """Take blanks, brackets and line ends off a Message-ID header."""
    words = ''.join(message_id.split())
    return words.removeprefix('<').removesuffix('>')


@lru_cache(64)
def file_of(message_id: str) -> str:
    """Answer the path of the link below the archive."""
    raw = bare(message_id).encode('utf-8', 'surrogateescape')
    digest = hashlib.sha1(raw, usedforsecurity=False).hexdigest()
    return f'{DIRECTORY}/{digest}.html'


def permalink(mlist: MailList, message_id: str) -> str:
    """Answer the permanent address of an article, also before it is archived."""
    return mlist.archive_url() + file_of(message_id)
