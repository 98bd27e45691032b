"""What a moderator lays down about a sender, for the posts that are yet to come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.constants import Action, MemberFlag

if TYPE_CHECKING:
    from mailman.lists import MailList

# The settings of privacy/sender that an action stands for.
FILTERS = {
    Action.ACCEPT: 'accept_these_nonmembers',
    Action.HOLD: 'hold_these_nonmembers',
    Action.REJECT: 'reject_these_nonmembers',
    Action.DISCARD: 'discard_these_nonmembers',
}


def filter_from_now_on(mlist: MailList, sender: str, action: Action) -> bool:
    """Do this with all posts of a non-member; tell whether that is news."""
    return _add(mlist, FILTERS[action], sender)


def ban(mlist: MailList, address: str) -> bool:
    """Keep an address from ever joining; tell whether that is news."""
    return _add(mlist, 'ban_list', address)


def trust(mlist: MailList, sender: str) -> bool:
    """Let a moderated member post freely; tell whether that is news."""
    if not mlist.is_member(sender) or not mlist.option(sender, MemberFlag.MODERATE):
        return False
    mlist.set_option(sender, MemberFlag.MODERATE, False)
    return True


def _add(mlist: MailList, setting: str, address: str) -> bool:
    entries = list(getattr(mlist, setting))
    if any(str(one).lower() == address.lower() for one in entries):
        return False
    # A setting is assigned, not changed in place: only then it counts as changed.
    setattr(mlist, setting, [*entries, address])
    return True
