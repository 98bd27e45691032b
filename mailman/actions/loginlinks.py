"""Log-in links: what a member without a password gets by mail (2.1: MailUserPassword).

No password can be read, so none is ever mailed.  The link logs in once; it stands for
the operation ``('L', address)`` in pending.pck and leads to the confirmation page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.actions.membership import admin_address
from mailman.actions.systemmail import UserNotification, render
from mailman.errors import NotAMember
from mailman.lists.pending import Pending
from mailman.mail import addresses
from mailman.outcomes import LoginLinkSent
from mailman.security.ratelimit import DAY, RateLimit

if TYPE_CHECKING:
    from mailman.lists import MailList

# How long a log-in link is good, in seconds; userpass.txt says so.
LINK_LIFE = DAY
OPERATION = 'L'


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
