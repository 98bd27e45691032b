"""subscribe: what the form of a list's page asks for.

Only a POST asks; a GET shows the form filled in (2.1 took either).  Where the list of
members is private, the answer is the same, in words and in time, for whoever can join,
waits already, or is a member.  What the form must bring: see `formstamp`, `questions`,
and in mailman.actions the limits per address and network.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.actions import subscription
from mailman.errors import (
    AlreadyAMember,
    AlreadyPending,
    BadAddress,
    Banned,
    MailmanError,
    TooManyRequests,
)
from mailman.outcomes import AwaitingApproval, ConfirmationSent, Subscribed
from mailman.settings.texts import numbered_characters
from mailman.site.i18n import N_
from mailman.web import controls, even, formstamp, joinform, ownerpages, questions
from mailman.web.answers import Refused
from mailman.web.formstamp import Verdict
from mailman.web.joinform import Filled
from mailman.web.view import View, open_list
from mailman.web.wording import explain

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.web.answers import Response
    from mailman.web.request import Request

TEMPLATE = 'subscribe.html'
_LONGEST = 500
Outcome = Subscribed | ConfirmationSent | AwaitingApproval

NO_LIST = N_('A list is missing in the address of this page.')
ONE_MORE_CLICK = N_(
    'Please look at this once more and press the button. The form had lain open for too'
    ' long, or did not come from this page.'
)
TOO_SOON = N_(
    'That was quick: please wait a few seconds, and press the button again. This keeps'
    ' programs out.'
)
TRAPPED = N_(
    'A box that people do not see was filled in, perhaps by your browser. It is empty'
    ' now: please press the button again.'
)
TOO_MANY = N_(
    'Too many requests to join came from your network. Try again in an hour, or write'
    ' to the list server by mail.'
)
NEUTRAL = N_(
    'Thank you. What comes next is in a mail to the address that you gave: please look'
    ' into its mailbox, also among spam. On some lists a moderator decides first.'
)


def respond(request: Request) -> Response:
    """Take up a wish to join, or show the form again."""
    if not request.list_name:
        view = View(request)
        return view.page('error.html', view._('Join a list'), text=view._(NO_LIST))
    began = even.start()
    mlist = open_list(request)
    view = View(request, mlist)
    filled = _filled(view)
    if not request.is_post:
        return joinform.page(view, filled)
    _check_typed(view, filled)
    if not filled.errors:
        _check_form(view, filled)
    if filled.errors:
        return joinform.page(view, filled)
    return _subscribe(view, filled, began)


def _filled(view: View) -> Filled:
    form = view.request.fields
    digest = form.get('digest')
    return Filled(
        email=form.text('email')[:_LONGEST],
        fullname=numbered_characters(form.text('fullname')[:_LONGEST]),
        digest=digest == '1' if digest in ('0', '1') else None,
        language=form.get('language'),
    )


# --- what is wrong with it ------------------------------------------------------------


def _check_typed(view: View, filled: Filled) -> None:
    """Note what a person has to mend."""
    _, form = view._, view.request.fields
    if not filled.email:
        filled.errors['email'] = _('Please give your e-mail address.')
    if form.get('pw') != form.get('pw-conf'):
        filled.errors['pw-conf'] = _('The two passwords are not the same.')


def _check_form(view: View, filled: Filled) -> None:
    """Note what makes one doubt that a person sent the form from a page of ours."""
    request, mlist = view.request, view.mlist
    assert mlist is not None
    stamp = None
    if formstamp.is_needed(mlist) and not is_embedded(request):
        stamp = formstamp.read(request, mlist)
        if stamp.verdict in (Verdict.GOOD, Verdict.TOO_SOON):
            filled.stamp = request.fields.get(formstamp.FIELD)
        if is_foreign(request) or stamp.verdict in (Verdict.NONE, Verdict.TOO_OLD):
            filled.errors['form'] = view._(ONE_MORE_CLICK)
        elif stamp.verdict is Verdict.TOO_SOON:
            filled.errors['form'] = view._(TOO_SOON)
    if not filled.errors and request.fields.get(joinform.TRAP):
        mlist.log('vette', f'subscribe form with a trap filled in: {request.remote}')
        filled.errors['form'] = view._(TRAPPED)
    if not filled.errors:
        _check_questions(view, filled, stamp.question if stamp else '')


def _check_questions(view: View, filled: Filled, question: str) -> None:
    site, form = view.site, view.request.fields
    # Only a stamp knows what was asked.
    if question and not questions.is_answer(site, question, form.get('captcha_answer')):
        text = view._('That does not answer the question.')
        filled.errors[joinform.CAPTCHA_ID] = text
        filled.stamp = ''
        return
    solved = form.get('g-recaptcha-response')
    if questions.recaptcha_key(site) and not questions.recaptcha_is_solved(
        site, solved, view.request.remote
    ):
        filled.errors['form'] = view._('Please solve the puzzle, too.')


def is_foreign(request: Request) -> bool:
    """Tell whether a browser says that the form stood on another site's page."""
    origin = _origin(request)
    if origin is not None:
        return origin != request.host
    return request.environ.get('HTTP_SEC_FETCH_SITE') == 'cross-site'


