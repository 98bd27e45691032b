"""intro: what new members are told about the list (a word of Majordomo)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.commands import info
from mailman.commands.majordomo import own_arguments
from mailman.commands.request import STOP
from mailman.mail import htmltext
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.commands.request import Request, Stop

HELP = N_("""\
intro
    Sends what the owner of the list says about it.
""")
LONGEST = 20_000


def process(request: Request, args: list[str]) -> Stop | None:
    """Answer the list's introduction, and what ``info`` says."""
    rest = own_arguments(request, args)
    if rest is None:
        return STOP
    if rest:
        return request.usage(HELP)
    text = htmltext.plain(str(request.mlist.info))[:LONGEST].strip()
    if text:
        request.results += [*text.split('\n'), '']
    return info.process(request, [])
