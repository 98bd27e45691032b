"""Who it is that wants to see a member's options; and what goes without a password.

The form is the same for every address.  An address is repeated in it only in a hidden
field, and only where it looks like one: a link that somebody was sent must not put
sentences on this page (CVE-2020-12108).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailman.constants import Role
from mailman.errors import AlreadyPending, NotAMember, TooManyRequests
from mailman.site.i18n import N_
from mailman.web import auth, even, notices, ownerpages
from mailman.web.answers import Refused

if TYPE_CHECKING:
    from mailman.web.answers import Response
    from mailman.web.request import Request
    from mailman.web.view import View

ROLES = (Role.USER, Role.LIST_ADMIN, Role.SITE_ADMIN)
_ADDRESS = re.compile(r'[^\s@<>"(),:;\\]{1,200}@[^\s@<>"(),:;\\/]{1,250}')

REMINDED = N_(
    'If that is the address of a member, a mail with a link to log in is on its way.'
)
LEAVING = N_(
    'If that is the address of a member, a mail that asks whether to leave the list is'
    ' on its way; or, on some lists, a moderator decides about it.'
)
TOO_MANY = N_(
    'Too many such requests came from your network. Try again in an hour, or write to'
    ' the list server by mail.'
)


def address_asked_for(request: Request) -> str:
    """Give the member's address in the path, or else in the field; lower case.

    2.1 wrote it as ``anne--at--example.com`` in links.
    """
    given = request.address or request.fields.text('email')
    address = auth.account(given)
    if '@' not in address:
        address = auth.account('@'.join(address.rsplit('--at--', 1)))
    return address[:500]


# --- without a password ---------------------------------------------------------------


def without_password(view: View, user: str) -> Response | None:
    """Do what needs no log-in; None where nothing of it was asked for."""
    fields = view.request.fields
    if 'login-unsub' in fields:
        return _ask_first(view, user, leave=True)
    if 'login-remind' in fields:
        return _ask_first(view, user, leave=False)
    return None


def _ask_first(view: View, user: str, *, leave: bool) -> Response:
    """Mail the member, if it is one; say nothing of that."""
    assert view.mlist is not None
    # A link must not make us send mail.
    if not view.request.is_post:
        return page(view, user)
    if not looks_like_address(user):
        text = view._('Please give the address that you have on the list.')
        view.say(text, notices.ERROR, field='email')
        return page(view, '')
    began = even.start()
    _send(view, user, leave=leave)
    view.say(view._(LEAVING if leave else REMINDED))
    even.settle(began)
    return page(view, '' if view.mlist.private_roster else user)


def _send(view: View, user: str, *, leave: bool) -> None:
    from mailman.actions import consent, loginlinks, subscription  # start-up time

    mlist, remote = view.mlist, view.request.remote
    assert mlist is not None
    try:
        consent.count_request(mlist, remote)
    except TooManyRequests:
        raise Refused(429, TOO_MANY) from None
    try:
        with mlist.lock(10):
            if leave:
                subscription.unsubscribe(mlist, user, remote=remote)
            else:
                loginlinks.send_login_link(mlist, user)
            mlist.save_changes()
    except (NotAMember, AlreadyPending):
        pass  # the answer is the same


def looks_like_address(text: str) -> bool:
    """Tell whether this could be an address, without asking whose."""
    return _ADDRESS.fullmatch(text) is not None


# --- with one -------------------------------------------------------------------------


def require(view: View, user: str) -> str:
    """Have the member or an owner logged in, or end the page with the form.

    Gives the member's address: that of the log-in where none was asked for.
    """
    fields = view.request.fields
    clear = fields.get('password')
    # A list's or the site's password opens a member's page, so there must be one.
    roles = ROLES if user else (Role.USER,)
    login = None
    if user or not clear:
        login = view.authenticate(roles, clear=clear, user=user)
    if login is not None and (user or login.user):
        return user or login.user
    if not clear and 'login' not in fields:
        raise view.end(page(view, user))
    text = view._('That address and password do not fit together.')
    view.say(text, notices.ERROR, field='password')
    assert view.mlist is not None
    shown = '' if view.mlist.private_roster else user
    raise view.end(page(view, shown, status=401))


def page(view: View, user: str, *, status: int = 200) -> Response:
    """Make the form that asks who it is."""
    mlist, _ = view.mlist, view._
    assert mlist is not None
    codes = ownerpages.choices_of(view.site, mlist)
    return view.page(
        'options_login.html',
        _('%(list)s: log in as a member', list=mlist.real_name),
        status=status,
        action=mlist.url('options', absolute=False),
        listinfo=mlist.url('listinfo', absolute=False),
        address=user if looks_like_address(user) else '',
        languages=[(code, ownerpages.language_name(view, code)) for code in codes],
        code=auth.code_is_wanted(view.request, mlist),
    )


def log_out(view: View, user: str) -> Response:
    """End the log-in, here and in the browser."""
    login, mlist = view.login, view.mlist
    assert login is not None and mlist is not None
    view.log_out(login.role, user=login.user)
    view.say(view._('You are logged out.'))
    if view.request.is_post:
        return view.see(mlist.url('options', user, absolute=False))
    return page(view, user)
