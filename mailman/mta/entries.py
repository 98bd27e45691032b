"""The ten addresses of a list as alias lines: 2.1's block, which sites' tools parse.

``NAME: "|WRAPPER_DIR/mailman post NAME"`` and so on; the values stand in one column.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailman.mta.localpart import COMMANDS

if TYPE_CHECKING:
    from mailman.site import Site

# What no shell acts upon; every name has only these unless the site allows more.
_PLAIN = re.compile(r'[-+_.=a-zA-Z0-9]+')


def local_parts(name: str) -> list[tuple[str, str]]:
    """Answer (local part, mail/mailman command) of a list's ten addresses, in order."""
    return [(name, 'post'), *((f'{name}-{word}', word) for word in COMMANDS)]


def alias_lines(site: Site, name: str, *, separators: int = 0) -> list[str]:
    """Answer the alias lines of a list; more ``separators`` move the column right."""
    program = f'{site.cfg.WRAPPER_DIR}/mailman'
    width = len(name) + len('-unsubscribe') + 2 + separators
    # A backslash, as 2.1 wrote it, is taken away before the shell sees it.
    quoted = name if _PLAIN.fullmatch(name) else f"'{name}'"
    return [
        f'{local + ":":{width}}"|{program} {command} {quoted}"'
        for local, command in local_parts(name)
    ]
