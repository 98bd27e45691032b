"""``Mailman.Errors``: 2.1's names of our exceptions, so that both sides catch them."""

from __future__ import annotations

from typing import Any

from mailman import errors
from mailman.errors import (  # noqa: F401 same name as in 2.1
    DiscardMessage,
    LoopError,
    RejectMessage,
    SomeRecipientsFailed,
)

MailmanException = MailmanError = errors.MailmanError
HandlerError = errors.PipelineStop

# Lists
MMListError = errors.ListError
MMUnknownListError = errors.UnknownList
MMCorruptListDatabaseError = errors.CorruptList
MMListAlreadyExistsError = errors.ListExists
BadListNameError = errors.BadListName


class MMListNotReadyError(errors.ListError):
    """Never raised: a list is there or not."""


# Members
MMMemberError = errors.MemberError
NotAMemberError = MMNotAMemberError = MMNoSuchUserError = errors.NotAMember
MMAlreadyAMember = errors.AlreadyAMember
MMCantDigestError = CantDigestError = errors.CannotDigest
MMMustDigestError = MustDigestError = errors.MustDigest
MembershipIsBanned = errors.Banned


class MMBadUserError(errors.MemberError):
    """Never raised by us."""


class AlreadyReceivingDigests(errors.MemberError):
    """Never raised by us."""


class AlreadyReceivingRegularDeliveries(errors.MemberError):
    """Never raised by us."""


# Addresses
EmailAddressError = MMBadEmailError = errors.BadAddress
MMHostileAddress = errors.HostileAddress


class HostileSubscriptionError(errors.MailmanError):
    """Never raised by us."""


# Passwords and confirmations
class MMPasswordError(errors.MailmanError):
    """The root of password errors."""


class MMBadPasswordError(MMPasswordError):
    """Never raised by us."""


class MMPasswordsMustMatch(MMPasswordError):
    """Never raised by us."""


class MMBadConfirmation(errors.MailmanError):
    """Never raised by us."""


class MMSubscribeNeedsConfirmation(errors.MailmanError):
    """Never raised by us: subscribing answers an outcome."""


class MMNeedApproval(errors.MailmanError):
    """Never raised by us: subscribing answers an outcome."""


class LostHeldMessage(errors.MailmanError):
    """Never raised by us."""


class HoldMessage(errors.HoldMessage):
    """Hold the post; 2.1's code derives a class per reason::

    class TooLoud(Errors.HoldMessage):
        reason = 'The post is written in capitals'
        rejection = 'Please lower your voice.'
    """

    reason = 'For some unknown reason'
    rejection = 'Your message was rejected'

    def __init__(self, *values: Any) -> None:
        texts = type(self)
        kind = texts.__name__
        super().__init__(kind, self.reason_notice(), texts.rejection)
        self.given = values

    def reason_notice(self) -> str:
        """Say why, to moderators."""
        return type(self).reason

    def rejection_notice(self, mlist: Any) -> str:
        """Say why, to the author of a rejected post."""
        return type(self).rejection
