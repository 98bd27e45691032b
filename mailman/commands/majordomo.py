"""What the words of Majordomo share: it names the list in front of the arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.lists import catalog

if TYPE_CHECKING:
    from mailman.commands.request import Request


def own_arguments(request: Request, args: list[str]) -> list[str] | None:
    """Take this list's name off the arguments.

    None, with an answer, where they name another list of this site in its place.
    """
    if not args:
        return args
    mlist = request.mlist
    name = args[0].lower().removesuffix(f'@{mlist.host_name.lower()}')
    if name == mlist.name:
        return args[1:]
    if len(args) > 1 and catalog.exists(mlist.site, name):
        request.say(
            'This is the list %(listname)s. For another one, write to its own address: '
            'its name, and then -request.',
            listname=mlist.real_name,
        )
        return None
    return args
