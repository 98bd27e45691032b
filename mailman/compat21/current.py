"""The site that code of 2.1's time is about: it knows only one, and no objects."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailman.site import Site

_sites: list[Site] = []


def set_site(site: Site) -> None:
    """Make this the site of the process."""
    _sites[:] = [site]


def site() -> Site:
    """Answer the site of the process; RuntimeError when there is none yet."""
    if not _sites:
        raise RuntimeError('mailman.compat21.register(site) has not been called')
    return _sites[0]
