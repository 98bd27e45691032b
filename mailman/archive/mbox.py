"""The archive's mbox: every archived post, in order of arrival, bytes kept.

Format: mboxrd (RFC 4155 in practice).  Each message starts with a ``From `` line
with the envelope sender and the time in ctime form, UTC, and ends with an empty line;
body lines that look like such a line, with any number of ``>``, get one more ``>``,
so that reading can take it off again.  Files of 2.1, which added one ``>`` to ``From ``
lines only, are read the same way.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from mailman.storage import safefile

if TYPE_CHECKING:
    from mailman.mail.message import Message

_QUOTED = re.compile(rb'^>(>*From )', re.MULTILINE)
# Of `places`.
_BOUNDARY = re.compile(rb'\n\r?\n(?=From )')
_CHUNK, _OVERLAP = 1 << 20, 8
_FROM_LINE = re.compile(rb'^(>*From )', re.MULTILINE)


def entry(msg: Message, when: float) -> bytes:
    """Answer the bytes of one message as they stand in an mbox."""
    line = f'From {_envelope(msg)} {time.asctime(time.gmtime(when))}\n'.encode()
    return line + quoted(msg.as_bytes())


def quoted(raw: bytes) -> bytes:
    """Answer a message as it stands behind its ``From `` line, to the empty line."""
    if b'From ' in raw:
        # The header too: a message without one begins with its body.
        raw = _FROM_LINE.sub(rb'>\1', raw)
    if b'\n\n' not in raw:
        raw += b'\n\n' if not raw.endswith(b'\n') else b'\n'
    return raw + (b'\n' if raw.endswith(b'\n') else b'\n\n')


def _envelope(msg: Message) -> str:
    """The sender for the ``From `` line: one word of visible ASCII."""
    sender = msg.get_sender(use_envelope=True)
    word = re.sub(r'[^!-~]', '', sender or '')
    return word or 'MAILER-DAEMON'


def append(path: Path, msg: Message, when: float) -> None:
    """Add a message at the end; durable when it returns.  Raises OSError."""
    append_entries(path, entry(msg, when))


def append_entries(path: Path, content: bytes) -> None:
    """Add whole entries at the end; durable when it returns.  Raises OSError."""
    try:
        safefile.append(path, content)
    except FileNotFoundError:
        path.parent.mkdir(mode=0o2775, parents=True, exist_ok=True)
        safefile.append(path, content)


def messages(path: Path) -> Iterator[bytes]:
    """Give the bytes of each message in turn, its ``From `` line first.

    Only one is in memory at a time.  Raises OSError.
    """
    lines: list[bytes] = []
    after_gap = True
    with (
        safefile.open_regular(path) as descriptor,
        open(descriptor, 'rb', closefd=False) as file,
    ):
        for line in file:
            if after_gap and line.startswith(b'From ') and lines:
                yield _unquoted(lines)
                lines = []
            lines.append(line)
            after_gap = line in (b'\n', b'\r\n')
    if lines:
        yield _unquoted(lines)


def _unquoted(lines: list[bytes]) -> bytes:
    """Join the lines of a message without its quoting and the empty line behind it."""
    if len(lines) > 1 and not lines[-1].strip(b'\r\n'):
        lines.pop()
    raw = b''.join(lines)
    return _QUOTED.sub(rb'\1', raw) if b'>From ' in raw else raw


def places(path: Path, start: int = 0) -> Iterator[tuple[int, int]]:
    """Give place and size of each entry from ``start`` on; memory stays flat.

    Raises OSError.
    """
    with safefile.open_regular(path) as descriptor:
        begin = start
        # As if an empty line stood in front.
        window, base = b'\n\n', start - 2
        while chunk := os.pread(descriptor, _CHUNK, base + len(window)):
            window += chunk
            for match in _BOUNDARY.finditer(window):
                place = base + match.end()
                if place > begin:
                    yield begin, place - begin
                    begin = place
            base += max(0, len(window) - _OVERLAP)
            window = window[-_OVERLAP:]
        end = base + len(window)
        if end > begin:
            yield begin, end - begin


def read_entry(descriptor: int, place: int, size: int) -> bytes:
    """Answer the bytes of an entry as they stand in the file."""
    return os.pread(descriptor, size, place)


def read_entries(descriptor: int, places: list[tuple[int, int]]) -> list[bytes]:
    """Answer the bytes of entries that stand one behind the other."""
    begin = places[0][0]
    data = os.pread(descriptor, sum([size for _, size in places]), begin)
    return [data[at - begin : at - begin + size] for at, size in places]


def message_of(content: bytes) -> bytes:
    """Answer the message in an entry: its ``From `` line first, nothing quoted."""
    for ending in (b'\r\n\r\n', b'\n\n'):
        if content.endswith(ending):
            content = content[: -len(ending) // 2]
            break
    return _QUOTED.sub(rb'\1', content) if b'>From ' in content else content


def digest_of(content: bytes) -> bytes:
    """Tell entries apart by what is behind the ``From `` line."""
    line = content.find(b'\n') + 1 if content.startswith(b'From ') else 0
    content = content[line:].rstrip(b'\r\n')
    return hashlib.sha1(content, usedforsecurity=False).digest()[:12]
