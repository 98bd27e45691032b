"""Volumes: which one a date belongs to, in 2.1's names.

=========  ========================  ============================
frequency  name                      label
=========  ========================  ============================
0 year     ``2026``                  2026
1 month    ``2026-November``         November 2026
2 quarter  ``2026q4``                Fourth quarter 2026
3 week     ``Week-of-Mon-20261116``  Week of Monday, 16 November 2026
4 day      ``20261121``              21 November 2026
=========  ========================  ============================

Days are those of UTC, so that a machine that moves does not move its archive.  A
volume that exists keeps its name, whatever the list's frequency becomes.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

from mailman.site.i18n import ENGLISH, N_, Translator

YEAR, MONTH, QUARTER, WEEK, DAY = range(5)
# Part of the names of files: never translated.
MONTHS = (
    N_('January'),
    N_('February'),
    N_('March'),
    N_('April'),
    N_('May'),
    N_('June'),
    N_('July'),
    N_('August'),
    N_('September'),
    N_('October'),
    N_('November'),
    N_('December'),
)
QUARTERS = (
    N_('First quarter %(year)s'),
    N_('Second quarter %(year)s'),
    N_('Third quarter %(year)s'),
    N_('Fourth quarter %(year)s'),
)
_FORMS = re.compile(
    r'(?P<year>\d{4})(?:'
    r'-(?P<name>[A-Z][a-z]+)|q(?P<quarter>[1-4])|(?P<month>\d\d)(?P<day>\d\d))?'
    r'|Week-of-Mon-(?P<monday>\d{8})',
    re.ASCII,
)
# Dates of mails may be anything; those of volumes have four digits for a year.
_EPOCH = date(1970, 1, 1).toordinal()
_EARLIEST, _LATEST = -62_135_596_800, 253_402_300_799


def day_of(when: float) -> date:
    """Answer the day of a time, in UTC; the nearest there is for an odd one."""
    if not _EARLIEST <= when <= _LATEST:
        when = _EARLIEST if when < _EARLIEST else _LATEST
    return date.fromordinal(_EPOCH + int(when) // 86_400)


def name(when: float, frequency: int) -> str:
    """Answer the name of the volume that a time belongs to."""
    return _name_of(day_of(when), frequency)


# An archive is built day by day, and many mails come in each.
@lru_cache(1_000)
def _name_of(day: date, frequency: int) -> str:
    if frequency == YEAR:
        return f'{day.year:04d}'
    if frequency == QUARTER:
        return f'{day.year:04d}q{(day.month + 2) // 3}'
    if frequency == DAY:
        return f'{day.year:04d}{day.month:02d}{day.day:02d}'
    if frequency == WEEK:
        monday = date.fromordinal(max(1, day.toordinal() - day.weekday()))
        return f'Week-of-Mon-{monday.year:04d}{monday.month:02d}{monday.day:02d}'
    return f'{day.year:04d}-{MONTHS[day.month - 1]}'


def is_name(text: str) -> bool:
    """Tell whether a directory may be a volume, of any frequency."""
    return start(text) is not None


def start(text: str) -> date | None:
    """Answer a volume's first day; None when that is no name of a volume."""
    match = _FORMS.fullmatch(text)
    if match is None:
        return None
    try:
        if match['monday']:
            return _day(match['monday'])
        return date(int(match['year']), _month(match), int(match['day'] or 1))
    except ValueError:
        return None


def _day(digits: str) -> date:
    return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))


def _month(match: re.Match[str]) -> int:
    if match['name']:
        return MONTHS.index(match['name']) + 1
    if match['quarter']:
        return int(match['quarter']) * 3 - 2
    return int(match['month'] or 1)


def label(text: str, _: Translator = ENGLISH) -> str:
    """Name a volume for people."""
    day, match = start(text), _FORMS.fullmatch(text)
    if day is None or match is None:
        return text
    year, month = f'{day.year:04d}', _(MONTHS[day.month - 1])
    if match['monday']:
        return _(
            'Week of Monday, %(day)s %(month)s %(year)s',
            day=day.day,
            month=month,
            year=year,
        )
    if match['day']:
        return _('%(day)s %(month)s %(year)s', day=day.day, month=month, year=year)
    if match['quarter']:
        return _(QUARTERS[int(match['quarter']) - 1], year=year)
    return _('%(month)s %(year)s', month=month, year=year) if match['name'] else year
