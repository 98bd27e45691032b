"""Decide by the sender whether a post passes, waits, goes back or goes away.

Pipeline name: ``Moderate``.  One address among SENDER_HEADERS that is a member, also
through ``equivalent_domains``, makes it a member's post.  A nonmember's goes through
four lists of addresses, then the list's general rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mailman.actions.matching import matching_entry
from mailman.actions.notify import forward_to_owner
from mailman.actions.systemmail import sender_of, senders_of
from mailman.constants import MemberFlag
from mailman.errors import DiscardMessage, HoldMessage, RejectMessage
from mailman.mail.text import fill, wrap
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message

# member_moderation_action, and generic_nonmember_action as stored.
MEMBER_ACTIONS = ('hold', 'reject', 'discard')
NONMEMBER_ACTIONS = ('accept', 'hold', 'reject', 'discard')
NONMEMBER_LISTS = ('accept', 'hold', 'reject', 'discard')


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Let the post pass, or raise what is to become of it."""
    if msgdata.get('approved'):
        return
    member = posting_member(mlist, msg)
    if member is None:
        _nonmember_post(mlist, msg, msgdata)
    elif mlist.option(member, MemberFlag.MODERATE):
        _moderated_post(mlist, member, msgdata)


def posting_member(mlist: MailList, msg: Message) -> str | None:
    """Give the member whose post this is; None for a nonmember's."""
    for sender in senders_of(mlist, msg):
        for address in (sender, *equivalents(sender, mlist.equivalent_domains)):
            if mlist.is_member(address):
                return address
    return None


def equivalents(address: str, groups: str) -> Iterator[str]:
    """Give the address in each domain that stands for its own.

    ``groups`` is the setting: groups of domains parted by ``;``, domains by ``,``.
    """
    local, at, host = address.lower().rpartition('@')
    if not at or host not in groups.lower():
        return
    for group in groups.lower().replace('\n', ' ').split(';'):
        domains = [domain.strip() for domain in group.split(',')]
        if host in domains:
            yield from (f'{local}@{domain}' for domain in domains if domain != host)


def _moderated_post(mlist: MailList, member: str, msgdata: dict[str, Any]) -> None:
    action = MEMBER_ACTIONS[_index(mlist.member_moderation_action, MEMBER_ACTIONS)]
    if action == 'hold':
        msgdata['sender'] = member
        raise HoldMessage(
            'ModeratedMemberPost',
            N_('Post to moderated list'),
            N_('Your message was deemed inappropriate by the moderator.'),
        )
    if action == 'reject':
        raise RejectMessage(_member_rejection(mlist, member, msgdata))
    raise DiscardMessage('moderated member')


def _member_rejection(mlist: MailList, member: str, msgdata: dict[str, Any]) -> str:
    """Give the owner's notice for moderated members, or ours."""
    if mlist.member_moderation_notice:
        return wrap(mlist.member_moderation_notice)
    _ = mlist.site.translator(msgdata.get('lang') or mlist.language_of(member))
    return _('Your message was rejected.')


def _nonmember_post(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    sender = sender_of(mlist, msg)
    for action in NONMEMBER_LISTS:
        setting = f'{action}_these_nonmembers'
        entries = getattr(mlist, setting)
        if matching_entry(mlist, sender, entries, setting, lists=True):
            break
    else:
        if msgdata.get('fromusenet'):
            return
        action = NONMEMBER_ACTIONS[
            _index(mlist.generic_nonmember_action, NONMEMBER_ACTIONS)
        ]
    if action == 'hold':
        _hold_nonmember(mlist)
    elif action == 'reject':
        raise RejectMessage(_rejection(mlist, sender, msgdata))
    elif action == 'discard':
        if mlist.forward_auto_discards:
            _show_to_owner(mlist, msg)
        raise DiscardMessage('nonmember')


def _hold_nonmember(mlist: MailList) -> None:
    raise HoldMessage(
        'NonMemberPost',
        N_('Post by non-member to a members-only list'),
        mlist.nonmember_rejection_notice
        or N_('Non-members are not allowed to post messages to this list.'),
        listowner=mlist.address('owner'),
    )


def _rejection(mlist: MailList, sender: str, msgdata: dict[str, Any]) -> str:
    """Give the owner's notice for nonmembers, or ours."""
    owner = mlist.address('owner')
    if mlist.nonmember_rejection_notice:
        return wrap(fill(mlist.nonmember_rejection_notice, {'listowner': owner}))
    _ = mlist.site.translator(msgdata.get('lang') or mlist.language_of(sender))
    return wrap(
        _(
            'Your message was sent back because this list takes mail from its members '
            'only, and the address you wrote from is not subscribed.\n\n'
            'If you think that this is a mistake, please write to the owner of the '
            'list at %(listowner)s.',
            listowner=owner,
        )
    )


def _show_to_owner(mlist: MailList, msg: Message) -> None:
    """Send LIST-owner a copy of what is thrown away."""
    _ = mlist.translator()
    url = f'{mlist.url("admin")}/?VARHELP=privacy/sender/discard_these_nonmembers'
    text = _(
        'The attached message was discarded automatically, by the rule that you can '
        'read about and change here:\n\n    %(varhelp)s',
        varhelp=url,
    )
    forward_to_owner(mlist, msg, _('Auto-discard notification'), wrap(text))


def _index(value: object, names: tuple[str, ...]) -> int:
    """Take a stored action as it is meant: out of range counts as hold."""
    try:
        number = int(str(value)) if not isinstance(value, bool) else int(value)
    except ValueError:
        number = -1
    return number if 0 <= number < len(names) else names.index('hold')
