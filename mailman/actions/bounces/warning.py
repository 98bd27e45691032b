"""What cron/disabled does for a list: forgetting, disabling, warning, removing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mailman.actions.bounces import disabling
from mailman.actions.bounces import info as infos
from mailman.constants import DeliveryStatus
from mailman.lists.pending import Pending

if TYPE_CHECKING:
    from mailman.lists import MailList


def warn_disabled(
    mlist: MailList, statuses: Iterable[DeliveryStatus], *, force: bool = False
) -> None:
    """Warn the members who are switched off for these reasons, or remove them.

    Each gets a warning every bounce_you_are_disabled_warnings_interval, with ``force``
    now.  The caller holds the list's lock and saves.
    """
    if mlist.bounce_processing:
        _go_over_enabled(mlist)
    due = [
        member
        for member in mlist.members_with_status(*statuses)
        if force or _is_due(mlist, member)
    ]
    _give_cookies(mlist, due)
    for member in due:
        mlist.site.log.write(
            'bounce', f'Notifying disabled member {member} for list: {mlist.name}'
        )
    disabling.warn(mlist, due)


def _go_over_enabled(mlist: MailList) -> None:
    """Forget old scores; disable those whom a lowered threshold catches up with."""
    today = infos.day_of(mlist.site.now())
    caught: dict[str, disabling.Cause] = {}
    for member, info in list(mlist.bounce_info.items()):
        if not mlist.is_member(member):
            continue
        if mlist.delivery_status_of(member) != DeliveryStatus.ENABLED:
            continue
        score, threshold = info.get('score') or 0, mlist.bounce_score_threshold
        if infos.is_stale(mlist, info, today):
            mlist.set_bounce_info(member, None)
        elif score >= threshold:
            why = f'bounce score {score} >= {threshold}'
            caught[member] = disabling.Cause(why)
    if caught:
        disabling.disable(mlist, caught)


def _is_due(mlist: MailList, member: str) -> bool:
    info = mlist.bounce_info_of(member)
    if info is None:
        return True
    today = infos.day_of(mlist.site.now())
    interval = mlist.bounce_you_are_disabled_warnings_interval
    return infos.days_passed(infos.day_in(info, 'lastnotice'), today, interval)


def _give_cookies(mlist: MailList, members: Iterable[str]) -> None:
    """Make sure that each of these has a record and a cookie that is still good."""
    good = {cookie for cookie, _ in Pending(mlist).items()}
    lacking = {}
    for member in members:
        info = mlist.bounce_info_of(member)
        if info is None or info.get('cookie') not in good:
            lacking[member] = info
    if not lacking:
        return
    cookies = disabling.new_cookies(mlist, lacking)
    warnings = int(mlist.bounce_you_are_disabled_warnings)
    for member, info in lacking.items():
        base = info or infos.new(member, 0, infos.NEVER, warnings)
        mlist.set_bounce_info(member, {**base, 'cookie': cookies[member]})
