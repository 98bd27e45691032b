"""Asking to join, to leave, to have another address: what the list's policies want.

2.1's AddMember, DeleteMember and ChangeMemberAddress.  The list decides what happens:

================== ==================================================================
subscribe_policy   0 at once, 1 after a confirmation, 2 after a moderator's approval
                   (at once for subscribe_auto_approval), 3 after both
unsubscribe_policy 0 after a confirmation, unless the member proved who he is;
                   1 after a moderator's approval
================== ==================================================================

The caller holds the list's lock and saves.  What was asked for by mail or on a page
comes through here; what an administrator does at once is in `membership`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailman.actions import consent, membership, moderation
from mailman.actions.matching import matching_entry
from mailman.actions.systemmail import UserNotification
from mailman.errors import (
    AlreadyAMember,
    AlreadyPending,
    BadAddress,
    Banned,
    NotAMember,
)
from mailman.lists.logins import Logins
from mailman.lists.pending import Pending
from mailman.lists.requests import HeldSubscription, HeldUnsubscription, Requests
from mailman.mail import addresses
from mailman.mail.text import wrap
from mailman.outcomes import (
    AwaitingApproval,
    ConfirmationSent,
    Subscribed,
    Unsubscribed,
)
from mailman.security.passwords import hash_password, is_current

if TYPE_CHECKING:
    from mailman.lists import MailList

OPEN, CONFIRM, APPROVE, CONFIRM_AND_APPROVE = range(4)
_LONGEST_NAME = 200

# 2.1's UserDesc, as pending.pck has it.
Wish = dict[str, Any]


def subscribe(
    mlist: MailList,
    address: str,
    *,
    name: str = '',
    digest: bool | None = None,
    password: str | None = None,
    language: str | None = None,
    remote: str = '',
    sender: str | None = None,
) -> Subscribed | ConfirmationSent | AwaitingApproval:
    """Take up a wish to join, as far as the list's subscribe_policy lets it.

    ``remote`` is where it came from, an IP or mail address, for log and notice;
    ``sender`` whose mail it was.  ``password`` is in clear.
    Raises BadAddress, HostileAddress, AlreadyAMember, Banned, CannotDigest, MustDigest,
    AlreadyPending, TooManyRequests.
    """
    consent.count_request(mlist, remote)
    wish = _wish(mlist, address, name, digest, password, language)
    check_ban(mlist, wish, remote)
    if mlist.subscribe_policy in (CONFIRM, CONFIRM_AND_APPROVE):
        return _ask_to_join(mlist, wish, remote, sender)
    if wish['password']:
        Logins(mlist).doubt(wish['address'])
    if mlist.subscribe_policy == OPEN:
        return join(mlist, wish, whence=remote)
    return join_or_hold(mlist, wish, whence=remote)


def _wish(
    mlist: MailList,
    address: str,
    name: str,
    digest: bool | None,
    password: str | None,
    language: str | None,
) -> Wish:
    if digest is None:
        digest = bool(mlist.digest_is_default)
        digest = bool(digest and mlist.digestable) or not mlist.nondigestable
    if language not in mlist.available_languages:
        language = mlist.preferred_language
    return {
        'address': address.strip(),
        'fullname': clean_name(name),
        'password': hash_password(password) if password else '',
        'digest': int(digest),
        'language': language,
    }


def clean_name(name: str) -> str:
    """Give a person's name on one line, printable, and of a sensible length."""
    shown = ''.join(c if c.isprintable() else ' ' for c in name[: 2 * _LONGEST_NAME])
    return ' '.join(shown.split())[:_LONGEST_NAME]


def check_ban(mlist: MailList, wish: Wish, remote: str) -> None:
    """Check that the address may join, and put it into the form that is stored.

    A banned one is logged.  Raises what membership.check_new_member raises.
    """
    address = str(wish['address'])
    try:
        wish['address'] = membership.check_new_member(
            mlist, address, bool(wish['digest'])
        )
    except Banned as error:
        _log_ban(mlist, f'banned subscription: {address}', remote, error.pattern)
        raise


def _log_ban(mlist: MailList, what: str, remote: str, pattern: str) -> None:
    origin = f' from {remote}' if remote else ''
    text = f'{mlist.real_name} {what}{origin} (matched: {pattern})'
    mlist.site.log.write('vette', text)


