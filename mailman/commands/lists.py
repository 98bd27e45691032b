"""lists: the lists of this site that are shown to everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailman.errors import ListError
from mailman.lists import MailList, catalog
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.commands.request import Request, Stop

HELP = N_("""\
lists
    Names the public lists at this place.
""")


def process(request: Request, args: list[str]) -> Stop | None:
    """Number the advertised lists of the host, or of all hosts."""
    if args:
        return request.usage(HELP)
    mlist = request.mlist
    request.say('Public lists at %(host)s:', host=mlist.host_name)
    number = 0
    for other in of_host(mlist):
        if not other.advertised:
            continue
        number += 1
        request.show(f'{number:3d}. {other.real_name}')
        request.say('     Description: %(value)s', value=other.description)
        request.say('     Commands to: %(value)s', value=other.address('request'))
    if not number:
        request.say('There are none.')
    return None


def of_host(mlist: MailList) -> Iterator[MailList]:
    """Yield the lists of this host, or with VIRTUAL_HOST_OVERVIEW off, of the site.

    One that cannot be read is left out.
    """
    site = mlist.site
    for name in catalog.names(site):
        try:
            other = mlist if name == mlist.name else MailList.open(site, name)
        except ListError:
            continue
        same = other.host_name.lower() == mlist.host_name.lower()
        if same or not site.cfg.VIRTUAL_HOST_OVERVIEW:
            yield other
