"""All that waits: newcomers and leavers, the table of posts, the groups by sender.

Only request.pck is read, and for the rows that are seen the size of each post's file.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from mailman.actions import tidying
from mailman.constants import MemberFlag, RequestType
from mailman.errors import LockTimeout
from mailman.lists.requests import (
    HeldMessage,
    HeldSubscription,
    HeldUnsubscription,
    Request,
    Requests,
)
from mailman.mail import addresses
from mailman.site.i18n import N_
from mailman.web.pages.admindb import rows, wishes
from mailman.web.pages.admindb.rows import Row, Typed

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.web.answers import Response
    from mailman.web.pages.admindb.wishes import Wishes
    from mailman.web.view import View

ROWS_PER_PAGE = 50
COLUMNS = {
    'sender': N_('Sender'),
    'subject': N_('Subject'),
    'reason': N_('Why it is held'),
    'age': N_('Age'),
    'size': N_('Size'),
}
SENDER, SENDER_TIME, TIME = 1, 2, 3


@dataclass
class Newcomer:
    """Somebody who wants to join, or to leave."""

    id: int
    address: str
    name: str = ''
    when: rows.When | None = None


@dataclass
class Group:
    """The posts of one sender."""

    sender: str
    quoted: str
    is_member: bool
    posts: list[Row] = field(default_factory=list)
    is_moderated: bool = False
    is_banned: bool = False
    is_valid: bool = True


@dataclass
class Table:
    """The part of the held posts that is seen, and how it was chosen."""

    posts: list[Row]
    found: int
    total: int
    find: str
    who: str
    sort: str
    page: int
    pages: int
    here: str
    ids: str

    def link(self, **changes: object) -> str:
        """Give the address of the table with another order, or another part."""
        asked = {'find': self.find, 'who': self.who, 'sort': self.sort, **changes}
        query = urlencode({name: value for name, value in asked.items() if value})
        return f'{self.here}?{query}' if query else self.here

    def order(self, column: str) -> str:
        """Give the ``sort`` that a click on a column's head asks for."""
        return f'-{column}' if self.sort == column else column

    def aria_sort(self, column: str) -> str:
        """Tell how the column is sorted, for aria-sort."""
        return {column: 'ascending', f'-{column}': 'descending'}.get(self.sort, '')


def page(view: View, typed: Wishes | None = None) -> Response:
    """Make the page."""
    mlist = view.mlist
    assert mlist is not None
    requests = Requests(mlist)
    tidy(mlist, requests)
    everything = requests.all()
    kinds = rows.Kinds(mlist, view._)
    posts = [
        kinds.row(number, request)
        for number, (_kind, request) in everything.items()
        if isinstance(request, HeldMessage)
    ]
    table = choose(view, posts, requests)
    count = len(everything)
    _ = view._
    title = _.plural(
        'Moderation: one request waits on %(list)s',
        'Moderation: %(n)s requests wait on %(list)s',
        count,
        list=mlist.real_name,
    )
    if not count:
        title = _('Moderation: nothing waits on %(list)s', list=mlist.real_name)
    joining, leaving = people(view, everything)
    return view.page(
        'admindb/summary.html',
        title,
        joining=joining,
        leaving=leaving,
        table=table,
        columns=COLUMNS,
        groups=groups(view, posts),
        order=order_of_groups(view),
        typed=Typed(typed),
        **rows.common(mlist),
    )


def tidy(mlist: MailList, requests: Requests) -> None:
    """Forget what came to nothing, as 2.1 does when a moderator looks."""
    if tidying.superfluous(mlist, requests):
        # A list that is busy is tidied the next time.
        with suppress(LockTimeout), mlist.lock(2):
            tidying.tidy(mlist)


def people(
    view: View, everything: dict[int, tuple[RequestType, Request]]
) -> tuple[list[Newcomer], list[Newcomer]]:
    """Give those who want to join, and those who want to leave."""
    joining, leaving = [], []
    for number, (_kind, request) in everything.items():
        if isinstance(request, HeldSubscription):
            name, since = rows.shown(request.fullname or ''), request.time
            moment = rows.when(since, view.site.now(), view._)
            address = rows.shown(request.address)
            joining.append(Newcomer(number, address, name, moment))
        elif isinstance(request, HeldUnsubscription):
            leaving.append(Newcomer(number, rows.shown(request.address)))
    return joining, leaving


