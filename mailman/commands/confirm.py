"""confirm COOKIE: carries out what waits for this confirmation.

For a held post the cookie discards it; with an ``Approved:`` header or first line that
has the password of the list or of its moderators, the post goes to the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman import errors, outcomes
from mailman.actions import confirmation
from mailman.commands.refusals import explain
from mailman.commands.request import STOP
from mailman.constants import Role
from mailman.handlers import approve
from mailman.lists.pending import Pending
from mailman.mail.message import Message
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.commands.request import Request, Stop

HELP = N_("""\
confirm <COOKIE>
    Confirms what we asked you about, such as joining or leaving. The cookie
    is in the mail that asked; usually you need only answer that mail.
""")
DAY = 86_400


def process(request: Request, args: list[str]) -> Stop:
    """Carry out what is pending under a cookie."""
    if len(args) != 1:
        return request.usage(HELP)
    cookie = args[0].lower()
    pending = Pending(request.mlist).peek(cookie)
    approved = None
    if pending is not None and pending[0] == 'H':
        approved = _approval(request)
    try:
        outcome = confirmation.confirm(
            request.mlist, cookie, remote=request.sender, approved=approved
        )
    except errors.UnknownCookie:
        _unknown(request)
    except errors.MailmanError as error:
        explain(request, error)
    else:
        _report(request, outcome)
    return STOP


def _approval(request: Request) -> bool | None:
    """Tell whether the mail has a password; None where it is a wrong one."""
    password = approve.password_in_header(request.msg)
    if password is None:
        # From a copy: looking for it takes it out.
        copy = Message.from_bytes(request.msg.as_bytes())
        try:
            password = approve.take_password_from_body(request.mlist, copy)
        except errors.RejectMessage:
            # It stands in an HTML part too, in a way that cannot be cleaned.
            return None
    if not password:
        return False
    role = request.list_role(password, Role.LIST_ADMIN, Role.LIST_MODERATOR)
    return None if role is Role.UNAUTHORIZED else True


def _unknown(request: Request) -> None:
    life = float(request.mlist.site.cfg.PENDING_REQUEST_LIFE)
    days = max(1, round(life / DAY))
    request.say(
        'There is nothing to confirm under this code. A code is good for about '
        '%(days)s days, and only once:\nperhaps it was used already. Or only a part of '
        'it reached us. If in doubt, ask anew.',
        days=days,
    )


def _report(request: Request, outcome: object) -> None:
    """Say what happened, unless a welcome or goodbye does."""
    mlist = request.mlist
    if isinstance(outcome, outcomes.AwaitingApproval):
        request.say('Your request waits for a moderator now.')
        return
    if isinstance(outcome, outcomes.Discarded):
        request.say('The post is discarded.')
        return
    if (isinstance(outcome, outcomes.Subscribed) and mlist.send_welcome_msg) or (
        isinstance(outcome, outcomes.Unsubscribed) and mlist.send_goodbye_msg
    ):
        request.silent = True
        return
    request.say('Confirmed.')