def is_embedded(request: Request) -> bool:
    """Tell whether the form stood on a page that may have it (SUBSCRIBE_FORM_HOSTS)."""
    hosts = [str(host).lower() for host in request.site.cfg.SUBSCRIBE_FORM_HOSTS]
    if not hosts or not is_foreign(request):
        return False
    return '*' in hosts or _origin(request) in hosts


def _origin(request: Request) -> str | None:
    """Give the host that the form came from; None when the browser does not say."""
    origin = str(request.environ.get('HTTP_ORIGIN', ''))
    if not origin:
        return None
    from urllib.parse import urlsplit  # start-up time: few requests come here

    try:
        return urlsplit(origin).hostname or ''
    except ValueError:
        return ''


# --- doing it -------------------------------------------------------------------------


def _subscribe(view: View, filled: Filled, began: float) -> Response:
    """Ask the list; word what comes of it."""
    mlist, form = view.mlist, view.request.fields
    assert mlist is not None
    private = bool(mlist.private_roster)
    try:
        _check_blocklists(view, filled.email)
        outcome = _ask(view, filled, form.get('pw') or None)
    except (AlreadyAMember, AlreadyPending, TooManyRequests) as error:
        if isinstance(error, TooManyRequests) and error.who != filled.email:
            _refuse_network(view, error, filled.email)
        text = view._(NEUTRAL) if private else explain(error, mlist, view._)
    except MailmanError as error:
        if error.temporary:
            raise
        filled.errors[_field_of(error)] = explain(error, mlist, view._)
        return joinform.page(view, filled)
    else:
        text = view._(NEUTRAL) if private else word(view, outcome)
    if private:
        even.settle(began)
    return _result(view, text)


def _ask(view: View, filled: Filled, password: str | None) -> Outcome:
    mlist, remote = view.mlist, view.request.remote
    assert mlist is not None
    with mlist.lock(10):
        try:
            outcome = subscription.subscribe(
                mlist,
                filled.email,
                name=filled.fullname,
                digest=filled.digest,
                password=password,
                language=filled.language,
                remote=remote,
            )
        except AlreadyAMember:
            subscription.warn_member(mlist, filled.email, remote)
            raise
        mlist.save_changes()
    return outcome


def _field_of(error: MailmanError) -> str:
    return 'email' if isinstance(error, BadAddress | Banned) else 'form'


def _refuse_network(view: View, error: TooManyRequests, address: str) -> None:
    """Answer 429 when it is the caller's network that asked too often."""
    from mailman.security.ratelimit import network_of  # few requests come here

    if error.who == network_of(view.request.remote):
        assert view.mlist is not None
        who = f'{address!r} from {view.request.remote}'
        view.mlist.log('vette', f'subscribe request not taken, too many: {who}')
        raise Refused(429, TOO_MANY) from None


def _check_blocklists(view: View, address: str) -> None:
    """Raise Banned for who comes from where Spamhaus sees spam, if the site asks."""
    cfg, remote = view.site.cfg, view.request.remote
    networks = bool(cfg.BLOCK_SPAMHAUS_LISTED_IP_SUBSCRIBE)
    domains = bool(cfg.BLOCK_SPAMHAUS_LISTED_DBL_SUBSCRIBE)
    if not (networks or domains):
        return
    from mailman.mail import blocklists  # start-up time: few sites ask
    from mailman.mail.dns import Resolver

    ask = Resolver(cfg.DMARC_NAMESERVERS, float(cfg.DMARC_RESOLVER_TIMEOUT))
    domain = address.rpartition('@')[2]
    pattern = ''
    if networks and blocklists.lists_address(ask, remote):
        pattern = blocklists.NETWORKS
    elif domains and blocklists.lists_domain(ask, domain):
        pattern = blocklists.DOMAINS
    if pattern:
        assert view.mlist is not None
        text = f'banned subscription: {address!r} from {remote} (listed by {pattern})'
        view.mlist.log('vette', text)
        raise Banned(address, pattern)


# --- the answer -----------------------------------------------------------------------


def word(view: View, outcome: Outcome) -> str:
    """Say what came of it, on a list whose members everybody may see."""
    _ = view._
    assert view.mlist is not None
    if isinstance(outcome, Subscribed):
        return _('You are a member of the list now.')
    if isinstance(outcome, ConfirmationSent):
        return _(
            'One step is left: we sent a mail to your address. Use the link in it, or'
            ' answer it, to join. If none comes, look among your spam.'
        )
    return _('The moderators of the list decide now. You will hear of it by mail.')


def _result(view: View, text: str) -> Response:
    mlist: MailList | None = view.mlist
    assert mlist is not None
    words = controls.paragraph(text, role='status')
    return ownerpages.page(view, TEMPLATE, {'mm-results': words})
