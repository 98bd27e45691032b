"""Where in a list's administration one is, and what stands beside each page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from mailman.settings import PAGES, Page, pages_of
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.web.answers import Response
    from mailman.web.view import View

# Titles of the categories, in their order where the site names no other.
CATEGORIES = {
    'general': N_('General'),
    'passwords': N_('Passwords'),
    'language': N_('Languages'),
    'members': N_('Members'),
    'nondigest': N_('Posts one by one'),
    'digest': N_('Digests'),
    'privacy': N_('Privacy'),
    'bounce': N_('Bounces'),
    'archive': N_('Archive'),
    'gateway': N_('News gateway'),
    'autoreply': N_('Automatic replies'),
    'contentfilter': N_('Content filter'),
    'topics': N_('Topics'),
}
PARTS = {
    'list': N_('All members'),
    'add': N_('Add'),
    'remove': N_('Remove'),
    'change': N_('Change an address'),
    'sync': N_('Synchronise'),
    'subscribing': N_('Joining'),
    'sender': N_('Senders'),
    'recipient': N_('Recipients'),
    'spam': N_('Spam'),
}


@dataclass(frozen=True)
class Place:
    """A page by its category and part; ``page`` has its settings."""

    category: str
    part: str
    page: Page

    @classmethod
    def of(cls, view: View) -> Place:
        """Give the place that the address names; unknown names mean the first."""
        rest = view.request.rest
        return cls.named(rest[0] if rest else '', rest[1] if len(rest) > 1 else '')

    @classmethod
    def named(cls, category: str, part: str = '') -> Place:
        """Give a place by its names."""
        pages = pages_of(category) or [PAGES[0]]
        page = next((one for one in pages if one.subcategory == part), pages[0])
        if category == 'members' and part == 'export':
            return cls(category, part, page)
        return cls(page.category, page.subcategory or '', page)

    def url(self, mlist: MailList) -> str:
        """Give the path of the page."""
        parts = (self.category, self.part) if self.part else (self.category,)
        return mlist.url('admin', *parts, absolute=False)


class Link(NamedTuple):
    """An entry of the navigation."""

    title: str
    url: str
    here: bool
    parts: list[Any]


def navigation(view: View, category: str, part: str) -> list[Link]:
    """Give the categories in the site's order, the present one with its parts."""
    mlist, _ = view.mlist, view._
    assert mlist is not None
    named = [name for name in view.site.cfg.ADMIN_CATEGORIES if name in CATEGORIES]
    found = []
    for name in dict.fromkeys((*named, *CATEGORIES)):
        parts = [
            Link(
                _(PARTS[one.subcategory]),
                mlist.url('admin', name, one.subcategory, absolute=False),
                name == category and one.subcategory == part,
                [],
            )
            for one in pages_of(name)
            if one.subcategory
        ]
        url = mlist.url('admin', name, absolute=False)
        here = name == category and not parts
        found.append(Link(_(CATEGORIES[name]), url, here, parts))
    return found


def elsewhere(view: View) -> list[tuple[str, str]]:
    """Give the other pages about this list, as (title, path)."""
    mlist, _ = view.mlist, view._
    assert mlist is not None
    links = [
        (_('Moderation'), mlist.url('admindb', absolute=False)),
        (_('Edit pages and texts'), mlist.url('edithtml', absolute=False)),
        (_('Information page'), mlist.url('listinfo', absolute=False)),
        (_('Archive'), mlist.archive_url()),
    ]
    if view.site.cfg.OWNERS_CAN_DELETE_THEIR_OWN_LISTS:
        links.append((_('Remove this list'), mlist.url('rmlist', absolute=False)))
    return links


def page(
    view: View,
    template: str,
    title: str,
    category: str = '',
    part: str = '',
    *,
    status: int = 200,
    **values: Any,
) -> Response:
    """Make a page of the administration, with its navigation."""
    mlist = view.mlist
    assert mlist is not None
    return view.page(
        f'admin/{template}',
        title,
        status=status,
        navigation=navigation(view, category, part),
        elsewhere=elsewhere(view),
        admin=mlist.url('admin', absolute=False),
        find=view.request.query.text('find'),
        **values,
    )
