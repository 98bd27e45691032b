"""Refusals of the floors below, in words for somebody who looks at a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman import errors
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site.i18n import Translator

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
    (errors.AlreadyAMember, N_('This address is a member of the list already.')),
    (errors.NotAMember, N_('This address is not a member of the list any more.')),
    (
        errors.Banned,
        N_(
            'This address may not join the list. If you think that is a mistake, write'
            ' to its owners: %(owner)s'
        ),
    ),
    (
        errors.HostileSubscription,
        N_('You were invited to another list, not to this one. Its owners know of it.'),
    ),
    (errors.UnknownRequest, N_('That has been decided about already.')),
    (
        errors.UnknownCookie,
        N_(
            'This confirmation is not known here: it is used up, too old, or was not'
            ' typed in whole. You can ask for a new one on the page of the list.'
        ),
    ),
    (
        errors.AlreadyPending,
        N_(
            'That was asked for already. Look for our mail, also among your spam; or'
            ' wait for the moderators.'
        ),
    ),
    (
        errors.TooManyRequests,
        N_('That was asked for too often today. Try again tomorrow.'),
    ),
    (errors.CannotDigest, N_('This list sends no digests.')),
    (errors.MustDigest, N_('This list sends digests only.')),
    (
        errors.LockTimeout,
        N_('The list is busy just now. Please try again in a minute.'),
    ),
]
OTHER = N_('That could not be done. The owners of the list can help: %(owner)s')


def explain(error: errors.MailmanError, mlist: MailList, _: Translator) -> str:
    """Say why something was refused, and the way out."""
    text = next((text for kind, text in TEXTS if isinstance(error, kind)), OTHER)
    return _(text, owner=mlist.address('owner'))
