"""When a message was written: 2.1's rule for the archive, and dates for people.

The first that can be believed counts: Date, X-List-Received-Date, the first Received,
the envelope line, and last the date of the message before, a second later.  A Date is
not believed before 1970 nor further in the future than the site's
ARCHIVER_ALLOWABLE_SANE_DATE_SKEW.
"""

from __future__ import annotations

import re
import time
from calendar import timegm
from email.utils import mktime_tz, parsedate_tz
from functools import lru_cache
from typing import TYPE_CHECKING

from mailman.site.i18n import N_

if TYPE_CHECKING:
    from collections.abc import Callable

    from mailman.mail.message import Message
    from mailman.site.i18n import Translator

# As they stand in headers.
MONTHS = {
    name: number
    for number, name in enumerate(
        ('Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun')
        + ('Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'),
        1,
    )
}
# How nearly everybody writes it; what differs takes the slow way.
_USUAL = re.compile(
    r'(?:[A-Z][a-z]{2}, )?(\d{1,2} [A-Z][a-z]{2} \d{4})'
    r' (\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)(?!\d)',
    re.ASCII,
)
_LONGEST = 200
# The furthest clocks are at UTC+14; what is more is no time zone.
_FURTHEST = 14 * 60
_YEAR_10000 = 253402300800

SHORT_MONTHS = (
    N_('Jan'),
    N_('Feb'),
    N_('Mar'),
    N_('Apr'),
    N_('May'),
    N_('Jun'),
    N_('Jul'),
    N_('Aug'),
    N_('Sep'),
    N_('Oct'),
    N_('Nov'),
    N_('Dec'),
)
SHORT_DAYS = (
    N_('Mon'),
    N_('Tue'),
    N_('Wed'),
    N_('Thu'),
    N_('Fri'),
    N_('Sat'),
    N_('Sun'),
)
# Those of a day: looked up faster than formatted.
_MINUTES = [f'{n // 60:02d}:{n % 60:02d}' for n in range(1440)]
DAY = N_('%(weekday)s %(day)s %(month)s %(year)s')


def parse(value: str) -> tuple[float, int | None] | None:
    """Give the moment of a date in a header and its zone, in minutes east of UTC."""
    match = _USUAL.match(value)
    if match:
        day, hour, minute, second, sign, zone_h, zone_m = match.groups()
        midnight = _midnight(day)
        if midnight is not None and hour < '24':
            clock = (int(hour) * 60 + int(minute)) * 60 + int(second)
            zone = int(zone_h) * 60 + int(zone_m)
            zone = -zone if sign == '-' else zone
            written = sign + zone_h + zone_m
            return _sane(midnight + clock - zone * 60, zone, written)
    return _parse_slowly(value[:_LONGEST])


@lru_cache(1_000)
def _midnight(written: str) -> int | None:
    """Give the first second, UTC, of a day in words such as ``6 Jan 2020``."""
    day, month, year = written.split()
    number = MONTHS.get(month)
    if number is None or int(year) < 1970 or int(day) > 31:
        return None
    return timegm((int(year), number, int(day), 0, 0, 0))


def _parse_slowly(value: str) -> tuple[float, int | None] | None:
    try:
        fields = parsedate_tz(value)
        if fields is None or not 1 <= fields[1] <= 12 or not 0 < fields[0] < 10000:
            return None
        zone = None if fields[9] is None else fields[9] // 60
        return _sane(mktime_tz(fields), zone, '')
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _sane(when: float, zone: int | None, written: str) -> tuple[float, int | None]:
    if zone is None or not -_FURTHEST <= zone <= _FURTHEST or written == '-0000':
        return float(when), None
    return float(when), zone


def of(msg: Message, now: float, skew: float, last: float) -> tuple[float, int | None]:
    """Give the date of a message, by 2.1's rule, and the author's zone if it is his."""
    latest = min(now + skew, _YEAR_10000 - 1)
    date = msg.get('date')
    found = parse(date) if date else None
    if found and 0 <= found[0] <= latest:
        return found
    for value in _others(msg):
        found = parse(value) if value else None
        if found and 0 <= found[0] <= latest:
            return found[0], None
    return (last + 1 if last else now), None


def _others(msg: Message) -> list[str]:
    received = str(msg.get('received', ''))[-_LONGEST:].rpartition(';')[2]
    envelope = (msg.get_unixfrom() or '')[-_LONGEST:].split(None, 2)
    return [
        str(msg.get('x-list-received-date', '')),
        received.strip(),
        envelope[2] if len(envelope) > 2 else '',
    ]


# --- for people -------------------------------------------------------------


def iso(when: float, zone: int | None = None) -> str:
    """Give a moment for a ``datetime`` attribute, on the author's clock."""
    day, second = divmod(int(_sensible(when + zone * 60 if zone else when)), 86_400)
    mark = offset(zone, ':') if zone else 'Z'
    return f'{_iso_day(day)}T{_MINUTES[second // 60]}:{second % 60:02d}{mark}'


# Mails come many to a day.
@lru_cache(1_000)
def _iso_day(day: int) -> str:
    return time.strftime('%Y-%m-%d', time.gmtime(day * 86_400))


@lru_cache(256)
def offset(zone: int, colon: str = '') -> str:
    """Give a zone as ``+0530``."""
    hours, minutes = divmod(abs(zone), 60)
    return f'{"-" if zone < 0 else "+"}{hours:02d}{colon}{minutes:02d}'


def asctime(when: float) -> str:
    """Give a moment as an mbox has it, in UTC."""
    day, second = divmod(int(_sensible(when)), 86_400)
    before, behind = _asctime_day(day)
    return f'{before}{_MINUTES[second // 60]}:{second % 60:02d}{behind}'


@lru_cache(1_000)
def _asctime_day(day: int) -> tuple[str, str]:
    before, _, behind = time.asctime(time.gmtime(day * 86_400)).partition('00:00:00')
    return before, behind


def day_writer(_: Translator) -> Callable[[float], str]:
    """Give what writes days in a language: ``Mon 6 Jan 2020``."""
    months = [_(name) for name in SHORT_MONTHS]
    days = [_(name) for name in SHORT_DAYS]
    pattern = _(DAY)
    usual = pattern == DAY

    @lru_cache(1_000)
    def of_day(day: int) -> str:
        t = time.gmtime(day * 86_400)
        weekday, month = days[t.tm_wday], months[t.tm_mon - 1]
        if usual:
            return f'{weekday} {t.tm_mday} {month} {t.tm_year}'
        return _(DAY, weekday=weekday, day=t.tm_mday, month=month, year=t.tm_year)

    def write(when: float) -> str:
        return of_day(int(_sensible(when) // 86_400))

    return write


def time_of_day(when: float) -> str:
    """Give the hour and minute, UTC, of a moment."""
    return _MINUTES[int(when) // 60 % 1440]


def _sensible(when: float) -> float:
    if 0 <= when < _YEAR_10000 - 1:
        return when
    return min(max(when, 0), _YEAR_10000 - 1)
