"""Bounces, as events on disk: who could not be reached, by which list, and why.

A refusal at delivery is a fact that must not get lost, though nobody waits for it.
Each one is a file, complete and fsynced before the message leaves its queue::

    data/bounce-events/TIME+RANDOM.json
    {"listname": "friends", "time": 1767867630.5,
     "addresses": {"ann@example.com": [550, "no such user"]},
     "probe_token": "", "message": "From: ...", ...}

Scoring reads them (2.1: data/bounce-events-PID.pck).  ``message`` is the post as sent;
its bytes that are no ASCII are escaped (surrogateescape).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mailman.storage import safefile

if TYPE_CHECKING:
    from mailman.mail.message import Message
    from mailman.site import Site

DIRECTORY = 'bounce-events'
# Enough to see which post it was; a notice quotes less.
LONGEST_MESSAGE = 1 << 16


def record(
    site: Site,
    listname: str,
    addresses: Mapping[str, tuple[int, str]],
    message: Message,
    probe_token: str = '',
) -> Path:
    """Store that the mail server refused these addresses for good, each with its
    SMTP code and text.  Durable when it returns; raises OSError."""
    raw = message.as_bytes()[:LONGEST_MESSAGE]
    event = {
        'listname': listname,
        'time': site.now(),
        'addresses': {address: list(why) for address, why in addresses.items()},
        'probe_token': probe_token,
        'message': raw.decode('ascii', 'surrogateescape'),
    }
    directory = site.data_dir / DIRECTORY
    if not directory.is_dir():
        directory.mkdir(parents=True, exist_ok=True)
        directory.chmod(0o2770)
        safefile.fsync_dir(directory.parent)
    path = directory / f'{site.now()!r}+{secrets.token_hex(10)}.json'
    safefile.write(path, json.dumps(event).encode('ascii'))
    return path


def events(site: Site) -> list[Path]:
    """Answer the events not scored yet, oldest first."""
    found = (site.data_dir / DIRECTORY).glob('*.json')
    return sorted(found, key=lambda path: (float(path.name.partition('+')[0]), path))
