"""subscribe, join: asks to become a member."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailman import outcomes
from mailman.actions import consent, subscription
from mailman.commands.refusals import answer_sparingly, explain
from mailman.commands.request import STOP, address_argument
from mailman.errors import (
    AlreadyAMember,
    AlreadyPending,
    MailmanError,
    TooManyRequests,
)
from mailman.mail import headers
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.commands.request import Request, Stop

HELP = N_("""\
subscribe [<PASSWORD>] [digest|nodigest] [address=<ADDRESS>]
join ...
    Joins the list. Say "digest" to get the mail of some days in one. Without
    address= the address that you write from joins. You need no password: you
    can do everything by log-in links that are mailed to you. If you send one,
    send none that is worth something, for mail can be read by others.
""")
KINDS = {'digest': True, 'nodigest': False}


@dataclass
class Wish:
    """What the words after the command say; None where they say nothing."""

    password: str | None = None
    digest: bool | None = None
    address: str | None = None


def process(request: Request, args: list[str]) -> Stop | None:
    """Subscribe an address, or ask for what is needed first."""
    wish = _read(args)
    if wish is None:
        return request.usage(HELP)
    name, address = request.author()
    if wish.address is not None:
        name, address = '', wish.address
    if wish.password:
        request.secrets.add(wish.password)
    try:
        outcome = subscription.subscribe(
            request.mlist,
            address,
            name=name,
            digest=wish.digest,
            password=wish.password,
            language=request.lang,
            remote=request.sender,
            sender=request.sender,
        )
    except AlreadyAMember as error:
        if _is_strangers(request, address):
            _warn(request, address)
            return None
        explain(request, error)
        return STOP
    except MailmanError as error:
        if _may_be_told(request, error):
            explain(request, error)
        return STOP
    _report(request, outcome)
    return None


def _may_be_told(request: Request, error: MailmanError) -> bool:
    """Tell whether a refusal is answered: not without end, for anybody can ask.

    The sender may be forged, and the same mail go to each list of the site.  That one
    asks too often is not answered; that one has asked already, as often as one may be
    sent a confirmation.
    """
    try:
        if isinstance(error, AlreadyPending):
            consent.count_confirmation(request.mlist, request.sender)
        elif isinstance(error, TooManyRequests):
            raise error
    except TooManyRequests as limit:
        who = headers.one_line(limit.who, 300)
        request.mlist.log('vette', f'subscribe request not answered, too many: {who}')
        request.silent = True
        return False
    return True


def _is_strangers(request: Request, address: str) -> bool:
    """Tell whether the sender may not know if this other address is a member."""
    return bool(request.mlist.private_roster) and address.lower() != request.sender


def _warn(request: Request, address: str) -> None:
    """Tell the member; to the sender it looks as if a confirmation were awaited."""
    with suppress(TooManyRequests):
        subscription.warn_member(request.mlist, address, request.sender)
    request.silent = True


def _read(args: list[str]) -> Wish | None:
    """Sort the words; None where they fit nothing."""
    wish = Wish()
    for arg in args:
        address = address_argument(arg)
        if address is not None and wish.address is None:
            wish.address = address
        elif arg.lower() in KINDS and wish.digest is None:
            wish.digest = KINDS[arg.lower()]
        elif wish.password is None and wish.digest is None:
            wish.password = arg
        else:
            return None
    return wish


def _report(request: Request, outcome: object) -> None:
    if isinstance(outcome, outcomes.ConfirmationSent):
        # That mail is the answer.
        request.silent = True
    elif isinstance(outcome, outcomes.AwaitingApproval):
        answer_sparingly(request)
        request.say(
            'Your request was handed to the moderators of the list, %(owner)s.',
            owner=request.mlist.address('owner'),
        )
    else:
        request.say('You are subscribed now.')
