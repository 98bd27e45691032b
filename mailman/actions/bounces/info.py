"""What a list remembers about a member's bounces: 2.1's _BounceInfo, as a dict.

``score``; ``date``, the (year, month, day) of the last bounce; ``noticesleft``,
warnings until removal; ``lastnotice``, the day of the last one; ``cookie``, which
re-enables.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mailman.lists import MailList

Day = tuple[int, int, int]
NEVER: Day = (0, 0, 0)
Info = dict[str, Any]


def new(member: str, score: float, day: Day, warnings: int) -> Info:
    """Make the record of a member's first bounce."""
    return {
        'member': member,
        'score': score,
        'date': day,
        'noticesleft': warnings,
        'lastnotice': NEVER,
        'cookie': None,
    }


def day_of(seconds: float) -> Day:
    """Answer the local day of a time."""
    moment = time.localtime(seconds)
    return moment.tm_year, moment.tm_mon, moment.tm_mday


def day_in(info: Info, name: str) -> Day:
    """Answer a day of the record; NEVER for what is none."""
    try:
        year, month, day = info.get(name) or NEVER
        return int(year), int(month), int(day)
    except (TypeError, ValueError):
        return NEVER


def midnight(day: Day) -> float:
    """Answer the time a local day began; 0 for what is no day."""
    if day == NEVER:
        return 0.0
    try:
        return time.mktime((*day, 0, 0, 0, 0, 0, -1))
    except (OverflowError, ValueError):
        return 0.0


def days_passed(since: Day, until: Day, seconds: float) -> bool:
    """Tell whether ``seconds`` have passed between two days; an hour is forgiven.

    With summer time a day may have 23 hours.
    """
    return midnight(since) + seconds <= midnight(until) + 3600


def shown(day: Day) -> str:
    """Write a day as 2.1's log does, 08-Jan-2026."""
    return time.strftime('%d-%b-%Y', (*day, 0, 0, 0, 0, 1, 0))


def is_stale(mlist: MailList, info: Info, today: Day) -> bool:
    """Tell whether the last bounce is too long ago to count (2.1's rule)."""
    last = midnight(day_in(info, 'date'))
    return last + float(mlist.bounce_info_stale_after) < midnight(today)
