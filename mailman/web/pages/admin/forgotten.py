"""A lost owners' password: ask for a link by mail, and set a new one where it leads.

What is answered does not depend on the list's owners, nor on how many asked before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.actions import listpasswords
from mailman.errors import UnknownCookie
from mailman.site.i18n import N_
from mailman.web import notices
from mailman.web.answers import Refused

if TYPE_CHECKING:
    from mailman.web.answers import Response
    from mailman.web.view import View

ASKED = N_(
    'A mail with a link is on its way to the owners of this list. The link works once,'
    ' within a day. No more than three are sent in a day.'
)
GONE = N_(
    'This link does not work any more: it was used, a newer one was sent, or a day has'
    ' passed. Ask for another one on the log-in page.'
)


def respond(view: View) -> Response:
    """Answer admin/LIST/forgotten and admin/LIST/newpassword/COOKIE."""
    rest = view.request.rest
    if rest[0] == 'forgotten':
        return _ask(view)
    return _set(view, rest[1] if len(rest) == 2 else '')


def _ask(view: View) -> Response:
    mlist, _ = view.mlist, view._
    assert mlist is not None
    if view.request.is_post:
        if not listpasswords.was_enough(mlist):
            with mlist.lock(10):
                listpasswords.mail_link(mlist, view.request.remote)
        view.say(_(ASKED))
    return view.page(
        'admin/forgotten.html',
        _('%(list)s: forgotten password', list=mlist.real_name),
        action=mlist.url('admin', 'forgotten', absolute=False),
        admin=mlist.url('admin', absolute=False),
        sent=view.request.is_post,
    )


def _set(view: View, cookie: str) -> Response:
    """Show the form of a link; change the password when it is sent."""
    mlist, _ = view.mlist, view._
    assert mlist is not None
    if not listpasswords.is_good_link(mlist, cookie):
        raise Refused(404, GONE)
    errors: dict[str, str] = {}
    if view.request.is_post:
        done = _take(view, cookie, errors)
        if done is not None:
            return done
        for name, text in errors.items():
            view.say(text, notices.ERROR, field=name)
    return view.page(
        'admin/newpassword.html',
        _("%(list)s: a new owners' password", list=mlist.real_name),
        action=mlist.url('admin', 'newpassword', cookie, absolute=False),
        errors=errors,
    )


def _take(view: View, cookie: str, errors: dict[str, str]) -> Response | None:
    mlist, _, form = view.mlist, view._, view.request.form
    assert mlist is not None
    clear, again = form.get('newpw'), form.get('confirmpw')
    if not clear:
        errors['newpw'] = _('A password is needed.')
    elif clear != again:
        errors['confirmpw'] = _('The two passwords differ.')
    elif len(clear) > listpasswords.LONGEST:
        errors['newpw'] = _(
            'A password has at most %(n)s characters.', n=listpasswords.LONGEST
        )
    if errors:
        return None
    try:
        with mlist.lock(10):
            listpasswords.use_link(mlist, cookie, clear, view.request.remote)
    except UnknownCookie:
        raise Refused(404, GONE) from None
    view.say(_('The new password is set. Log in with it.'))
    return view.see(mlist.url('admin', absolute=False))
