"""Asks for a password: of a list's owners or moderators."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.web import notices
from mailman.web.auth import code_is_wanted

if TYPE_CHECKING:
    from mailman.constants import Role
    from mailman.web.answers import Response
    from mailman.web.view import View


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
    query = str(request.environ.get('QUERY_STRING', ''))
    action = view.mlist.url(request.program, *request.rest, absolute=False)
    return view.page(
        'login.html',
        title,
        status=401 if wrong else 200,
        who=who,
        code=code_is_wanted(request, view.mlist),
        action=f'{action}?{query}' if query and 'adminpw=' not in query else action,
    )
