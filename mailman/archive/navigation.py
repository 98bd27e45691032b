"""From an article to its neighbours: links in the page, and in its head.

Both stand between marks, which are comments, so that they can be exchanged when a
neighbour comes or goes and the page stays otherwise as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from mailman.archive.files import encoded
from mailman.archive.quotes import escape

if TYPE_CHECKING:
    from mailman.archive.rows import LinkParts, Links, Row
    from mailman.site.i18n import Translator

NAV, NAV_END = b'<!--nav-->\n', b'<!--/nav-->'
LINKS, LINKS_END = b'<!--links-->\n', b'<!--/links-->'
# What is more can be seen in the index by thread.
MAX_FOLLOWUPS = 50
# In the place of an article's anchor in links to indexes; no text has it.
_ANCHOR = '\x02'
_MARK = _ANCHOR.encode()
_MOST_KNOWN = 256
_MORE = ' class="more"'
# A link's beginning, before the address, and what stands between that and its text.
_PLAIN, _QUOTE = b'<a href="', b'">'
_PREVIOUS, _NEXT = b'<a rel="prev" href="', b'<a rel="next" href="'
_ITEM_END, _END = b'</dd></div>\n', b'</dl>\n' + NAV_END

Write = Callable[['Row'], str]


class Navigation:
    """Makes the links around articles, in the language of a list."""

    def __init__(
        self, _: Translator, subject: Write, author: Write, day: Callable[[float], str]
    ) -> None:
        self._ = _
        self.subject, self.author, self.day = subject, author, day
        self.previous = _hidden(_('Previous:'))
        self.next = _hidden(_('Next:'))
        # On a narrow screen the others are below the message only.
        self.by_thread = _label('', _('In this thread'))
        self.by_date = _label(_MORE, _('By date'))
        self.parent = _label('', _('In reply to'))
        self.replies = _label(_MORE, _('Replies'))
        self.sorted = _label(_MORE, _('Sorted by'))
        self._known: dict[str, bytes] = {}
        # In 2.1's order.
        self.kinds = (
            ('date', escape(_('Date'))),
            ('thread', escape(_('Thread'))),
            ('subject', escape(_('Subject'))),
            ('author', escape(_('Author'))),
        )

    def nav(self, links: Links) -> bytes:
        """Make the links to be seen, with their marks."""
        row, out = links.row, [NAV, b'<dl>\n']
        subject = row.sort_subject
        if links.parent:
            out.append(self.parent)
            out += self._link(links.parent, subject)
            out.append(_ITEM_END)
        if links.followups:
            out.append(self.replies)
            self._add_followups(out, links, row)
            out.append(_ITEM_END)
        pairs = (
            (self.by_thread, links.thread_previous, links.thread_next),
            (self.by_date, links.previous, links.next),
        )
        for label, before, after in pairs:
            if before or after:
                out.append(label)
                if before:
                    out += self._link(before, subject, _PREVIOUS, self.previous)
                if after:
                    out += self._link(after, subject, _NEXT, self.next)
                out.append(_ITEM_END)
        out += (self.sorted, self._indexes(row), _ITEM_END, _END)
        return b''.join(out)

    def _link(
        self, row: Row, subject: str, start: bytes = _PLAIN, words: bytes = _QUOTE
    ) -> tuple[bytes, bytes, bytes, bytes]:
        """Link a neighbour by its author, and by its subject where that differs."""
        address, short, full = row.markup or self._mark_up(row)
        return start, address, words, short if row.sort_subject == subject else full

    def _mark_up(self, row: Row) -> LinkParts:
        """Make once what the pages all around an article say of it."""
        if row.removed:
            short = full = f'{self.subject(row)}</a> '
        else:
            short = f'<bdi>{self.author(row)}</bdi></a> '
            full = f'<bdi>{self.subject(row)}</bdi>, {short}'
        address = f'../{folder(row.volume)}/{row.number:06d}.html'
        row.markup = markup = (address.encode(), encoded(short), encoded(full))
        return markup

    def _address(self, row: Row) -> bytes:
        return (row.markup or self._mark_up(row))[0]

    def _add_followups(self, out: list[bytes], links: Links, row: Row) -> None:
        shown = links.followups[:MAX_FOLLOWUPS]
        for one in shown:
            out += self._link(one, row.sort_subject)
        if len(links.followups) > len(shown):
            n = len(links.followups) - len(shown)
            text = escape(self._.plural('and %(n)s more', 'and %(n)s more', n))
            out.append(encoded(f'<a href="{_index(row, "thread")}">{text}</a>'))

    def _indexes(self, row: Row) -> bytes:
        return self._indexes_of(row.volume).replace(_MARK, b'#%d' % row.number)

    def _indexes_of(self, volume: str) -> bytes:
        found = self._known.get(volume)
        if found is None:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            text = ' '.join(
                f'<a href="../{folder(volume)}/{kind}.html{_ANCHOR}">{label}</a>'
                for kind, label in self.kinds
            )
            found = self._known[volume] = encoded(text)
        return found

    def links(self, links: Links) -> bytes:
        """Make the links of the head, with their marks; neighbours in the thread."""
        before = links.thread_previous or links.previous
        after = links.thread_next or links.next
        out = [LINKS]
        if before:
            out += (b'<link rel="prev" href="', self._address(before), b'">\n')
        if after:
            out += (b'<link rel="next" href="', self._address(after), b'">\n')
        if links.parent:
            out += (b'<link rel="up" href="', self._address(links.parent), b'">\n')
        out.append(LINKS_END)
        return b''.join(out)

    def renew(self, page: bytes, links: Links) -> bytes:
        """Exchange what is between the marks in a page; others stay as they are."""
        page = _exchange(page, LINKS, LINKS_END, self.links(links))
        return _exchange(page, NAV, NAV_END, self.nav(links))


def _exchange(page: bytes, start: bytes, end: bytes, new: bytes) -> bytes:
    out: list[bytes] = []
    place = 0
    while (at := page.find(start, place)) >= 0:
        stop = page.find(end, at)
        if stop < 0:
            break
        out += (page[place:at], new)
        place = stop + len(end)
    out.append(page[place:])
    return b''.join(out)


def _hidden(text: str) -> bytes:
    return encoded(f'"><span class="hidden">{escape(text)}</span> ')


def _label(attribute: str, text: str) -> bytes:
    return encoded(f'<div{attribute}><dt>{escape(text)}</dt><dd>')


def _index(row: Row, kind: str) -> str:
    return f'../{folder(row.volume)}/{kind}.html#{row.anchor}'


@lru_cache(256)
def folder(volume: str) -> str:
    """Give the name of a volume as it stands in addresses."""
    return quote(volume)
