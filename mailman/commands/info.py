"""info: what there is to know about the list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.commands.request import Request, Stop

HELP = N_("""\
info
    Says what this list is about, and where it is.
""")


def process(request: Request, args: list[str]) -> Stop | None:
    """Answer name, description, addresses and page of the list."""
    if args:
        return request.usage(HELP)
    mlist = request.mlist
    request.say('List name:    %(value)s', value=mlist.real_name)
    request.say('Description:  %(value)s', value=mlist.description)
    request.say('Posts to:     %(value)s', value=mlist.address())
    request.say('Commands to:  %(value)s', value=mlist.address('request'))
    request.say('Owner:        %(value)s', value=mlist.address('owner'))
    request.say('More is on:   %(value)s', value=mlist.url('listinfo'))
    return None
