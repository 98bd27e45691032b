"""What was done, told on the page that follows a change.

A change is answered by a redirect (303), so that reloading repeats nothing.  What there
is to say waits in a file ``data/notices/ID.json`` for the browser that has its random
name in a cookie; it is shown once.
"""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mailman.storage import safefile

if TYPE_CHECKING:
    from mailman.site import Site

COOKIE = 'mailman-notice'
# Seconds after which nobody comes for a notice any more.
LIFE = 600
DONE, WARNING, ERROR = 'done', 'warning', 'error'


@dataclass
class Notice:
    """A sentence, and perhaps what it is about: addresses, settings.

    ``field`` is the id of the form control that an error is about.
    """

    text: str
    kind: str = DONE
    items: list[str] = field(default_factory=list)
    field: str = ''


def keep(site: Site, notices: list[Notice]) -> str:
    """Keep notices for the next page; give the name for the cookie."""
    directory = _directory(site)
    if not directory.is_dir():
        directory.mkdir(mode=0o2770, parents=True, exist_ok=True)
        with suppress(PermissionError):
            directory.chmod(0o2770)
    _forget_old(site, directory)
    name = secrets.token_hex(16)
    text = json.dumps([asdict(one) for one in notices])
    safefile.write(directory / f'{name}.json', text.encode(), durable=False)
    return name


def take(site: Site, name: str) -> list[Notice]:
    """Give the notices of this name, once."""
    if len(name) != 32 or not name.isalnum() or not name.isascii():
        return []
    path = _directory(site) / f'{name}.json'
    try:
        found = json.loads(safefile.read(path))
        os.unlink(path)
        return [Notice(**one) for one in found]
    except (OSError, ValueError, TypeError):
        return []


def _directory(site: Site) -> Path:
    return site.data_dir / 'notices'


def _forget_old(site: Site, directory: Path) -> None:
    limit = site.now() - LIFE
    with os.scandir(directory) as entries:
        for entry in entries:
            with suppress(OSError):
                if entry.stat(follow_symlinks=False).st_mtime < limit:
                    os.unlink(entry)
