"""The controls of the settings pages (2.1's widget types): what each one takes.

``parse`` reads a Python value as config_list files hold it, or a form's text, and
answers the value to store: plain types only.  ``show`` is the way back.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from mailman import errors
from mailman.constants import FLAG_NAMES, Action
from mailman.settings.declare import Refused
from mailman.site.i18n import N_

NO_YES = (N_('No'), N_('Yes'))
SECONDS_PER_DAY = 86400


class Widget:
    """What all controls share: a name (2.1's), and values taken as they are."""

    kind = ''

    def parse(self, value: Any, mlist: Any) -> Any:
        """Answer the value to store; raises Refused or errors.BadAddress."""
        return value

    def from_form(self, values: list[str], mlist: Any) -> Any:
        """Answer what ``parse`` wants from the texts of one form field."""
        return values[0]

    def show(self, value: Any) -> Any:
        """Answer a stored value as forms and config_list show it."""
        return value


# --- text ------------------------------------------------------------------


class String(Widget):
    """One line of text.  Line ends become blanks: such values reach mail headers."""

    kind = 'String'

    def __init__(self, width: int = 40) -> None:
        self.width = width

    def parse(self, value: Any, mlist: Any) -> str:
        """Answer one line."""
        lines = plain_text(value).split('\n')
        return lines[0] if len(lines) == 1 else ' '.join(map(str.strip, lines)).strip()


class Text(Widget):
    """Several lines of text, LF between them."""

    kind = 'Text'

    def __init__(self, rows: int = 10) -> None:
        self.rows = rows

    def parse(self, value: Any, mlist: Any) -> Any:
        """Answer the text with its line ends made LF."""
        return plain_text(value)


class FileUpload(Text):
    """A text that the form also takes from a file (its field is NAME_upload)."""

    kind = 'FileUpload'

    def __init__(self, rows: int = 6) -> None:
        super().__init__(rows)


class Lines(Text):
    """A list of words, shown and given as text with one per line; lower case."""

    def parse(self, value: Any, mlist: Any) -> list[str]:
        """Answer the words; a list is taken too."""
        items = string_items(value)
        return [item.strip().lower() for item in items if item.strip()]

    def show(self, value: Any) -> str:
        """Answer one text."""
        return '\n'.join(value)


def plain_text(value: Any) -> str:
    """Answer VALUE as str with LF line ends; NUL is refused."""
    if not isinstance(value, str):
        raise Refused(value, N_('must be text'))
    if '\0' in value:
        raise Refused(value, N_('must not contain a NUL character'))
    return value.replace('\r\n', '\n').replace('\r', '\n')


def string_items(value: Any) -> list[str]:
    """Answer the lines of a text, or the items of a list of texts."""
    if isinstance(value, str):
        return plain_text(value).split('\n')
    if not isinstance(value, list | tuple | set | frozenset):
        raise Refused(value, N_('must be a list, or text with one entry per line'))
    return [plain_text(item) for item in value]


# --- choices ---------------------------------------------------------------


class Radio(Widget):
    """One of several choices, stored as its number.

    ``needs`` names, per number, the site variable without which it is not offered.
    A form sends the position among the choices offered, config_list the number.
    """

    kind = 'Radio'

    def __init__(
        self, labels: tuple[str, ...] = NO_YES, needs: Mapping[int, str] | None = None
    ) -> None:
        self.labels, self.needs = labels, needs or {}

    def choices(self, site: Any) -> list[tuple[int, str]]:
        """Answer (number, label) of what this site offers."""
        return [
            (number, label)
            for number, label in enumerate(self.labels)
            if number not in self.needs or getattr(site.cfg, self.needs[number])
        ]

    def parse(self, value: Any, mlist: Any) -> int:
        """Answer the choice's number: also of one that the site no longer offers."""
        try:
            number = int(value)
        except (TypeError, ValueError):
            raise Refused(value, N_('must be the number of a choice')) from None
        if not 0 <= number < len(self.labels):
            raise Refused(value, N_('there is no such choice'))
        return number

    def from_form(self, values: list[str], mlist: Any) -> int:
        """Answer the number behind a position."""
        offered = self.choices(mlist.site)
        try:
            position = int(values[0])
        except ValueError:
            position = -1
        if not 0 <= position < len(offered):
            raise Refused(values[0], N_('there is no such choice'))
        return offered[position][0]


class Toggle(Radio):
    """A yes or no that switches something."""

    kind = 'Toggle'


class Select(Widget):
    """One language code out of the list's languages."""

    kind = 'Select'

    def parse(self, value: Any, mlist: Any) -> str:
        """Answer the code, which the site must know."""
        known_language(value, mlist)
        return str(value)


class Checkbox(Widget):
    """Any number of language codes, stored as a list."""

    kind = 'Checkbox'

    def from_form(self, values: list[str], mlist: Any) -> list[str]:
        """Answer all values of the field."""
        return values

    def parse(self, value: Any, mlist: Any) -> Any:
        """Answer the codes without repetition."""
        codes = [code.strip() for code in string_items(value) if code.strip()]
        for code in codes:
            known_language(code, mlist)
        return list(dict.fromkeys(codes))


class Flags(Checkbox):
    """Member options, stored as the sum of their bits; bits not shown stay."""

    def __init__(self, words: tuple[str, ...], attribute: str) -> None:
        self.words, self.attribute = words, attribute

    def parse(self, value: Any, mlist: Any) -> int:
        """Answer the sum, from the sum (config_list) or from words (forms)."""
        shown = sum(int(FLAG_NAMES[word]) for word in self.words)
        try:
            wanted = int(value)
        except (TypeError, ValueError):
            wanted = self._sum_of(value)
        kept = int(getattr(mlist, self.attribute)) & ~shown
        return kept | (wanted & shown)

    def _sum_of(self, value: Any) -> int:
        # 2.1's form sends a hidden 'ignore', so that no box at all can be said too.
        words = [word for word in string_items(value) if word and word != 'ignore']
        unknown = [word for word in words if word not in self.words]
        if unknown:
            raise Refused(unknown[0], N_('there is no such option'))
        return sum(int(FLAG_NAMES[word]) for word in set(words))


def known_language(code: Any, mlist: Any) -> None:
    """Refuse what is no language code of this site."""
    if code not in mlist.site.languages():
        raise Refused(code, N_('this site has no such language'))


# --- numbers ---------------------------------------------------------------


class Number(Widget):
    """A number: int where it reads as one, else float."""

    kind = 'Number'

    def __init__(
        self, width: int = 7, minimum: float | None = 0, whole: bool = False
    ) -> None:
        self.width, self.minimum, self.whole = width, minimum, whole

    def parse(self, value: Any, mlist: Any) -> float:
        """Answer the number; 2.1 silently kept the old one instead of a negative."""
        number = self._read(value)
        if not math.isfinite(number):
            raise Refused(value, N_('must be a finite number'))
        if self.whole and number != int(number):
            raise Refused(value, N_('must be a whole number'))
        if self.minimum is not None and number < self.minimum:
            raise Refused(value, N_('is too small'))
        return int(number) if self.whole else number

    def _read(self, value: Any) -> float:
        if isinstance(value, float):
            return value
        for kind in (int, float):
            try:
                return kind(value)
            except (TypeError, ValueError):
                continue
        raise Refused(value, N_('must be a number'))


class Days(Number):
    """A span of time: days for people, seconds in the list."""

    def parse(self, value: Any, mlist: Any) -> int:
        """Answer seconds."""
        return int(super().parse(value, mlist) * SECONDS_PER_DAY)

    def show(self, value: Any) -> Any:
        """Answer days, whole where they are."""
        days = value / SECONDS_PER_DAY
        return int(days) if days == int(days) else days


# --- addresses -------------------------------------------------------------


class Email(String):
    """One address, or nothing."""

    kind = 'Email'

    def parse(self, value: Any, mlist: Any) -> str:
        """Answer the address; raises errors.BadAddress."""
        address = super().parse(value, mlist).strip()
        return validate(address, mlist.site) if address else ''


class Host(String):
    """The domain part of addresses."""

    kind = 'Host'

    def parse(self, value: Any, mlist: Any) -> str:
        """Answer the domain; what makes no valid address with ``user@`` is refused."""
        host = super().parse(value, mlist).strip()
        try:
            validate(f'user@{host}', mlist.site)
        except errors.BadAddress:
            raise Refused(value, N_('must be the domain part of an address')) from None
        return host


class EmailList(Widget):
    """Addresses, one per line.

    Text is what somebody types now, so each address must be valid.  A list comes
    from a file that 2.1 or we wrote: there an address only has to look like one, as
    old lists hold addresses that would not be taken today.
    """

    kind = 'EmailList'

    def __init__(self, rows: int = 3) -> None:
        self.rows = rows

    def parse(self, value: Any, mlist: Any) -> list[str]:
        """Answer the entries; raises errors.BadAddress."""
        typed = isinstance(value, str)
        entries = [item.strip() for item in string_items(value) if item.strip()]
        return [
            entry
            if self.takes(entry, mlist)
            else checked_address(entry, mlist.site, strictly=typed)
            for entry in entries
        ]

    def takes(self, entry: str, mlist: Any) -> bool:
        """Tell whether ENTRY is fine without being an address."""
        return False

    def show(self, value: Any) -> list[str]:
        """Answer a list, also where an old file holds something else."""
        return list(value)


class EmailListEx(EmailList):
    """Addresses and ^patterns; where ``sibling_lists`` is set, also @listname."""

    kind = 'EmailListEx'

    def __init__(self, rows: int = 10, sibling_lists: bool = False) -> None:
        super().__init__(rows)
        self.sibling_lists = sibling_lists

    def takes(self, entry: str, mlist: Any) -> bool:
        """Tell whether ENTRY is a pattern that compiles, or another list."""
        if entry.startswith('^'):
            check_patterns([entry])
            return True
        if entry.startswith('@') and self.sibling_lists:
            if entry[1:].lower() in ('', mlist.name):
                raise Refused(entry, N_('must name another list of this site'))
            return True
        return False


def validate(address: str, site: Any) -> str:
    """Answer a new address in the form to keep; raises errors.BadAddress."""
    # Start-up time: most processes that know settings never check an address.
    from mailman.mail import addresses

    return addresses.validate(address, site)


def checked_address(entry: str, site: Any, *, strictly: bool) -> str:
    """Answer the address; raises errors.BadAddress for what is, or cannot be, none."""
    if strictly:
        return validate(entry, site)
    local, _, domain = entry.rpartition('@')
    odd = any(c.isspace() or not c.isprintable() or c in '<>()[],;:"' for c in entry)
    if not local or not domain or odd:
        raise errors.BadAddress(entry, N_('not an e-mail address'))
    return entry


# --- rows of rules -----------------------------------------------------------


class Topics(Widget):
    """Topics in order: (name, pattern, description, is an empty row)."""

    kind = 'Topics'

    def parse(self, value: Any, mlist: Any) -> list[tuple[str, str, str, bool]]:
        """Answer the topics, empty rows left out; each line is a pattern."""
        topics = [self._topic(row) for row in rows_of(value, 3)]
        names = [name.lower() for name, *_ in topics]
        for name in names:
            if names.count(name) > 1:
                raise Refused(name, N_('two topics have this name'))
        return topics

    def _topic(self, row: Sequence[Any]) -> tuple[str, str, str, bool]:
        name, pattern, description = (plain_text(part) for part in row[:3])
        if not name.strip() or not pattern.strip():
            raise Refused(row, N_('a topic needs a name and a pattern'))
        check_patterns(pattern.split('\n'))
        return name, pattern, description, False


FILTER_ACTIONS = (
    (Action.DEFER, N_('Defer')),
    (Action.HOLD, N_('Hold')),
    (Action.REJECT, N_('Reject')),
    (Action.DISCARD, N_('Discard')),
    (Action.ACCEPT, N_('Accept')),
)


class HeaderFilter(Widget):
    """Header rules in order: (patterns, action, is an empty row)."""

    kind = 'HeaderFilter'

    def parse(self, value: Any, mlist: Any) -> list[tuple[str, int, bool]]:
        """Answer the rules, empty rows left out; one pattern per line."""
        return [self._rule(row) for row in rows_of(value, 2)]

    def _rule(self, row: Sequence[Any]) -> tuple[str, int, bool]:
        pattern = plain_text(row[0])
        if not pattern.strip():
            raise Refused(row, N_('a rule needs a pattern'))
        check_patterns(line for line in pattern.split('\n') if not line.startswith('#'))
        if row[1] not in [number for number, _ in FILTER_ACTIONS]:
            raise Refused(row[1], N_('there is no such action'))
        return pattern, int(row[1]), False


def rows_of(value: Any, columns: int) -> list[Sequence[Any]]:
    """Answer the rows of a table that have COLUMNS, those flagged empty left out."""
    if not isinstance(value, list | tuple):
        raise Refused(value, N_('must be a list of rows'))
    rows: list[Sequence[Any]] = []
    for row in value:
        if not isinstance(row, list | tuple) or not columns <= len(row) <= columns + 1:
            raise Refused(row, N_('this row has too few or too many parts'))
        if len(row) == columns or not row[columns]:
            rows.append(row)
    return rows


def check_patterns(patterns: Iterable[str]) -> None:
    """Refuse the first regular expression that can never be used."""
    # Start-up time: most processes that know settings never judge a pattern.
    from mailman.mail.patterns import PatternError, check

    for pattern in patterns:
        try:
            check(pattern, re.IGNORECASE)
        except PatternError as err:
            reason = N_('not a regular expression: %(error)s')
            raise Refused(pattern, reason, error=err) from err
