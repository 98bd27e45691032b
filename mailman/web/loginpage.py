"""Asks for a password: of a list's owners or moderators.

The form is ours; or one that owners, a host or the site wrote in 2.1's way,
``admlogin.html`` with ``%(listname)s``, ``%(path)s``, ``%(who)s``, ``%(message)s``.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from mailman.web import notices, ownforms
from mailman.web.auth import code_is_wanted

if TYPE_CHECKING:
    from mailman.constants import Role
    from mailman.web.answers import Response
    from mailman.web.request import Request
    from mailman.web.view import View


# What of a query says which page was asked for.  The rest is left out of the form: what
# comes together with a password is done, and links are written by others.
KEPT = frozenset(
    (
        *('VARHELP', 'find', 'row', 'letter', 'chunk', 'findmember', 'legend'),
        *('details', 'msgid', 'sender', 'who', 'sort', 'page', 'language'),
    )
)


def kept_query(request: Request, names: Collection[str]) -> str:
    """Give these fields of the query as a query again, '' for none."""
    kept = [pair for pair in request.query.pairs if pair[0] in names]
    return f'?{urlencode(kept)}' if kept else ''


def require(view: View, roles: tuple[Role, ...], who: str = 'admin') -> None:
    """Have one of these roles logged in, by ``adminpw`` or a cookie, or ask for it.

    Ends the page with the log-in form: 200, or 401 after a wrong password.
    """
    clear = view.request.fields.get('adminpw')
    if view.authenticate(roles, clear=clear) is None:
        raise view.end(ask(view, who, wrong=bool(clear)))


def ask(view: View, who: str, *, wrong: bool) -> Response:
    """Make the form; it leads back to the page asked for."""
    assert view.mlist is not None
    _, request = view._, view.request
    if wrong:
        view.say(_('That password was not right.'), notices.ERROR, field='adminpw')
    title = {
        'admin': _('%(list)s: log in as its owner', list=view.mlist.real_name),
        'moderator': _('%(list)s: log in as moderator', list=view.mlist.real_name),
    }[who]
    action = view.mlist.url(request.program, *request.rest, absolute=False)
    action += kept_query(request, KEPT)
    status, code = 401 if wrong else 200, code_is_wanted(request, view.mlist)
    # A form of 2.1's days has no box for a code.
    own = None if code else _own_form(view, action, who, title, status)
    return own or view.page(
        'login.html',
        title,
        status=status,
        who=who,
        forgotten=view.mlist.url('admin', 'forgotten', absolute=False),
        code=code,
        action=action,
    )


def _own_form(
    view: View, action: str, who: str, title: str, status: int
) -> Response | None:
    """Answer with somebody's own form, None if there is none, or none of use."""
    assert view.mlist is not None
    _ = view._
    whose = {'admin': _('List administrator'), 'moderator': _('List moderator')}
    # What went wrong stands among the notices of the page already.
    values = {
        'listname': str(view.mlist.real_name),
        'path': action,
        'who': whose[who],
        'message': '',
    }
    return ownforms.answer(
        view, 'admlogin.html', values, 'adminpw', title=title, status=status
    )
