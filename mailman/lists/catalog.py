"""Which lists there are, and which names a list may have."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailman.site import Site

# A directory is a list when it has one of these (2.1 looks for the same).
CONFIG_FILES = ('config.pck', 'config.pck.last', 'config.db', 'config.db.last')
# The name becomes a file name, with "-bounces" and more in a mail address.
LONGEST_NAME = 128
_PLAIN = re.compile(r'[-a-zA-Z0-9!#$%&*+=?^_`{|}~.;]+')


def names(site: Site) -> list[str]:
    """Return the names of all lists, sorted."""
    try:
        found = os.listdir(site.lists_dir)
    except FileNotFoundError:
        return []
    return sorted(name for name in found if exists(site, name))


def exists(site: Site, name: str) -> bool:
    """Tell whether there is a list of this name, which is in lower case."""
    if not good_name(name, site):
        return False
    directory = os.path.join(site.lists_dir, name)
    return any(os.path.lexists(os.path.join(directory, f)) for f in CONFIG_FILES)


def good_name(name: str, site: Site) -> bool:
    """Tell whether a list may have this name; asked before any path is made of it.

    The site says which characters (ACCEPTABLE_LISTNAME_CHARACTERS); whatever it says,
    only what mail/mailman takes: a bare local part's (RFC 5322 atext and dots, ASCII)
    without slash, leading dot, and the two quotation marks of alias files' shells.
    """
    if not 0 < len(name) <= LONGEST_NAME or name.startswith('.'):
        return False
    if not _PLAIN.fullmatch(name):
        return False
    pattern = f'(?:{site.cfg.ACCEPTABLE_LISTNAME_CHARACTERS})+'
    try:
        return re.fullmatch(pattern, name, re.IGNORECASE | re.ASCII) is not None
    except re.error:
        return False
