"""Addresses of a list's pages and archive, from the few settings that they follow.

For a list, and for its `overview`, which is not the whole list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:
    from mailman.site import Site


def page(
    site: Site, base: str, name: str, program: str, extra: tuple[str, ...], whole: bool
) -> str:
    """Give the address of a list's page below ``base``; ``extra`` are further parts.

    Not whole means without scheme and host.
    """
    if not whole:
        base = urlsplit(base).path or '/'
    if not base.endswith('/'):
        base += '/'
    parts = [quote(part, safe='') for part in (name, *extra)]
    # A list name may have a plus sign, which is no trouble in a path.
    parts[0] = parts[0].replace('%2B', '+')
    return f'{base}{program}{site.cfg.CGIEXT}/' + '/'.join(parts)


def public_archive(site: Site, base: str, name: str) -> str:
    """Give the address of a list's public archive, ending with a slash."""
    values = {'listname': name, 'hostname': urlsplit(base).netloc}
    url = str(site.cfg.PUBLIC_ARCHIVE_URL) % values
    return url if url.endswith('/') else url + '/'
