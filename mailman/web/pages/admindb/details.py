"""Held posts in full: ?msgid=ID, ?sender=ADDRESS, ?details=all; and how it works."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from mailman.actions import moderation, tidying
from mailman.errors import CorruptFile, LockTimeout, UnsafePickle
from mailman.lists.requests import Requests
from mailman.web import notices
from mailman.web.pages.admindb import preview, rows, wishes
from mailman.web.pages.admindb.preview import Preview
from mailman.web.pages.admindb.rows import Row, Typed

if TYPE_CHECKING:
    from mailman.web.answers import Response
    from mailman.web.pages.admindb.wishes import Wishes
    from mailman.web.view import View

# More in full would be a page that nobody reads, and no browser shows quickly.
MOST = 500


@dataclass
class Post:
    """A held post with all that its page shows."""

    row: Row
    comment: str
    seen: Preview = field(default_factory=Preview)
    damaged: bool = False


def page(view: View) -> Response:
    """Make the page that the address asks for."""
    asked = dict(parse_qsl(str(view.request.environ.get('QUERY_STRING', ''))))
    if asked.get('details') == 'instructions':
        assert view.mlist is not None
        title = view._('How moderation works')
        common = rows.common(view.mlist)
        return view.page('admindb/instructions.html', title, **common)
    return some(view, wanted_ids(view))


def wanted_ids(view: View) -> list[int] | None:
    """Give the posts that the address asks for; None for all."""
    query = view.request.query
    if 'msgid' in query:
        number = query.number('msgid')
        return [] if number is None else [number]
    if 'sender' in query:
        assert view.mlist is not None
        held = Requests(view.mlist).all_held()
        # As it is, and quoted once more, as in the names of 2.1's fields.
        typed = query.get('sender')
        known = {wishes.key(typed), wishes.unquoted(typed)}
        return [n for n, post in held.items() if wishes.key(post.sender) in known]
    return None


def some(
    view: View, numbers: Iterable[int] | None, typed: Wishes | None = None
) -> Response:
    """Show some held posts, or all, each with its form."""
    mlist = view.mlist
    assert mlist is not None
    requests = Requests(mlist)
    held = requests.all_held()
    ids = sorted(held) if numbers is None else sorted(set(numbers) & set(held))
    kinds = rows.Kinds(mlist, view._)
    posts = []
    for number in ids[:MOST]:
        row = kinds.row(number, held[number])
        rows.complete(row, requests, view._, view.site.now())
        posts.append(_post(view, requests, row))
    forget_lost(view, [post.row.id for post in posts if post.row.lost])
    posts = [post for post in posts if not post.row.lost]
    if not posts and numbers is not None:
        view.say(
            view._('This post does not wait any more: it was decided.'), notices.WARNING
        )
    return view.page(
        'admindb/details.html',
        _title(view, posts, len(held)),
        posts=posts,
        more=max(len(ids) - MOST, 0),
        neighbours=neighbours(sorted(held), posts),
        typed=Typed(typed),
        **rows.common(mlist),
    )


def _title(view: View, posts: list[Post], total: int) -> str:
    _, mlist = view._, view.mlist
    assert mlist is not None
    if len(posts) == 1:
        return _('Held post on %(list)s', list=mlist.real_name)
    values = {'total': total, 'list': mlist.real_name}
    return _('%(n)s of %(total)s held posts on %(list)s', n=len(posts), **values)


def neighbours(ids: list[int], posts: list[Post]) -> tuple[int | None, int | None]:
    """Give the held posts before and after a single one."""
    if len(posts) != 1 or posts[0].row.id not in ids:
        return None, None
    place = ids.index(posts[0].row.id)
    before = ids[place - 1] if place else None
    return before, ids[place + 1] if place + 1 < len(ids) else None


def _post(view: View, requests: Requests, row: Row) -> Post:
    comment = str(row.held.msgdata.get('rejection_notice') or '').strip()
    post = Post(row, rows.many_lines(comment) or view._(moderation.DEFAULT_REJECTION))
    if row.lost:
        return post
    try:
        msg = requests.message(row.id)
    except (CorruptFile, UnsafePickle, OSError) as error:
        view.site.log.exception(f'held post {row.id} cannot be read', error)
        post.damaged = True
        return post
    if msg is None:
        row.lost = True
    else:
        limit = int(view.site.cfg.ADMINDB_PAGE_TEXT_LIMIT)
        post.seen = preview.look(msg, limit)
    return post


def forget_lost(view: View, lost: list[int]) -> None:
    """Take posts whose file is gone from the list, as 2.1 does, and say so."""
    mlist = view.mlist
    assert mlist is not None
    if not lost:
        return
    with suppress(LockTimeout), mlist.lock(2):
        tidying.tidy(mlist, lost)
    text = view._.plural(
        'One post was lost: its file is gone, and it was taken from the list.',
        '%(n)s posts were lost: their files are gone, and they were taken from the'
        ' list.',
        len(lost),
    )
    view.say(text, notices.WARNING)
