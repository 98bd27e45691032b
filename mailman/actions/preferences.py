"""What members choose for themselves: delivery, digests, copies, topics, language.

The options page's side of 2.1's options CGI.  Changes are checked before anything is
changed.  The caller holds the list's lock and saves; other lists of the host, where a
member wants the same there, are locked, changed and saved here, one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mailman.constants import DeliveryStatus, MemberFlag
from mailman.errors import CannotDigest, ListError, LockTimeout, MustDigest, NotAMember
from mailman.lists import MailList, overview
from mailman.lists.logins import Logins

if TYPE_CHECKING:
    from mailman.site import Site

# Two members who change at once may wait for each other's list; so not for ever.
_PATIENCE = 10.0


@dataclass(frozen=True)
class Wish:
    """What is to change; None, and a flag that is missing, leave things as they are."""

    delivery: bool | None = None
    digest: bool | None = None
    language: str | None = None
    topics: list[str] | None = None
    flags: Mapping[MemberFlag, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Elsewhere:
    """The other lists on which something was changed; ``busy`` ones were locked."""

    lists: list[str] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)


def change(mlist: MailList, address: str, wish: Wish) -> bool:
    """Give a member other settings; tell whether any was another one before.

    Raises NotAMember, CannotDigest, MustDigest.
    """
    if not mlist.is_member(address):
        raise NotAMember(address)
    _check_digest(mlist, address, wish)
    before = _state(mlist, address)
    if wish.digest is not None:
        mlist.set_option(address, MemberFlag.DIGESTS, wish.digest)
    if wish.delivery is not None:
        _set_delivery(mlist, address, wish.delivery)
    for flag, on in wish.flags.items():
        mlist.set_option(address, flag, on)
    if wish.language in mlist.available_languages:
        mlist.set_language(address, str(wish.language))
    if wish.topics is not None:
        known = [str(topic[0]) for topic in mlist.topics]
        mlist.set_topics(address, [name for name in known if name in wish.topics])
    return before != _state(mlist, address)


def _check_digest(mlist: MailList, address: str, wish: Wish) -> None:
    if wish.digest is None or wish.digest == mlist.is_digest(address):
        return
    if wish.digest and not mlist.digestable:
        raise CannotDigest(address)
    if not wish.digest and not mlist.nondigestable:
        raise MustDigest(address)


def _set_delivery(mlist: MailList, address: str, on: bool) -> None:
    """Switch delivery; who switched it off before, and when, stays on record."""
    if on:
        mlist.set_delivery_status(address, DeliveryStatus.ENABLED)
    elif mlist.delivery_status_of(address) == DeliveryStatus.ENABLED:
        mlist.set_delivery_status(address, DeliveryStatus.BY_USER)


def _state(mlist: MailList, address: str) -> tuple[object, ...]:
    return (
        mlist.delivery_status_of(address),
        mlist.is_digest(address),
        mlist.language_of(address),
        mlist.topics_of(address),
        mlist.options_of(address),
    )


# --- other lists ----------------------------------------------------------------------


def lists_of(site: Site, host: str, address: str) -> Iterator[MailList]:
    """Give the lists of a mail host that the address is a member of."""
    for one in overview.all_lists(site):
        if one.host_name.lower() != host.lower():
            continue
        try:
            mlist = MailList.open(site, one.name)
        except ListError:
            continue  # it went just now, or is logged
        if mlist.is_member(address):
            yield mlist


def is_known(mlist: MailList, address: str) -> bool:
    """Tell whether a log-in to this list says anything about the address elsewhere.

    Not where the owners brought it, or nobody asked there (see mailman.lists.logins).
    """
    return not Logins(mlist).is_doubted(address)


def elsewhere(
    mlist: MailList, address: str, action: Callable[[MailList], object]
) -> Elsewhere:
    """Do something on all other lists of this host that a member is on, and save.

    A list that does not allow it is left alone.
    """
    done, busy = [], []
    for other in lists_of(mlist.site, str(mlist.host_name), address):
        if other.name == mlist.name:
            continue
        try:
            if _do_there(other, address, action):
                done.append(str(other.real_name))
        except LockTimeout:
            text = f'{other.name}: locked, settings of {address} stay'
            mlist.site.log.write('error', text)
            busy.append(str(other.real_name))
    return Elsewhere(done, busy)


def _do_there(
    other: MailList, address: str, action: Callable[[MailList], object]
) -> bool:
    with other.lock(_PATIENCE):
        if not other.is_member(address):
            return False
        try:
            action(other)
        except (CannotDigest, MustDigest):
            return False
        other.save_changes()
    return True
