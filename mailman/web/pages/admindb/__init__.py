"""admindb/LIST: where moderators decide about posts, newcomers and leavers.

Without a query it shows all that waits; ``?msgid=ID``, ``?sender=ADDRESS`` and
``?details=all`` show held posts in full, ``?details=instructions`` how it all works.
These count in the address only, as in 2.1.  So do our own: ``find``, ``who``, ``sort``
and ``page`` of the table of posts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.constants import Role
from mailman.web import auth, loginpage, notices
from mailman.web.pages.admindb import wishes
from mailman.web.view import View, open_list

if TYPE_CHECKING:
    from mailman.web.answers import Response
    from mailman.web.pages.admindb.wishes import Wishes
    from mailman.web.request import Request


def respond(request: Request) -> Response:
    """Carry out what the moderator wants, and show what waits."""
    mlist = open_list(request)
    view = View(request, mlist)
    if request.rest[:1] == ['logout']:
        view.log_out(Role.LIST_MODERATOR, Role.LIST_ADMIN, Role.SITE_ADMIN)
        return loginpage.ask(view, 'moderator', wrong=False)
    loginpage.require(view, auth.MODERATORS, 'moderator')
    wanted = wishes.read(view)
    if wanted.empty:
        return show(view)
    if not view.may_change():
        # A form that lay open for too long is shown as it was; a link fills in none.
        return show(view, wanted if request.is_post else None)
    if wanted.errors:
        for field, text in wanted.errors.items():
            view.say(text, notices.ERROR, field=field)
        return show(view, wanted)
    return decide(view, wanted)


def decide(view: View, wanted: Wishes) -> Response:
    """Carry out the decisions; then the page again, with what became of them."""
    # For start-up time: most requests only look.
    from mailman.web.pages.admindb import deciding

    assert view.mlist is not None
    deciding.carry_out(view, wanted)
    url = view.mlist.url('admindb', absolute=False)
    query = str(view.request.environ.get('QUERY_STRING', ''))
    # Back to the same part of the table; never with a password in the address.
    if query and not set(view.request.query) - wishes.OF_THE_TABLE:
        url = f'{url}?{query}'
    return view.after_change(url, lambda: show(view))


def show(view: View, typed: Wishes | None = None) -> Response:
    """Make the page that the address asks for; ``typed`` is what it is filled with."""
    query = view.request.query
    if typed is not None and typed.in_full:
        from mailman.web.pages.admindb import details  # start-up time, as below

        return details.some(view, typed.in_full, typed)
    if 'msgid' in query or 'sender' in query or 'details' in query:
        from mailman.web.pages.admindb import details  # start-up time: reads posts

        return details.page(view)
    from mailman.web.pages.admindb import summary  # start-up time: the others need not

    return summary.page(view, typed)
