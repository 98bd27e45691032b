"""A list's own passwords: set by its owners, or by a link mailed to them.

Whoever has lost the owners' password asks for the link on the log-in page; it goes to
the owners' addresses and nowhere else, works once, for LINK_LIFE seconds, and stands
for the operation ``('O',)`` in pending.pck.  The caller holds the list's lock, and
saves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mailman.actions.passwords import ATTRIBUTES, changed
from mailman.actions.systemmail import UserNotification, site_address
from mailman.constants import Role
from mailman.errors import UnknownCookie
from mailman.lists.pending import Pending
from mailman.security import passwords
from mailman.security.ratelimit import DAY, RateLimit

if TYPE_CHECKING:
    from mailman.lists import MailList

LONGEST = 500
LINK_LIFE = DAY
OPERATION = 'O'
# Links that are mailed in a day, whoever asks.
LINKS_PER_DAY = 3
_SESSIONS = {Role.LIST_ADMIN: 'admin', Role.LIST_MODERATOR: 'moderator'}


def set_passwords(mlist: MailList, new: Mapping[Role, str]) -> None:
    """Store new passwords, and end the log-ins that the old ones had opened.

    Raises ValueError for one that is empty, or longer than LONGEST.
    """
    if any(len(clear) > LONGEST for clear in new.values()):
        raise ValueError('too long')
    for role, clear in new.items():
        setattr(mlist, ATTRIBUTES[role], passwords.hash_password(clear))
        if role in _SESSIONS:
            changed(mlist, _SESSIONS[role])


# --- a lost one -------------------------------------------------------------------


def was_enough(mlist: MailList) -> bool:
    """Tell, without the list's lock, whether no further link is mailed today."""
    return _limit(mlist).exceeded(mlist.name)


def _limit(mlist: MailList) -> RateLimit:
    site = mlist.site
    directory = site.data_dir / 'limits' / 'owner-links'
    return RateLimit(directory, LINKS_PER_DAY, DAY, site.now)


def mail_link(mlist: MailList, remote: str) -> bool:
    """Mail the owners a link to set a new password; False where it was enough today.

    Only the newest link works.
    """
    if not _limit(mlist).take(mlist.name):
        mlist.log('security', f'no further link for a new list password: {remote}')
        return False
    pending = Pending(mlist)
    pending.forget([c for c, op in list(pending.items()) if op == (OPERATION,)])
    cookie = pending.new(OPERATION, lifetime=LINK_LIFE)
    mlist.log('security', f'link for a new list password mailed, asked by {remote}')
    if mlist.owner:
        _mail(mlist, mlist.url('admin', 'newpassword', cookie), remote)
    return True


def _mail(mlist: MailList, url: str, remote: str) -> None:
    _ = mlist.translator()
    text = _(
        'Somebody asked for a new password for the owners of the mailing list'
        ' %(list)s, from %(remote)s. If it was you or another owner, set one here'
        ' within a day:\n'
        '\n'
        '    %(url)s\n'
        '\n'
        'If it was nobody of you, do nothing: the old password stays.\n',
        list=mlist.address(),
        remote=remote,
        url=url,
    )
    subject = _('A new password for the list %(list)s', list=mlist.real_name)
    sender = site_address(mlist)
    for owner in mlist.owner:
        UserNotification(mlist, owner, sender, subject, text).send()


def is_good_link(mlist: MailList, cookie: str) -> bool:
    """Tell whether the link would work now."""
    return Pending(mlist).peek(cookie.lower()) == (OPERATION,)


def use_link(mlist: MailList, cookie: str, clear: str, remote: str) -> None:
    """Set the owners' password by a mailed link, which is used up by that.

    Raises UnknownCookie, and ValueError as set_passwords does.
    """
    if not is_good_link(mlist, cookie):
        raise UnknownCookie(cookie)
    set_passwords(mlist, {Role.LIST_ADMIN: clear})
    mlist.save_changes()
    Pending(mlist).confirm(cookie.lower())
    mlist.log('security', f'new list password set by a mailed link: {remote}')
