"""Passwords: whom a word in clear makes you, and what to do without one.

2.1's SecurityManager.Authenticate.  A stored form of 2.1 that fits is replaced by
today's, once; the caller saves the list.  Every page needs this module: it imports
little.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mailman.constants import Role
from mailman.lists.logins import Logins
from mailman.security import passwords
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
