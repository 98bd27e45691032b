"""What a verb on a list may answer: values that each face words its own way."""

from dataclasses import dataclass


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
