"""Bounces, as events on disk: who could not be reached, by which list, and why.

A refusal is a fact that must not get lost, though nobody waits for it.  Each one is a
file, complete and fsynced before the message leaves its queue::

    data/bounce-events/TIME+RANDOM.json
    {"listname": "friends", "time": 1767867630.5,
     "addresses": {"ann@example.com": [550, "no such user"]},
     "probe_token": "", "message": "From: ...", ...}

``message`` is the post as sent, or the bounce that came back; its bytes that are no
ASCII are escaped (surrogateescape).  An event is removed when it is scored and the
list saved; after a crash it is scored again, which changes nothing on the same day.

2.1's form is taken over: ``data/bounce-events-PID.pck``, pickles of (list, address,
(year, month, day), message).
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailman.errors import CorruptFile, MailmanError
from mailman.mail.message import Message
from mailman.storage import pickles, safefile

if TYPE_CHECKING:
    from mailman.site import Site

DIRECTORY = 'bounce-events'
# Enough to see which post it was; a notice quotes less.
LONGEST_MESSAGE = 1 << 16
LONGEST_TEXT = 500
# What nobody gave a code for.
GENERAL_FAILURE = 550


@dataclass(frozen=True)
class Event:
    """One file: the addresses with code and text; the message stays on disk."""

    path: Path
    listname: str
    time: float
    addresses: dict[str, tuple[int, str]]
    probe_token: str

    def message(self) -> Message:
        """Read the message; an empty one when the file is gone."""
        try:
            text = _load(self.path).get('message', '')
        except (OSError, CorruptFile):
            text = ''
        return Message.from_bytes(str(text).encode('ascii', 'surrogateescape'))


def record(
    site: Site,
    listname: str,
    addresses: Mapping[str, tuple[int, str]],
    message: Message,
    probe_token: str = '',
    when: float | None = None,
) -> Path:
    """Store that these addresses were refused for good, each with SMTP code and text.

    Durable when it returns; raises OSError.
    """
    moment = site.now() if when is None else when
    raw = message.as_bytes()[:LONGEST_MESSAGE]
    event = {
        'listname': listname,
        'time': moment,
        'addresses': {a: [code, text] for a, (code, text) in addresses.items()},
        'probe_token': probe_token,
        'message': raw.decode('ascii', 'surrogateescape'),
    }
    directory = site.data_dir / DIRECTORY
    if not directory.is_dir():
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o2770)
        safefile.fsync_dir(directory.parent)
    path = directory / f'{moment!r}+{secrets.token_hex(10)}.json'
    safefile.write(path, json.dumps(event).encode('ascii'))
    return path


def events(site: Site) -> list[Path]:
    """Answer the events not scored yet, oldest first."""
    found = (site.data_dir / DIRECTORY).glob('*.json')
    return sorted(found, key=_age)


def _age(path: Path) -> tuple[float, str]:
    try:
        return float(path.name.partition('+')[0]), path.name
    except ValueError:
        return 0.0, path.name


def read(site: Site) -> Iterator[Event]:
    """Give the events not scored yet, oldest first; set aside what is none."""
    safefile.sweep(site.data_dir / DIRECTORY, now=site.now())
    for path in events(site):
        try:
            yield _event(path)
        except FileNotFoundError:
            continue
        except CorruptFile as error:
            _set_aside(site, path, error.reason)


def _event(path: Path) -> Event:
    """Read one file; raises OSError, CorruptFile."""
    values = _load(path)
    try:
        addresses = {
            str(address): (int(why[0]), str(why[1])[:LONGEST_TEXT])
            for address, why in values['addresses'].items()
        }
        name, token = str(values['listname']), str(values.get('probe_token') or '')
        return Event(path, name.lower(), float(values['time']), addresses, token)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise CorruptFile(path, f'not a bounce event: {error!r}') from error


def _load(path: Path) -> dict[str, Any]:
    try:
        values = json.loads(safefile.read(path))
    except (ValueError, RecursionError) as error:
        raise CorruptFile(path, f'no JSON: {error}') from error
    if not isinstance(values, dict):
        raise CorruptFile(path, 'not a bounce event')
    return values


def forget(done: list[Event]) -> None:
    """Remove events that are scored, the list being saved."""
    for event in done:
        with suppress(FileNotFoundError):
            event.path.unlink()


def _set_aside(site: Site, path: Path, reason: str) -> None:
    site.log.write('error', f'bounce event {path.name} set aside: {reason}')
    with suppress(OSError):
        os.rename(path, path.with_suffix('.bad'))


# --- 2.1's files ------------------------------------------------------------


def take_over(site: Site) -> None:
    """Turn 2.1's bounce-events-PID.pck into events; a crash repeats some of them."""
    for path in sorted(site.data_dir.glob('bounce-events-*.pck')):
        try:
            for item in pickles.load_many(safefile.read(path)):
                _take_over_one(site, item)
        except (MailmanError, OSError) as error:
            _set_aside(site, path, str(error))
        else:
            path.unlink()


def _take_over_one(site: Site, item: Any) -> None:
    try:
        name, address, day, message = item
        name, address = _text(name), _text(address)
        noon = time.mktime((*day[:3], 12, 0, 0, 0, 0, -1))
        raw = message if isinstance(message, bytes) else _text(message).encode()
    except (TypeError, ValueError, OverflowError) as error:
        site.log.write('error', f'a bounce event of 2.1 is skipped: {error}')
        return
    why = {address: (GENERAL_FAILURE, '')}
    record(site, name, why, Message.from_bytes(raw), when=noon)


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode('utf-8', 'surrogateescape')
    if not isinstance(value, str):
        raise TypeError(f'text expected, not {type(value).__name__}')
    return value
