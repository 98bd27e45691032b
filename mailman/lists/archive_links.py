"""Where a list's archive is, and the links that make it public.

``archives/public/LIST`` exists while the archive is public; whether it is shown is so
decided at each save, and a web server needs no more than the folder.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mailman.storage import safefile

if TYPE_CHECKING:
    from mailman.lists.mailing_list import MailList


def make_archive(mlist: MailList) -> None:
    """Make the directories for a new list's archive and its mbox."""
    private = mlist.site.archives_private
    make_directory(private, 0o2770)
    make_directory(private / mlist.name, 0o2775)
    make_directory(private / f'{mlist.name}.mbox', 0o2775)


def make_directory(path: Path, mode: int) -> None:
    """Make a directory with exactly this mode, whatever the umask; an old one stays."""
    try:
        path.mkdir()
    except FileExistsError:
        return
    except FileNotFoundError:
        make_directory(path.parent, 0o2775)
        path.mkdir()
    with suppress(PermissionError):
        path.chmod(mode)


def update(mlist: MailList) -> None:
    """Make or remove the public links, as the list's settings say."""
    site, public = mlist.site, not mlist.archive_private
    target = site.archives_private / mlist.name
    link = site.archives_public / mlist.name
    mbox = f'{mlist.name}.mbox'
    both = public and bool(site.cfg.PUBLIC_MBOX)
    try:
        _set(link, target, public)
        _set(site.archives_public / mbox, site.archives_private / mbox, both)
    except OSError as error:
        mlist.log('error', f'cannot change the link to the archive: {error}')


def _set(link: Path, target: Path, wanted: bool) -> None:
    present = os.readlink(link) if link.is_symlink() else None
    if not wanted:
        if present is not None:
            link.unlink()
        return
    if present == str(target) or (present is None and os.path.lexists(link)):
        return
    make_directory(link.parent, 0o2775)
    temporary = safefile.temporary_name(link)
    os.symlink(target, temporary)
    os.rename(temporary, link)
