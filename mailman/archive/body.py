"""What a mail says, as safe HTML and as text: its parts, in order.

The first of the alternatives that is plain text is shown, else HTML made readable
(``htmlbody``).  What is no text becomes a file (``attachments``) and a line in the list
of attachments; pictures are shown where the site's ARCHIVE_PICTURES allows.  Attached
messages are shown in a frame of their own.

The HTML has no tag, attribute or address that does not come from here.
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from mailman.archive import attachments, flowed, htmlbody
from mailman.archive.quotes import escape
from mailman.archive.texts import Kind, clean, kind_of, text_of
from mailman.mail import charsets, headers, htmltext
from mailman.mail.mimeparts import exact_text

if TYPE_CHECKING:
    from mailman.archive.article import Reader
    from mailman.mail.message import Message

# More is in the text of the volume and in the mbox.
MAX_SHOWN = 300_000
MAX_LINES = 10_000
MAX_LINE = 20_000
MAX_LISTED = 200
MAX_NESTED = 8
MAX_SEARCHED = 200_000
# A patch or text that came as a file is shown in the page too, up to this size.
MAX_INLINE_FILE = 60_000

REST = '<!--rest-->'
PICTURES = frozenset(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])
_MAGIC = {
    'image/png': (b'\x89PNG\r\n',),
    'image/jpeg': (b'\xff\xd8\xff',),
    'image/gif': (b'GIF87a', b'GIF89a'),
    'image/webp': (b'RIFF',),
}
_PATCHES = frozenset(['text/x-diff', 'text/x-patch'])
_CODE = re.compile(
    r'\.(?:c|h|cc|cpp|py|sh|pl|rb|js|el|java|diff|patch|json|ya?ml|xml)\Z'
)
# Parts to read, the next one last: how deep in messages, and whether they are shown.
Waiting = list[tuple['Message | None', int, bool]]
Write = Callable[[str], str]


@dataclass(slots=True)
class Attachment:
    """A part that became a file; ``url`` is relative to the archive's root."""

    name: str
    type: str
    size: int
    url: str
    picture: bool = False
    # HTML that says what the page says, too: nothing that its author attached.
    version: bool = False


class Names(NamedTuple):
    """What the author of a part called it."""

    written: str  # as it stands in the header
    full: str  # decoded
    line: str  # to be shown


NO_NAMES = Names('', '', '')


@dataclass(slots=True)
class Body:
    """What was read: for the page, for the volume's text, and to search in."""

    html: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    searched: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)


