"""echo WORDS: answers the words, to see that mail comes through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.commands.request import STOP
from mailman.mail.headers import one_line

if TYPE_CHECKING:
    from mailman.commands.request import Request, Stop

HELP = ''


def process(request: Request, args: list[str]) -> Stop:
    """Answer the words."""
    request.show(one_line(' '.join(['echo', *args]), 200))
    return STOP
