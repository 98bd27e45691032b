"""Passwords that come by mail: whom of a list's people a word in clear makes you.

2.1's SecurityManager.Authenticate.  A stored form of 2.1 that fits is replaced by
today's, once; the caller saves the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.constants import Role
from mailman.security import passwords

if TYPE_CHECKING:
    from mailman.lists import MailList

# Strongest first.  The site's password is not meant to travel by mail.
ATTRIBUTES = {
    Role.LIST_ADMIN: 'password',
    Role.LIST_MODERATOR: 'mod_password',
    Role.LIST_POSTER: 'post_password',
}
# Hashing is dear on purpose; nobody types this much.
_LONGEST = 500


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
