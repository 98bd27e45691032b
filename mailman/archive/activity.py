"""How busy a list was, month by month, as bars of a picture and as a sentence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mailman.archive.volumes import MONTHS

if TYPE_CHECKING:
    from mailman.site.i18n import Translator

# Ten years; what is older is in the table of volumes.
_MOST_MONTHS = 120
_MONTH = re.compile(r'(\d{4})-(0[1-9]|1[0-2])', re.ASCII)


@dataclass(slots=True)
class Bar:
    """One month: its height in percent of the highest."""

    height: int
    label: str


def bars(posts: dict[str, int], _: Translator) -> tuple[list[Bar], str]:
    """Give the bars of the months with posts and between them, and what they tell."""
    known = {_number(month): n for month, n in posts.items() if _MONTH.fullmatch(month)}
    if not known:
        return [], ''
    last = max(known)
    first = max(min(known), last - _MOST_MONTHS + 1)
    counts = [(month, known.get(month, 0)) for month in range(first, last + 1)]
    busiest, highest = max(counts, key=lambda pair: pair[1])
    made = [
        Bar(-(-100 * n // (highest or 1)), f'{_name(month, _)}: {n}')
        for month, n in counts
    ]
    total = sum(n for month, n in counts)
    words = _(
        'Messages per month, %(first)s to %(last)s: %(total)s in all; '
        'the most, %(highest)s, in %(busiest)s.',
        first=_name(first, _),
        last=_name(last, _),
        total=total,
        highest=highest,
        busiest=_name(busiest, _),
    )
    return made, words


def _number(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1


def _name(number: int, _: Translator) -> str:
    year, month = divmod(number, 12)
    return _('%(month)s %(year)s', month=_(MONTHS[month]), year=f'{year:04d}')
