"""Take attachments out of a message, store them beside the archive, leave links.

For the archive, for plain digests, and for the posts of lists with ``scrub_nondigest``
(handlers/scrubber).  What is left is one plain text; parts are parted by a line.  Files
lie in the list's archive under ::

    attachments/YYYYMMDD/XXXXXXXX/attachment.EXT

the day of the post and 8 hex digits of its Message-ID's SHA-1: first and last four.
They are served from the origin of the pages that administrators log in to.  So a
file's extension comes from the table below and never names anything that a browser
runs; HTML is stored as text to look at (SECURITY 3.9, CVE-2020-12137).
"""

from __future__ import annotations

import errno
import hashlib
import html
import os
import re
import stat
import time
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import parsedate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailman.archive import dates
from mailman.errors import DiscardMessage
from mailman.lists.message_ids import unique_message_id
from mailman.mail import charsets, headers, htmltext
from mailman.mail.mimeparts import read_text
from mailman.site.i18n import N_
from mailman.storage import safefile

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message

SEPARATOR = N_('-------------- next part --------------\n')
# What is more is not stored: one post must not fill the disk with tiny files.
MAX_SAVED = 1000

# ARCHIVE_HTML_SANITIZER
REMOVE, ESCAPE, LEAVE, KEEP = 0, 1, 2, 3

# Type: its extensions, ours first.  Whatever is missing is stored as .bin.
EXTENSIONS = {
    'application/gzip': ('.gz', '.tgz'),
    'application/msword': ('.doc', '.dot'),
    'application/octet-stream': ('.bin', '.obj'),
    'application/pdf': ('.pdf',),
    'application/pgp-encrypted': ('.asc',),
    'application/pgp-keys': ('.asc', '.key'),
    'application/pgp-signature': ('.sig', '.asc', '.pgp'),
    'application/pkcs7-signature': ('.p7s',),
    'application/postscript': ('.ps', '.eps', '.ai'),
    'application/rtf': ('.rtf',),
    'application/vnd.ms-excel': ('.xls', '.xlb'),
    'application/vnd.ms-powerpoint': ('.ppt', '.pps', '.pot'),
    'application/vnd.oasis.opendocument.graphics': ('.odg',),
    'application/vnd.oasis.opendocument.presentation': ('.odp',),
    'application/vnd.oasis.opendocument.spreadsheet': ('.ods',),
    'application/vnd.oasis.opendocument.text': ('.odt',),
    'application/vnd.openxmlformats-officedocument.presentationml.presentation': (
        '.pptx',
    ),
    'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet': ('.xlsx',),
    'application/vnd.openxmlformats-officedocument.wordprocessingml.document': (
        '.docx',
    ),
    'application/x-7z-compressed': ('.7z',),
    'application/x-bzip2': ('.bz2',),
    'application/x-dvi': ('.dvi',),
    'application/x-gzip': ('.gz', '.tgz'),
    'application/x-pkcs7-signature': ('.p7s',),
    'application/x-tar': ('.tar',),
    'application/x-tex': ('.tex',),
    'application/x-xz': ('.xz',),
    'application/x-zip-compressed': ('.zip',),
    'application/zip': ('.zip',),
    'audio/mp4': ('.m4a',),
    'audio/mpeg': ('.mp3', '.mp2', '.mpga'),
    'audio/ogg': ('.ogg', '.oga'),
    'audio/x-wav': ('.wav',),
    'audio/wav': ('.wav',),
    'image/bmp': ('.bmp',),
    'image/gif': ('.gif',),
    'image/jpeg': ('.jpg', '.jpeg', '.jpe'),
    'image/jpg': ('.jpg', '.jpeg', '.jpe'),
    'image/png': ('.png',),
    'image/tiff': ('.tif', '.tiff'),
    'image/webp': ('.webp',),
    'image/x-ms-bmp': ('.bmp',),
    'message/rfc822': ('.eml',),
    'text/calendar': ('.ics',),
    'text/csv': ('.csv',),
    'text/html': ('.html', '.htm'),
    'text/markdown': ('.md',),
    'text/plain': ('.txt', '.text', '.log', '.c', '.h', '.diff', '.patch'),
    'text/richtext': ('.rtx',),
    'text/rtf': ('.rtf',),
    'text/tab-separated-values': ('.tsv',),
    'text/vcard': ('.vcf',),
    'text/x-csrc': ('.c', '.h'),
    'text/x-diff': ('.diff', '.patch'),
    'text/x-patch': ('.patch', '.diff'),
    'text/x-vcard': ('.vcf',),
    'video/mp4': ('.mp4',),
    'video/mpeg': ('.mpeg', '.mpg', '.mpe'),
    'video/ogg': ('.ogv',),
    'video/quicktime': ('.mov', '.qt'),
    'video/webm': ('.webm',),
}
UNKNOWN = '.bin'
SAFE = {ext for exts in EXTENSIONS.values() for ext in exts} - {'.html', '.htm'}

