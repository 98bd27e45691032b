"""confirm: what a link in a mail stands for, shown; and done at a click.

A GET changes nothing: scanners of mail follow links.  The cookie comes in the field
``cookie``, else in the path; ``cancel`` counts before ``submit``.

====  ===============================  ==============================================
kind  submit                           cancel
====  ===============================  ==============================================
 S    joins, or accepts an invitation  the cookie is dropped
 U    leaves                           the cookie is dropped
 C    takes the new address            the cookie is dropped
 H    withdraws the own held post      the cookie is dropped, the post waits on
 E    switches the mail on again       the cookie is kept
 L    logs in (not in 2.1)             the cookie is dropped
====  ===============================  ==============================================
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mailman.constants import Role
from mailman.errors import MailmanError, UnknownCookie
from mailman.lists.pending import Pending
from mailman.settings.texts import numbered_characters
from mailman.site.i18n import N_
from mailman.web import notices, ownerpages
from mailman.web.joinform import both_kinds
from mailman.web.sessions import Login
from mailman.web.view import View, open_list
from mailman.web.wording import explain

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site.i18n import Translator
    from mailman.web.answers import Response
    from mailman.web.request import Request

Operation = tuple[Any, ...]
KINDS = 'SUCHEL'
KEPT_ON_CANCEL = 'E'
# Programs that show mail put a full stop or bracket behind links.
_COOKIE = re.compile(r'[0-9a-f]{40}')

NO_LIST = N_('A list is missing in the address of this page.')
TOO_LONG = N_('The address of this page goes on behind the confirmation.')
CANCELLED = {
    'S': N_('You do not join the list; the request is forgotten.'),
    'U': N_('You stay a member of the list.'),
    'C': N_('Your address stays as it is.'),
    'H': N_('The post still waits for a moderator.'),
    'E': N_('The mail stays off.'),
    'L': N_('You are not logged in, and the link is good no more.'),
}
BUTTONS = {
    'S': (N_('Join the list'), N_('Do not join')),
    'U': (N_('Leave the list'), N_('Stay a member')),
    'C': (N_('Take the new address'), N_('Keep the old address')),
    'H': (N_('Withdraw the post'), N_('Let it wait')),
    'E': (N_('Switch the mail on'), N_('Leave it off')),
    'L': (N_('Log in'), N_('Do not log in')),
}
QUESTIONS = {
    'S': N_('Do you want to join %(list)s?'),
    'I': N_('You are invited to join %(list)s'),
    'U': N_('Do you want to leave %(list)s?'),
    'C': N_('Do you want another address on %(list)s?'),
    'H': N_('Do you want to withdraw your post to %(list)s?'),
    'E': N_('Do you want mail of %(list)s again?'),
    'L': N_('Do you want to log in to %(list)s?'),
}


def respond(request: Request) -> Response:
    """Show what waits under a cookie, carry it out, or drop it."""
    if not request.list_name:
        view = View(request)
        return view.page('error.html', view._('Confirm'), text=view._(NO_LIST))
    view = View(request, open_list(request))
    if len(request.rest) > 1:
        return view.page('error.html', view._('Confirm'), text=view._(TOO_LONG))
    cookie = _cookie(request)
    if not cookie:
        return ask(view)
    assert view.mlist is not None
    operation = Pending(view.mlist).peek(cookie)
    if operation is None or str(operation[0]) not in KINDS:
        return _refused(view, UnknownCookie(cookie))
    _speak(view, operation)
    if request.is_post and 'cancel' in request.form:
        return _cancel(view, cookie, operation)
    if request.is_post and 'submit' in request.form:
        return _carry_out(view, cookie, operation)
    return show(view, cookie, operation)


def _cookie(request: Request) -> str:
    """Give the cookie of the request, '' for none; what is no cookie is unknown."""
    fields = request.fields
    given = fields.get('cookie') if 'cookie' in fields else ''.join(request.rest)
    given = given.strip().lower()
    found = _COOKIE.match(given)
    return found[0] if found else given[:80]


def _speak(view: View, operation: Operation) -> None:
    """Go on in the language of whom it is about, unless another one is asked for."""
    mlist = view.mlist
    assert mlist is not None
    if view.request.fields.get('language'):
        return
    match operation:
        case ('S', {'language': str() as code}):
            chosen = code
        case ('U' | 'L', str() as address) | ('C', str() as address, *_):
            chosen = mlist.language_of(address)
        case ('E', _, str() as address):
            chosen = mlist.language_of(address)
        case _:
            return
    if chosen in view.site.languages():
        view.lang, view._ = chosen, view.site.translator(chosen)


def ask(view: View) -> Response:
    """Ask for a cookie."""
    mlist, _ = view.mlist, view._
    assert mlist is not None
    return view.page(
        'confirm_ask.html',
        _('%(list)s: confirm', list=mlist.real_name),
        action=mlist.url('confirm', absolute=False),
        listinfo=mlist.url('listinfo', absolute=False),
    )


def _refused(view: View, error: MailmanError) -> Response:
    assert view.mlist is not None
    text = explain(error, view.mlist, view._)
    view.say(text, notices.ERROR)
    return ask(view)


# --- showing --------------------------------------------------------------------------


def show(view: View, cookie: str, operation: Operation) -> Response:
    """Show what waits, and the two ways to go on."""
    mlist, _ = view.mlist, view._
    assert mlist is not None
    kind = str(operation[0])
    question = 'I' if kind == 'S' and 'invitation' in operation[1] else kind
    yes, no = BUTTONS[kind]
    return view.page(
        'confirm.html',
        _(QUESTIONS[question], list=mlist.real_name),
        kind=kind,
        action=mlist.url('confirm', absolute=False),
        cookie=cookie,
        facts=_facts(view, operation),
        choices=_choices(view, operation[1]) if kind == 'S' else None,
        description=mlist.description,
        yes=_(yes),
        no=_(no),
    )


def _facts(view: View, operation: Operation) -> list[tuple[str, str]]:
    """Give what one should know of it: names and values."""
    mlist, _ = view.mlist, view._
    assert mlist is not None
    match operation:
        case ('S', {'address': address}):
            return [(_('Address'), str(address))]
        case ('U' | 'L', str() as address):
            return [(_('Address'), address)]
        case ('C', str() as old, str() as new, everywhere):
            where = _('all lists of this host') if everywhere else _('this list')
            return [
                (_('Old address'), old),
                (_('New address'), new),
                (_('On the lists'), where),
            ]
        case ('H', int() as number):
            return _post(mlist, number, _)
        case ('E', _name, str() as address):
            return _stopped(mlist, address, _)
    return []


def _post(mlist: MailList, number: int, _: Translator) -> list[tuple[str, str]]:
    """Say which post waits, and why."""
    from mailman.actions import reasons  # start-up time: few cookies are for posts
    from mailman.lists.requests import HeldMessage, Requests
    from mailman.mail import headers

    found = Requests(mlist).get(number)
    held = found[1] if found else None
    if not isinstance(held, HeldMessage):
        return [(_('Post'), _('It does not wait any more.'))]
    return [
        (_('From'), held.sender),
        (_('Subject'), headers.decode(held.subject)),
        (_('Why it waits'), reasons.translated(held.reason, _)),
    ]


def _stopped(mlist: MailList, address: str, _: Translator) -> list[tuple[str, str]]:
    """Say why the mail of a member is off."""
    from mailman.constants import DeliveryStatus
    from mailman.web.pages.options.form import WHY_DISABLED

    if not mlist.is_member(address):
        return [(_('Address'), address), (_('State'), _('not a member any more'))]
    status = mlist.delivery_status_of(address)
    on = status == DeliveryStatus.ENABLED
    why = _('The mail is on already.') if on else _(WHY_DISABLED[status])
    return [(_('Address'), mlist.address_of(address)), (_('State'), why)]


def _choices(view: View, wish: dict[str, Any]) -> dict[str, Any]:
    """Give what a newcomer may choose differently now."""
    mlist = view.mlist
    assert mlist is not None
    codes = ownerpages.choices_of(view.site, mlist)
    return {
        'name': str(wish.get('fullname') or ''),
        'digest': bool(wish.get('digest')) if both_kinds(mlist) else None,
        'languages': [(code, ownerpages.language_name(view, code)) for code in codes],
        'language': wish.get('language') or mlist.preferred_language,
    }


# --- doing ----------------------------------------------------------------------------


def _cancel(view: View, cookie: str, operation: Operation) -> Response:
    mlist = view.mlist
    assert mlist is not None
    kind = str(operation[0])
    if kind not in KEPT_ON_CANCEL:
        with mlist.lock(10):
            Pending(mlist).confirm(cookie)
    view.say(view._(CANCELLED[kind]))
    return view.see(mlist.url('listinfo', absolute=False))


def _carry_out(view: View, cookie: str, operation: Operation) -> Response:
    from mailman.actions import confirmation  # start-up time: a GET shows only

    mlist = view.mlist
    assert mlist is not None
    changes = _changes(view) if operation[0] == 'S' else {}
    try:
        with mlist.lock(10):
            outcome = confirmation.confirm(
                mlist,
                cookie,
                remote=view.request.remote,
                # Whoever has the cookie of a held post may withdraw it, no more.
                approved=False,
                expected=KINDS,
                channel='web',
                changes=changes,
            )
    except MailmanError as error:
        if error.temporary:
            raise
        return _refused(view, error)
    return _done(view, outcome)


def _changes(view: View) -> dict[str, Any]:
    form = view.request.form
    changes: dict[str, Any] = {}
    if 'realname' in form:
        changes['name'] = numbered_characters(form.get('realname'))
    if form.get('digests') in ('0', '1'):
        changes['digest'] = form.get('digests') == '1'
    if form.get('language'):
        changes['language'] = form.get('language')
    return changes


def _done(view: View, outcome: object) -> Response:
    """Say what happened, where one goes on."""
    from mailman import outcomes

    mlist = view.mlist
    assert mlist is not None
    if isinstance(outcome, outcomes.LoggedIn):
        view.log_in(Login(Role.USER, outcome.address))
        view.say(view._('You are logged in.'))
        url = mlist.url('options', outcome.address.lower(), absolute=False)
        return view.see(url)
    for text in _words(view, outcome):
        view.say(text)
    return view.see(mlist.url('listinfo', absolute=False))


def _words(view: View, outcome: object) -> list[str]:
    from mailman import outcomes

    _, mlist = view._, view.mlist
    assert mlist is not None
    name = mlist.real_name
    match outcome:
        case outcomes.Subscribed(address=address):
            text = _('%(who)s is a member of %(list)s now.', who=address, list=name)
            more = _(
                'On your options page, linked below, you can choose a password, switch'
                ' the mail off for a while, or leave.'
            )
            return [text, more]
        case outcomes.Unsubscribed(address=address):
            text = _('%(who)s has left %(list)s.', who=address, list=name)
            return [text, _('You can join again on this page at any time.')]
        case outcomes.AddressChanged():
            return _moved(outcome, _)
        case outcomes.AwaitingApproval():
            return [_('Thank you. A moderator decides now; you will hear by mail.')]
        case outcomes.DeliveryEnabled(address=address):
            return [_('%(who)s gets mail of %(list)s again.', who=address, list=name)]
        case outcomes.Decision():
            return [_('The post is withdrawn: nobody will get it.')]
    return [_('Done.')]


def _moved(outcome: Any, _: Translator) -> list[str]:
    texts = [_('Mail goes to %(new)s now.', new=outcome.new)]
    if len(outcome.lists) > 1:
        names = ', '.join(outcome.lists)
        texts.append(_('The lists are: %(lists)s', lists=names))
    if outcome.busy:
        names = ', '.join(outcome.busy)
        text = _('These were busy, and still have the old one: %(lists)s', lists=names)
        texts.append(text)
    return texts