# --- the table of posts ---------------------------------------------------------------


def choose(view: View, posts: list[Row], requests: Requests) -> Table:
    """Give the part of the posts that the address asks for."""
    query = view.request.query
    find, who, sort = query.text('find')[:200], query.get('who'), query.get('sort')
    found = matching(posts, find, who)
    put_in_order(found, sort, requests)
    pages = max(-(-len(found) // ROWS_PER_PAGE), 1)
    number = min(max(query.number('page') or 1, 1), pages)
    seen = found[(number - 1) * ROWS_PER_PAGE : number * ROWS_PER_PAGE]
    now = view.site.now()
    for row in seen:
        rows.complete(row, requests, view._, now)
    assert view.mlist is not None
    return Table(
        seen,
        len(found),
        len(posts),
        find,
        who if who in ('members', 'others') else '',
        sort if sort.removeprefix('-') in COLUMNS else '',
        number,
        pages,
        view.mlist.url('admindb', absolute=False),
        ','.join(str(row.id) for row in found),
    )


def matching(posts: list[Row], find: str, who: str) -> list[Row]:
    """Give the posts with these words in sender, subject or reason."""
    found = list(posts)
    if who in ('members', 'others'):
        found = [row for row in found if row.is_member == (who == 'members')]
    for word in find.casefold().split():
        found = [
            row
            for row in found
            if word in f'{row.sender}\n{row.subject}\n{row.reason}'.casefold()
        ]
    return found


def put_in_order(posts: list[Row], sort: str, requests: Requests) -> None:
    """Sort by a column; the oldest first where nothing else decides."""
    column = sort.removeprefix('-')
    if column == 'size':
        for row in posts:
            rows.weigh(row, requests)
    posts.sort(key=lambda row: (row.time, row.id))
    if column in ('sender', 'subject', 'reason'):
        posts.sort(key=lambda row: str(getattr(row, column)).casefold())
    elif column == 'size':
        posts.sort(key=lambda row: row.bytes)
    # By age, the oldest come first when they are sorted downwards.
    if sort.startswith('-') == (column != 'age') and sort:
        posts.reverse()


# --- the posts of each sender ---------------------------------------------------------


def order_of_groups(view: View) -> int:
    """Give 2.1's summary_sort, 0 where the site does not offer it."""
    default = int(view.site.cfg.DISPLAY_HELD_SUMMARY_SORT_BUTTONS)
    if not default:
        return 0
    asked = view.request.fields.number('summary_sort')
    return asked if asked in (SENDER, SENDER_TIME, TIME) else default


def groups(view: View, posts: Iterable[Row]) -> list[Group]:
    """Give the senders with their posts, by 2.1's orders."""
    assert view.mlist is not None
    banned = {str(entry).lower() for entry in view.mlist.ban_list}
    found: dict[str, Group] = {}
    for row in posts:
        key = wishes.key(row.held.sender)
        group = found.get(key)
        if group is None:
            group = found[key] = new_group(view.mlist, key, row)
            group.is_banned = key in banned
        group.posts.append(row)
    listed = list(found.values())
    order = order_of_groups(view)
    for group in listed:
        group.posts.sort(key=lambda row: (row.time, row.id))
    if order in (SENDER_TIME, TIME):
        listed.sort(key=lambda group: group.posts[0].time)
    else:
        listed.sort(key=lambda group: group.sender.lower())
    return listed


def new_group(mlist: MailList, key: str, row: Row) -> Group:
    """Start the group of a sender."""
    group = Group(row.sender, wishes.quoted(key), row.is_member)
    if row.is_member:
        group.is_moderated = mlist.option(key, MemberFlag.MODERATE)
    else:
        group.is_valid = addresses.is_valid(key)
    return group
