"""From an article to its neighbours: links in the page, and in its head.

Both stand between marks, which are comments, so that they can be exchanged when a
neighbour comes or goes and the page stays otherwise as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote

from mailman.archive.quotes import escape

if TYPE_CHECKING:
    from mailman.archive.rows import LinkParts, Links, Row
    from mailman.site.i18n import Translator

NAV, NAV_END = '<!--nav-->\n', '<!--/nav-->'
LINKS, LINKS_END = '<!--links-->\n', '<!--/links-->'
# What is more can be seen in the index by thread.
MAX_FOLLOWUPS = 50
# In the place of an article's anchor in links to indexes; no text has it.
_ANCHOR = '\x02'
_MOST_KNOWN = 256
_MORE = ' class="more"'
_PREVIOUS, _NEXT = '<a rel="prev" href="', '<a rel="next" href="'
_ITEM_END = '</dd></div>\n'

Write = Callable[['Row'], str]


class Navigation:
    """Makes the links around articles, in the language of a list."""

    def __init__(
        self, _: Translator, subject: Write, author: Write, day: Callable[[float], str]
    ) -> None:
        self._ = _
        self.subject, self.author, self.day = subject, author, day
        self.previous = f'">{_hidden(_("Previous:"))}'
        self.next = f'">{_hidden(_("Next:"))}'
        # On a narrow screen the others are below the message only.
        self.by_thread = _label('', _('In this thread'))
        self.by_date = _label(_MORE, _('By date'))
        self.parent = _label('', _('In reply to'))
        self.replies = _label(_MORE, _('Replies'))
        self.sorted = _label(_MORE, _('Sorted by'))
        self._known: dict[str, str] = {}
        # In 2.1's order.
        self.kinds = (
            ('date', escape(_('Date'))),
            ('thread', escape(_('Thread'))),
            ('subject', escape(_('Subject'))),
            ('author', escape(_('Author'))),
        )

    def nav(self, links: Links) -> str:
        """Make the links to be seen, with their marks."""
        row, out = links.row, [NAV, '<dl>\n']
        if links.parent:
            out += (self.parent, self._link(links.parent, row), _ITEM_END)
        if links.followups:
            out += (self.replies, self._followups(links, row), _ITEM_END)
        pairs = (
            (self.by_thread, links.thread_previous, links.thread_next),
            (self.by_date, links.previous, links.next),
        )
        for label, before, after in pairs:
            if before or after:
                out.append(label)
                if before:
                    out.append(self._link(before, row, _PREVIOUS, self.previous))
                if after:
                    out.append(self._link(after, row, _NEXT, self.next))
                out.append(_ITEM_END)
        out += (self.sorted, self._indexes(row), _ITEM_END, '</dl>\n', NAV_END)
        return ''.join(out)

    def _link(
        self, row: Row, origin: Row, start: str = '<a href="', words: str = '">'
    ) -> str:
        """Link a neighbour by its author, and by its subject where that differs."""
        address, short, full = row.markup or self._mark_up(row)
        same = row.sort_subject == origin.sort_subject
        return f'{start}{address}{words}{short if same else full}'

    def _mark_up(self, row: Row) -> LinkParts:
        """Make once what the pages all around an article say of it."""
        if row.removed:
            short = full = f'{self.subject(row)}</a> '
        else:
            short = f'<bdi>{self.author(row)}</bdi></a> '
            full = f'<bdi>{self.subject(row)}</bdi>, {short}'
        address = f'../{folder(row.volume)}/{row.number:06d}.html'
        row.markup = markup = (address, short, full)
        return markup

    def _address(self, row: Row) -> str:
        return (row.markup or self._mark_up(row))[0]

    def _followups(self, links: Links, row: Row) -> str:
        shown = links.followups[:MAX_FOLLOWUPS]
        out = [self._link(one, row) for one in shown]
        if len(links.followups) > len(shown):
            n = len(links.followups) - len(shown)
            text = escape(self._.plural('and %(n)s more', 'and %(n)s more', n))
            out.append(f'<a href="{_index(row, "thread")}">{text}</a>')
        return ''.join(out)

    def _indexes(self, row: Row) -> str:
        return self._indexes_of(row.volume).replace(_ANCHOR, f'#{row.anchor}')

    def _indexes_of(self, volume: str) -> str:
        found = self._known.get(volume)
        if found is None:
            if len(self._known) > _MOST_KNOWN:
                self._known.clear()
            found = self._known[volume] = ' '.join(
                f'<a href="../{folder(volume)}/{kind}.html{_ANCHOR}">{label}</a>'
                for kind, label in self.kinds
            )
        return found

    def links(self, links: Links) -> str:
        """Make the links of the head, with their marks; neighbours in the thread."""
        before = links.thread_previous or links.previous
        after = links.thread_next or links.next
        out = [LINKS]
        if before:
            out.append(f'<link rel="prev" href="{self._address(before)}">\n')
        if after:
            out.append(f'<link rel="next" href="{self._address(after)}">\n')
        if links.parent:
            out.append(f'<link rel="up" href="{self._address(links.parent)}">\n')
        out.append(LINKS_END)
        return ''.join(out)

    def renew(self, page: str, links: Links) -> str:
        """Exchange what is between the marks in a page; others stay as they are."""
        page = _exchange(page, LINKS, LINKS_END, self.links(links))
        return _exchange(page, NAV, NAV_END, self.nav(links))


def _exchange(page: str, start: str, end: str, new: str) -> str:
    out: list[str] = []
    place = 0
    while (at := page.find(start, place)) >= 0:
        stop = page.find(end, at)
        if stop < 0:
            break
        out += (page[place:at], new)
        place = stop + len(end)
    out.append(page[place:])
    return ''.join(out)


def _hidden(text: str) -> str:
    return f'<span class="hidden">{escape(text)}</span> '


def _label(attribute: str, text: str) -> str:
    return f'<div{attribute}><dt>{escape(text)}</dt><dd>'


def _index(row: Row, kind: str) -> str:
    return f'../{folder(row.volume)}/{kind}.html#{row.anchor}'


@lru_cache(256)
def folder(volume: str) -> str:
    """Give the name of a volume as it stands in addresses."""
    return quote(volume)
