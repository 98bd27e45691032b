"""What a verb on a list may answer: values that each face words its own way."""

from __future__ import annotations

from dataclasses import dataclass, field

# --- joining and leaving --------------------------------------------------------


@dataclass(frozen=True)
class Subscribed:
    """The address is a member now."""

    address: str
    name: str
    digest: bool


@dataclass(frozen=True)
class Invited:
    """An invitation with a confirmation cookie went to the address."""

    address: str
    cookie: str


@dataclass(frozen=True)
class Unsubscribed:
    """The address is no member any more."""

    address: str
    name: str


@dataclass(frozen=True)
class ConfirmationSent:
    """Somebody was asked to confirm by a mail to this address; nothing is done yet."""

    address: str


@dataclass(frozen=True)
class AwaitingApproval:
    """A moderator has to agree; the moderators know, or will with the next summary."""

    address: str
    request_id: int


@dataclass(frozen=True)
class AddressChanged:
    """A member has another address now, on these lists; ``busy`` ones were locked."""

    old: str
    new: str
    lists: tuple[str, ...]
    busy: tuple[str, ...] = ()


@dataclass(frozen=True)
class DeliveryEnabled:
    """A member whose delivery was off gets mail again."""

    address: str


@dataclass(frozen=True)
class LoginLinkSent:
    """A mail with a link that logs the member in, once, went out."""

    address: str


@dataclass(frozen=True)
class LoggedIn:
    """The holder of a log-in link is this member."""

    address: str


@dataclass(frozen=True)
class ProbeReturned:
    """A probe came back: mail to this member fails; ``message`` is the first bounce."""

    address: str
    message: object = field(repr=False)


Outcome = (
    Subscribed
    | Unsubscribed
    | ConfirmationSent
    | AwaitingApproval
    | AddressChanged
    | DeliveryEnabled
    | LoggedIn
    | ProbeReturned
)


# --- held requests --------------------------------------------------------------


@dataclass(frozen=True)
class Decision:
    """What became of a held post or membership request; ``sender`` asked for it."""

    request_id: int
    sender: str


class Approved(Decision):
    """The post is on its way to the list, or the member has come or gone."""


class Rejected(Decision):
    """It was refused, and the sender told why."""


class Discarded(Decision):
    """It is gone, and the sender was told nothing."""


class Deferred(Decision):
    """It still waits."""


class Lost(Decision):
    """The held post's file was gone; the request is forgotten."""


class Gone(Decision):
    """Somebody else decided it in the meantime; ``sender`` is not known any more."""


@dataclass(frozen=True)
class Undecided(Decision):
    """It could not be carried out, and still waits; ``error`` says why."""

    error: Exception = field(repr=False)
