"""One archived mail: what indexes, pages, search and the volume's text need of it.

``read`` takes any bytes.  What cannot be shown becomes a page that says so, with the
headers as text.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from mailman.archive import attachments, dates, obscure
from mailman.archive.body import MAX_SEARCHED, Attachment, Body, Builder, line_of
from mailman.archive.quotes import Writer, escape
from mailman.archive.sizes import size_words
from mailman.archive.texts import UNWANTED, clean
from mailman.mail import addresses, charsets, headers
from mailman.mail.message import Message
from mailman.mail.subjects import tag_pattern

if TYPE_CHECKING:
    from mailman.lists import MailList

__all__ = ['Article', 'Attachment', 'Reader', 'read']

MAX_REFERENCES = 100
_LONGEST_ID = 998
_LONGEST_SUBJECT = 500
_LONGEST_NAME = 200
_LONGEST_ADDRESS = 320
_MAX_FIELD = 100_000
# Authors and subjects come again and again; so long, and so many, are remembered.
_USUAL, _REMEMBERED = 700, 1_000

_ID = re.compile(r'<([^<>]{1,2000})>')
_NAKED_ID = re.compile(r'[^\s<>"(),;]{1,998}@[^\s<>"(),;]{1,998}')
_AUTHOR = re.compile(
    r'(?:"([^"\\]{0,200})"|([^"<>(),:;@\\]{0,200}))[ ]?'
    r'<([^\s<>"(),:;@]{1,200}@[^\s<>"(),:;@]{1,250})>\Z'
)
# Words that programs put before the subject they answer, or pass on.
_REPLY = (
    're|aw|antw|antwort|sv|vs|ref|rif|r\u00e9|re\u0301|rv|odp|ynt'
    '|\u56de\u590d|\u56de\u8986|\u7b54\u590d'
)
_FORWARD = 'fwd?|wg|tr|doorst|enc|i|vb|pd|\u8f6c\u53d1|\u8f49\u5bc4'
_PREFIX = (
    rf'(?:(?P<re>{_REPLY})|(?:{_FORWARD}))[ ]?'
    r'(?:\[\d{1,3}\]|\(\d{1,3}\)|\^?\d{0,3})[ ]?[:\uff1a]'
)
_FROM_LINE = re.compile(r'^(>*From )', re.MULTILINE)


@dataclass(slots=True)
class Article:
    """A mail as the archive knows it; all its text is decoded and harmless to store."""

    message_id: str
    subject: str
    sort_subject: str
    is_reply: bool
    author: str
    email: str
    date: float
    zone: int | None
    in_reply_to: list[str]
    references: list[str]
    body: str
    text: str
    entry: bytes
    attachments: list[Attachment] = field(default_factory=list)

    @property
    def has_attachments(self) -> bool:
        """Whether its author attached something; the text in HTML is no such thing."""
        return any(not one.version for one in self.attachments)


class Reader:
    """What reading needs to know of a list; made once, for many mails.

    Without ``durable`` attachments are not forced to the disk one by one, which is
    for rebuilds: the mbox has them.  Those stored before ``stale`` may be replaced.
    """

    def __init__(
        self, mlist: MailList, durable: bool = True, stale: float = 0.0
    ) -> None:
        self.mlist, self.durable, self.stale = mlist, durable, stale
        self.site, cfg = mlist.site, mlist.site.cfg
        self._ = _ = mlist.translator()
        self.conceal = (
            obscure.obscure if cfg.ARCHIVER_OBSCURES_EMAILADDRS else obscure.keep
        )
        self.skew = float(cfg.ARCHIVER_ALLOWABLE_SANE_DATE_SKEW)
        self.sanitizer = cfg.ARCHIVE_HTML_SANITIZER
        self.trust_extension = bool(cfg.SCRUBBER_USE_ATTACHMENT_FILENAME_EXTENSION)
        self.use_sent_names = not cfg.SCRUBBER_DONT_USE_ATTACHMENT_FILENAME
        allowed = cfg.ARCHIVE_PICTURES
        is_one = isinstance(allowed, list | tuple) and mlist.name in allowed
        self.pictures = is_one or (allowed is True or allowed == 1)
        self.charset = mlist.charset
        self.separator = _(attachments.SEPARATOR)
        self.folder = self.site.archives_private / mlist.name
        self.url = mlist.archive_url()
        self.last = 0.0
        self.subjects: dict[str, tuple[str, str, bool]] = {}
        self.made_host = mlist.address().rpartition('@')[2] or 'localhost'
        self.tag = self._tag()
        self._words()

    def _tag(self) -> re.Pattern[str]:
        """Make the pattern of what may stand before a subject proper."""
        prefix = str(self.mlist.subject_prefix or '').strip()
        tag = f'|{tag_pattern(prefix).pattern}' if prefix else ''
        return re.compile(rf'\s*+(?:{_PREFIX}{tag})', re.IGNORECASE)

    def _words(self) -> None:
        """Translate once what pages say again and again."""
        _ = self._

        def more(n: int) -> str:
            text = _.plural('%(n)s more quoted line', '%(n)s more quoted lines', n)
            return escape(text)

        def more_files(n: int) -> str:
            return escape(_.plural('and %(n)s more', 'and %(n)s more', n))

        self.more_files = more_files
        self.writer = Writer(self.conceal, more)
        self.labels = {
            'attachments': escape(_('Attachments')),
            'html': _('HTML version'),
            'removed': _('An HTML part was removed.'),
            'rest': escape(
                _('This message is very long. The rest of it is not shown here.')
            ),
        }
        self.nested_labels = (
            ('from', escape(_('From'))),
            ('subject', escape(_('Subject'))),
            ('date', escape(_('Date'))),
        )

    def get_ready(self) -> None:
        """Read a mail of nothing, so that all that reading needs is there."""
        read(self, b'From: x <x@x.example>\n\n> x\n')
        self.last = 0.0

    def size(self, n: int) -> str:
        """Give a size for people."""
        return size_words(self._, n)

    def notice(self, one: Attachment) -> str:
        """Say in plain text that something was attached, as 2.1 did."""
        url = f'<{self.url}{one.url}>' if one.url else ''
        return (
            self._(
                'An attachment was taken out.\nName: %(name)s\nType: %(type)s\n'
                'Size: %(size)s bytes\nURL: %(url)s',
                name=one.name,
                type=one.type,
                size=one.size,
                url=url or self._('not stored: too many parts'),
            )
            + '\n'
        )


def read(reader: Reader, raw: bytes) -> Article:
    """Read a mail; raises only OSError, where an attachment cannot be stored."""
    msg = Message.from_bytes(raw)
    try:
        return _read(reader, msg, raw)
    except OSError:
        raise
    except Exception as error:  # noqa: BLE001 - one mail must not stop an archive
        reader.mlist.log('error', f'archive: a mail is shown as it is: {error!r}')
        return _unreadable(reader, raw)


def _read(reader: Reader, msg: Message, raw: bytes) -> Article:
    message_id = identity(msg)
    if not message_id:
        message_id = _made_id(reader, raw)
        del msg['message-id']
        msg['Message-ID'] = f'<{message_id}>'
    now = reader.site.now()
    date, zone = dates.of(msg, now, reader.skew, reader.last)
    reader.last = date
    author, email, raw_name = author_of(msg)
    subject, sort_subject, is_reply = _subject_of(reader, msg.get('subject') or '')
    body = Builder(reader, msg, date).build()
    searched = '\n'.join(body.searched)[:MAX_SEARCHED]
    article = Article(
        message_id,
        subject,
        sort_subject,
        is_reply,
        author or email,
        email,
        date,
        zone,
        ids(msg.get('in-reply-to'), False),
        ids(msg.get('references'), True),
        ''.join(body.html),
        searched,
        b'',
        body.attachments,
    )
    article.entry = _entry(reader, msg, article, raw_name or email, body)
    return article


def _unreadable(reader: Reader, raw: bytes) -> Article:
    """Give an article that shows the headers of a mail that we fail to read."""
    head = charsets.decode(raw[:20_000].replace(b'\r\n', b'\n').partition(b'\n\n')[0])
    head = clean(head)[:10_000]
    note = reader._('This message cannot be shown. These are its headers.')
    message_id = _made_id(reader, raw)
    date = (reader.last + 1) if reader.last else reader.site.now()
    shown = reader.conceal(escape(head))
    body = (
        f'<p class="note">{escape(note)}</p>\n'
        f'<pre class="code" tabindex="0">{shown}</pre>\n'
    )
    line = f'From nobody  {dates.asctime(date)}\n'
    text = _FROM_LINE.sub(r'>\1', f'{note}\n\n{reader.conceal(head)}\n\n\n')
    return Article(
        message_id=message_id,
        subject='',
        sort_subject='',
        is_reply=False,
        author='',
        email='',
        date=date,
        zone=None,
        in_reply_to=[],
        references=[],
        body=body,
        text='',
        entry=f'{line}Message-ID: <{message_id}>\n\n{text}'.encode('utf-8', 'replace'),
    )


# --- who, what, in answer to what ---------------------------------------------


def identity(msg: Message) -> str:
    """Give the Message-ID without its brackets; empty where there is none."""
    value = msg.get('message-id')
    if not value:
        return ''
    value = ''.join(value[:_MAX_FIELD].split())
    match = _ID.match(value)
    bare = match[1] if match else value.removeprefix('<').removesuffix('>')
    return _storable(bare[:_LONGEST_ID])


def _made_id(reader: Reader, raw: bytes) -> str:
    """Make a Message-ID from the mail itself: the same one each time."""
    digest = hashlib.sha1(raw, usedforsecurity=False).hexdigest()
    return f'{digest}@{reader.made_host}'


def _storable(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    return UNWANTED.sub('', charsets.recover(text))


def author_of(msg: Message) -> tuple[str, str, str]:
    """Give name and address of the author, and the name as it was written."""
    value = msg.get('from')
    usual = _usual_author(value) if value and len(value) < _USUAL else None
    return usual or _author(*_author_slowly(msg))


@lru_cache(_REMEMBERED)
def _usual_author(value: str) -> tuple[str, str, str] | None:
    match = _AUTHOR.match(value)
    return match and _author(match[1] or (match[2] or '').strip(), match[3])


def _author(raw_name: str, email: str) -> tuple[str, str, str]:
    if raw_name.isascii() and '=?' not in raw_name and raw_name.isprintable():
        name = raw_name
    else:
        name = line_of(raw_name, _LONGEST_NAME)
    return name[:_LONGEST_NAME], _storable(email)[:_LONGEST_ADDRESS], raw_name


def _author_slowly(msg: Message) -> tuple[str, str]:
    for header in ('from', 'sender', 'reply-to'):
        value = str(msg.get(header, ''))[:5000]
        if value:
            name, email = addresses.parse(value)
            if name or email:
                return name[:1000], ''.join(email.split())
    words = (msg.get_unixfrom() or '')[:1000].split()
    return '', words[1] if len(words) > 1 and '@' in words[1] else ''


def _subject_of(reader: Reader, value: str) -> tuple[str, str, bool]:
    """Give a subject, what it is about, and whether it answers."""
    if len(value) > _USUAL:
        return _read_subject(reader, value)
    known = reader.subjects.get(value)
    if known is None:
        if len(reader.subjects) >= _REMEMBERED:
            reader.subjects.clear()
        known = reader.subjects[value] = _read_subject(reader, value)
    return known


def _read_subject(reader: Reader, value: str) -> tuple[str, str, bool]:
    subject = line_of(value, _LONGEST_SUBJECT)
    return (subject, *strip_subject(reader, subject))


def strip_subject(reader: Reader, subject: str) -> tuple[str, bool]:
    """Give what a subject is about, to sort and to compare, and whether it answers."""
    place, is_reply = 0, False
    while match := reader.tag.match(subject, place):
        if match.end() == place:
            break
        is_reply = is_reply or match['re'] is not None
        place = match.end()
    return ' '.join(subject[place:].split()).casefold(), is_reply


def ids(value: str | None, naked: bool) -> list[str]:
    """Give the Message-IDs in a header, in order, each once; the last ones of many.

    ``naked``: without brackets too, as some programs write References.
    """
    if not value:
        return []
    value = value[-_MAX_FIELD:]
    found = _ID.findall(value)
    if not found and (naked or len(value.split()) == 1):
        found = _NAKED_ID.findall(value[:5000])
    joined = [''.join(one.split()) for one in found]
    kept = dict.fromkeys(_storable(one[:_LONGEST_ID]) for one in joined if one)
    return list(kept)[-MAX_REFERENCES:]


# --- the text of the volume ---------------------------------------------------


def _entry(
    reader: Reader, msg: Message, article: Article, name: str, body: Body
) -> bytes:
    """Write a mail for VOLUME.txt, in the shape that 2.1 gave it."""
    conceal = reader.conceal
    email = article.email or 'nobody'
    lines = [f'From {_word(email)}  {dates.asctime(article.date)}']
    lines.append(f'From: {email} ({_one_line(name)})' if name else f'From: {email}')
    for field_name in ('Date', 'Subject', 'In-Reply-To', 'References'):
        value = msg.get(field_name)
        if value:
            lines.append(f'{field_name}: {_one_line(value)}')
    # Message-IDs stay as they are: threads hang on them.
    head = '\n'.join(lines[:2])
    if conceal is obscure.obscure:
        head = head.replace('@', ' at ')
    rest = '\n'.join(lines[2:])
    text = reader.separator.join(body.texts).rstrip('\n')
    if 'From ' in text:
        text = _FROM_LINE.sub(r'>\1', text)
    whole = (
        f'{head}\n{rest}\nMessage-ID: <{article.message_id}>\n\n{conceal(text)}\n\n\n'
    )
    return whole.encode('utf-8', 'replace')


def _word(email: str) -> str:
    return email if email.isascii() else email.encode('ascii', 'replace').decode()


def _one_line(value: str) -> str:
    """Give a header's value as it was written, on one line."""
    value = value[:_MAX_FIELD]
    if not value.isprintable():
        value = _storable(headers.unfold(value))
    return value
