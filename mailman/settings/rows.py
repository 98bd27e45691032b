"""Rows of topics and of header rules, as the settings pages send them.

A row has a number of two digits, from 01, in the names of its fields::

    topic_box_NN topic_rebox_NN topic_desc_NN      name, pattern, description
    hdrfilter_rebox_NN hdrfilter_action_NN         pattern, number of the action

and buttons: ``_delete_NN``; ``_add_NN`` with ``_where_NN`` (before, after) for an empty
row beside it; for rules ``_up_NN`` and ``_down_NN``.  A row with ``_new_NN`` is the
empty one; it counts once something is typed there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from mailman.settings import widgets

# More rows than anybody has; each costs two numbers of digits.
MOST = 999


class Fields(Protocol):
    """What is asked of a form."""

    def __contains__(self, name: str) -> bool: ...

    def get(self, name: str, default: str = '') -> str:
        """Give the first value of a field."""
        ...


@dataclass
class Rows:
    """What a form wants the rows to be: values as the setting's widget takes them.

    ``blank`` is the place at which it asks for an empty row, None for nowhere.
    """

    values: list[tuple[Any, ...]] = field(default_factory=list)
    blank: int | None = None


def read(widget: widgets.Widget | None, fields: Fields) -> Rows | None:
    """Read the rows of a widget; None where the form has none, or it is another kind.

    As in 2.1 a form speaks of them when it has a first row.
    """
    if isinstance(widget, widgets.Topics):
        return _read(fields, 'topic', 'topic_box', _topic)
    if isinstance(widget, widgets.HeaderFilter):
        return _read(fields, 'hdrfilter', 'hdrfilter_rebox', _rule)
    return None


def _read(fields: Fields, prefix: str, first: str, value_of: Any) -> Rows | None:
    if f'{first}_01' not in fields:
        return None
    rows = Rows()
    move = None
    for number in _numbers(fields, prefix, first):
        value = value_of(fields, number)
        if f'{prefix}_new_{number}' in fields and not any(
            isinstance(part, str) and part.strip() for part in value[:2]
        ):
            continue
        rows.values.append(value)
        place = len(rows.values) - 1
        if f'{prefix}_add_{number}' in fields:
            after = fields.get(f'{prefix}_where_{number}') == 'after'
            rows.blank = place + after
        if f'{prefix}_up_{number}' in fields:
            move = (place, place - 1)
        elif f'{prefix}_down_{number}' in fields:
            move = (place, place + 1)
    if move is not None and 0 <= move[1] < len(rows.values):
        rows.values.insert(move[1], rows.values.pop(move[0]))
    return rows


def _numbers(fields: Fields, prefix: str, first: str) -> Iterator[str]:
    """Give the numbers of the rows that stay."""
    for count in range(1, MOST + 1):
        number = f'{count:02}'
        if f'{prefix}_delete_{number}' in fields:
            continue
        if f'{first}_{number}' not in fields:
            return
        yield number


def _topic(fields: Fields, number: str) -> tuple[str, str, str, bool]:
    names = (f'topic_{part}_{number}' for part in ('box', 'rebox', 'desc'))
    name, pattern, description = (fields.get(one) for one in names)
    pattern = '\n'.join(_lines(pattern))
    return name.strip(), pattern, '\n'.join(_lines(description)), False


def _rule(fields: Fields, number: str) -> tuple[str, int | str, bool]:
    action = fields.get(f'hdrfilter_action_{number}', '0')
    pattern = '\n'.join(_lines(fields.get(f'hdrfilter_rebox_{number}')))
    plain = action.isascii() and action.isdecimal() and len(action) == 1
    return pattern, int(action) if plain else action, False


def _lines(text: str) -> list[str]:
    """Give the lines of a text, the empty ones at its end left out."""
    return text.replace('\r\n', '\n').replace('\r', '\n').rstrip().split('\n')
