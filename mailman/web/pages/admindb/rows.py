"""What the pages show of one held post or request: text that can be shown as it is."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mailman.actions import reasons
from mailman.mail import charsets, headers
from mailman.web.pages.admindb import wishes

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.lists.requests import HeldMessage, Requests
    from mailman.site.i18n import Translator

_LONGEST = 300
_CONTROLS = re.compile('[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]')
MINUTE, HOUR, DAY = 60, 3600, 86_400


@dataclass
class When:
    """A moment: for machines, for people, and how long ago."""

    iso: str
    date: str
    age: str


@dataclass(slots=True)
class Row:
    """A held post, as far as it is known without its file."""

    id: int
    sender: str
    subject: str
    reason: str
    time: float
    is_member: bool
    held: HeldMessage
    name: str = ''
    when: When | None = None
    size: str = ''
    lost: bool = False
    bytes: int = 0


@dataclass
class Kinds:
    """What rows of one page share; the same few reasons come again and again."""

    mlist: MailList
    translate: Translator
    reasons: dict[str, str] = field(default_factory=dict)
    members: dict[str, bool] = field(default_factory=dict)

    def row(self, number: int, held: HeldMessage) -> Row:
        """Make the row of a held post."""
        reason = self.reasons.get(held.reason)
        if reason is None:
            reason = charsets.recover(reasons.translated(held.reason, self.translate))
            self.reasons[held.reason] = reason
        member = self.members.get(held.sender)
        if member is None:
            member = self.mlist.is_member(held.sender)
            self.members[held.sender] = member
        _ = self.translate
        return Row(
            number,
            shown(held.sender) or _('(no sender)'),
            shown(headers.decode(held.subject)) or _('(no subject)'),
            reason,
            held.time,
            member,
            held,
        )


def complete(row: Row, requests: Requests, translate: Translator, now: float) -> None:
    """Add what costs more: the size of its file, its age in words."""
    row.when = when(row.time, now, translate)
    weigh(row, requests)
    row.size = '' if row.lost else size(row.bytes, translate)


def weigh(row: Row, requests: Requests) -> None:
    """Look how large a post is, if it is there."""
    found = requests.size(row.held)
    row.lost = found is None
    row.bytes = found or 0


def shown(text: str) -> str:
    """Give a text from a mail on one line, without what no page can show."""
    text = charsets.recover(text)
    if len(text) > _LONGEST or not text.isprintable():
        text = headers.one_line(' '.join(text.split()), _LONGEST)
    return text


def many_lines(text: str) -> str:
    """Give a text of several lines without signs that no page can show."""
    text = charsets.recover(text).replace('\r\n', '\n')
    return _CONTROLS.sub('\ufffd', text)


def when(moment: float, now: float, _: Translator) -> When:
    """Put a moment into words."""
    try:
        at = time.gmtime(moment)
    except (OverflowError, ValueError, OSError):
        at = time.gmtime(0)
    iso = time.strftime('%Y-%m-%dT%H:%MZ', at)
    return When(iso, time.strftime('%Y-%m-%d %H:%M UTC', at), age(now - moment, _))


def age(seconds: float, _: Translator) -> str:
    """Say how long ago something was."""
    if seconds < HOUR:
        n = max(int(seconds // MINUTE), 1)
        return _.plural('%(n)s minute', '%(n)s minutes', n)
    if seconds < 2 * DAY:
        return _.plural('%(n)s hour', '%(n)s hours', int(seconds // HOUR))
    return _.plural('%(n)s day', '%(n)s days', int(seconds // DAY))


def size(number: int, _: Translator) -> str:
    """Say how large something is."""
    if number < 1_000_000:
        return _('%(n)s KB', n=max(round(number / 1000), 1))
    return _('%(n)s MB', n=f'{number / 1_000_000:.1f}')


class Typed:
    """What a form is filled with: what was typed before an error, else as it is new."""

    def __init__(self, wanted: wishes.Wishes | None = None) -> None:
        self._fields = wanted.fields if wanted else None
        self.errors: dict[str, str] = wanted.errors if wanted else {}

    def text(self, name: object, new: object = '') -> str:
        """Give the content of a box."""
        return str(new) if self._fields is None else self._fields.get(str(name))

    def on(self, name: object, value: object, new: bool = False) -> bool:
        """Tell whether a box or button is chosen."""
        if self._fields is None:
            return new
        return str(value) in self._fields.all(str(name))


def common(mlist: MailList) -> dict[str, Any]:
    """Give the values that all our templates use."""
    return {
        'here': mlist.url('admindb', absolute=False),
        'version': mlist.site.cfg.VERSION,
        'owner': mlist.address('owner'),
        'field_id': wishes.field_id,
    }
