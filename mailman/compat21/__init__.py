"""What site code written for 2.1 imports as ``Mailman``: handlers, withlist scripts.

Such code says ``from Mailman import mm_cfg, Utils, Errors`` and calls a list's methods
by their 2.1 names.  ``register`` makes both work, for one site per process, as it was.
Faces that run site code call it when they start; nothing below knows these modules.
They are imported when first asked for.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailman.site import Site


def register(site: Site) -> None:
    """Let site code in this process import ``Mailman.*``, about this site."""
    from mailman.compat21 import current, finder, listnames

    current.set_site(site)
    listnames.install()
    if finder.FINDER not in sys.meta_path:
        # First: a folder called Mailman on the path, the site's own, is no package.
        sys.meta_path.insert(0, finder.FINDER)
