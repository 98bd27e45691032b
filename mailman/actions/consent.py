"""Asking somebody to confirm: the cookie, the mail that carries it, one at a time.

The answer comes back as a reply (the subject, or with VERP_CONFIRMATIONS the address,
has the cookie), as a ``confirm COOKIE`` command, or through the link's page.  The mail
holds nothing that a stranger wrote except the address itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from mailman.actions.systemmail import UserNotification, render
from mailman.errors import AlreadyPending, TooManyRequests
from mailman.lists.pending import Pending
from mailman.mail import addresses
from mailman.security.ratelimit import DAY, HOUR, RateLimit, network_of

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site


def confirm_address(mlist: MailList, cookie: str) -> str:
    """Where an answer with this cookie goes, as VERP_CONFIRMATIONS says."""
    if not mlist.site.cfg.VERP_CONFIRMATIONS:
        return mlist.address('request')
    local, domain = addresses.split(mlist.address('confirm'))
    values = {'addr': local, 'cookie': cookie}
    return f'{mlist.site.cfg.VERP_CONFIRM_FORMAT % values}@{domain}'


def subject_for(mlist: MailList, cookie: str, readable: str) -> str:
    """Give the subject of a confirmation: readable where the address has the cookie."""
    return readable if mlist.site.cfg.VERP_CONFIRMATIONS else f'confirm {cookie}'


def ask(
    mlist: MailList,
    template: str,
    to: str,
    cookie: str,
    subject: str,
    *,
    address: str,
    lang: str,
    remote: str = '',
    asked_by: str | None = None,
) -> None:
    """Send verify.txt or unsub.txt about ``address``, with the cookie.

    ``remote`` tells where the request came from; ``asked_by`` is the address of whom
    this mail answers directly, if it came by mail.
    """
    sender = confirm_address(mlist, cookie)
    values = {
        'email': address,
        'listaddr': mlist.address(),
        'listname': mlist.real_name,
        'cookie': cookie,
        'requestaddr': mlist.address('request'),
        'remote': origin(mlist, remote, lang),
        'listadmin': mlist.address('owner'),
        'confirmurl': mlist.url('confirm', cookie),
    }
    text = render(mlist, template, values, lang)
    own = asked_by is not None and asked_by.lower() == to.lower()
    auto = 'auto-replied' if own else 'auto-generated'
    subject = subject_for(mlist, cookie, subject)
    notice = UserNotification(mlist, to, sender, subject, text, lang, auto=auto)
    notice.msg['Reply-To'] = notice.msg['From']
    notice.send()


def origin(mlist: MailList, remote: str, lang: str) -> str:
    """Say where a request came from; only an address, of a network or by mail."""
    remote = remote.strip()
    if not remote or not (network_of(remote) or addresses.is_valid(remote)):
        return ''
    _ = mlist.site.translator(lang)
    return _(' from %(remote)s', remote=remote)


# --- not twice, not too often -----------------------------------------------------


def only_once(
    mlist: MailList, address: str, fits: Callable[[tuple[Any, ...]], bool]
) -> None:
    """Refuse a second request while the first waits (REFUSE_SECOND_PENDING).

    One that is a day old gives way, since its mail may have been lost.  Raises
    AlreadyPending.
    """
    cfg = mlist.site.cfg
    if not cfg.REFUSE_SECOND_PENDING:
        return
    pending = Pending(mlist)
    for cookie, operation in list(pending.items()):
        if not fits(operation):
            continue
        left = (pending.expires(cookie) or 0.0) - mlist.site.now()
        if left > cfg.PENDING_REQUEST_LIFE - DAY:
            raise AlreadyPending(address)
        pending.confirm(cookie)


def count_confirmation(mlist: MailList, address: str) -> None:
    """Count a confirmation mail to an address that is no member's, over all lists.

    Raises TooManyRequests above SUBSCRIBE_CONFIRMATIONS_PER_DAY.
    """
    limit = int(mlist.site.cfg.SUBSCRIBE_CONFIRMATIONS_PER_DAY)
    if not _limit(mlist.site, 'confirmations', limit, DAY).take(_mailbox(address)):
        raise TooManyRequests(address, limit)


def _mailbox(address: str) -> str:
    """Give an address without what stands behind a plus sign: it is one mailbox."""
    local, at, domain = addresses.key(address).rpartition('@')
    return f'{local.partition("+")[0] or local}{at}{domain}'


def count_request(mlist: MailList, remote: str) -> None:
    """Count a request from a caller's network, where ``remote`` is an IP address.

    Raises TooManyRequests above SUBSCRIBE_REQUESTS_PER_HOUR.
    """
    network = network_of(remote)
    limit = int(mlist.site.cfg.SUBSCRIBE_REQUESTS_PER_HOUR)
    if network and not _limit(mlist.site, 'requests', limit, HOUR).take(network):
        raise TooManyRequests(network, limit)


def _limit(site: Site, name: str, limit: int, period: float) -> RateLimit:
    return RateLimit(site.data_dir / 'limits' / name, limit, period, site.now)
