"""end, stop: the rest of the mail is not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.commands.request import STOP
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.commands.request import Request, Stop

HELP = N_("""\
end
stop
    What follows is not read. Of use where your mail program adds a signature.
""")


def process(request: Request, args: list[str]) -> Stop:
    """Read no further."""
    return STOP