def join(mlist: MailList, wish: Wish, *, whence: str) -> Subscribed:
    """Make a member of a wish; raises what membership.add raises."""
    return membership.add(
        mlist,
        wish['address'],
        name=wish['fullname'],
        digest=bool(wish['digest']),
        password=stored_password(wish['password']),
        language=wish['language'],
        whence=whence,
    )


def stored_password(password: str) -> str | None:
    """Give the form to store: 2.1 kept a waiting member's password in clear."""
    if not password:
        return None
    return password if is_current(password) else hash_password(password)


def join_or_hold(
    mlist: MailList, wish: Wish, *, whence: str
) -> Subscribed | AwaitingApproval:
    """Make a member, or leave that to the moderators, but for auto-approved ones.

    Raises AlreadyPending, and what membership.add raises.
    """
    address = wish['address']
    if auto_approved(mlist, address):
        return join(mlist, wish, whence=whence)
    if mlist.site.cfg.REFUSE_SECOND_PENDING and _is_held(mlist, address):
        raise AlreadyPending(address)
    wish = {**wish, 'password': stored_password(wish['password']) or ''}
    return AwaitingApproval(address, moderation.hold_subscription(mlist, wish))


def auto_approved(mlist: MailList, address: str) -> bool:
    """Tell, and log, whether subscribe_auto_approval lets the address in."""
    entry = matching_entry(
        mlist,
        address,
        mlist.subscribe_auto_approval,
        'subscribe_auto_approval',
        lists=True,
    )
    if entry is None:
        return False
    mlist.log('vette', f'auto approved subscribe from {address}')
    return True


def _is_held(mlist: MailList, address: str, leaving: bool = False) -> bool:
    """Tell whether a moderator has such a request already."""
    requests = Requests(mlist)
    ids = requests.unsubscriptions() if leaving else requests.subscriptions()
    for found in map(requests.get, ids):
        held = found[1] if found else None
        if (
            isinstance(held, HeldSubscription | HeldUnsubscription)
            and held.address.lower() == address.lower()
        ):
            return True
    return False


def _ask_to_join(
    mlist: MailList, wish: Wish, remote: str, sender: str | None
) -> ConfirmationSent:
    address, lang = wish['address'], wish['language']
    consent.only_once(mlist, address, lambda op: _is_wish_of(op, address))
    consent.count_confirmation(mlist, address)
    cookie = Pending(mlist).new('S', wish)
    _ = mlist.site.translator(lang)
    subject = _(
        'Please confirm that you want to join the %(name)s mailing list',
        name=mlist.real_name,
    )
    consent.ask(
        mlist,
        'verify.txt',
        membership.admin_address(mlist, address),
        cookie,
        subject,
        address=address,
        lang=lang,
        remote=remote,
        asked_by=sender,
    )
    entry = addresses.display(wish['fullname'], address)
    mlist.log('subscribe', f'pending {entry}  {remote}'.rstrip())
    return ConfirmationSent(address)


def _is_wish_of(operation: tuple[Any, ...], address: str) -> bool:
    """Tell whether this is a waiting subscription; an invitation is none."""
    match operation:
        case ('S', {'address': str() as other, **rest}):
            return other.lower() == address.lower() and 'invitation' not in rest
    return False


# --- leaving ----------------------------------------------------------------------


def unsubscribe(
    mlist: MailList,
    address: str,
    *,
    remote: str = '',
    confirmed: bool = False,
    whence: str = '',
    sender: str | None = None,
) -> Unsubscribed | ConfirmationSent | AwaitingApproval:
    """Take up a wish to leave, as the list's unsubscribe_policy says.

    ``confirmed``: the member gave a password, or is logged in.  ``whence`` is for the
    log of a departure.  Raises NotAMember, AlreadyPending.
    """
    if not mlist.is_member(address):
        raise NotAMember(address)
    address = mlist.address_of(address)
    if mlist.unsubscribe_policy:
        return hold_departure(mlist, address)
    if confirmed:
        return membership.remove(mlist, address, whence=whence or remote)
    return _ask_to_leave(mlist, address, remote, sender)


def hold_departure(mlist: MailList, address: str) -> AwaitingApproval:
    """Leave it to the moderators whether a member may go; raises AlreadyPending."""
    if mlist.site.cfg.REFUSE_SECOND_PENDING and _is_held(mlist, address, leaving=True):
        raise AlreadyPending(address)
    return AwaitingApproval(address, moderation.hold_unsubscription(mlist, address))


