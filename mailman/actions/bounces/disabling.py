"""Switching members off because of bounces, warning them, and at last removing them.

The caller holds the list's lock and saves.  Cookies are made and dropped for many
members with one write of pending.pck.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailman.actions import membership
from mailman.actions.bounces import info as infos
from mailman.actions.bounces import notices
from mailman.constants import DeliveryStatus
from mailman.lists.pending import Pending

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message

DAY = 86_400
# 2.1's words for the subscribe log.
_REASONS = {
    DeliveryStatus.BY_BOUNCE: 'BYBOUNCE',
    DeliveryStatus.BY_USER: 'BYUSER',
    DeliveryStatus.BY_ADMIN: 'BYADMIN',
    DeliveryStatus.UNKNOWN: 'UNKNOWN',
}


@dataclass(frozen=True)
class Cause:
    """Why a member is switched off: for the log, and for the owners."""

    why: str
    msg: Message | None = None
    said: str = ''


def disable(mlist: MailList, causes: Mapping[str, Cause]) -> None:
    """Switch members off, tell the owners and send the members the first warning."""
    cookies = new_cookies(mlist, causes)
    for member, cause in causes.items():
        mlist.log('bounce', f'{member} disabling due to {cause.why}')
        today = infos.day_of(mlist.site.now())
        warnings = int(mlist.bounce_you_are_disabled_warnings)
        known = mlist.bounce_info_of(member)
        info = dict(known or infos.new(member, 0, today, warnings))
        info.update(
            cookie=cookies[member], noticesleft=warnings, lastnotice=infos.NEVER
        )
        mlist.set_bounce_info(member, info)
        mlist.set_delivery_status(member, DeliveryStatus.BY_BOUNCE)
        if mlist.bounce_notify_owner_on_disable:
            notices.tell_disabled(mlist, member, cause.msg, cause.said)
    warn(mlist, causes)


def new_cookies(mlist: MailList, members: Iterable[str]) -> dict[str, str]:
    """Make the cookies that switch members on again, good until their removal."""
    wanted = list(members)
    warnings = int(mlist.bounce_you_are_disabled_warnings) + 1
    until_removal = warnings * mlist.bounce_you_are_disabled_warnings_interval + 3 * DAY
    lifetime = max(mlist.site.cfg.PENDING_REQUEST_LIFE, until_removal)
    operations = [('E', mlist.name, member) for member in wanted]
    cookies = Pending(mlist).new_many(operations, lifetime=lifetime)
    return dict(zip(wanted, cookies, strict=True))


def warn(mlist: MailList, members: Iterable[str]) -> None:
    """Send switched-off members the next warning; who had the last one is removed."""
    gone = []
    for member in members:
        info = mlist.bounce_info_of(member)
        if info is None:
            continue
        left = int(info.get('noticesleft') or 0)
        if left <= 0:
            gone.append(str(info.get('cookie') or ''))
            _remove(mlist, member)
            continue
        today = infos.day_of(mlist.site.now())
        info = {**info, 'noticesleft': left - 1, 'lastnotice': today}
        notices.send_warning(mlist, member, str(info['cookie']), left - 1)
        mlist.set_bounce_info(member, info)
    if gone:
        Pending(mlist).forget(gone)


def _remove(mlist: MailList, member: str) -> None:
    status = mlist.delivery_status_of(member)
    tell_owner = bool(mlist.bounce_notify_owner_on_removal)
    membership.remove(
        mlist, member, goodbye=True, tell_owner=tell_owner, whence='disabled address'
    )
    if status == DeliveryStatus.BY_BOUNCE:
        mlist.log('bounce', f'{member} deleted after exhausting notices')
    reason = _REASONS.get(status, 'UNKNOWN')
    mlist.log('subscribe', f'{member} auto-unsubscribed [reason: {reason}]')
