"""What a settings page shows of one setting: control, value, help, default, error.

Fields have 2.1's names and values: the attribute's name, for choices the position among
those offered; FileUpload adds NAME_upload; rows of rules are numbered (settings/rows).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mailman.constants import FLAG_NAMES
from mailman.settings import widgets

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.settings import Setting
    from mailman.site import Site
    from mailman.site.i18n import Translator

# Hidden: what the page showed, as pairs NAME=DIGEST.
STAMP = 'as_shown'
_DIGEST = 10
LONG = 120


@dataclass
class Row:
    """One row of rules; ``values`` as the widget stores them, without the flag."""

    number: str
    values: tuple[Any, ...]
    new: bool = False
    error: str = ''


@dataclass
class Field:
    """A setting on its page."""

    name: str
    kind: str
    summary: str
    help: str
    unit: str
    values: list[str]
    choices: list[tuple[str, str]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    height: int = 1
    width: int = 40
    default: str = ''
    default_text: str = ''
    help_query: str = ''
    error: str = ''
    changed_meanwhile: bool = False

    @property
    def value(self) -> str:
        """The text of a box."""
        return self.values[0] if self.values else ''


def make(
    one: Setting,
    mlist: MailList,
    _: Translator,
    *,
    typed: list[str] | None = None,
    blank: int | None = None,
) -> Field:
    """Make the field; ``typed`` are values that somebody sent just now."""
    widget = one.widget
    assert widget is not None and one.page is not None
    where = [one.page.category, one.page.subcategory, one.name]
    made = Field(
        one.name,
        kind_of(widget),
        _(one.summary),
        _(one.help) if one.help else '',
        _(one.unit) if one.unit else '',
        current(one, mlist),
        choices=choices(widget, mlist, _),
        height=getattr(widget, 'rows', 1),
        width=getattr(widget, 'width', 40),
        help_query='/'.join(filter(None, where)),
    )
    if not one.action:
        made.default, made.default_text = _default(one, mlist, _)
    if typed is not None:
        made.values = typed
    if made.kind in ('Topics', 'HeaderFilter'):
        made.rows = rows(_stored_rows(getattr(mlist, one.name)), made.kind, blank)
    return made


def kind_of(widget: widgets.Widget) -> str:
    """Give the macro in admin/controls.html that draws it."""
    if isinstance(widget, widgets.Flags):
        return 'Flags'
    if isinstance(widget, widgets.Lines):
        return 'Text'
    return widget.kind


def choices(
    widget: widgets.Widget, mlist: MailList, _: Translator
) -> list[tuple[str, str]]:
    """Give what can be chosen, as (value of the field, words)."""
    if isinstance(widget, widgets.Radio):
        offered = widget.choices(mlist.site)
        return [(str(place), _(label)) for place, (_n, label) in enumerate(offered)]
    if isinstance(widget, widgets.Flags):
        return [(word, flag_words(word, _)) for word in widget.words]
    if isinstance(widget, widgets.Checkbox):
        return languages(mlist.site, mlist.site.languages(), _)
    if isinstance(widget, widgets.Select):
        known = [*mlist.available_languages, mlist.preferred_language]
        return languages(mlist.site, list(dict.fromkeys(known)), _)
    if isinstance(widget, widgets.HeaderFilter):
        return [(str(int(n)), _(label)) for n, label in widgets.FILTER_ACTIONS]
    return []


def flag_words(word: str, _: Translator) -> str:
    """Say what a member option does, by its word in forms."""
    return {
        'hide': _('Not shown in the list of members'),
        'ack': _('Gets a receipt for own posts'),
        'notmetoo': _('Does not get own posts'),
        'nodupes': _('No second copy when named in To or Cc'),
    }.get(word, word)


def languages(site: Site, codes: list[str], _: Translator) -> list[tuple[str, str]]:
    """Give languages by their names, in the order of these."""
    known = site.cfg.LC_DESCRIPTIONS
    named = [(code, _(known[code][0]) if code in known else code) for code in codes]
    return sorted(named, key=lambda pair: pair[1].casefold())


# --- values -------------------------------------------------------------------------


def current(one: Setting, mlist: MailList) -> list[str]:
    """Give the texts that a browser sends for what the list has now."""
    widget, value = one.widget, getattr(mlist, one.name)
    if isinstance(widget, widgets.Radio):
        numbers = [number for number, _label in widget.choices(mlist.site)]
        known = isinstance(value, int) and int(value) in numbers
        return [str(numbers.index(int(value)))] if known else []
    if isinstance(widget, widgets.Flags):
        words = (w for w in widget.words if int(value) & FLAG_NAMES[w])
        return ['ignore', *words]
    if isinstance(widget, widgets.Checkbox):
        return [str(code) for code in value]
    if isinstance(widget, widgets.Topics | widgets.HeaderFilter):
        return [repr(_stored_rows(value))]
    shown = one.shown(mlist)
    if isinstance(shown, list):
        shown = '\n'.join(map(str, shown))
    return [str(shown)]


def _stored_rows(value: Any) -> list[tuple[Any, ...]]:
    """Give the rows that say something; 2.1 also kept empty ones."""
    return [tuple(row[:-1]) for row in value if not row[-1]]


def rows(
    values: list[tuple[Any, ...]], kind: str, blank: int | None = None
) -> list[Row]:
    """Number rows, with an empty one at a place, or where there is no other."""
    empty = ('', '', '') if kind == 'Topics' else ('', 0)
    listed: list[tuple[tuple[Any, ...], bool]] = [(value, False) for value in values]
    if blank is not None or not listed:
        place = min(max(blank or 0, 0), len(listed))
        listed.insert(place, (empty, True))
    return [Row(f'{n:02}', value, new) for n, (value, new) in enumerate(listed, 1)]


def same(values: list[str]) -> list[str]:
    """Give the values as they can be compared: browsers change line ends and order."""
    if len(values) > 1:
        return sorted(set(values))
    return [one.replace('\r\n', '\n').replace('\r', '\n') for one in values]


def digest(values: list[str]) -> str:
    """Give a short mark of values, to tell later whether they have changed."""
    text = '\0'.join(same(values)).encode('utf-8', 'surrogatepass')
    return hashlib.sha256(text).hexdigest()[:_DIGEST]


def stamp(shown: dict[str, list[str]]) -> str:
    """Give the hidden field's value for a page that shows these values."""
    return ' '.join(f'{name}={digest(values)}' for name, values in shown.items())


