"""Find out who gets the post.

Pipeline name: ``CalcRecips``.  Recipients that are known already stay, even when
there are none.  Otherwise: the members who get single messages and have delivery on;
not the author who does not want own posts; by topics; without and with the members of
sibling lists.  ``Urgent: PASSWORD`` reaches everybody, digest members too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mailman.actions.passwords import list_role
from mailman.actions.systemmail import sender_of
from mailman.constants import MemberFlag, Role
from mailman.errors import CorruptList, RejectMessage, UnknownList
from mailman.handlers.moderate import posting_member
from mailman.lists import MailList
from mailman.mail import addresses
from mailman.mail.text import wrap

if TYPE_CHECKING:
    from mailman.mail.message import Message


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Set ``recips``; raise RejectMessage for a wrong Urgent password."""
    if 'recips' in msgdata:
        return
    if 'urgent' in msg:
        _check_urgent(mlist, msg, msgdata)
        msgdata['recips'] = mlist.addresses_of(mlist.member_keys())
        return
    recips = mlist.recipients()
    sender = sender_of(mlist, msg)
    if not _wants_own_posts(mlist, sender):
        recips = [one for one in recips if one.lower() != sender.lower()]
    recips = _by_topic(mlist, msgdata, recips)
    recips = _without_siblings(mlist, msg, recips)
    msgdata['recips'] = _with_siblings(mlist, msg, recips)


def _check_urgent(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Raise RejectMessage unless Urgent holds a password that may post."""
    # The site's password does not count: it should not travel by mail.
    if list_role(mlist, str(msg['urgent']).strip()) != Role.UNAUTHORIZED:
        return
    _ = mlist.site.translator(msgdata.get('lang'))
    notice = _(
        'Your post to %(listname)s was marked urgent, which takes a password, and the'
        ' one given is not right. Your post is attached.',
        listname=mlist.real_name,
    )
    raise RejectMessage(wrap(notice))


def _wants_own_posts(mlist: MailList, sender: str) -> bool:
    return not (
        mlist.is_member(sender)
        and mlist.option(sender, MemberFlag.DONT_RECEIVE_OWN_POSTS)
    )


def _by_topic(mlist: MailList, msgdata: dict[str, Any], recips: list[str]) -> list[str]:
    """Leave out those who chose other topics; who chose none gets everything."""
    if not mlist.topics_enabled or not mlist.topics_userinterest:
        return recips
    hits = set(msgdata.get('topichits', ()))

    def wants(address: str) -> bool:
        chosen = mlist.topics_userinterest.get(address.lower())
        if not chosen:
            return True
        if hits:
            return not hits.isdisjoint(chosen)
        return mlist.option(address, MemberFlag.RECEIVE_NONMATCHING_TOPICS)

    return [address for address in recips if wants(address)]


# --- sibling lists ---------------------------------------------------------


def _without_siblings(mlist: MailList, msg: Message, recips: list[str]) -> list[str]:
    """Leave out members of excluded lists that got this post, too.

    With regular_exclude_ignore only where the author is on that list: there the post
    passed and is not held.
    """
    if not mlist.regular_exclude_lists:
        return recips
    named = [name for name in mlist.regular_exclude_lists if name.lower() in _to(msg)]
    out: set[str] = set()
    for sibling in _siblings(mlist, named, 'exclude'):
        ignore = mlist.regular_exclude_ignore
        if not ignore or posting_member(sibling, msg):
            out.update(map(str.lower, sibling.recipients()))
    return [address for address in recips if address.lower() not in out]


def _with_siblings(mlist: MailList, msg: Message, recips: list[str]) -> list[str]:
    """Add members of included lists that the post was not sent to directly."""
    if not mlist.regular_include_lists:
        return recips
    sender = sender_of(mlist, msg)
    others = [
        name for name in mlist.regular_include_lists if name.lower() not in _to(msg)
    ]
    found = {address.lower(): address for address in recips}
    for sibling in _siblings(mlist, others, 'include'):
        quiet = not (
            _wants_own_posts(mlist, sender) and _wants_own_posts(sibling, sender)
        )
        for address in sibling.recipients():
            if not (quiet and address.lower() == sender.lower()):
                found.setdefault(address.lower(), address)
    return list(found.values())


def _to(msg: Message) -> set[str]:
    values = msg.get_all('to', []) + msg.get_all('cc', [])
    return {address.lower() for _, address in addresses.parse_all(values)}


def _siblings(mlist: MailList, names: list[str], what: str) -> Iterator[MailList]:
    """Open the lists of these addresses; log those that cannot be used."""
    for name in names:
        local, host = addresses.split(name.lower())
        problem = ''
        if local == mlist.name:
            problem = 'is a self reference'
        else:
            try:
                sibling = MailList.open(mlist.site, local)
            except (UnknownList, CorruptList):
                problem = 'not found'
            else:
                other = host != sibling.host_name.lower()
                if not other or mlist.site.cfg.ALLOW_CROSS_DOMAIN_SIBLING:
                    yield sibling
                    continue
                problem = 'is not in the same domain'
        mlist.site.log.write(
            'error', f'{mlist.name}: {what.capitalize()} list {name} {problem}.'
        )