# As nearly everybody writes it; what differs takes the slow way.
_USUAL_DATE = re.compile(
    r'(?:[A-Z][a-z]{2}, )?(\d{1,2}) ([A-Z][a-z]{2}) ([1-9]\d{3})'
    r' \d\d:\d\d:\d\d [+-]\d{4}\b',
    re.ASCII,
)

_NOT_IN_NAMES = re.compile(r'[^-\w.]', re.ASCII)
_LONGEST_NAME = 100


def scrub(
    mlist: MailList, msg: Message, msgdata: dict[str, Any] | None = None
) -> Message:
    """Leave one plain text of a message, in place, and links to what it had.

    Raises DiscardMessage where HTML is to be removed and there is nothing else.
    """
    Scrubber(mlist, Store.of(mlist, msg, msgdata or {})).scrub(msg)
    return msg


# --- the files --------------------------------------------------------------


@dataclass
class Store:
    """The directory for the attachments of one message."""

    directory: Path | str
    url: str
    saved: int = 0
    numbers: dict[str, int] = field(default_factory=dict)
    # What can be made again from the mbox need not be on the disk at once.
    durable: bool = True
    # A rebuild: what was stored before this time gives its name to what comes now.
    stale: float = 0.0

    @classmethod
    def of(cls, mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> Store:
        """Find the message's place; gives it a Message-ID if it has none."""
        if 'message-id' not in msg:
            msg['Message-ID'] = unique_message_id(mlist)
        place = place_of(msg, msgdata, mlist.site.now())
        directory = mlist.site.archives_private / mlist.name / place
        return cls(directory, f'{mlist.archive_url()}{place}')

    def save(self, data: bytes, name: str, extension: str) -> str:
        """Store a file under the name, or one with a number; give its URL.

        The same content under the same name is stored once: archive and digest
        scrub the same post.
        """
        self.saved += 1
        directory = os.fspath(self.directory)
        # The first file, in a folder that was not there, need not be looked for.
        is_new = not self.numbers and _make_directories(directory)
        wanted = name + extension
        for number in range(self.numbers.get(wanted, 0), 10_000):
            file = f'{name}-{number:04d}{extension}' if number else wanted
            path = f'{directory}/{file}'
            if _store(path, data, self.durable, self.stale, is_new):
                self.numbers[wanted] = number + 1
                return f'{self.url}/{file}'
        raise FileExistsError(errno.EEXIST, 'too many attachments', directory)


def place_of(msg: Message, msgdata: dict[str, Any], now: float) -> str:
    """Give where in an archive the attachments of a message are."""
    day = day_of(msg, msgdata, now)
    return f'attachments/{day}/{folder_of(str(msg["message-id"]))}'


def folder_of(message_id: str) -> str:
    """Give the name of the folder for a Message-ID, as it stands in the header."""
    raw = message_id.encode('utf-8', 'surrogateescape')
    digest = hashlib.sha1(raw, usedforsecurity=False).hexdigest()
    return digest[:4] + digest[-4:]


def day_of(msg: Message, msgdata: dict[str, Any], now: float) -> str:
    """Give the day of a message as YYYYMMDD: of its Date, else of its arrival."""
    date = str(msg.get('date', ''))[:200]
    return _day_in(date) or _day_at(float(msgdata.get('received_time', now)))


def _day_in(date: str) -> str:
    """Give the day that a Date header says, empty for one of no sense."""
    usual = _USUAL_DATE.match(date)
    try:
        if usual:
            month = dates.MONTHS.get(usual[2], 0)
            year, day = int(usual[3]), int(usual[1])
        else:
            year, month, day = (parsedate(date) or (0, 0, 0))[:3]
    except (ValueError, TypeError, IndexError, OverflowError):
        return ''
    if 1970 <= year <= 2100 and 1 <= month <= 12 and 1 <= day <= 31:
        return f'{year:04d}{month:02d}{day:02d}'
    return ''


def _day_at(moment: float) -> str:
    return time.strftime('%Y%m%d', time.gmtime(moment))


def _make_directories(directory: str) -> bool:
    """Make the directory and those above it, as check_perms wants them.

    Answers whether it was not there before.
    """
    try:
        return _make_directory(directory)
    except FileNotFoundError:
        missing = [directory]
        while not os.path.isdir(directory := os.path.dirname(directory) or '.'):
            missing.append(directory)
        return [_make_directory(one) for one in reversed(missing)][-1]


def _make_directory(path: str) -> bool:
    try:
        os.mkdir(path)
    except FileExistsError:
        return False
    with suppress(OSError):
        os.chmod(path, 0o2775)  # noqa: S103 - what 2.1 has there
    return True


def _store(path: str, data: bytes, durable: bool, stale: float, is_new: bool) -> bool:
    """Make a file complete, and durable, in one step; False if the name is taken."""
    found = None if is_new else _has(path, data)
    if found:
        if stale:
            os.utime(path)
        return True
    replaces = found is not None
    if replaces and not _is_older(path, stale):
        return False
    temporary = safefile.temporary_name(path)
    try:
        safefile.write_new(temporary, data, 0o664, durable)
        (os.rename if replaces else os.link)(temporary, path)
    except FileExistsError:
        return bool(_has(path, data))
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
    if durable:
        safefile.fsync_dir(os.path.dirname(path))
    return True


def _is_older(path: str, limit: float) -> bool:
    found = os.lstat(path)
    return stat.S_ISREG(found.st_mode) and found.st_mtime < limit


def _has(path: str, data: bytes) -> bool | None:
    """Tell whether a file holds the data; None where there is no file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError:
        return False
    try:
        if os.fstat(descriptor).st_size != len(data):
            return False
        return os.read(descriptor, len(data) + 1) == data
    except OSError:
        return False
    finally:
        os.close(descriptor)


def sent_name(part: Message) -> str:
    """Give the name that a part was sent with, decoded; empty where there is none."""
    name = part.get_filename('')
    return headers.decode(name) if name else ''


def extension_of(kind: str, name: str, data: bytes, trust_name: bool) -> str:
    """Give the extension that a part of a type is stored with.

    The one it was sent with counts where it fits the type, or with ``trust_name``
    (SCRUBBER_USE_ATTACHMENT_FILENAME_EXTENSION) where it is a safe one.
    """
    known = EXTENSIONS.get(kind, (UNKNOWN,))
    sent = os.path.splitext(name)[1].lower()
    chosen = sent if sent in known or (trust_name and sent in SAFE) else known[0]
    # Browsers that get no type, or distrust it, look at how the content begins.
    if chosen not in ('.txt', '.eml', '.html', '.htm') and data.lstrip()[:1] == b'<':
        return UNKNOWN
    return chosen


def base_name(name: str, use_sent: bool) -> str:
    """Give the name, without extension, that a part is stored under."""
    if not use_sent:
        return 'attachment'
    name = re.split(r'[/\\:]', name[:1000])[-1].lstrip('.')
    name = _NOT_IN_NAMES.sub('', os.path.splitext(name)[0])
    # Some web servers run x.php.png.
    return name[:_LONGEST_NAME].replace('.', '-') or 'attachment'


# --- the parts --------------------------------------------------------------


class Scrubber:
    """Scrubs one message, in the language of the list."""

    def __init__(self, mlist: MailList, store: Store) -> None:
        self.mlist, self.store = mlist, store
        self.cfg = mlist.site.cfg
        self._ = mlist.translator()

    def scrub(self, msg: Message) -> None:
        """Replace each part, then make one text of what is left."""
        style, charset = {}, None
        for part in msg.walk():
            if part.get_content_type() == 'text/plain':
                style = {name: part.get_param(name) for name in ('format', 'delsp')}
                charset = part.get_content_charset()
                break
        # A part that was replaced has no parts any more, and walk sees that.
        for part in msg.walk():
            if not (part.is_multipart() and part.get_content_maintype() == 'multipart'):
                self._replace(part, part is msg)
        if msg.is_multipart():
            self._join(msg, charset, style)

    def _replace(self, part: Message, outermost: bool) -> None:
        kind = part.get_content_type()
        if kind == 'text/plain':
            return
        if kind == 'text/html' and not isinstance(self.cfg.ARCHIVE_HTML_SANITIZER, str):
            self._replace_html(part, outermost)
        elif kind == 'message/delivery-status' and part.is_multipart():
            blocks = [block.as_string() for block in part.get_payload()]
            self._put(part, ''.join(blocks))
        elif kind.startswith('message/'):
            self._replace_message(part)
        elif not part.is_multipart() and part.get_payload():
            self._replace_attachment(part)

    def _replace_html(self, part: Message, outermost: bool) -> None:
        how = int(self.cfg.ARCHIVE_HTML_SANITIZER)
        if how == LEAVE:
            return
        if how == REMOVE:
            if outermost:
                raise DiscardMessage('nothing but HTML')
            self._put(part, self._('An HTML part was removed.'))
            return
        source, _ = read_text(part)
        extension = extension_of('text/html', sent_name(part), b'', False)
        if how == KEEP:
            # As it came, but to be read, not run: the archive shares its origin with
            # the pages that administrators log in to.
            extension = '.txt'
        else:
            source = readable_html(source)
        url = self._save(part, source.encode('utf-8', 'replace'), extension)
        self._put(part, self._('An HTML part was taken out.\nURL: %(url)s', url=url))

    def _replace_message(self, part: Message) -> None:
        inner = part.get_payload(0) if part.is_multipart() else part
        raw = inner.as_bytes()
        text = charsets.decode(raw)
        # Inert even where a server gives it no type and a browser guesses.
        data = html.escape(text, quote=False).encode('utf-8', 'replace')
        extension = extension_of(part.get_content_type(), sent_name(part), data, False)
        url = self._save(part, data, extension)
        _ = self._
        text = _(
            'A message was taken out.\nFrom: %(who)s\nSubject: %(subject)s\n'
            'Date: %(date)s\nSize: %(size)s\nURL: %(url)s',
            who=_line(inner.get('from')) or _('unknown'),
            subject=_line(inner.get('subject')) or _('(no subject)'),
            date=_line(inner.get('date')) or _('unknown'),
            size=len(raw),
            url=url,
        )
        self._put(part, text)

    def _replace_attachment(self, part: Message) -> None:
        data = part.get_payload(decode=True)
        if not isinstance(data, bytes):
            return
        kind, size = part.get_content_type(), len(data)
        trust = bool(self.cfg.SCRUBBER_USE_ATTACHMENT_FILENAME_EXTENSION)
        extension = extension_of(kind, sent_name(part), data, trust)
        if kind == 'text/html':
            data, extension = self._sanitised(data), '.txt'
        _ = self._
        text = _(
            'An attachment was taken out.\nName: %(name)s\nType: %(type)s\n'
            'Size: %(size)s bytes\nDesc: %(description)s\nURL: %(url)s',
            name=_line(part.get_filename('')) or _('not known'),
            type=kind,
            size=size,
            description=_line(part.get('content-description')) or _('none'),
            url=self._save(part, data, extension),
        )
        self._put(part, text)

    def _sanitised(self, data: bytes) -> bytes:
        """Run HTML through the site's command, else make it readable ourselves."""
        text = charsets.decode(data)
        try:
            text = htmltext.by_command(str(self.cfg.ARCHIVE_HTML_SANITIZER), text)
        except htmltext.ConversionFailed as error:
            self.mlist.log('error', f'ARCHIVE_HTML_SANITIZER: {error}')
            text = htmltext.plain(text)
        return text.encode('utf-8', 'replace')

    def _save(self, part: Message, data: bytes, extension: str) -> str:
        if self.store.saved >= MAX_SAVED:
            return self._('not stored: too many parts')
        use_sent = not self.cfg.SCRUBBER_DONT_USE_ATTACHMENT_FILENAME
        name = base_name(sent_name(part), use_sent)
        return f'<{self.store.save(data, name, extension)}>'

    def _put(self, part: Message, text: str) -> None:
        """Make a part this text."""
        _become_text(part, text + '\n', self.mlist.charset)

    # --- what is left -----------------------------------------------------------

    def _join(self, msg: Message, charset: str | None, style: dict[str, Any]) -> None:
        """Make one text of all texts; keep how the first one flows (RFC 3676)."""
        texts = []
        for part in msg.walk():
            if part.is_multipart() or not part.get_payload():
                continue
            kind = part.get_content_type()
            if kind in ('text/plain', 'text/html'):
                text, _ = read_text(part)
                texts.append(text if text.endswith('\n') else text + '\n')
            else:
                texts.append(self._('A part of type %(type)s was left out.', type=kind))
        if not charset or charsets.same(charset, 'us-ascii'):
            charset = self.mlist.charset
        _become_text(msg, self._(SEPARATOR).join(texts), charset)
        for name, value in style.items():
            if value:
                msg.set_param(name, str(value))


def _become_text(part: Message, text: str, charset: str) -> None:
    had_version = 'mime-version' in part
    for name in ('content-type', 'content-transfer-encoding', 'content-disposition'):
        del part[name]
    del part['content-description']
    part.set_text(text, charset)
    if not had_version and part.get('from') is None:
        del part['mime-version']


def _line(value: object) -> str:
    """Give a header's text for a line of ours."""
    return headers.one_line(headers.decode(value), 300) if value else ''


def readable_html(source: str) -> str:
    """Make a page that shows the source of an HTML text."""
    return (
        '<!DOCTYPE html>\n<meta charset="utf-8">\n<pre>\n'
        f'{html.escape(source, quote=False)}\n</pre>\n'
    )
