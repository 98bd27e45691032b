"""index: the files that ``get`` sends (a word of Majordomo)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.commands import files
from mailman.commands.majordomo import own_arguments
from mailman.commands.request import STOP
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.commands.request import Request, Stop

HELP = N_("""\
index
    Names the files of the list and the volumes of its archive.
""")
MOST = 500


def process(request: Request, args: list[str]) -> Stop | None:
    """Answer names and sizes."""
    rest = own_arguments(request, args)
    if rest is None:
        return STOP
    if rest:
        return request.usage(HELP)
    if not files.allowed(request):
        request.say('The files of this list are for its members only.')
        return STOP
    found = files.offered(request.mlist)
    if not found:
        request.say('This list has no files.')
        return None
    request.say('Size in bytes, and name:')
    for name, path in list(found.items())[:MOST]:
        request.show(f'{files.size(path):12d}  {name}')
    return None
