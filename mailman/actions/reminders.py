"""The monthly reminder of who is on which lists: 2.1's cron/mailpasswds.

2.1 mailed passwords in clear.  Ours has a log-in link for each subscription, good for
PENDING_REQUEST_LIFE.  One mail goes to each address, from the site list, about all of
its lists that send reminders (send_reminders) and where it wants them (noremind).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from mailman.actions.loginlinks import OPERATION, login_url
from mailman.actions.membership import admin_address
from mailman.actions.systemmail import UserNotification, render
from mailman.constants import DeliveryStatus, MemberFlag
from mailman.lists.pending import Pending

if TYPE_CHECKING:
    from mailman.lists import MailList

_LONGEST = 5_000  # subscriptions of one address in one mail


class Subscription(NamedTuple):
    """One line of the table."""

    list_address: str
    member: str
    url: str
    request: str
    language: str


# Mail host -> address to write to, in lower case -> what it is about.
Book = dict[str, dict[str, list[Subscription]]]


def collect(mlist: MailList, book: Book) -> None:
    """Note all members of a list who are to be reminded, each with a new link.

    The caller holds the list's lock.  One write for the whole list.
    """
    if not mlist.send_reminders:
        return
    wanted = [key for key in mlist.member_keys() if _wants(mlist, key)]
    members = mlist.addresses_of(wanted)
    cookies = Pending(mlist).new_many([(OPERATION, member) for member in members])
    cfg = mlist.site.cfg
    host = mlist.host_name if cfg.VIRTUAL_HOST_OVERVIEW else cfg.DEFAULT_EMAIL_HOST
    people = book.setdefault(host, {})
    for member, cookie in zip(members, cookies, strict=True):
        to = admin_address(mlist, member)
        line = Subscription(
            mlist.address(),
            member,
            login_url(mlist, cookie),
            mlist.address('request'),
            mlist.language_of(member),
        )
        people.setdefault(to.lower(), []).append(line)


def _wants(mlist: MailList, member: str) -> bool:
    """Tell whether a member is reminded: not where mail to the address came back."""
    if mlist.option(member, MemberFlag.SUPPRESS_PASSWORD_REMINDER):
        return False
    return mlist.delivery_status_of(member) != DeliveryStatus.BY_BOUNCE


def send_all(site_list: MailList, book: Book) -> int:
    """Send the reminders; tell how many."""
    count = 0
    for host, people in book.items():
        for to, lines in people.items():
            _send(site_list, host, to, lines[:_LONGEST])
            count += 1
    return count


def _send(site_list: MailList, host: str, to: str, lines: list[Subscription]) -> None:
    cfg = site_list.site.cfg
    lang = _most_used(line.language for line in lines)
    _ = site_list.site.translator(lang)
    name = cfg.MAILMAN_SITE_LIST
    owner = f'{name}-owner@{host}'
    member = lines[0].member
    values = {
        'hostname': host,
        'useraddr': member,
        'exreq': lines[0].request,
        'owner': owner,
    }
    text = render(site_list, 'cronpass.txt', values, lang)
    table = '\n'.join(_row(line, member) for line in lines)
    subject = _('%(host)s mailing list memberships reminder', host=host)
    # As it was given, unless a list of lists has such mail sent elsewhere.
    to = member if to == member.lower() else to
    text = f'{text}\n{table}'
    notice = UserNotification(site_list, to, owner, subject, text, lang)
    notice.msg['X-No-Archive'] = 'yes'
    notice.send(
        envsender=f'{name}-bounces@{host}', verp=int(bool(cfg.VERP_PASSWORD_REMINDERS))
    )


def _row(line: Subscription, member: str) -> str:
    other = f' ({line.member})' if line.member != member else ''
    return f'{line.list_address}{other}\n    {line.url}\n'


def _most_used(languages: Iterable[str]) -> str:
    return Counter(languages).most_common(1)[0][0]
