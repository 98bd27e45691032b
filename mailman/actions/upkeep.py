"""What owners do to many members at once: add, invite, remove, synchronise, change.

Thousands of addresses are one change of the list: the caller holds its lock and saves
once.  A line that cannot be done is told with its reason, and does not stop the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from mailman.actions import membership, readdress
from mailman.actions.notify import owner_notification
from mailman.actions.subscription import check_new_address
from mailman.actions.systemmail import UserNotification
from mailman.constants import DeliveryStatus, MemberFlag
from mailman.errors import (
    AlreadyAMember,
    BadAddress,
    Banned,
    MemberError,
    NotAMember,
)
from mailman.lists.logins import Logins
from mailman.lists.pending import Pending
from mailman.mail import addresses, entries
from mailman.outcomes import AddressChanged
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site.i18n import Translator

# 2.1's words in logs/subscribe.
ADDING = 'admin mass sub'
REMOVING = 'admin mass unsub'
SYNCHRONISING = 'admin mass sync'
MANAGING = 'member mgt page'

# Why a line was not done.
ALREADY = N_('a member already')
NO_MEMBER = N_('not a member')
BANNED = N_('banned')
BAD = N_('not an e-mail address')
NO_SUCH_KIND = N_('this list has no such kind of membership')


class Entry(NamedTuple):
    """A line that was understood."""

    name: str
    address: str

    @property
    def shown(self) -> str:
        """The entry as people read it."""
        return addresses.display(self.name, self.address)


@dataclass
class Tally:
    """Who was done, and per reason which lines were not."""

    done: list[str] = field(default_factory=list)
    refused: dict[str, list[str]] = field(default_factory=dict)

    def refuse(self, reason: str, line: str) -> None:
        """Note a line that is not done."""
        self.refused.setdefault(reason, []).append(line)


def read(lines: Iterable[str], tally: Tally) -> Iterator[Entry]:
    """Yield each address once; what is none goes into the tally."""
    seen = set()
    for line in lines:
        try:
            entry = Entry(*entries.read(line))
        except BadAddress:
            tally.refuse(BAD, line)
            continue
        if not entry.address:
            continue
        key = entry.address.lower()
        if key not in seen:
            seen.add(key)
            yield entry


# --- coming ---------------------------------------------------------------------------


def add(
    mlist: MailList,
    lines: Iterable[str],
    *,
    welcome: bool | None = None,
    tell_owner: bool | None = None,
    text: str = '',
) -> Tally:
    """Subscribe the addresses; the owners are told once, of all of them."""
    tally = Tally()
    _add(mlist, read(lines, tally), tally, welcome, text, ADDING)
    if mlist.admin_notify_mchanges if tell_owner is None else tell_owner:
        _tell_owner(mlist, joined=tally.done)
    return tally


def _add(
    mlist: MailList,
    wanted: Iterable[Entry],
    tally: Tally,
    welcome: bool | None,
    text: str,
    whence: str,
) -> None:
    for entry in wanted:
        try:
            membership.add(
                mlist,
                entry.address,
                name=entry.name,
                welcome=welcome,
                tell_owner=False,
                welcome_text=text,
                whence=whence,
            )
        except (BadAddress, MemberError) as error:
            _refuse(tally, entry, error)
        else:
            tally.done.append(entry.shown)


def invite(mlist: MailList, lines: Iterable[str], *, text: str = '') -> Tally:
    """Mail invitations, with one write for all of their cookies."""
    tally = Tally()
    invited = []
    for entry in read(lines, tally):
        try:
            digest = bool(mlist.digest_is_default)
            address = membership.check_new_member(mlist, entry.address, digest)
        except (BadAddress, MemberError) as error:
            _refuse(tally, entry, error)
        else:
            invited.append(Entry(entry.name, address))
    wishes = [membership.invitation(mlist, one.address, one.name) for one in invited]
    cookies = Pending(mlist).new_many([('S', wish) for wish in wishes])
    for one, cookie in zip(invited, cookies, strict=True):
        membership.send_invitation(mlist, one.address, cookie, text)
        tally.done.append(one.shown)
    return tally


def _refuse(tally: Tally, entry: Entry, error: Exception) -> None:
    if isinstance(error, AlreadyAMember):
        tally.refuse(ALREADY, entry.shown)
    elif isinstance(error, Banned):
        tally.refuse(BANNED, f'{entry.shown} ({error.pattern})')
    elif isinstance(error, BadAddress):
        tally.refuse(BAD, entry.shown)
    else:
        tally.refuse(NO_SUCH_KIND, entry.shown)


# --- going ----------------------------------------------------------------------------


def remove(
    mlist: MailList,
    lines: Iterable[str],
    *,
    goodbye: bool | None = None,
    tell_owner: bool | None = None,
) -> Tally:
    """Unsubscribe the addresses; the owners are told once, of all of them."""
    tally = Tally()
    for entry in read(lines, tally):
        if mlist.is_member(entry.address):
            _remove(mlist, entry.address, tally, goodbye, REMOVING)
        else:
            tally.refuse(NO_MEMBER, entry.shown)
    if mlist.admin_notify_mchanges if tell_owner is None else tell_owner:
        _tell_owner(mlist, left=tally.done)
    return tally


def _remove(
    mlist: MailList, address: str, tally: Tally, goodbye: bool | None, whence: str
) -> None:
    gone = membership.remove(
        mlist, address, goodbye=goodbye, tell_owner=False, whence=whence
    )
    tally.done.append(addresses.display(gone.name, gone.address))


def synchronise(mlist: MailList, lines: Iterable[str]) -> tuple[Tally, Tally]:
    """Make the members those of the lines; give who was added and who removed.

    Nobody is told but the owners.  Lines that are no addresses are refused, and then
    nothing is done: one of them may be a member, mistyped.
    """
    joined, left = Tally(), Tally()
    wanted = {one.address.lower(): one for one in read(lines, joined)}
    for one in wanted.values():
        if not addresses.is_valid(one.address) and not mlist.is_member(one.address):
            joined.refuse(BAD, one.shown)
    if joined.refused or not wanted:
        return joined, left
    for key in sorted(set(mlist.member_keys()).difference(wanted)):
        _remove(mlist, key, left, False, SYNCHRONISING)
    coming = [one for key, one in wanted.items() if not mlist.is_member(key)]
    _add(mlist, coming, joined, False, '', SYNCHRONISING)
    if mlist.admin_notify_mchanges:
        _tell_owner(mlist, joined=joined.done, left=left.done)
    return joined, left


def _tell_owner(
    mlist: MailList, *, joined: list[str] | None = None, left: list[str] | None = None
) -> None:
    _ = mlist.translator()
    lines = []
    if joined:
        lines += [_('These have joined %(list)s:', list=mlist.real_name), '', *joined]
    if left:
        lines += [''] * bool(lines)
        lines += [_('These have left %(list)s:', list=mlist.real_name), '', *left]
    if not lines:
        return
    if joined:
        subject = _('%(list)s subscription notification', list=mlist.real_name)
    else:
        subject = _('%(list)s unsubscribe notification', list=mlist.real_name)
    owner_notification(mlist, subject, '\n'.join([*lines, '']))


# --- one member's new address -----------------------------------------------------


def change_address(
    mlist: MailList, old: str, new: str, *, tell_old: bool, tell_new: bool
) -> AddressChanged:
    """Give a member another address, and tell it to one or both.

    Raises NotAMember, BadAddress, AlreadyAMember, Banned.
    """
    if not mlist.is_member(old):
        raise NotAMember(old)
    old = mlist.address_of(old)
    new = check_new_address(mlist, old, new)
    language = mlist.language_of(old)
    changed = readdress.move(mlist, old, new)
    # The password came along, and nobody there has seen it.
    Logins(mlist).doubt(new)
    for wanted, to in ((tell_old, old), (tell_new, new)):
        if wanted:
            _tell_member(mlist, old, new, to, mlist.site.translator(language))
    return changed


def _tell_member(mlist: MailList, old: str, new: str, to: str, _: Translator) -> None:
    text = _(
        'Your address on the mailing list %(list)s was changed from %(old)s to'
        ' %(new)s by the owner of the list.\n'
        '\n'
        'Your options are at:\n'
        '\n'
        '    %(url)s\n'
        '\n'
        'Questions are answered by %(owner)s.\n',
        list=mlist.real_name,
        old=old,
        new=new,
        url=mlist.options_url(new),
        owner=mlist.address('owner'),
    )
    subject = _('Your new address on %(list)s', list=mlist.real_name)
    sender = mlist.address('owner')
    UserNotification(mlist, to, sender, subject, text, _.lang).send()


# --- members by rows ------------------------------------------------------------------


class Wish(NamedTuple):
    """What the membership page wants of one member; None leaves a thing alone."""

    address: str
    unsubscribe: bool
    flags: dict[MemberFlag, bool]
    stopped: bool
    digest: bool
    language: str | None
    name: str | None


def settle(mlist: MailList, wish: Wish, tally: Tally, gone: Tally) -> None:
    """Give a member the options wished; both tallies say what became of it."""
    address = wish.address
    if not mlist.is_member(address):
        tally.refuse(NO_MEMBER, address)
        return
    shown = addresses.display(mlist.name_of(address), mlist.address_of(address))
    if wish.unsubscribe:
        membership.remove(mlist, address, whence=MANAGING)
        gone.done.append(shown)
        return
    changed = _set_flags(mlist, wish)
    if wish.digest != mlist.is_digest(address):
        possible = mlist.digestable if wish.digest else mlist.nondigestable
        if not possible:
            tally.refuse(NO_SUCH_KIND, shown)
        else:
            mlist.set_option(address, MemberFlag.DIGESTS, wish.digest)
            changed = True
    if changed | _set_words(mlist, wish):
        tally.done.append(shown)


def _set_flags(mlist: MailList, wish: Wish) -> bool:
    bits = before = mlist.options_of(wish.address)
    for flag, on in wish.flags.items():
        bits = bits | flag if on else bits & ~flag
    if bits != before:
        mlist.set_options(wish.address, bits)
    stopped = mlist.delivery_status_of(wish.address) != DeliveryStatus.ENABLED
    if stopped != wish.stopped:
        # Whom somebody else has stopped stays stopped by that one.
        status = DeliveryStatus.BY_ADMIN if wish.stopped else DeliveryStatus.ENABLED
        mlist.set_delivery_status(wish.address, status)
    return bits != before or stopped != wish.stopped


def _set_words(mlist: MailList, wish: Wish) -> bool:
    changed = False
    known = wish.language in mlist.available_languages
    if wish.language and known and wish.language != mlist.language_of(wish.address):
        mlist.set_language(wish.address, wish.language)
        changed = True
    if wish.name is not None and wish.name != mlist.name_of(wish.address):
        mlist.set_name(wish.address, wish.name)
        changed = True
    return changed


def moderate_all(mlist: MailList, on: bool) -> int:
    """Set or clear the moderation flag of every member; say of how many."""
    count = 0
    for key in mlist.member_keys():
        if mlist.option(key, MemberFlag.MODERATE) != on:
            mlist.set_option(key, MemberFlag.MODERATE, on)
            count += 1
    return count
