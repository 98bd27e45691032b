"""Joining and leaving a list, as bin/ commands do it: at once, without asking.

2.1's ApprovedAddMember and ApprovedDeleteMember.  What needs a confirmation or a
moderator builds on these.  The caller holds the list's lock and saves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailman.actions.consent import confirm_address, subject_for
from mailman.actions.matching import matching_entry
from mailman.actions.notify import owner_notification
from mailman.actions.systemmail import UserNotification, render
from mailman.constants import MemberFlag
from mailman.errors import (
    AlreadyAMember,
    Banned,
    CannotDigest,
    MustDigest,
    NotAMember,
)
from mailman.lists.pending import Pending
from mailman.mail import addresses
from mailman.outcomes import Invited, Subscribed, Unsubscribed

if TYPE_CHECKING:
    from mailman.lists import MailList


def ban_pattern(mlist: MailList, address: str) -> str | None:
    """Answer the entry of the list's or the site's ban list that matches, or None.

    An entry is an address, or with a leading ``^`` a regular expression; neither
    minds upper or lower case (2.1's GetBannedPattern).
    """
    entries = [*mlist.ban_list, *mlist.site.cfg.GLOBAL_BAN_LIST]
    return matching_entry(mlist, address, entries, 'ban_list', lists=False)


def check_new_member(mlist: MailList, address: str, digest: bool) -> str:
    """Answer the address as it is stored, its domain in lower case, if it may join.

    Raises BadAddress, HostileAddress, AlreadyAMember, Banned, CannotDigest, MustDigest.
    """
    local, domain = addresses.split(addresses.validate(address, mlist.site))
    address = f'{local}@{domain.lower()}'
    if mlist.is_member(address):
        raise AlreadyAMember(address)
    if address.lower() == mlist.address().lower():
        raise Banned(address, mlist.address())
    banned = ban_pattern(mlist, address)
    if banned is not None:
        raise Banned(address, banned)
    if digest and not mlist.digestable:
        raise CannotDigest(address)
    if not digest and not mlist.nondigestable:
        raise MustDigest(address)
    return address


def add(
    mlist: MailList,
    address: str,
    *,
    name: str = '',
    digest: bool | None = None,
    password: str | None = None,
    language: str | None = None,
    welcome: bool | None = None,
    tell_owner: bool | None = None,
    welcome_text: str = '',
    whence: str = '',
) -> Subscribed:
    """Make the address a member now (2.1's ApprovedAddMember).

    ``welcome`` and ``tell_owner`` override the list's send_welcome_msg and
    admin_notify_mchanges; ``whence`` is for the subscribe log.
    Raises what check_new_member raises.
    """
    if digest is None:
        digest = bool(mlist.digest_is_default)
    address = check_new_member(mlist, address, digest)
    mlist.add_member(
        address, name=name, digest=digest, password=password, language=language
    )
    _set_first_options(mlist, address)
    entry = addresses.display(name, address)
    kind = ' (digest)' if digest else ''
    mlist.log('subscribe', f'new{kind} {entry}, {whence}')
    if mlist.send_welcome_msg if welcome is None else welcome:
        send_welcome(mlist, address, digest, welcome_text)
    if mlist.admin_notify_mchanges if tell_owner is None else tell_owner:
        _tell_owner(mlist, 'adminsubscribeack.txt', name, address, whence)
    return Subscribed(address, name, digest)


def _set_first_options(mlist: MailList, address: str) -> None:
    """Give a newcomer the list's options: one write, lists can be large."""
    options = int(mlist.new_member_options)
    for flag, wanted in (
        (MemberFlag.DISABLE_MIME, not mlist.mime_is_default_digest),
        (MemberFlag.MODERATE, bool(mlist.default_member_moderation)),
    ):
        options = options | flag if wanted else options & ~flag
    mlist.set_options(address, options)


def invite(mlist: MailList, address: str, *, name: str = '', text: str = '') -> Invited:
    """Mail an invitation that joins when it is answered (2.1's InviteNewMember).

    Raises what check_new_member raises.
    """
    address = check_new_member(mlist, address, bool(mlist.digest_is_default))
    cookie = Pending(mlist).new('S', invitation(mlist, address, name))
    send_invitation(mlist, address, cookie, text)
    return Invited(address, cookie)


def invitation(mlist: MailList, address: str, name: str) -> dict[str, Any]:
    """Give what an invitation's cookie stands for."""
    return {
        'address': address,
        'fullname': name,
        'password': '',
        'digest': int(bool(mlist.digest_is_default)),
        'language': mlist.preferred_language,
        'invitation': mlist.name,
    }


def send_invitation(mlist: MailList, address: str, cookie: str, text: str) -> None:
    """Mail the invitation that a cookie was made for, the text in front of it."""
    values = {
        'email': address,
        'listname': mlist.real_name,
        'hostname': mlist.host_name,
        'confirmurl': mlist.url('confirm', cookie),
        'requestaddr': mlist.address('request'),
        'cookie': cookie,
        'listowner': mlist.address('owner'),
    }
    body = render(mlist, 'invite.txt', values, mlist.preferred_language)
    _ = mlist.translator()
    readable = _(
        'You have been invited to join the %(name)s list', name=mlist.real_name
    )
    subject = subject_for(mlist, cookie, readable)
    sender = confirm_address(mlist, cookie)
    text = f'{text}\n{body}' if text else body
    UserNotification(mlist, address, sender, subject, text).send()


def remove(
    mlist: MailList,
    address: str,
    *,
    goodbye: bool | None = None,
    tell_owner: bool | None = None,
    whence: str = '',
) -> Unsubscribed:
    """Take the address off the list now (2.1's ApprovedDeleteMember).

    Raises NotAMember.
    """
    if not mlist.is_member(address):
        raise NotAMember(address)
    shown, name = mlist.address_of(address), mlist.name_of(address)
    language = mlist.language_of(address)
    mlist.remove_member(address)
    mlist.log('subscribe', f'deleted {address}; {whence}')
    if mlist.send_goodbye_msg if goodbye is None else goodbye:
        _send_goodbye(mlist, shown, language)
    if mlist.admin_notify_mchanges if tell_owner is None else tell_owner:
        _tell_owner(mlist, 'adminunsubscribeack.txt', name, shown, whence)
    return Unsubscribed(shown, name)


# --- notices ---------------------------------------------------------------------


def send_welcome(mlist: MailList, address: str, digest: bool, text: str = '') -> None:
    """Mail the welcome text (subscribeack.txt)."""
    language = mlist.language_of(address)
    _ = mlist.site.translator(language)
    welcome = text or (mlist.welcome_msg + '\n' if mlist.welcome_msg else '')
    values = {
        'real_name': mlist.real_name,
        'host_name': mlist.host_name,
        'welcome': welcome,
        'umbrella': umbrella_note(mlist, language),
        'emailaddr': mlist.address(),
        'listinfo_url': mlist.url('listinfo'),
        'optionsurl': mlist.options_url(address),
        'password': _password_note(mlist, address, language),
        'user': mlist.address_of(address),
    }
    mode = _(' (digest mode)') if digest else ''
    subject = _(
        'Welcome to the "%(name)s" mailing list%(mode)s',
        name=mlist.real_name,
        mode=mode,
    )
    body = render(mlist, 'subscribeack.txt', values, language)
    to = admin_address(mlist, address)
    sender = mlist.address('request')
    UserNotification(mlist, to, sender, subject, body, language).send()


def _password_note(mlist: MailList, address: str, language: str) -> str:
    """Say what took the place of the password that 2.1 made up and mailed."""
    _ = mlist.site.translator(language)
    if mlist.is_member(address) and mlist.password_of(address):
        return _('(the one that you have chosen; it is not sent by mail)')
    return _('(none: ask for a log-in link on your options page)')


def umbrella_note(mlist: MailList, language: str) -> str:
    """Say, on a list of lists, to which addresses administrative mail goes."""
    if not mlist.umbrella_list:
        return ''
    _ = mlist.site.translator(language)
    return _(
        'This is a list of mailing lists: notes like this one go to the administrative '
        'address of your membership, %(address)s.',
        address=mlist.umbrella_member_suffix,
    )


def admin_address(mlist: MailList, member: str) -> str:
    """Where mail *about* a membership goes (2.1's GetMemberAdminEmail)."""
    if not mlist.umbrella_list:
        return mlist.address_of(member) if mlist.is_member(member) else member
    local, domain = addresses.split(member)
    return f'{local}{mlist.umbrella_member_suffix}@{domain}'


def _send_goodbye(mlist: MailList, address: str, language: str) -> None:
    _ = mlist.site.translator(language)
    text = mlist.goodbye_msg + '\n' if mlist.goodbye_msg else ''
    text = text or _('You have left the %(name)s mailing list.\n', name=mlist.real_name)
    subject = _(
        'You have been unsubscribed from the %(name)s mailing list',
        name=mlist.real_name,
    )
    to = admin_address(mlist, address)
    sender = mlist.address('bounces')
    UserNotification(mlist, to, sender, subject, text, language).send()


def _tell_owner(
    mlist: MailList, template: str, name: str, address: str, whence: str
) -> None:
    _ = mlist.translator()
    member = addresses.display(name, address)
    values = {'listname': mlist.real_name, 'member': member, 'whence': whence}
    if template == 'adminsubscribeack.txt':
        subject = _('%(list)s subscription notification', list=mlist.real_name)
    else:
        subject = _('%(list)s unsubscribe notification', list=mlist.real_name)
    text = render(mlist, template, values, mlist.preferred_language)
    owner_notification(mlist, subject, text)
