"""The daily look at what waits for moderators: 2.1's cron/checkdbs.

Held posts older than max_days_to_hold are discarded; the moderators get a summary of
what is left, and are told how many posts went.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailman.actions import autoreply, decisions, reasons
from mailman.actions.systemmail import UserNotification, render
from mailman.constants import Action
from mailman.lists import pending
from mailman.lists.requests import (
    HeldMessage,
    HeldSubscription,
    HeldUnsubscription,
    Request,
    Requests,
)
from mailman.mail import addresses, headers
from mailman.mail.text import wrap

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site.i18n import Translator

DAY = 86_400
# A flood of spam must not become one enormous mail.
MOST_LISTED = 200
_LONGEST = 200


@dataclass(frozen=True)
class Summary:
    """What waits: how much, and a text that lists it in the list's language."""

    count: int
    text: str


def look_after(mlist: MailList) -> None:
    """Do what is due once a day; the caller holds the list's lock and saves."""
    expired = expire_old(mlist)
    autoreply.prune(mlist)
    if (mlist.directory / pending.FILE).exists():
        pending.Pending(mlist).expire()
    found = summary(mlist)
    if found.count or expired:
        _tell_moderators(mlist, found, expired)


def expire_old(mlist: MailList) -> int:
    """Discard posts held for longer than max_days_to_hold; tell how many."""
    days = int(mlist.max_days_to_hold)
    if days <= 0:
        return 0
    limit = mlist.site.now() - days * DAY
    held = Requests(mlist).all_held()
    old = [number for number, post in held.items() if post.time < limit]
    return len(decisions.handle_all(mlist, old, Action.DISCARD)) if old else 0


def summary(mlist: MailList) -> Summary:
    """Answer what waits for the moderators."""
    requests = Requests(mlist)
    _ = mlist.translator()
    joining = _known(requests, requests.subscriptions())
    leaving = _known(requests, requests.unsubscriptions())
    posts: list[Request] = list(requests.all_held().values())
    lines: list[str] = []
    for title, found in (
        (_('Subscriptions that wait:'), joining),
        (_('Unsubscriptions that wait:'), leaving),
        (_('Posts that wait:'), posts),
    ):
        if found:
            lines += ['', title, *_listed(_, found)]
    count = len(joining) + len(leaving) + len(posts)
    return Summary(count, '\n'.join(lines[1:]))


def _known(requests: Requests, ids: list[int]) -> list[Request]:
    found = map(requests.get, ids)
    return [entry[1] for entry in found if entry is not None]


def _listed(_: Translator, found: list[Request]) -> Iterator[str]:
    for request in found[:MOST_LISTED]:
        yield from _described(_, request)
    if len(found) > MOST_LISTED:
        yield _('    ... and %(more)s more', more=len(found) - MOST_LISTED)


def _described(_: Translator, request: Request) -> Iterator[str]:
    """Say in some indented lines what is asked for."""
    if isinstance(request, HeldUnsubscription):
        yield f'    {_short(request.address)}'
    elif isinstance(request, HeldSubscription):
        who = addresses.display(request.fullname, request.address)
        yield f'    {_short(who)} {time.ctime(request.time)}'
    elif isinstance(request, HeldMessage):
        sender, date = _short(request.sender), time.ctime(request.time)
        subject = _short(headers.decode(request.subject))
        reason = _short(reasons.translated(request.reason, _))
        yield _('    From: %(sender)s on %(date)s', sender=sender, date=date)
        yield _('    Subject: %(subject)s', subject=subject)
        yield _('    Cause: %(reason)s', reason=reason)
        yield ''


def _short(text: str) -> str:
    return headers.one_line(' '.join(text.split()), _LONGEST)


def _tell_moderators(mlist: MailList, found: Summary, expired: int) -> None:
    lang = str(mlist.preferred_language)
    _ = mlist.translator()
    paragraphs = []
    subject = _('%(list)s moderator request check', list=mlist.real_name)
    if found.count:
        values = {
            'count': found.count,
            'real_name': mlist.real_name,
            'host_name': mlist.host_name,
            'adminDB': mlist.url('admindb'),
        }
        paragraphs.append(render(mlist, 'checkdbs.txt', values, lang))
        subject = _.plural(
            'One %(list)s moderator request waits',
            '%(n)s %(list)s moderator requests wait',
            found.count,
            list=mlist.real_name,
        )
    if expired:
        gone = _.plural(
            'One held post of the list %(list)s was discarded because it had waited '
            'for more than %(days)s days.',
            '%(n)s held posts of the list %(list)s were discarded because they had '
            'waited for more than %(days)s days.',
            expired,
            list=mlist.real_name,
            days=int(mlist.max_days_to_hold),
        )
        paragraphs.append(f'{wrap(gone)}\n')
    paragraphs.append(found.text)
    owner, sender = mlist.address('owner'), mlist.address('bounces')
    text = '\n'.join(paragraphs)
    UserNotification(mlist, owner, sender, subject, text, lang).send(tomoderators=1)
