"""What a moderator wants: the form's fields, read before anything is done.

2.1's fields are ``ID`` (a number) with ``comment-ID``, ``preserve-ID``, ``forward-ID``,
``forward-addr-ID``, ``ban-ID``; and for all posts of a sender, written as by
quote_plus, ``senderaction-SENDER`` and its brothers, where a field that is called like
the sender has the ids that were on the page.  Ours are called ``bulk:...``: a colon
never stands in a quoted sender.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, unquote_plus

from mailman.actions.senders import FILTERS
from mailman.constants import Action
from mailman.errors import BadAddress
from mailman.mail import addresses, charsets

if TYPE_CHECKING:
    from mailman.web.fields import Fields
    from mailman.web.view import View

# What the address may bring; nothing in it decides anything.
OF_THE_TABLE = frozenset(('find', 'who', 'sort', 'page'))
PREFIXES = tuple(
    f'sender{word}-'
    for word in (
        'action',
        'preserve',
        'forward',
        'forwardto',
        'clearmodp',
        'filterp',
        'filter',
        'banp',
    )
)
# Hidden in the details form: which posts it shows.
SHOWN = 'headers-'
# What may be said about posts; wishes to join and to leave have their own yes.
BULK = (Action.APPROVE, Action.REJECT, Action.DISCARD)
DECISIONS = (Action.DEFER, *BULK, Action.SUBSCRIBE, Action.UNSUBSCRIBE)


@dataclass
class One:
    """What is wanted for one request."""

    action: Action = Action.DEFER
    comment: str = ''
    preserve: bool = False
    forward_to: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing is to be done."""
        return not (self.action or self.preserve or self.forward_to)


@dataclass
class Group(One):
    """What is wanted for the posts of one sender that were on the page."""

    ids: tuple[int, ...] = ()
    trust: bool = False
    filter_as: Action | None = None
    ban: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing is to be done."""
        lasting = self.trust or self.filter_as is not None or self.ban
        return not lasting and (super().empty or not self.ids)


@dataclass
class Wishes:
    """All that the form says; ``errors`` by the id of the control they are about."""

    fields: Fields
    requests: dict[int, One] = field(default_factory=dict)
    bans: list[int] = field(default_factory=list)
    groups: dict[str, Group] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    in_full: list[int] = field(default_factory=list)
    # A button was pressed, though perhaps everything was left as it is.
    sent: bool = False

    @property
    def empty(self) -> bool:
        """Whether this is no form of decisions at all."""
        return not (self.sent or self.requests or self.bans or self.groups)


def read(view: View) -> Wishes:
    """Read the form."""
    fields = view.request.fields
    wanted = Wishes(fields, sent=fields.get('submit') != '' and view.request.is_post)
    wanted.in_full = [n for name in fields if (n := _id(name, SHOWN)) is not None]
    _read_groups(view, wanted)
    _read_bulk(wanted)
    for name in fields:
        _read_one(view, wanted, name)
    return wanted


def _id(name: str, prefix: str = '') -> int | None:
    """Give the request that a field is about."""
    number = name.removeprefix(prefix)
    if not name.startswith(prefix) or not number.isascii() or len(number) > 12:
        return None
    return int(number) if number.isdecimal() else None


# --- one request ----------------------------------------------------------------------


def _read_one(view: View, wanted: Wishes, name: str) -> None:
    """Read the fields of a request, whichever of them comes first."""
    fields = wanted.fields
    if (number := _id(name, 'ban-')) is not None and fields.get(name):
        wanted.bans.append(number)
    for prefix in ('', 'preserve-', 'forward-'):
        number = _id(name, prefix)
        if number is not None and number not in wanted.requests:
            break
    else:
        return
    one = One(
        _action(fields.get(str(number)), DECISIONS),
        fields.get(f'comment-{number}').strip(),
        bool(fields.get(f'preserve-{number}')),
    )
    if fields.get(f'forward-{number}'):
        one.forward_to = _forward(view, wanted, f'forward-addr-{number}')
    if not one.empty or f'forward-addr-{number}' in wanted.errors:
        wanted.requests[number] = one


def _read_bulk(wanted: Wishes) -> None:
    """Read what is wanted for the chosen rows of the table."""
    fields = wanted.fields
    action = _action(fields.get('bulk:action'), BULK)
    if not action:
        return
    comment = fields.get('bulk:comment').strip()
    listed = [name for value in fields.all('bulk:all') for name in value.split(',')]
    for number in _ids([*fields.all('bulk:id'), *listed]):
        # What is said about one post alone counts more.
        said = _action(fields.get(str(number)), DECISIONS)
        if not said:
            wanted.requests[number] = One(action, comment)


def _ids(values: Iterable[str]) -> tuple[int, ...]:
    found = (_id(value.strip()) for value in values)
    return tuple(dict.fromkeys(number for number in found if number is not None))


def _action(value: str, known: tuple[Action, ...]) -> Action:
    """Give the action of a number; what makes no sense means to wait."""
    number = _id(value.strip())
    return Action(number) if number in known else Action.DEFER


def _forward(view: View, wanted: Wishes, name: str) -> tuple[str, ...]:
    """Read the addresses to send copies to: none that would add header lines."""
    _ = view._
    found = []
    typed = wanted.fields.get(name).strip()
    try:
        for one in typed.split(','):
            found.append(addresses.validate(one.strip(' \t'), view.site))
    except BadAddress:
        text = _('Copies cannot be sent there: “%(text)s” is no mail address.')
        wanted.errors[field_id(name)] = _(text, text=' '.join(typed.split())[:100])
        return ()
    return tuple(dict.fromkeys(found))


def field_id(name: str) -> str:
    """Give the HTML id of a control: its name, with nothing that ids cannot have."""
    return ''.join(c if c.isalnum() or c in '-_.' else '_' for c in name)


# --- all posts of a sender ------------------------------------------------------------


def key(sender: str) -> str:
    """Give what one sender's posts have in common."""
    return charsets.recover(sender).lower()


