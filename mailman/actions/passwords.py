"""Passwords: whom a word in clear makes you, and what to do without one.

2.1's SecurityManager.Authenticate and MailUserPassword.  A stored form of 2.1 that fits
is replaced by today's, once; the caller saves the list.  No password can be read, so
none is ever mailed: a member who has lost it gets a link that logs in once.  It stands
for the operation ``('L', address)`` in pending.pck and leads to the confirmation page.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mailman.actions.membership import admin_address
from mailman.actions.systemmail import UserNotification, render
from mailman.constants import Role
from mailman.errors import NotAMember
from mailman.lists.logins import Logins
from mailman.lists.pending import Pending
from mailman.mail import addresses
from mailman.outcomes import LoginLinkSent
from mailman.security import passwords
from mailman.security.ratelimit import DAY, RateLimit
from mailman.storage import safefile

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site

# Strongest first.  The site's password is not meant to travel by mail.
ATTRIBUTES = {
    Role.LIST_ADMIN: 'password',
    Role.LIST_MODERATOR: 'mod_password',
    Role.LIST_POSTER: 'post_password',
}
# Hashing is dear on purpose; nobody types this much.
_LONGEST = 500
# adm.pw and creator.pw, as check_perms wants them.
_SITE_MODE = 0o640
# How long a log-in link is good, in seconds; userpass.txt says so.
LINK_LIFE = DAY
OPERATION = 'L'


def list_role(
    mlist: MailList, clear: str, roles: tuple[Role, ...] = tuple(ATTRIBUTES)
) -> Role:
    """Give the first of these roles that the password opens, else UNAUTHORIZED."""
    if not clear or len(clear) > _LONGEST:
        return Role.UNAUTHORIZED
    for role in roles:
        stored = getattr(mlist, ATTRIBUTES[role], None)
        if not stored:
            continue
        result = passwords.check(clear, stored)
        if result.ok:
            if result.needs_upgrade:
                setattr(mlist, ATTRIBUTES[role], passwords.hash_password(clear))
            return role
    return Role.UNAUTHORIZED


def is_site_password(site: Site, clear: str, *, creator: bool = False) -> bool:
    """Tell whether this is the site's password, or the one for making lists.

    With no password set, none is right.  A stored form of 2.1's is replaced.
    """
    path = Path(site.cfg.LISTCREATOR_PW_FILE if creator else site.cfg.SITE_PW_FILE)
    if not clear or len(clear) > _LONGEST:
        return False
    try:
        stored = safefile.read(path).decode('latin-1').strip()
    except OSError:
        return False
    result = passwords.check(clear, stored)
    if result.ok and result.needs_upgrade:
        # The old form serves as well; a full disk must not keep anybody out.
        with suppress(OSError):
            form = passwords.hash_password(clear)
            safefile.write(path, f'{form}\n'.encode(), mode=_SITE_MODE)
    return result.ok


def changed(mlist: MailList, role: str, address: str = '') -> None:
    """End the log-ins of a role ('admin', 'moderator') or member, as on a new password.

    ``role`` is 'user' for a member's own, 'all' for everybody.
    """
    Logins(mlist).end_all(role, address)


# --- a member's own ---------------------------------------------------------------


def check_member(mlist: MailList, address: str, clear: str) -> bool:
    """Tell whether this is the member's password; 2.1's clear text is hashed then.

    For an address that is no member's, or a member without a password, the answer is
    no, and takes as long.
    """
    if not clear or len(clear) > _LONGEST:
        return False
    stored = mlist.password_of(address) if mlist.is_member(address) else ''
    result = passwords.check(clear, stored, clear_text=True)
    if result.needs_upgrade:
        mlist.set_password(address, passwords.hash_password(clear))
    elif not passwords.is_current(stored):
        passwords.hash_password(clear)
    return result.ok


def set_member_password(mlist: MailList, address: str, clear: str) -> None:
    """Give a member a password, which ends their log-ins.

    Raises NotAMember, ValueError for an empty one.
    """
    mlist.set_password(address, passwords.hash_password(clear[:_LONGEST]))
    changed(mlist, 'user', address)


def login_url(mlist: MailList, cookie: str) -> str:
    """Give the page on which a log-in cookie is used, by a click there."""
    return mlist.url('confirm', cookie)


def send_login_link(mlist: MailList, address: str) -> LoginLinkSent | None:
    """Mail a member a link that logs in once; the caller holds the list's lock.

    A link that was sent before ends.  None is answered, and nothing sent, to an
    address that had MAX_AUTORESPONSES_PER_DAY of them in a day, over all lists.
    Raises NotAMember.
    """
    if not mlist.is_member(address):
        raise NotAMember(address)
    address = mlist.address_of(address)
    site = mlist.site
    limit = int(site.cfg.MAX_AUTORESPONSES_PER_DAY)
    directory = site.data_dir / 'limits' / 'login-links'
    if not RateLimit(directory, limit, DAY, site.now).take(addresses.key(address)):
        return None
    pending = Pending(mlist)
    for cookie, operation in list(pending.items()):
        if operation == (OPERATION, address):
            pending.confirm(cookie)
    _mail_link(mlist, address, pending.new(OPERATION, address, lifetime=LINK_LIFE))
    return LoginLinkSent(address)


def _mail_link(mlist: MailList, address: str, cookie: str) -> None:
    lang = mlist.language_of(address)
    values = {
        'user': address,
        'listname': mlist.real_name,
        'fqdn_lname': mlist.address(),
        # 2.1's name for it: texts of its time show a link where the password was.
        'password': login_url(mlist, cookie),
        'options_url': mlist.options_url(address),
        'requestaddr': mlist.address('request'),
        'owneraddr': mlist.address('owner'),
    }
    text = render(mlist, 'userpass.txt', values, lang)
    _ = mlist.site.translator(lang)
    subject = _('Log in to the %(name)s mailing list', name=mlist.real_name)
    to = admin_address(mlist, address)
    sender = mlist.address('request')
    UserNotification(mlist, to, sender, subject, text, lang).send()
