"""A member's new address, put in place: 2.1's ApprovedChangeMemberAddress.

Asking for it is `subscription.change_address`.  The caller holds the list's lock and
saves; other lists of the host are locked, changed and saved here, one by one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.actions import membership
from mailman.actions.notify import owner_notification
from mailman.actions.systemmail import render
from mailman.errors import ListError, LockTimeout
from mailman.lists import MailList, catalog
from mailman.outcomes import AddressChanged

if TYPE_CHECKING:
    from collections.abc import Iterator

# Two members who change at once may wait for each other's list; so not for ever.
_PATIENCE = 10.0


def move(
    mlist: MailList, old: str, new: str, *, everywhere: bool = False
) -> AddressChanged:
    """Give a member another address here, or on all lists of this host.

    ``new`` is checked (subscription.check_new_address).  Where it is banned on another
    list, that one is left alone.  Raises NotAMember.
    """
    _move_here(mlist, old, new)
    done, busy = [mlist.name], []
    for name in _others(mlist, old) if everywhere else ():
        try:
            if _move_there(mlist, name, old, new):
                done.append(name)
        except LockTimeout:
            text = f'{name}: locked, still has the member {old} instead of {new}'
            mlist.site.log.write('error', text)
            busy.append(name)
    return AddressChanged(old, new, tuple(done), tuple(busy))


def _others(mlist: MailList, address: str) -> Iterator[str]:
    """Yield the other lists of this host that the address is a member of."""
    for name in catalog.names(mlist.site):
        if name == mlist.name:
            continue
        try:
            other = MailList.open(mlist.site, name)
        except ListError:
            continue  # logged where it matters; this member cannot help it
        if other.host_name == mlist.host_name and other.is_member(address):
            yield name


def _move_there(mlist: MailList, name: str, old: str, new: str) -> bool:
    other = MailList(mlist.site, name)
    with other.lock(_PATIENCE):
        if not other.is_member(old):
            return False
        banned = membership.ban_pattern(other, new)
        if banned is not None:
            text = f'banned address change: {old} -> {new} (matched: {banned})'
            other.site.log.write('vette', f'{other.real_name} {text}')
            return False
        _move_here(other, old, new)
        other.save_changes()
    return True


def _move_here(mlist: MailList, old: str, new: str) -> None:
    name = mlist.name_of(old)
    mlist.change_address(old, new)
    mlist.log('subscribe', f'changed member address from {old} to {new}')
    if mlist.admin_notify_mchanges:
        _tell_owner(mlist, name, old, new)


def _tell_owner(mlist: MailList, name: str, old: str, new: str) -> None:
    _ = mlist.translator()
    values = {
        'listname': mlist.real_name,
        'name': name or _('(not known)'),
        'oldaddr': old,
        'newaddr': new,
    }
    text = render(mlist, 'adminaddrchgack.txt', values, str(mlist.preferred_language))
    subject = _('%(list)s address change notification', list=mlist.real_name)
    owner_notification(mlist, subject, text)
