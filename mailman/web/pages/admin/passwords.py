"""The Passwords page: new ones for owners, moderators and posters, each typed twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.constants import Role
from mailman.site.i18n import N_
from mailman.web import notices
from mailman.web.pages.admin import frame
from mailman.web.sessions import Login

if TYPE_CHECKING:
    from mailman.web.answers import Response
    from mailman.web.view import View

# Per role: its field, the field to type it again, what is said when it is changed.
FIELDS = {
    Role.LIST_ADMIN: (
        'newpw',
        'confirmpw',
        N_("The owners' password is changed; who else was logged in by it is out."),
    ),
    Role.LIST_MODERATOR: (
        'newmodpw',
        'confirmmodpw',
        N_("The moderators' password is changed; who was logged in by it is out."),
    ),
    Role.LIST_POSTER: (
        'newpostpw',
        'confirmpostpw',
        N_("The posters' password is changed."),
    ),
}


def show(view: View, errors: dict[str, str] | None = None) -> Response:
    """Show the form; passwords are never shown."""
    mlist, _ = view.mlist, view._
    assert mlist is not None
    return frame.page(
        view,
        'passwords.html',
        _('%(name)s: %(page)s', name=mlist.real_name, page=_('Passwords')),
        'passwords',
        action=mlist.url('admin', 'passwords', absolute=False),
        errors=errors or {},
        has_moderators=bool(mlist.mod_password),
        has_posters=bool(mlist.post_password),
    )


def change(view: View) -> Response | bool | None:
    """Set the passwords that were typed."""
    new, errors = _read(view)
    if errors:
        for name, text in errors.items():
            view.say(text, notices.ERROR, field=name)
        return show(view, errors)
    if not new:
        return None
    from mailman.actions import listpasswords

    mlist = view.mlist
    assert mlist is not None
    with mlist.lock(10):
        listpasswords.set_passwords(mlist, new)
        mlist.save_changes()
    for role in new:
        view.say(view._(FIELDS[role][2]))
    login = view.login
    if Role.LIST_ADMIN in new and login is not None and login.session != 'server':
        # The one who did it goes on, in a new session.
        view.log_in(Login(login.role, login.user, sent=login.sent))
    return True


def _read(view: View) -> tuple[dict[Role, str], dict[str, str]]:
    from mailman.actions.listpasswords import LONGEST

    form, _ = view.request.fields, view._
    new, errors = {}, {}
    for role, (first, second, _said) in FIELDS.items():
        clear, again = form.get(first), form.get(second)
        if not (clear or again):
            continue
        if clear != again:
            errors[second] = _('Nothing was changed: the two passwords differ.')
        elif len(clear) > LONGEST:
            errors[first] = _('A password has at most %(n)s characters.', n=LONGEST)
        else:
            new[role] = clear
    return new, errors
