"""Who may read a private archive: members, moderators and owners, by 2.1's form.

The fields are ``username``, ``password`` and ``submit``; the list's own passwords open
it without a name.  ``login-remind`` mails a member a link that logs in, and answers
everybody alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.errors import TooManyRequests
from mailman.site.i18n import N_
from mailman.web import auth, even, loginpage, notices, ownforms
from mailman.web.answers import Refused

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.web.answers import Response
    from mailman.web.view import View

REMINDED = N_(
    'If that is the address of a member, a mail with a link to log in is on its way.'
)
TOO_MANY = N_(
    'Too many such requests came from your network. Try again in an hour, or write to'
    ' the list server by mail.'
)


def require(view: View) -> None:
    """Have a reader logged in, or end the page with the form: 200, or 401."""
    form = view.request.fields
    user, clear = auth.account(form.text('username')), form.get('password')
    if 'login-remind' in form:
        raise view.end(_remind(view, user))
    if view.authenticate(auth.READERS, clear=clear, user=user):
        return
    wrong = 'submit' in form
    if wrong:
        text = view._('That address and password do not open this archive.')
        view.say(text, notices.ERROR, field='username')
    raise view.end(_ask(view, status=401 if wrong else 200))


def _ask(view: View, *, status: int = 200) -> Response:
    assert view.mlist is not None
    request = view.request
    action = view.mlist.url(request.program, *request.rest, absolute=False)
    if not request.rest:
        action += '/'
    if request.program == 'search':
        action += loginpage.kept_query(request, ('q', 'sort', 'page'))
    title = view._('%(list)s: log in to its archive', list=view.mlist.real_name)
    code = auth.code_is_wanted(request, view.mlist)
    values = {'realname': str(view.mlist.real_name), 'action': action, 'message': ''}
    # A form of 2.1's days has no box for a code.
    own = None
    if not code:
        own = ownforms.answer(
            view, 'private.html', values, 'password', title=title, status=status
        )
    return own or view.page(
        'private.html',
        title,
        status=status,
        action=action,
        code=code,
        listinfo=view.mlist.url('listinfo', absolute=False),
    )


def _remind(view: View, user: str) -> Response:
    mlist = view.mlist
    assert mlist is not None
    # By POST alone: a link must not make us send mail.
    if view.request.is_post:
        # For start-up time: few requests come here.
        from mailman.actions import consent

        began = even.start()
        try:
            consent.count_request(mlist, view.request.remote)
        except TooManyRequests:
            raise Refused(429, TOO_MANY) from None
        _mail_link(mlist, user)
        view.say(view._(REMINDED))
        even.settle(began)
    return _ask(view)


def _mail_link(mlist: MailList, user: str) -> None:
    from mailman.actions.loginlinks import send_login_link  # start-up time

    with mlist.lock(10):
        if mlist.is_member(user):
            send_login_link(mlist, user)
            mlist.save_changes()
