"""Doing what a confirmation cookie stands for: 2.1's ProcessConfirmation.

The cookie is looked at, the thing is done and saved, and then the cookie is used up: a
crash can repeat a confirmation but not lose one.  What is refused for good uses the
cookie up as well; a wrong password, and what may work later, do not.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mailman.actions import decisions, membership, readdress, subscription
from mailman.actions.notify import owner_notification
from mailman.constants import Action, DeliveryStatus
from mailman.errors import (
    HostileSubscription,
    ListError,
    MailmanError,
    NotAMember,
    UnknownCookie,
    WrongPassword,
)
from mailman.lists import MailList
from mailman.lists.logins import Logins
from mailman.lists.pending import Pending
from mailman.mail.text import wrap
from mailman.outcomes import (
    AwaitingApproval,
    Decision,
    DeliveryEnabled,
    LoggedIn,
    Outcome,
    ProbeReturned,
    Subscribed,
    Unsubscribed,
)

if TYPE_CHECKING:
    from mailman.actions.subscription import Wish

# Done only for whoever asks for them by ``expected``: a log-in is no business of a
# mail command, nor is an owner's new password, and a probe comes back to the bounce
# runner.
SPECIAL = frozenset('LOP')


@dataclass(frozen=True)
class Answer:
    """Who confirms, and how."""

    channel: str = 'email'
    remote: str = ''
    approved: bool | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)


def confirm(
    mlist: MailList,
    cookie: str,
    *,
    remote: str = '',
    approved: bool | None = None,
    expected: str | None = None,
    channel: str = 'email',
    changes: Mapping[str, Any] | None = None,
) -> Outcome | Decision:
    """Carry out what was asked for; the caller holds the list's lock.

    ``expected`` has the letters of the operations (`pending`) that fit here, by default
    S U C H E.  For a held post (H): ``approved`` True lets it through, False discards
    it, None means that a wrong password was given.  ``channel`` (email, web) is for the
    log, and ``changes`` has what a newcomer chose meanwhile: name, digest, language,
    password.

    Raises UnknownCookie, WrongPassword, UnknownRequest, HostileSubscription,
    NotAMember, AlreadyPending, and what membership.check_new_member raises.
    """
    cookie = cookie.strip().lower()
    pending = Pending(mlist)
    operation = pending.peek(cookie)
    if operation is None or not _fits(operation, expected):
        raise UnknownCookie(cookie)
    answer = Answer(channel, remote, approved, changes or {})
    try:
        outcome = _carry_out(mlist, cookie, operation, answer)
    except MailmanError as error:
        if not error.temporary and not isinstance(error, WrongPassword):
            pending.confirm(cookie)
        raise
    mlist.save_changes()
    pending.confirm(cookie)
    return outcome


def _fits(operation: tuple[Any, ...], expected: str | None) -> bool:
    op = str(operation[0])
    return op not in SPECIAL if expected is None else op in expected


def _carry_out(
    mlist: MailList, cookie: str, operation: tuple[Any, ...], answer: Answer
) -> Outcome | Decision:
    match operation:
        case ('S', dict() as wish):
            return _subscribe(mlist, wish, answer)
        case ('U', str() as address):
            return _unsubscribe(mlist, address, answer)
        case ('C', str() as old, str() as new, everywhere):
            new = subscription.check_new_address(
                mlist, old, new, everywhere=bool(everywhere), remote=answer.remote
            )
            Logins(mlist).believe(new)
            return readdress.move(mlist, old, new, everywhere=bool(everywhere))
        case ('H', int() as request_id):
            return _decide(mlist, request_id, answer)
        case ('E', str(), str() as address):
            return _enable(mlist, address)
        case ('L', str() as address) if mlist.is_member(address):
            _take_over(mlist, address)
            return LoggedIn(mlist.address_of(address))
        case ('P', str() as address, message):
            return ProbeReturned(address, message)
    raise UnknownCookie(cookie)


def _take_over(mlist: MailList, address: str) -> None:
    """End a password that somebody else may have chosen, and what it opened."""
    logins = Logins(mlist)
    if logins.is_doubted(address):
        mlist.set_password(address, '')
        logins.end_all('user', address)
        logins.believe(address)


# --- joining ----------------------------------------------------------------------


def _subscribe(
    mlist: MailList, found: dict[str, Any], answer: Answer
) -> Subscribed | AwaitingApproval:
    wish = _completed(mlist, found, answer.changes)
    invited_to = found.get('invitation')
    if invited_to and invited_to != mlist.name:
        _tell_of_hostility(mlist, wish['address'], str(invited_to))
        raise HostileSubscription(wish['address'], str(invited_to))
    subscription.check_ban(mlist, wish, answer.remote)
    Logins(mlist).believe(wish['address'])
    whence = f'via {answer.channel} confirmation'
    needs_approval = mlist.subscribe_policy in (
        subscription.APPROVE,
        subscription.CONFIRM_AND_APPROVE,
    )
    if needs_approval and not invited_to:
        return subscription.join_or_hold(mlist, wish, whence=whence)
    return subscription.join(mlist, wish, whence=whence)


def _completed(
    mlist: MailList, found: dict[str, Any], changes: Mapping[str, Any]
) -> Wish:
    """Give a wish with all its fields, as it is now, from a file perhaps of 2.1."""
    digest = bool(changes.get('digest', found.get('digest')))
    # The list may have given up one of the two ways since.
    digest = bool(digest and mlist.digestable) or not mlist.nondigestable
    language = changes.get('language') or found.get('language')
    if language not in mlist.available_languages:
        language = mlist.preferred_language
    password = changes.get('password') or found.get('password') or ''
    return {
        'address': str(found.get('address') or ''),
        'fullname': subscription.clean_name(
            str(changes.get('name', found.get('fullname')) or '')
        ),
        'password': subscription.stored_password(str(password)) or '',
        'digest': int(digest),
        'language': language,
    }


def _tell_of_hostility(mlist: MailList, address: str, invited_to: str) -> None:
    """Log it, and tell the owners of both lists."""
    text = f'{address} was invited to {invited_to} but confirmed at {mlist.name}'
    mlist.log('mischief', text)
    lists = [mlist]
    with suppress(ListError):  # it is gone meanwhile, or never was
        lists.append(MailList.open(mlist.site, invited_to))
    for other in lists:
        _ = other.translator()
        body = _(
            'The address %(address)s was invited to the list %(invited)s, and the '
            'answer was sent to the list %(here)s. Nobody was subscribed. You need not '
            'do anything; but somebody may be trying to get subscribed where he was '
            'not invited.',
            address=address,
            invited=invited_to,
            here=mlist.name,
        )
        owner_notification(other, _('Hostile subscription attempt'), wrap(body))


# --- all else ---------------------------------------------------------------------


def _unsubscribe(
    mlist: MailList, address: str, answer: Answer
) -> Unsubscribed | AwaitingApproval:
    if not mlist.is_member(address):
        raise NotAMember(address)
    # The list may want approval only since the request was made.
    if mlist.unsubscribe_policy:
        return subscription.hold_departure(mlist, mlist.address_of(address))
    whence = f'{answer.channel} confirmation'
    return membership.remove(mlist, address, whence=whence)


def _decide(mlist: MailList, request_id: int, answer: Answer) -> Decision:
    if answer.approved is None:
        raise WrongPassword(request_id)
    action = Action.APPROVE if answer.approved else Action.DISCARD
    return decisions.handle(mlist, request_id, action)


def _enable(mlist: MailList, address: str) -> DeliveryEnabled:
    if not mlist.is_member(address):
        raise NotAMember(address)
    mlist.set_delivery_status(address, DeliveryStatus.ENABLED)
    return DeliveryEnabled(mlist.address_of(address))
