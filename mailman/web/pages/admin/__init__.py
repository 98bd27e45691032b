"""admin: everything that owners of a list change, at 2.1's addresses.

====================================  =================================================
admin                                 the lists of this site
admin/LIST                            the General page
admin/LIST/CATEGORY[/SUBCATEGORY]     settings, or members; unknown names: the first
admin/LIST/logout                     log out
admin/LIST/members/export             the members as a table (CSV)
admin/LIST/forgotten                  mail the owners a link to set a new password
admin/LIST/newpassword/COOKIE         where that link leads
====================================  =================================================

``?VARHELP=CATEGORY/NAME`` is a page of one setting, ``?find=WORDS`` looks for settings.
Whatever the category, fields of the passwords' and members' pages are looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.constants import Role
from mailman.web import auth
from mailman.web.answers import Answer, Refused
from mailman.web.loginpage import ask, require
from mailman.web.pages.admin.frame import Place
from mailman.web.view import View, open_list

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.web.answers import Response
    from mailman.web.request import Request

# Modules are imported where they are needed: start-up is the cost of a CGI request.


def respond(request: Request) -> Response:
    """Answer with the page of the address, after what the form asks for was done."""
    if not request.list_name:
        from mailman.web.pages.admin import overview

        return overview.respond(request)
    mlist = _open(request)
    view = View(request, mlist, lang=str(mlist.preferred_language))
    first = request.rest[0] if request.rest else ''
    if first in ('forgotten', 'newpassword'):
        from mailman.web.pages.admin import forgotten

        return forgotten.respond(view)
    if first == 'logout':
        return log_out(view)
    require(view, auth.OWNERS)
    return answer(view)


def _open(request: Request) -> MailList:
    """Open the list of the address; for an unknown one the overview says so (404)."""
    try:
        return open_list(request)
    except Refused as refusal:
        if refusal.status != 404:
            raise
        from mailman.web.pages.admin import overview

        raise Answer(overview.respond(request, refusal)) from None


def log_out(view: View) -> Response:
    """End the log-in, and ask for the password again."""
    view.log_out(Role.LIST_ADMIN, Role.SITE_ADMIN)
    # Logging in again must not lead here.
    del view.request.pieces[1:]
    return ask(view, 'admin', wrong=False)


def answer(view: View) -> Response:
    """Do what the form asks for, and show the page."""
    place = Place.of(view)
    request = view.request
    if all(name in SAFE for name in request.fields):
        return show(view, place)
    if not view.may_change():
        return _show_again(view, place)
    return _change(view, place) or show(view, place)


def _show_again(view: View, place: Place) -> Response:
    """Show the form once more, with what was typed if it was typed on our page."""
    typed = view.request.environ.get('HTTP_SEC_FETCH_SITE') == 'same-origin'
    if not (typed and view.request.is_post):
        return show(view, place)
    if place.category == 'members' and place.part not in ('list', 'export'):
        from mailman.web.pages.admin import mass

        return mass.show(view, place.part, typed=True)
    if place.category in ('members', 'passwords'):
        return show(view, place)
    from mailman.web.pages.admin import saving, settings

    found = saving.read(view, place.page, view.request.form)
    return settings.show(view, place.page, found)


# Fields that change nothing and need no token (web.json, csrf.safe_fields; ours).
SAFE = frozenset(
    (
        'VARHELP',
        'adminpw',
        'admlogin',
        'otp',
        'letter',
        'chunk',
        'findmember',
        'findmember_btn',
        'legend',
        'csrf_token',
        'find',
        'row',
    )
)


def _change(view: View, place: Place) -> Response | None:
    """Do what the fields ask for; None when none of them is known."""
    from mailman.web.pages.admin import changing

    return changing.respond(view, place)


def show(view: View, place: Place) -> Response:
    """Show the page of a place, as it is now."""
    query = view.request.query
    if query.text('find') and not view.request.rest[1:]:
        from mailman.web.pages.admin import finding

        return finding.respond(view, query.text('find'))
    if query.text('VARHELP'):
        from mailman.web.pages.admin import varhelp

        return varhelp.respond(view, query.text('VARHELP'))
    if place.category == 'members':
        from mailman.web.pages.admin import members

        return members.respond(view, place)
    if place.category == 'passwords':
        from mailman.web.pages.admin import passwords

        return passwords.show(view)
    from mailman.web.pages.admin import settings

    return settings.show(view, place.page)
