"""unsubscribe, leave, remove: asks to be a member no more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman import outcomes
from mailman.actions import subscription
from mailman.commands.refusals import answer_sparingly, explain
from mailman.commands.request import STOP, address_argument
from mailman.errors import AlreadyPending, MailmanError, NotAMember
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.commands.request import Request, Stop

HELP = N_("""\
unsubscribe [<PASSWORD>] [address=<ADDRESS>]
leave ...
remove ...
    Leaves the list. Without your password you are asked to confirm it, by a
    mail to the address that leaves.
""")


def process(request: Request, args: list[str]) -> Stop | None:
    """Unsubscribe an address, or ask for what is needed first."""
    given = [a for a in map(address_argument, args) if a is not None]
    passwords = [arg for arg in args if address_argument(arg) is None]
    if len(given) > 1 or len(passwords) > 1:
        return request.usage(HELP)
    mlist = request.mlist
    address = given[0] if given else request.author()[1]
    confirmed = False
    # Where moderators decide, a password changes nothing.
    if passwords and mlist.is_member(address) and not mlist.unsubscribe_policy:
        confirmed = request.is_members(address, passwords[0])
        if not confirmed:
            request.say('The password is not the right one.')
            return STOP
    request.secrets.update(passwords)
    try:
        outcome = subscription.unsubscribe(
            mlist,
            address,
            remote=request.sender,
            confirmed=confirmed,
            whence='mailcmd',
            sender=request.sender,
        )
    except NotAMember as error:
        # Who is a member is not for everybody to find out.
        if mlist.private_roster and address.lower() != request.sender:
            request.silent = True
        else:
            explain(request, error)
        return STOP
    except AlreadyPending as error:
        answer_sparingly(request)
        explain(request, error)
        return STOP
    except MailmanError as error:
        explain(request, error)
        return STOP
    _report(request, outcome)
    return None


def _report(request: Request, outcome: object) -> None:
    if isinstance(outcome, outcomes.ConfirmationSent):
        # That mail is the answer.
        request.silent = True
    elif isinstance(outcome, outcomes.AwaitingApproval):
        request.say('Your request to leave was handed to the moderators of the list.')
    else:
        request.say('You are unsubscribed now.')
