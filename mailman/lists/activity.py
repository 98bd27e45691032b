"""How busy a list is: posts per month, in lists/NAME/activity.json.

Each post that goes out is counted there, by month (UTC), for two years::

    {"2026-10": 41, "2026-11": 7}

The archive counts its articles the same way, in ``database/activity.json`` of its
directory, and knows the years before; where both know a month, the larger number is
shown: not every post is archived, and not every article was a post here.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mailman.storage import safefile

if TYPE_CHECKING:
    from mailman.lists.mailing_list import MailList
    from mailman.site import Site

FILE = 'activity.json'
_KEPT = 24


class Month(NamedTuple):
    """A month, ``2026-11``, and how many posts it had."""

    name: str
    posts: int


def count(mlist: MailList) -> None:
    """Count a post; the caller holds the list's lock."""
    path = mlist.directory / FILE
    months = _read(path)
    now = _name(mlist.site.now())
    months[now] = months.get(now, 0) + 1
    kept = dict(sorted(months.items())[-_KEPT:])
    # A post must not fail because of a picture.
    with suppress(OSError):
        safefile.write(path, json.dumps(kept).encode(), durable=False)


def last_months(site: Site, name: str, number: int = 12) -> list[Month]:
    """Give the posts of the last months, the present one last.

    Nothing is given of a list of 2.1 that had no post since: nobody has counted yet.
    """
    own = _read(Path(site.lists_dir) / name / FILE)
    archive = site.archives_private / name
    kept = _read(archive / 'database' / FILE)
    if not (own or kept) and (archive / 'pipermail.pck').exists():
        return []
    year, month = map(int, _name(site.now()).split('-'))
    found = []
    for back in reversed(range(number)):
        years, rest = divmod(month - 1 - back, 12)
        key = f'{year + years:04}-{rest + 1:02}'
        found.append(Month(key, max(own.get(key, 0), kept.get(key, 0))))
    return found


def _name(when: float) -> str:
    return time.strftime('%Y-%m', time.gmtime(when))


def _read(path: Path) -> dict[str, int]:
    try:
        found = json.loads(safefile.read(path))
    except (OSError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: n for key, n in found.items() if isinstance(n, int) and n >= 0}
