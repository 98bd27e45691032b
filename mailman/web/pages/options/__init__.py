"""options: what members choose for themselves, and how they leave.

Nothing is shown before somebody has logged in: with the member's password, a link that
was mailed (`confirm`), or the password of the list or the site.  Without, members and
strangers get the same answers, in words and in time.

========  ============================================================================
login     who it is; mailing a link to log in; leaving without a password
changes   what the buttons of the form do
form      the form, as values for the owners' template options.html
========  ============================================================================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.site.i18n import N_
from mailman.web import notices
from mailman.web.pages.options import login
from mailman.web.view import View, open_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailman.web.answers import Response
    from mailman.web.request import Request

NO_LIST = N_('A list is missing in the address of this page.')


def respond(request: Request) -> Response:
    """Log somebody in, show the settings, or change them."""
    if not request.list_name:
        view = View(request)
        return view.page('error.html', view._('Your options'), text=view._(NO_LIST))
    view = View(request, open_list(request))
    user = login.address_asked_for(request)
    early = login.without_password(view, user)
    if early is not None:
        return early
    user = login.require(view, user)
    assert view.mlist is not None
    if not view.mlist.is_member(user):
        text = view._('There is no member of this address on the list.')
        view.say(text, notices.ERROR)
        return login.page(view, '')
    speak(view, user)
    return _act(view, user)


def speak(view: View, user: str) -> None:
    """Go on in the member's language, unless the page is asked for in another one."""
    request, mlist = view.request, view.mlist
    assert mlist is not None
    if not request.is_post and request.fields.get('language'):
        return
    view.lang = mlist.language_of(user)
    view._ = view.site.translator(view.lang)


# In the order in which they count, as in 2.1.
BUTTONS = (
    'VARHELP',
    'logout',
    'emailpw',
    'othersubs',
    'change-of-address',
    'changepw',
    'unsub',
    'options-submit',
)
# These only show something.
_HARMLESS = frozenset(('VARHELP', 'logout', 'othersubs'))


def _act(view: View, user: str) -> Response:
    """Do what the button says, or show the form."""
    from mailman.web.pages.options import form  # start-up time: strangers see none

    fields = view.request.fields
    button = next((name for name in BUTTONS if name in fields), '')
    if not button:
        return form.page(view, user)
    if button not in _HARMLESS and not view.may_change():
        return form.page(view, user, typed=True)
    return _action(button)(view, user)


def _action(button: str) -> Callable[[View, str], Response]:
    from mailman.web.pages.options import changes, form  # start-up time

    actions: dict[str, Callable[[View, str], Response]] = {
        'VARHELP': form.topic,
        'logout': login.log_out,
        'emailpw': changes.mail_link,
        'othersubs': form.other_lists,
        'change-of-address': changes.address,
        'changepw': changes.password,
        'unsub': changes.leave,
        'options-submit': changes.settings,
    }
    return actions[button]
