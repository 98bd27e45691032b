"""What overviews of all lists show of each: lists/NAME/overview.json.

A config.pck holds all members, so an overview must not read five hundred of them.  Each
save of a list writes the few settings that overviews need beside it, with the stamp of
the config.pck they are from::

    {"stamp": [inode, mtime_ns, size], "real_name": "Dev", "advertised": 1, ...}

They count while config.pck has that stamp.  Else the list is read, and the file written
anew where that can be done: it holds nothing that could be lost.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailman.errors import ListError
from mailman.lists import catalog, store
from mailman.storage import safefile

if TYPE_CHECKING:
    from mailman.lists.mailing_list import MailList
    from mailman.site import Site

FILE = 'overview.json'
TEXTS = (
    'real_name',
    'description',
    'host_name',
    'web_page_url',
    'preferred_language',
)
NUMBERS = ('advertised', 'archive', 'archive_private', 'subscribe_policy')


@dataclass(slots=True)
class Overview:
    """One list, as far as overviews show it."""

    site: Site
    name: str
    real_name: str
    description: str
    host_name: str
    web_page_url: str
    preferred_language: str
    advertised: int
    archive: int
    archive_private: int
    subscribe_policy: int

    @property
    def web_host(self) -> str:
        """The host of the list's pages, without a port, in lower case."""
        from urllib.parse import urlsplit  # start-up time: not all lists' users look

        return urlsplit(self.web_page_url).hostname or ''

    def url(self, program: str, *extra: str, absolute: bool = True) -> str:
        """Give the address of one of the list's pages, as MailList.url does."""
        from mailman.lists import links  # as above

        base = self.web_page_url
        return links.page(self.site, base, self.name, program, extra, absolute)

    def archive_url(self) -> str:
        """Give the address of the list's archive, ending with a slash."""
        if self.archive_private:
            return self.url('private') + '/'
        from mailman.lists import links  # as above

        return links.public_archive(self.site, self.web_page_url, self.name)


def shown(site: Site, host: str) -> list[Overview]:
    """Give the lists that overviews show to whoever asked for this host, by name.

    2.1's rule: advertised ones, of this host alone where VIRTUAL_HOST_OVERVIEW is on.
    """
    everywhere = not site.cfg.VIRTUAL_HOST_OVERVIEW
    found = [
        one
        for one in all_lists(site)
        if one.advertised and (everywhere or one.web_host == host)
    ]
    return sorted(found, key=lambda one: one.real_name.lower())


def all_lists(site: Site) -> Iterator[Overview]:
    """Give all lists that can be read; the error log has the others."""
    for name in catalog.names(site):
        with suppress(ListError):
            yield of(site, name)


def of(site: Site, name: str) -> Overview:
    """Give one list's; raises UnknownList, CorruptList."""
    directory = Path(site.lists_dir) / name
    found = _read(directory)
    if found is not None:
        return Overview(site, name, **found)
    from mailman.lists.mailing_list import MailList  # it writes what is read here

    mlist = MailList.open(site, name)
    write(mlist, mlist.loaded_stamp)
    return Overview(site, name, **_values(mlist))


def _read(directory: Path) -> dict[str, Any] | None:
    """Give what the file says, None when it is not about today's config.pck."""
    try:
        found = json.loads(safefile.read(directory / FILE))
        stamp = store.stamp(directory / 'config.pck')
        if stamp is None or tuple(found['stamp']) != stamp:
            return None
        values: dict[str, Any] = {name: found[name] for name in (*TEXTS, *NUMBERS)}
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None
    good = all(isinstance(values[name], str) for name in TEXTS)
    return values if good else None


def write(mlist: MailList, stamp: store.Stamp | None) -> None:
    """Write a list's overview, which is from the config.pck of this stamp."""
    if stamp is None or not any(stamp):
        return
    content = json.dumps({'stamp': stamp, **_values(mlist)}).encode()
    # A list whose directory takes no file is read each time; nobody need care.
    with suppress(OSError):
        safefile.write(mlist.directory / FILE, content, durable=False)


def _values(mlist: MailList) -> dict[str, Any]:
    texts = {name: str(getattr(mlist, name)) for name in TEXTS}
    return texts | {name: int(getattr(mlist, name) or 0) for name in NUMBERS}
