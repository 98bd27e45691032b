"""Refusals of the floor below, in words for the one who asked by mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman import errors
from mailman.actions import consent
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.commands.request import Request

# Special ones first.
TEXTS: list[tuple[type[errors.MailmanError], str]] = [
    (
        errors.HostileAddress,
        N_('The address is not taken, because it has signs that no plain address has.'),
    ),
    (
        errors.BadAddress,
        N_('This is no e-mail address: one has the form name@example.com.'),
    ),
    (errors.AlreadyAMember, N_('You are a member of this list already.')),
    (
        errors.NotAMember,
        N_('%(address)s is not a member of the %(listname)s list.'),
    ),
    (
        errors.Banned,
        N_(
            'This address may not join the list. If you think that is a mistake, write '
            'to the owner:\n%(owner)s'
        ),
    ),
    (
        errors.HostileSubscription,
        N_('You were invited to another list, not to this one. Its owners know of it.'),
    ),
    (
        errors.UnknownRequest,
        N_('That has been decided about already.'),
    ),
    (
        errors.WrongPassword,
        N_('The password is not the right one: the post still waits.'),
    ),
    (
        errors.AlreadyPending,
        N_('You asked for that already. Look for our mail, or wait for the moderator.'),
    ),
    (
        errors.TooManyRequests,
        N_('That was asked for too often today. Try again tomorrow.'),
    ),
    (
        errors.CannotDigest,
        N_('This list sends no digests: join it without the word "digest".'),
    ),
    (
        errors.MustDigest,
        N_('This list sends digests only: join it with the word "digest".'),
    ),
]
OTHER = N_('That could not be done. If you need help, write to the owner:\n%(owner)s')


def explain(request: Request, error: errors.MailmanError) -> None:
    """Answer why something was refused.

    What is no refusal but may work later is raised again: the mail is kept.
    """
    text = next((text for kind, text in TEXTS if isinstance(error, kind)), '')
    if not text and error.temporary:
        raise error
    request.say(
        text or OTHER,
        address=getattr(error, 'address', ''),
        listname=request.mlist.real_name,
        owner=request.mlist.address('owner'),
    )


def answer_sparingly(request: Request) -> None:
    """Leave the sender unanswered where he had his mails of the day about joining.

    The sender may be forged: asking a second time, on many lists, must not fill a
    stranger's mailbox either (SUBSCRIBE_CONFIRMATIONS_PER_DAY).
    """
    try:
        consent.count_confirmation(request.mlist, request.sender)
    except errors.TooManyRequests:
        request.silent = True
