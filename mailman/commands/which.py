"""which: the lists that one is a member of (a word of Majordomo).

Majordomo told anybody about any address.  Here it is about the address that writes,
and the answer goes to that address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.commands.lists import of_host
from mailman.commands.request import STOP
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.commands.request import Request, Stop

HELP = N_("""\
which
    Names the lists at this place that you are a member of.
""")


def process(request: Request, args: list[str]) -> Stop | None:
    """Name the sender's lists."""
    if len(args) > 1 or (args and args[0].lower() != request.sender):
        request.say('You can ask about the address that you write from only.')
        return STOP
    request.say('Lists with the member %(address)s:', address=request.sender)
    found = [one for one in of_host(request.mlist) if one.is_member(request.sender)]
    for mlist in found:
        request.show(f'    {mlist.real_name} <{mlist.address()}>')
    if not found:
        request.say('There are none.')
    return None