class Builder:
    """Reads one message."""

    def __init__(self, reader: Reader, msg: Message, date: float) -> None:
        self.reader, self.msg, self.date = reader, msg, date
        self.body = Body()
        self.room = MAX_SHOWN
        self.store: attachments.Store | None = None
        self.full = False
        self.parted = False  # a text was shown that the next one is parted from
        self.decoded: dict[int, bytes] = {}  # by the ids of the parts
        self.only_html: bool | None = None  # not known yet

    def build(self) -> Body:
        """Give all there is to show."""
        if self.msg.get_content_type() == 'text/plain':
            self._plain(self.msg, kind_of(self.msg))
        else:
            self._walk(self.msg)
        if self.full:
            note = self.reader.labels['rest']
            self.body.html.append(f'<p class="note">{note}{REST}</p>\n')
        if self.body.attachments:
            self.body.html.append(self._listing())
        return self.body

    # --- the tree of parts --------------------------------------------------------

    def _walk(self, msg: Message) -> None:
        """Read the parts in order; each knows how deep in messages it is."""
        waiting: Waiting = [(msg, 0, True)]
        while waiting:
            part, depth, shown = waiting.pop()
            if part is None:
                self.body.html.append('</div>\n')
                self.parted = False
                continue
            if not part.is_multipart():
                self._leaf(part, shown)
                continue
            kind = part.get_content_type()
            inner = part.get_payload()
            if kind == 'multipart/alternative':
                self._alternatives(inner, depth, shown, waiting)
            elif kind == 'message/delivery-status' and shown:
                text = '\n'.join(block.as_string() for block in inner)
                self._show(clean(charsets.recover(text)), self._fixed)
            elif kind.startswith('message/'):
                attached = inner[0] if inner else part
                self._message(part, attached, depth, shown, waiting)
            else:
                waiting += [(one, depth, shown) for one in reversed(inner)]

    def _alternatives(
        self, parts: list[Message], depth: int, shown: bool, waiting: Waiting
    ) -> None:
        """Show the plainest alternative; of the others only the files are kept."""
        chosen = self._best(parts)
        for part in reversed(parts):
            waiting.append((part, depth, shown and part is chosen))

    def _message(
        self,
        part: Message,
        inner: Message,
        depth: int,
        shown: bool,
        waiting: Waiting,
    ) -> None:
        """Show an attached message: who, what, when, and what it says."""
        attachment = self._message_file(part, inner)
        if not shown or depth >= MAX_NESTED or self.room <= 0:
            return
        rows = []
        for name, label in self.reader.nested_labels:
            value = line_of(inner.get(name), 300)
            if value:
                value = self.reader.conceal(escape(value))
                rows.append(f'<dt>{label}</dt><dd><bdi>{value}</bdi></dd>')
        self.body.html.append('<div class="nested" role="group" aria-label="')
        self.body.html.append(f'{escape_attribute(attachment.name)}">')
        if rows:
            self.body.html.append(f'<dl class="head">{"".join(rows)}</dl>\n')
        self.parted = False
        waiting.append((None, depth, shown))
        waiting.append((inner, depth + 1, shown))

    def _best(self, parts: list[Message]) -> Message | None:
        """Choose what to show: plain text that says something, else HTML."""
        for wanted in ('text/plain', 'text/html'):
            for part in parts:
                if kind_of(part).type == wanted and self._says_something(part):
                    return part
        nested = [part for part in parts if part.is_multipart()]
        return nested[0] if nested else parts[0] if parts else None

    def _is_only_html(self) -> bool:
        """Tell whether there is no text part that is not HTML."""
        if self.only_html is None:
            self.only_html = not any(
                kind_of(part).type == 'text/plain' and self._says_something(part)
                for part in self.msg.walk()
            )
        return self.only_html

    def _says_something(self, part: Message) -> bool:
        data = self._data(part)
        return bool(data) and not data.isspace()

    def _data(self, part: Message) -> bytes:
        """Give the bytes of a part, decoded once; none of what has parts."""
        known = self.decoded.get(id(part))
        if known is None:
            data = part.get_payload(decode=True)
            known = data if isinstance(data, bytes) else b''
            self.decoded[id(part)] = known
        return known

    def _leaf(self, part: Message, shown: bool) -> None:
        kind = kind_of(part)
        if kind.type == 'text/html':
            self._html(part, kind) if shown else self._html_file(part, kind)
        elif not kind.is_text:
            self._file(part, kind)
        elif shown:
            self._plain(part, kind)
        self.decoded.pop(id(part), None)

    # --- texts --------------------------------------------------------------------

    def _plain(self, part: Message, kind: Kind) -> None:
        names = NO_NAMES
        if part is not self.msg or 'content-disposition' in part:
            names = names_of(part, kind)
        text = text_of(self._data(part), kind, self.reader.charset)
        if names.line:
            self._text_file(part, kind.type, names, text)
        elif kind.is_flowed:
            self._show(text, self._flowed_delsp if kind.delsp else self._flowed)
        else:
            self._show(text, self._fixed)

    def _fixed(self, text: str) -> str:
        return self.reader.writer.html(*flowed.fixed(text))

    def _flowed(self, text: str) -> str:
        return self.reader.writer.html(*flowed.flowed(text, False))

    def _flowed_delsp(self, text: str) -> str:
        return self.reader.writer.html(*flowed.flowed(text, True))

    def _patch(self, text: str) -> str:
        return self.reader.writer.code(text.rstrip('\n'), is_patch=True)

    def _code(self, text: str) -> str:
        return self.reader.writer.code(text.rstrip('\n'))

    def _show(self, text: str, write: Write) -> None:
        """Put a text into the page, as much as there is room for, and the others."""
        body = self.body
        if not text.strip():
            return
        body.texts.append(text if text.endswith('\n') else text + '\n')
        body.searched.append(text)
        shown = self._cut(text)
        if shown:
            if self.parted:
                body.html.append('<hr class="part">\n')
            self.parted = True
            body.html.append(write(shown))

    def _cut(self, text: str) -> str:
        """Give what of a text is shown; bounded, whatever it is."""
        if len(text) <= self.room and len(text) < MAX_LINE:
            self.room -= len(text)
            return text
        if self.room <= 0:
            self.full = True
            return ''
        lines = text[: self.room].split('\n')
        if len(text) > self.room or len(lines) > MAX_LINES:
            self.full = True
            del lines[MAX_LINES:]
        for number, line in enumerate(lines):
            if len(line) > MAX_LINE:
                lines[number] = line[:MAX_LINE]
                self.full = True
        shown = '\n'.join(lines)
        self.room -= len(shown)
        return shown

    def _text_file(self, part: Message, kind: str, names: Names, text: str) -> None:
        """Keep a text that came as a file, and show it if it is not long."""
        data, name = self._data(part), names.line
        extension = self._extension(kind, names, data)
        self._attach(names, data, 'text/plain', extension)
        if len(text) <= MAX_INLINE_FILE:
            lower = name.lower()
            write: Write = self._fixed
            if lower.endswith(('.diff', '.patch')):
                write = self._patch
            elif _CODE.search(lower):
                write = self._code
            self._show_named(name, text, write)

    def _show_named(self, name: str, text: str, write: Write) -> None:
        if text.strip() and self.room > 0:
            label = self.reader.conceal(escape(name))
            self.body.html.append(f'<p class="file"><bdi>{label}</bdi></p>\n')
            self.parted = False
            self._show(text, write)

    # --- HTML ---------------------------------------------------------------------

    def _html(self, part: Message, kind: Kind) -> None:
        """Show HTML readably, and keep the file that ARCHIVE_HTML_SANITIZER asks for.

        Where 2.1 left nothing to read, because all there was is HTML, we show it.
        """
        how = self.reader.sanitizer
        if how == attachments.REMOVE and not self._is_only_html():
            self.body.texts.append(self.reader.labels['removed'] + '\n')
            return
        source = text_of(self._data(part), kind, self.reader.charset)
        if isinstance(how, str):
            source = self._by_command(how, source)
        depths, lines = htmlbody.readable(source[: 4 * MAX_SHOWN])
        if any(depths):
            lines = [
                '> ' * depth + line for depth, line in zip(depths, lines, strict=True)
            ]
        self._html_file(part, kind)
        if len(source) > 4 * MAX_SHOWN:
            self.full = True
        text = '\n'.join(lines)
        if '&#' in source or isinstance(how, str):
            # Only numbers, or the command, bring back what text_of took out.
            text = clean(text)
        self._show(text, self._fixed)

    def _by_command(self, command: str, source: str) -> str:
        try:
            return htmltext.by_command(command, source)
        except htmltext.ConversionFailed as error:
            self.reader.mlist.log('error', f'ARCHIVE_HTML_SANITIZER: {error}')
            return source

    def _html_file(self, part: Message, kind: Kind) -> None:
        """Keep HTML as 2.1 does, but so that no browser runs it."""
        how = self.reader.sanitizer
        if how not in (attachments.ESCAPE, attachments.KEEP):
            return
        source, _ = exact_text(self._data(part), kind.codec)
        if not source or source.isspace():
            return
        names, extension = names_of(part, kind), '.txt'
        if how == attachments.ESCAPE:
            source = attachments.readable_html(source)
            extension = attachments.extension_of('text/html', names.full, b'', False)
        data = source.encode('utf-8', 'replace')
        is_version = not names.written
        name = self.reader.labels['html'] if is_version else ''
        self._attach(names, data, 'text/html', extension, name).version = is_version

    # --- files --------------------------------------------------------------------

    def _file(self, part: Message, kind: Kind) -> None:
        """Keep a part that is no text."""
        data = self._data(part)
        if not data:
            return
        names = names_of(part, kind)
        self._attach(names, data, kind.type, self._extension(kind.type, names, data))
        if len(data) <= MAX_INLINE_FILE and (
            kind.type in _PATCHES or names.line.lower().endswith(('.diff', '.patch'))
        ):
            text = _as_text(data)
            if text:
                name = names.line or line_of(kind.type, 100)
                self._show_named(name, text, self._patch)

    def _message_file(self, part: Message, inner: Message) -> Attachment:
        text = charsets.decode(inner.as_bytes())
        data = html.escape(text, quote=False).encode('utf-8', 'replace')
        kind = kind_of(part)
        name = line_of(inner.get('subject') or kind.type, 100)
        names = names_of(part, kind)
        extension = self._extension(kind.type, names, data)
        return self._attach(names, data, kind.type, extension, name)

    def _extension(self, kind: str, names: Names, data: bytes) -> str:
        trust = self.reader.trust_extension
        return attachments.extension_of(kind, names.full, data, trust)

    def _attach(
        self, names: Names, data: bytes, kind: str, extension: str, name: str = ''
    ) -> Attachment:
        """Store a part and note it for the list of attachments."""
        reader, body = self.reader, self.body
        if self.store is None:
            self.store = self._make_store()
        stem = attachments.base_name(names.full, reader.use_sent_names)
        url = ''
        if self.store.saved < attachments.MAX_SAVED:
            url = self.store.save(data, stem, extension)
            url = url[url.index('attachments/') :]
        sent = name or names.line or stem + extension
        picture = (
            bool(url)
            and reader.pictures
            and kind in PICTURES
            and extension != attachments.UNKNOWN
            and data.startswith(_MAGIC[kind])
        )
        made = Attachment(sent, line_of(kind, 100), len(data), url, picture)
        body.attachments.append(made)
        body.texts.append(reader.notice(made))
        return made

    def _make_store(self) -> attachments.Store:
        """Give the place for the attachments of the message."""
        reader, place = self.reader, attachments.place_of(self.msg, {}, self.date)
        return attachments.Store(
            f'{os.fspath(reader.folder)}/{place}',
            f'{reader.url}{place}',
            durable=reader.durable,
            stale=reader.stale,
        )

    def _listing(self) -> str:
        """List what was attached, with pictures where they may be shown."""
        reader, found = self.reader, self.body.attachments
        items = [self._item(one) for one in found[:MAX_LISTED]]
        if len(found) > MAX_LISTED:
            items.append(f'<li>{reader.more_files(len(found) - MAX_LISTED)}</li>\n')
        return (
            f'<section class="files"><h2>{reader.labels["attachments"]}</h2>\n'
            f'<ul>\n{"".join(items)}</ul></section>\n'
        )

    def _item(self, one: Attachment) -> str:
        reader = self.reader
        name = reader.conceal(escape_attribute(one.name))
        facts = f'{escape_attribute(one.type)}, {reader.size(one.size)}'
        if not one.url:
            return f'<li><bdi>{name}</bdi> <span class="dim">({facts})</span></li>\n'
        url = escape_attribute(f'../{one.url}')
        link = f'<a href="{url}" rel="nofollow"><bdi>{name}</bdi></a>'
        picture = ''
        if one.picture:
            picture = (
                f'<a class="picture" href="{url}" rel="nofollow">'
                f'<img src="{url}" alt="{name}" loading="lazy"></a>'
            )
        return f'<li>{link} <span class="dim">({facts})</span>{picture}</li>\n'


def names_of(part: Message, kind: Kind) -> Names:
    """Give what the author of a part called it."""
    if not kind.is_named and 'content-disposition' not in part:
        return NO_NAMES
    written = part.get_filename('')
    if not written:
        return NO_NAMES
    return Names(written, headers.decode(written), line_of(written, 200))


def escape_attribute(text: str) -> str:
    """Escape text for an attribute."""
    return escape(text).replace('"', '&quot;')


def line_of(value: object, limit: int) -> str:
    """Give the text of a header or name on one line, with nothing that hides in it."""
    if not value:
        return ''
    text = str(value)[:5000]
    is_usual = len(text) <= limit and text.isascii() and text.isprintable()
    if is_usual and '=?' not in text and '  ' not in text:
        return text.strip()
    text = headers.decode(text)
    if not text.isascii() or not text.isprintable():
        text = clean(text)
    text = ' '.join(text.split())
    return text if len(text) <= limit else text[:limit] + '\u2026'


def _as_text(data: bytes) -> str:
    """Give bytes that are text as text, else nothing."""
    if b'\0' in data:
        return ''
    try:
        return clean(data.decode('utf-8').replace('\r\n', '\n'))
    except UnicodeDecodeError:
        return ''
