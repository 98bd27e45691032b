"""The pages of a list's archive: articles, indexes, front page, feed.

Templates are in ``templates/web/archive``.  The page of an article is made for each
mail, so its template is rendered once per list, with marks where an article's own
values go; filling them in costs little.  Lines of indexes are made by hand for the
same reason.  All links inside an article's page are relative to the archive's folder
by ``../``, so that they are right at both of its addresses.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from markupsafe import Markup

from mailman.archive import activity, dates, obscure, permalinks
from mailman.archive.body import REST, escape_attribute
from mailman.archive.files import encoded
from mailman.archive.navigation import Navigation, folder
from mailman.archive.quotes import escape
from mailman.archive.rows import VolumeCount
from mailman.archive.sizes import size_words
from mailman.archive.texts import clean
from mailman.site.i18n import N_
from mailman.site.pages import renderer

if TYPE_CHECKING:
    from mailman.archive.rows import Front, Links, Row
    from mailman.lists import MailList

KINDS = (
    ('thread', N_('Thread')),
    ('subject', N_('Subject')),
    ('author', N_('Author')),
    ('date', N_('Date')),
)
TITLES = {
    'thread': N_('%(volume)s by thread'),
    'subject': N_('%(volume)s by subject'),
    'author': N_('%(volume)s by author'),
    'date': N_('%(volume)s by date'),
}
# As 2.1: search engines are to keep the articles, and to find them by the indexes.
_KEEP, _FOLLOW, _NEITHER = 'index,nofollow', 'noindex,follow', 'noindex,nofollow'
# Indentation ends here; the number says how deep it goes on.
DEEPEST = 8
_IN_FEED = 30
_REMEMBERED = 2_000
_REST = REST.encode()
_SLOT = re.compile('\x02([a-z]+)\x03')


class Pages:
    """Makes the pages of one list; made once, for many pages."""

    def __init__(self, mlist: MailList) -> None:
        self.mlist = mlist
        self.site, cfg = mlist.site, mlist.site.cfg
        lang = mlist.preferred_language
        self._ = _ = self.site.translator(lang)
        self._render = renderer(
            self.site, lang, mlist_name=mlist.name, host=mlist.host_name
        )
        self.conceal = (
            obscure.obscure if cfg.ARCHIVER_OBSCURES_EMAILADDRS else obscure.keep
        )
        self.url = mlist.archive_url()
        self.day = dates.day_writer(_)
        self.kinds = [(kind, _(label)) for kind, label in KINDS]
        self.months = [_(name) for name in dates.SHORT_MONTHS]
        self._words()
        self._remember()
        self.navigation = Navigation(_, self.subject_html, self.author_html, self.day)
        self._frames: dict[str, Frame] = {}

    def _words(self) -> None:
        """Translate once what each article and line needs."""
        mlist, _ = self.mlist, self._
        self.no_subject = _('(no subject)')
        self.no_author = _('(unknown)')
        self.removed = _('(removed)')
        self.reply = escape(_('Reply to the list'))
        self.clip = f' <small>{escape(_("attachment"))}</small>'
        address = mlist.address() if mlist.include_list_post_header else ''
        self.mailto = f'mailto:{quote(address)}?Subject=' if address else ''
        text = escape(_('The downloads of the archive have all of it.'))
        # Not to the file itself: its name changes when it is compressed.
        self.rest = f' <a href="../index.html#volumes">{text}</a>'.encode()

    # --- words and values ---------------------------------------------------------

    def subject_of(self, row: Row) -> str:
        """Give a subject as pages show it."""
        return self.removed if row.removed else self._subject(row.subject)

    def _subject(self, subject: str) -> str:
        return self.conceal(subject) or self.no_subject

    def author_of(self, row: Row) -> str:
        """Give who wrote something as pages show it."""
        return '' if row.removed else self._author(row.author, row.email)

    def _author(self, author: str, email: str) -> str:
        if author and author != email:
            return self.conceal(author)
        return self._address(email) or self.no_author

    def _address(self, email: str) -> str:
        """Give an address as pages show it, also one that does not look like any."""
        hides = self.conceal is obscure.obscure
        return email.replace('@', ' at ') if hides else email

    def _remember(self) -> None:
        """Escape once what stands in a dozen places: in pages around, in indexes."""

        @lru_cache(_REMEMBERED)
        def subject_html(subject: str) -> str:
            return escape_attribute(self._subject(subject))

        @lru_cache(_REMEMBERED)
        def author_html(author: str, email: str) -> str:
            return escape_attribute(self._author(author, email))

        @lru_cache(_REMEMBERED)
        def reply_subject(subject: str) -> str:
            return _quoted(
                subject if subject[:3].lower() == 're:' else f'Re: {subject}'
            )

        @lru_cache(_REMEMBERED)
        def short_day(day: str) -> str:
            return f'{int(day[8:])} {self.months[int(day[5:7]) - 1]}'

        self._subject_html, self._author_html = subject_html, author_html
        self._short_day, self._reply_subject = short_day, reply_subject
        self._removed_html = escape_attribute(self.removed)

    def subject_html(self, row: Row) -> str:
        """Give a subject for HTML, also for an attribute."""
        return self._removed_html if row.removed else self._subject_html(row.subject)

    def author_html(self, row: Row) -> str:
        """Give an author for HTML."""
        return '' if row.removed else self._author_html(row.author, row.email)

    def _common(self, robots: str, root: str) -> dict[str, Any]:
        """Give what the frame of each page needs."""
        mlist = self.mlist
        search = mlist.url('search')
        parts = urlsplit(search)
        origin = f'{parts.scheme}://{parts.netloc}'
        policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'"
        return {
            'root': root,
            'robots': robots,
            'policy': f'{policy}; form-action {re.sub("[^!-:<-~]", "", origin)}',
            'list_name': str(mlist.real_name),
            'info_url': mlist.url('listinfo'),
            'search_url': search,
        }

    def _frame(self, template: str, names: str, robots: str) -> Frame:
        """Render a template with marks, and cut it at them."""
        if template not in self._frames:
            marks = {
                name: Markup(f'\x02{name}\x03')  # noqa: S704 - a mark of ours
                for name in names.split()
            }
            page = self._render(template, **self._common(robots, '../'), **marks)
            self._frames[template] = Frame(page)
        return self._frames[template]

    # --- articles -----------------------------------------------------------------

    def article(self, row: Row, body: bytes, links: Links) -> bytes:
        """Make the page of an article; the body is UTF-8, as the page is."""
        frame = self._frame('archive/article.html', _ARTICLE, _KEEP)
        subject, volume = self.subject_html(row), folder(row.volume)
        made, reply = self._reply(row)
        email = escape(self._address(row.email)) if row.author != row.email else ''
        values = {
            'title': subject,
            'subject': subject,
            'volume': volume,
            'file': f'{volume}/{row.number:06d}.html',
            'made': made,
            'author': self.author_html(row),
            'address': f'<span class="dim"><bdi>{email}</bdi></span>' if email else '',
            'date': self._date(row),
            'reply': reply,
            'permalink': permalinks.file_of(row.message_id),
        }
        return frame.filled(
            values,
            body=body.replace(_REST, self.rest),
            links=self.navigation.links(links),
            nav=self.navigation.nav(links),
        )

    def _reply(self, row: Row) -> tuple[str, str]:
        """Give the links that answer a message, for the head and to be seen."""
        if not self.mailto:
            return '', ''
        message_id = _quoted(row.message_id)
        subject = self._reply_subject(row.subject)
        address = f'{self.mailto}{subject}&amp;In-Reply-To=%3C{message_id}%3E'
        return (
            f'<link rel="made" href="{address}">',
            f'<a class="reply" href="{address}">{self.reply}</a>',
        )

    def _date(self, row: Row) -> str:
        """Write a date on the author's clock, and in UTC where that is another."""
        zone, day = row.zone or 0, self.day(row.date)
        utc = f'{dates.time_of_day(row.date)} UTC'
        if not zone:
            return f'<time datetime="{dates.iso(row.date)}">{day}, {utc}</time>'
        local = row.date + zone * 60
        local_day = self.day(local)
        if local_day != day:
            utc = f'{day}, {utc}'
        return (
            f'<time datetime="{dates.iso(row.date, zone)}">{local_day}, '
            f'{dates.time_of_day(local)} {dates.offset(zone)}</time> '
            f'<span class="dim">({utc})</span>'
        )

    def nav(self, links: Links) -> bytes:
        """Make what is between the nav marks of an article's page, with the marks."""
        return self.navigation.nav(links)

    def renew(self, page: bytes, links: Links) -> bytes:
        """Exchange all in the page of an article that depends on its neighbours."""
        return self.navigation.renew(page, links)

    def tombstone(self, row: Row, links: Links) -> bytes:
        """Make the page that stands for a message that was removed."""
        frame = self._frame('archive/removed.html', 'title volume links nav', _NEITHER)
        values = {
            'title': escape(self.removed),
            'volume': quote(row.volume),
        }
        return frame.filled(
            values, links=self.navigation.links(links), nav=self.navigation.nav(links)
        )

    def get_ready(self) -> None:
        """Render what is rendered once only."""
        self._frame('archive/article.html', _ARTICLE, _KEEP)
        self.index_frame(KINDS[0][0], VolumeCount('', '', 0, 0.0, 0.0))

    # --- indexes ------------------------------------------------------------------

    def index_frame(self, kind: str, counts: VolumeCount) -> tuple[str, str]:
        """Make what stands before the lines of an index, and behind them."""
        page = self._render(
            'archive/index.html',
            **self._common(_FOLLOW, '../'),
            title=self._(TITLES[kind], volume=counts.label),
            kind=kind,
            kinds=self.kinds,
            counts=counts,
            first=self.day(counts.first),
            last=self.day(counts.last),
            lines='\x02lines\x03',
        )
        head, _, foot = page.partition('\x02lines\x03\n')
        return head, foot

    def index_line(self, kind: str, row: Row, depth: int = 0) -> bytes:
        """Make the line of an article in an index; ``depth`` is that of its thread."""
        return self.deep(self.line(row), depth if kind == 'thread' else 0)

    def deep(self, line: bytes, depth: int) -> bytes:
        """Put into the line of an article how deep in its thread it stands."""
        if not depth:
            return line
        start, link, rest = line.split(b'>', 2)
        mark = b'<b>%d</b> ' % depth if depth > DEEPEST else b''
        level = b' class="d%d" aria-level="%d">' % (min(depth, DEEPEST), depth + 1)
        return b''.join((start, level, link, b'>', mark, rest))

    def line(self, row: Row) -> bytes:
        """Make the line of an article, the same in all indexes but that by thread."""
        number = row.number
        clip = self.clip if row.has_attachments else ''
        subject, author = self.subject_html(row), self.author_html(row)
        when = dates.iso(row.date)
        return encoded(
            f'<li id="{number}"><a href="{number:06d}.html"><bdi>{subject}</bdi>{clip}'
            f'</a> <i><bdi>{author}</bdi></i> <time datetime="{when}">'
            f'{self._short_day(when[:10])} {when[11:16]}</time></li>\n'
        )

    # --- front page and feed ------------------------------------------------------

    def front(self, front: Front) -> str:
        """Make ``index.html`` of the archive."""
        bars, summary = activity.bars(front.activity, self._)
        return self._front(front, bars, summary)

    def empty(self) -> str:
        """Make ``index.html`` of an archive without messages."""
        return self._front(None, [], '')

    def _front(self, front: Front | None, bars: list[Any], summary: str) -> str:
        mlist, cfg = self.mlist, self.site.cfg
        offered = cfg.PUBLIC_MBOX or mlist.archive_private
        name = quote(mlist.name)
        return self._render(
            'archive/front.html',
            **self._common(_FOLLOW, ''),
            title=self._('Archive'),
            description=clean(str(mlist.description)),
            front=front,
            bars=bars,
            activity=summary,
            kinds=self.kinds,
            day=self.day,
            span=self._span,
            size=lambda n: size_words(self._, n),
            subject_of=self.subject_of,
            author_of=self.author_of,
            mbox_url=f'../{name}.mbox/{name}.mbox' if offered and front else '',
        )

    def _span(self, volume: VolumeCount) -> str:
        first, last = self.day(volume.first), self.day(volume.last)
        return first if first == last else f'{first} \u2013 {last}'

    def feed(self, rows: list[Row]) -> str:
        """Make ``feed.xml``: the newest messages, in Atom."""
        shown = [row for row in rows if not row.removed][:_IN_FEED]
        entries = [
            {
                'subject': clean(self.subject_of(row)),
                'author': clean(self.author_of(row)),
                'permalink': self.url + permalinks.file_of(row.message_id),
                'url': self.url + quote(row.file),
                'date': dates.iso(row.date),
            }
            for row in shown
        ]
        newest = max((row.date for row in shown), default=float(self.mlist.created_at))
        return self._render(
            'archive/feed.xml',
            list_name=clean(str(self.mlist.real_name)),
            description=clean(str(self.mlist.description)),
            url=self.url,
            updated=dates.iso(newest),
            entries=entries,
        )


_ARTICLE = (
    'title subject volume file made links author address date reply nav body permalink'
)


class Frame:
    """What the pages of all articles have in common, encoded once, and its gaps."""

    def __init__(self, page: str) -> None:
        pieces = _SLOT.split(page)  # texts and names in turn
        self.pieces = [encoded(piece) for piece in pieces]
        self.names = pieces[1::2]

    def filled(self, values: dict[str, str], **made: bytes) -> bytes:
        """Put values where the marks of the frame were; some are bytes already."""
        for name, text in values.items():
            made[name] = encoded(text)
        out = self.pieces[:]
        out[1::2] = [made[name] for name in self.names]
        return b''.join(out)


_PERCENT = {n: quote(chr(n), safe='') for n in range(128)}
_PERCENT_BYTES = [quote(bytes([n]), safe='') for n in range(256)]


def _quoted(text: str) -> str:
    if text.isascii():
        return text.translate(_PERCENT)
    return ''.join(map(_PERCENT_BYTES.__getitem__, text.encode('utf-8', 'replace')))
