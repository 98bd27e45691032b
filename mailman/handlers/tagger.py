"""Say which of the list's topics a post belongs to.

Pipeline name: ``Tagger``.  A topic's pattern, one alternative per line, is searched in
Subject and Keywords, and in lines of that form at the top of the text::

    Keywords: dogs
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mailman.handlers import deferred
from mailman.mail import charsets, headers, patterns

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message

_FIELDS = ('subject', 'keywords')


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Set ``topichits`` and X-Topics."""
    if not mlist.topics_enabled:
        return
    lines = _lines(mlist, msg)
    hits = [name for name, pattern, *_ in mlist.topics if _hit(mlist, pattern, lines)]
    if hits:
        msgdata['topichits'] = hits
        names = ' '.join(headers.encode(' '.join(name.split())) for name in hits)
        deferred.change(mlist, msg, msgdata, 'X-Topics', names)


def _hit(mlist: MailList, pattern: str, lines: list[str]) -> bool:
    """Tell whether one of the pattern's lines is found in one of the post's."""
    either = '|'.join(line.strip() for line in pattern.splitlines() if line.strip())

    def report(why: str) -> None:
        mlist.site.log.write('error', f'{mlist.name}: topic: {why}')

    return bool(either) and any(
        patterns.search(either, line, re.IGNORECASE, report=report) for line in lines
    )


def _lines(mlist: MailList, msg: Message) -> list[str]:
    found = [value for name in _FIELDS for value in msg.get_all(name, [])[:1]]
    limit = int(mlist.topics_bodylines_limit)
    if limit:
        found += _pseudo_headers(_text(msg), limit)
    return [headers.decode(value) for value in found]


def _text(msg: Message) -> str:
    """Answer the post's plain text, from the message or an alternative in it."""
    part: Any = msg
    if msg.get_content_type() == 'multipart/alternative' and msg.is_multipart():
        parts = msg.get_payload()
        plain = (p for p in parts if p.get_content_type() == 'text/plain')
        part = next(plain, None)
    if part is None or part.get_content_type() != 'text/plain':
        return ''
    data = part.get_payload(decode=True) or b''
    return charsets.decode(data, part.get_content_charset() or 'us-ascii')


def _pseudo_headers(text: str, limit: int) -> Iterator[str]:
    """Answer the values of Subject and Keywords lines at the top of the text.

    Empty lines do not count.  A negative limit means no limit; the first line that
    looks like no header ends the search anyway.
    """
    value: str | None = None
    for line in text.splitlines():
        if not line.strip():
            continue
        if not limit:
            break
        limit -= 1
        name, colon, rest = line.partition(':')
        if line[0].isspace():
            value = None if value is None else f'{value} {line.strip()}'
            continue
        if value is not None:
            yield value
            value = None
        if not colon or not name.strip() or ' ' in name.strip():
            break
        if name.strip().lower() in _FIELDS:
            value = rest.strip()
    if value is not None:
        yield value