def read_stamp(text: str) -> dict[str, str]:
    """Read that value; anything may come back."""
    pairs = (word.partition('=') for word in text[:20_000].split())
    return {name: mark for name, _equals, mark in pairs}


# --- in words -----------------------------------------------------------------------


def _default(one: Setting, mlist: MailList, _: Translator) -> tuple[str, str]:
    """Give the site's default where the list differs: in a line, or as a text."""
    chosen = isinstance(one.widget, widgets.Radio | widgets.Number | widgets.Flags)
    if not (one.site_default or one.derive or chosen):
        return '', ''
    value = one.default_for(mlist)
    if value == getattr(mlist, one.name):
        return '', ''
    shown = in_words(one, value, mlist, _)
    if '\n' in shown.strip() or len(shown) > LONG:
        return '', shown
    return shown, ''


def in_words(one: Setting, value: Any, mlist: MailList, _: Translator) -> str:
    """Say a value as people read it."""
    widget = one.widget
    if isinstance(widget, widgets.Radio):
        number = int(value) if isinstance(value, int) else -1
        known = 0 <= number < len(widget.labels)
        return _(widget.labels[number]) if known else str(value)
    if isinstance(widget, widgets.Flags):
        words = [w for w in widget.words if int(value) & FLAG_NAMES[w]]
        return ', '.join(words) or _('(nothing)')
    if isinstance(widget, widgets.Topics | widgets.HeaderFilter):
        return ', '.join(str(row[0]) for row in value if not row[-1]) or _('(nothing)')
    shown = widget.show(value) if widget else value
    if isinstance(shown, list | tuple):
        shown = ', '.join(map(str, shown))
    return str(shown) if str(shown).strip() else _('(nothing)')


def short(text: str) -> str:
    """Cut a value for a line about a change."""
    line = ' '.join(text.split())
    return line if len(line) <= LONG else line[: LONG - 1] + '…'
