"""What people type into the search box.

::

    words here          all of them, in any order
    "some words"        next to each other
    word*               words that begin so
    -word  -"some words"  without
    author: from:  subject:   in the author's name or address, in the subject
    after:2026-03  before:2026-11-21   year, month or day, UTC; both are days included
    date:2026-03        in that year, month, day
    has:attachment

Nothing that is typed is an error: what has no meaning here is words.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime

# Longer ones ask for nothing that anybody wants to know.
LONGEST = 500
MOST_TERMS = 24

_QUOTES = str.maketrans(dict.fromkeys('“”„‟«»＂″〝〞', '"'))
_TERM = re.compile(
    r'(?P<minus>[-−–])?(?:(?P<name>[a-zA-Z]+)[:：])?'
    r'(?:"(?P<quoted>[^"]*)(?:"|$)(?P<star>\*)?|(?P<bare>[^\s"]+))'
)
FIELDS = {'author': 'author', 'from': 'author', 'subject': 'subject'}
DATES = ('after', 'since', 'before', 'until', 'date')
_DATE = re.compile(
    r'(?P<year>[0-9]{4})(?:[-/.](?P<month>[0-9]{1,2})(?:[-/.](?P<day>[0-9]{1,2}))?)?'
)


@dataclass(slots=True, frozen=True)
class Term:
    """Words that must stand together, or must not."""

    text: str
    field: str = ''  # author, subject, or anywhere
    prefix: bool = False
    negative: bool = False


@dataclass(slots=True)
class Query:
    """What is searched for; dates are times since the epoch, the end is excluded."""

    terms: list[Term] = field(default_factory=list)
    after: float | None = None
    before: float | None = None
    attachments: bool | None = None

    @property
    def asks(self) -> bool:
        """Whether anything is asked for."""
        given = (self.after, self.before, self.attachments)
        return bool(self.terms) or any(one is not None for one in given)


def parse(text: str) -> Query:
    """Read what somebody typed."""
    query = Query()
    text = text[:LONGEST].translate(_QUOTES)
    for match in _TERM.finditer(text):
        if len(query.terms) < MOST_TERMS:
            _add(query, match)
    return query


def _add(query: Query, match: re.Match[str]) -> None:
    name, negative = (match['name'] or '').lower(), match['minus'] is not None
    bare = match['bare'] if match['quoted'] is None else match['quoted']
    value = bare if match['quoted'] is None else bare + (match['star'] or '')
    if name == 'has' and value.lower().startswith('attach'):
        query.attachments = not negative
    elif name in DATES and not negative and (span := _span(value)):
        _limit(query, name, span)
    elif name in FIELDS:
        _add_term(query, value, FIELDS[name], negative)
    else:
        _add_term(query, f'{name} {value}'.strip(), '', negative)


def _add_term(query: Query, value: str, place: str, negative: bool) -> None:
    text = value.rstrip('*')
    if any(letter.isalnum() for letter in text):
        prefix = text != value and text[-1].isalnum()
        query.terms.append(Term(text, place, prefix, negative))


def _span(text: str) -> tuple[float, float] | None:
    """Give beginning and end of a day, a month or a year; None for what is none."""
    match = _DATE.fullmatch(text.rstrip(',;'))
    if match is None:
        return None
    year, month, day = (int(match[name] or 0) for name in ('year', 'month', 'day'))
    try:
        first = datetime(year, month or 1, day or 1, tzinfo=UTC)
        if day:
            days = 1
        elif month:
            days = calendar.monthrange(year, month)[1]
        else:
            days = 365 + calendar.isleap(year)
    except (ValueError, OverflowError):
        return None
    return first.timestamp(), first.timestamp() + days * 86_400


def _limit(query: Query, name: str, span: tuple[float, float]) -> None:
    """Narrow the time; the day, month or year itself is always in it."""
    first, end = span
    if name in ('after', 'since', 'date'):
        query.after = first if query.after is None else max(query.after, first)
    if name in ('before', 'until', 'date'):
        query.before = end if query.before is None else min(query.before, end)