def quoted(sender: str) -> str:
    """Give a sender as it stands in the names of fields.

    An address is quoted as in 2.1.  What could be taken for another field gets its
    first sign as a number: a sender may call himself ``17``, or nothing at all.
    """
    sender = key(sender) or '\0'
    name = quote_plus(sender)
    if '%40' in name and not name.startswith('sender'):
        return name
    first = ''.join(f'%{byte:02X}' for byte in sender[0].encode())
    return first + quote_plus(sender[1:])


def unquoted(name: str) -> str:
    """Give the sender's key of a field's name."""
    return unquote_plus(name).removeprefix('\0').lower()


def _read_groups(view: View, wanted: Wishes) -> None:
    fields = wanted.fields
    quoted = dict.fromkeys(
        name.partition('-')[2] for name in fields if name.startswith(PREFIXES)
    )
    discard_rest = any(fields.all('discardalldefersp'))
    for name in quoted:
        group = _read_group(view, wanted, name)
        if discard_rest and not group.action:
            group.action = Action.DISCARD
        if not group.empty or field_id(f'senderforwardto-{name}') in wanted.errors:
            wanted.groups[unquoted(name)] = group


def _read_group(view: View, wanted: Wishes, name: str) -> Group:
    """Read the fields of a sender, whose quoted address is ``name``."""
    fields = wanted.fields
    group = Group(
        _action(fields.get(f'senderaction-{name}'), BULK),
        preserve=bool(fields.get(f'senderpreserve-{name}')),
        # Some scripts write the sender as it is.
        ids=_ids(fields.all(name) or fields.all(unquote_plus(name))),
        trust=bool(fields.get(f'senderclearmodp-{name}')),
        ban=bool(fields.get(f'senderbanp-{name}')),
    )
    if fields.get(f'senderforward-{name}'):
        group.forward_to = _forward(view, wanted, f'senderforwardto-{name}')
    if fields.get(f'senderfilterp-{name}'):
        filter_as = _action(fields.get(f'senderfilter-{name}'), tuple(FILTERS))
        group.filter_as = filter_as if filter_as in FILTERS else None
    return group
