"""approve PASSWORD subscribe LIST ADDRESS: Majordomo's way, which is refused.

The password of a list does not belong into a mail, and the From of a mail proves
nothing.  The answer names the ways there are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.commands.request import STOP

if TYPE_CHECKING:
    from mailman.commands.request import Request, Stop

HELP = ''


def process(request: Request, args: list[str]) -> Stop:
    """Refuse, and say what to do instead."""
    mlist = request.mlist
    request.secrets.update(args[:1])
    request.say(
        'Members are not added or removed by "approve": your mail would carry the '
        'password of the list\nthrough the network. Change that password if it was '
        'in the mail you sent. Instead use the page'
    )
    request.show(f'    {mlist.url("admin", "members")}')
    request.say(
        'or, on the server itself, bin/add_members and bin/remove_members. Whoever '
        'wants to join or\nleave alone writes to %(join)s or %(leave)s.',
        join=mlist.address('join'),
        leave=mlist.address('leave'),
    )
    return STOP