def _ask_to_leave(
    mlist: MailList, address: str, remote: str, sender: str | None
) -> ConfirmationSent:
    lower = address.lower()
    consent.only_once(
        mlist, address, lambda op: op[0] == 'U' and str(op[-1]).lower() == lower
    )
    cookie = Pending(mlist).new('U', address)
    lang = mlist.language_of(address)
    _ = mlist.site.translator(lang)
    subject = _(
        'Please confirm that you want to leave the %(name)s mailing list',
        name=mlist.real_name,
    )
    consent.ask(
        mlist,
        'unsub.txt',
        membership.admin_address(mlist, address),
        cookie,
        subject,
        address=address,
        lang=lang,
        remote=remote,
        asked_by=sender,
    )
    return ConfirmationSent(address)


# --- another address --------------------------------------------------------------


def change_address(
    mlist: MailList, old: str, new: str, *, everywhere: bool = False, remote: str = ''
) -> ConfirmationSent:
    """Ask the new address whether a member may have it.

    The caller knows that the member himself wants it.  ``everywhere``: on all lists of
    this host.  Raises NotAMember, BadAddress, HostileAddress, AlreadyAMember, Banned,
    AlreadyPending, TooManyRequests.
    """
    if not mlist.is_member(old):
        raise NotAMember(old)
    old = mlist.address_of(old)
    new = check_new_address(mlist, old, new, everywhere=everywhere, remote=remote)
    consent.only_once(
        mlist, new, lambda op: op[0] == 'C' and str(op[2]).lower() == new.lower()
    )
    consent.count_confirmation(mlist, new)
    cookie = Pending(mlist).new('C', old, new, int(everywhere))
    lang = mlist.language_of(old)
    _ = mlist.site.translator(lang)
    subject = _(
        'Please confirm your new address on the %(name)s mailing list',
        name=mlist.real_name,
    )
    consent.ask(
        mlist,
        'verify.txt',
        new,
        cookie,
        subject,
        address=new,
        lang=lang,
        remote=remote,
    )
    return ConfirmationSent(new)


def check_new_address(
    mlist: MailList, old: str, new: str, *, everywhere: bool = False, remote: str = ''
) -> str:
    """Answer the new address of a member as it is stored, if it may be one.

    Raises BadAddress, HostileAddress, AlreadyAMember, Banned, which is logged.
    """
    local, domain = addresses.split(addresses.validate(new.strip(), mlist.site))
    new = f'{local}@{domain.lower()}'
    if new == old or new.lower() == mlist.address().lower():
        raise BadAddress(new, 'it cannot be the new address')
    taken = new.lower() != old.lower() and mlist.is_member(new)
    if taken and not everywhere:
        raise AlreadyAMember(new)
    pattern = membership.ban_pattern(mlist, new)
    if pattern is not None:
        _log_ban(mlist, f'banned address change: {old} -> {new}', remote, pattern)
        raise Banned(new, pattern)
    return new


# --- members who are subscribed by somebody again -----------------------------------


def warn_member(mlist: MailList, address: str, remote: str = '') -> bool:
    """Tell a member that somebody tried to subscribe him again; tell whether we did.

    The one who tried is told nothing, so that no stranger learns who is a member
    (WARN_MEMBER_OF_SUBSCRIBE).  It counts as a confirmation mail.
    Raises NotAMember, TooManyRequests.
    """
    if not mlist.site.cfg.WARN_MEMBER_OF_SUBSCRIBE:
        return False
    address = mlist.address_of(address)
    consent.count_confirmation(mlist, address)
    lang = mlist.language_of(address)
    _ = mlist.site.translator(lang)
    text = _(
        'Somebody%(remote)s asked us to subscribe your address, %(address)s, to the '
        'mailing list %(list)s. You are a member already, and nothing was changed.\n'
        '\n'
        'It may have been yourself, or somebody who wants to know whether you are a '
        'member. We did not tell. You need not do anything.\n'
        '\n'
        'Questions are answered by %(owner)s.',
        remote=consent.origin(mlist, remote, lang),
        address=address,
        list=mlist.address(),
        owner=mlist.address('owner'),
    )
    subject = _('You are a member of %(name)s already', name=mlist.real_name)
    sender = mlist.address('request')
    to = membership.admin_address(mlist, address)
    UserNotification(mlist, to, sender, subject, wrap(text), lang).send()
    return True
