"""What a held post says: its readable text, what is attached, and its source.

All of it is text; nothing that a post brings is ever shown as HTML.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailman.mail import charsets, headers, htmltext
from mailman.mail.mimeparts import read_text
from mailman.web.pages.admindb import rows

if TYPE_CHECKING:
    from mailman.mail.message import Message

# The readable text is not cut where the source is: it is what moderators come for.
MOST_TEXT = 20_000
MOST_HEADERS = 50_000
MOST_ATTACHMENTS = 50


@dataclass
class Attachment:
    """A part that is not shown."""

    name: str
    type: str
    size: int


@dataclass
class Preview:
    """A post as its moderator sees it.  ``was_html``: the text is made of HTML."""

    text: str = ''
    was_html: bool = False
    cut: bool = False
    attachments: list[Attachment] = field(default_factory=list)
    headers: str = ''
    source: str = ''
    date: str = ''
    to: str = ''


def look(msg: Message, limit: int) -> Preview:
    """Look at a post; ``limit`` is ADMINDB_PAGE_TEXT_LIMIT, negative for all."""
    seen = Preview(headers=header_lines(msg))
    seen.date = rows.shown(headers.decode(msg.get('date', '')))
    seen.to = rows.shown(headers.decode(msg.get('to', '')))
    chosen = readable(msg)
    if chosen is not None:
        text, _codec = read_text(chosen)
        seen.was_html = chosen.get_content_type() == 'text/html'
        text = htmltext.plain(text[: 20 * MOST_TEXT]) if seen.was_html else text
        seen.cut = len(text) > MOST_TEXT
        seen.text = rows.many_lines(text[:MOST_TEXT])
    seen.attachments = [attachment(part) for part in _others(msg, chosen)]
    seen.source = source(msg, limit)
    return seen


def header_lines(msg: Message) -> str:
    """Give the headers as they were sent."""
    text = ''.join(f'{name}: {charsets.recover(str(v))}\n' for name, v in msg.items())
    return rows.many_lines(text[:MOST_HEADERS])


def _texts(msg: Message) -> Iterator[Message]:
    """Give the parts that are texts, but for those that are files."""
    for part in msg.walk():
        disposition = str(part.get('content-disposition', '')).lower()
        is_file = disposition.startswith('attachment') or part.get_filename()
        if part.get_content_type().startswith('text/') and not is_file:
            yield part


def readable(msg: Message) -> Message | None:
    """Give the part that people read: the first plain text, else the first HTML."""
    html = None
    for part in _texts(msg):
        kind = part.get_content_type()
        if kind != 'text/html':
            return part
        html = html or part
    return html


def _others(msg: Message, chosen: Message | None) -> Iterator[Message]:
    found = 0
    for part in msg.walk():
        if part.is_multipart() or part is chosen or found == MOST_ATTACHMENTS:
            continue
        found += 1
        yield part


def attachment(part: Message) -> Attachment:
    """Say what a part is."""
    data = part.get_payload(decode=True)
    size = len(data) if isinstance(data, bytes) else 0
    name = rows.shown(headers.decode(part.get_filename() or ''))
    return Attachment(name, rows.shown(part.get_content_type()), size)


def source(msg: Message, limit: int) -> str:
    """Give the text of all text parts, as 2.1 shows it."""
    left = limit if limit >= 0 else 100_000_000
    pieces: list[str] = []
    for part in msg.walk():
        if part.get_content_type().startswith('text/') and left > 0:
            text = read_text(part)[0][:left]
            pieces.append(text)
            left -= len(text)
    return rows.many_lines(''.join(pieces))
