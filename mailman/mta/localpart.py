"""Which list, and what about it, a local part of an address means.

``test`` posts, ``test-request`` commands, ``test-bounces+anne=x.org`` is a bounce...
The list name as it stands wins over a cut-off suffix, so that a list called
``dev-owner`` can be reached; suffixes are those of 2.1's alias block.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

# In the order of 2.1's alias block (cli.json, newlist).
COMMANDS = (
    'admin',
    'bounces',
    'confirm',
    'join',
    'leave',
    'owner',
    'request',
    'subscribe',
    'unsubscribe',
)


class Destination(NamedTuple):
    """The two arguments of ``mail/mailman``, and what followed a ``+``."""

    command: str
    listname: str
    extension: str = ''


def split(local: str, exists: Callable[[str], bool]) -> Destination | None:
    """Find the list of a local part; None when there is none.

    ``exists`` tells whether a list of that (lower-case) name is there.
    """
    local = local.lower()
    bare, _, extension = local.partition('+')
    # A list name may hold a plus sign, so the whole comes first.
    for name, ext in ((local, ''), (bare, extension)):
        if exists(name):
            return Destination('post', name, ext)
        head, dash, command = name.rpartition('-')
        if dash and command in COMMANDS and exists(head):
            return Destination(command, head, ext)
    return None
