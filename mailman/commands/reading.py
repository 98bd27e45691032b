"""What a command mail says: its subject, and the lines of its text.

The text is the first text/plain part; where there is none, what an HTML part shows.
Attached messages are not looked into.  A signature (a line ``-- ``) ends the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailman.mail import charsets, headers, htmltext

if TYPE_CHECKING:
    from mailman.mail.message import Message

# More than that of one part is no command.
LONGEST_TEXT = 200_000
LONGEST_LINE = 1000

_LINE_END = re.compile(r'\r\n|[\r\n]')
# What mail programs of all languages put in front of an answer: "Re:", "AW:", "RE :",
# "Antw:", and with the wide colon of Chinese and Japanese.
_REPLY_MARK = re.compile('[^\\s:\uff1a]{1,20}[ \xa0]?[:\uff1a]\\s*')
MAX_REPLY_MARKS = 10


@dataclass
class Text:
    """The lines of a mail."""

    subject: str
    lines: list[str] = field(default_factory=list)
    # Lines beyond the site's limit.
    ignored: list[str] = field(default_factory=list)
    # There were parts that are no plain text.
    other_parts: bool = False


def read(msg: Message, limit: int) -> Text:
    """Take a mail apart; of the text the first ``limit`` lines count."""
    text = Text(headers.decode(msg.get('subject', ''))[:LONGEST_LINE])
    parts = list(_leaves(msg))
    plain = next((p for p in parts if p.get_content_type() == 'text/plain'), None)
    html = next((p for p in parts if p.get_content_type() == 'text/html'), None)
    # A mail in HTML only is read; that its parts are not would be wrong.
    text.other_parts = (plain or html) is not msg
    if plain is not None:
        body = _decoded(plain)
    else:
        body = htmltext.plain(_decoded(html)) if html is not None else ''
    lines = _without_signature(_LINE_END.split(body))
    text.lines = [line[:LONGEST_LINE] for line in lines[:limit]]
    text.ignored = [line[:LONGEST_LINE] for line in lines[limit:] if line.strip()]
    return text


def _leaves(msg: Message) -> Iterator[Message]:
    """Yield the parts that are no multipart, without those of attached messages."""
    waiting = [msg]
    while waiting:
        part = waiting.pop()
        if part.get_content_maintype() == 'message':
            continue
        if part.is_multipart():
            waiting += reversed(part.get_payload())
        else:
            yield part


def _decoded(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ''
    return charsets.decode(data[:LONGEST_TEXT], part.get_content_charset())


def _without_signature(lines: list[str]) -> list[str]:
    for number, line in enumerate(lines):
        if line.rstrip() == '--':
            return lines[:number]
    return lines


def without_reply_marks(subject: str) -> str:
    """Cut what stands before the words of a subject: ``Re:`` in any language."""
    place = 0
    for _ in range(MAX_REPLY_MARKS):
        match = _REPLY_MARK.match(subject, place)
        if match is None:
            break
        place = match.end()
    return subject[place:]
