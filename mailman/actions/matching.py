"""Owner-written lists of addresses: plain, ``^regexp``, or ``@listname``.

2.1's GetPattern.  Plain entries are compared ignoring case; a regexp is searched
ignoring case and cannot stop a runner (`mailman.mail.patterns`); ``@listname`` means
the members of another list of this site.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mailman import errors
from mailman.lists import MailList
from mailman.mail import patterns

if TYPE_CHECKING:
    from mailman.site import Site


def matching_entry(
    mlist: MailList, address: str, entries: Iterable[str], setting: str, *, lists: bool
) -> str | None:
    """Give the entry that the address falls under; None for none.

    ``setting`` is the attribute's name, for the log; ``lists`` allows ``@listname``.
    """
    address = address.strip().lower()
    if not address:
        return None
    entries = [str(entry).strip() for entry in entries]
    special = []
    # Plain addresses are cheap, so they all come first.
    for entry in entries:
        if entry[:1] in ('^', '@'):
            special.append(entry)
        elif entry.lower() == address:
            return entry
    for entry in special:
        if entry.startswith('^'):
            found = patterns.search(
                entry, address, re.IGNORECASE, report=reporter(mlist, setting)
            )
        else:
            found = lists and _is_member_of(mlist, entry, address, setting)
        if found:
            return entry
    return None


def reporter(mlist: MailList, setting: str, log: str = 'error') -> patterns.Report:
    """Give what writes a line about a bad pattern of this setting to a log."""
    site: Site = mlist.site

    def report(why: str) -> None:
        site.log.write(log, f'{mlist.name}: {setting}: {why}')

    return report


def _is_member_of(mlist: MailList, entry: str, address: str, setting: str) -> bool:
    name = entry[1:].strip().lower()
    report = reporter(mlist, setting)
    if name == mlist.name:
        report(f'{entry} is this list itself')
        return False
    try:
        return MailList.open(mlist.site, name).is_member(address)
    except errors.ListError as error:
        report(f'{entry} cannot be looked into: {error}')
        return False
