"""The files that a list gives away by mail, for ``index`` and ``get``.

Two kinds, by their plain names::

    lists/LIST/files/NAME                 what the owner has put there
    archives/private/LIST/VOLUME.txt      a volume of the archive, also .txt.gz
    archives/private/LIST.mbox/LIST.mbox  all of it

Where the archive is private, both are for members only, which is safe because they go
to the member's own address.  A name is one step of a path, links are not followed, and
what is large is not mailed: a From can be forged.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailman.commands.request import Request
    from mailman.lists import MailList

FOLDER = 'files'
# Bytes of all files in one answer.
LARGEST, LARGEST_FOR_STRANGERS = 1_000_000, 100_000

_NAME = re.compile(r'[A-Za-z0-9][A-Za-z0-9._+@-]{0,99}', re.ASCII)
_VOLUME = re.compile(r'[A-Za-z0-9-]+\.txt(?:\.gz)?', re.ASCII)


def allowed(request: Request) -> bool:
    """Tell whether the sender may have files of this list."""
    mlist = request.mlist
    return not mlist.archive_private or mlist.is_member(request.sender)


def limit(request: Request) -> int:
    """Return how many bytes one answer to the sender may have."""
    is_member = request.mlist.is_member(request.sender)
    return LARGEST if is_member else LARGEST_FOR_STRANGERS


def offered(mlist: MailList) -> dict[str, Path]:
    """Return what there is: paths by name, the owner's own files first."""
    found: dict[str, Path] = {}
    for path in _candidates(mlist):
        if path.name not in found and _size(path) is not None:
            found[path.name] = path
    return found


def _candidates(mlist: MailList) -> Iterator[Path]:
    yield from _entries(mlist.directory / FOLDER, _NAME)
    private = mlist.site.archives_private
    yield from _entries(private / mlist.name, _VOLUME)
    yield private / f'{mlist.name}.mbox' / f'{mlist.name}.mbox'


def _entries(folder: Path, pattern: re.Pattern[str]) -> list[Path]:
    try:
        names = os.listdir(folder)
    except OSError:
        return []
    return [folder / name for name in sorted(names) if pattern.fullmatch(name)]


def _size(path: Path) -> int | None:
    """Return the size of a plain file, None for all else."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def size(path: Path) -> int:
    """Return the size of a file, 0 if it went away."""
    return _size(path) or 0


def read(path: Path, most: int) -> bytes | None:
    """Return a file's bytes; None for what is larger, no plain file, or unreadable."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        with open(os.open(path, flags), 'rb') as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode) or about.st_size > most:
                return None
            data = file.read(most + 1)
    except OSError:
        return None
    return data if len(data) <= most else None
