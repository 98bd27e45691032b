"""The front page of an archive that nothing is in yet, made with its list."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from mailman.archive import files
from mailman.archive.pages import Pages

if TYPE_CHECKING:
    from mailman.lists import MailList


def start(mlist: MailList) -> None:
    """Write the front page, unless there is one; what goes wrong is logged only."""
    root = mlist.site.archives_private / mlist.name
    try:
        if not (root / 'index.html').exists():
            files.write(root / 'index.html', Pages(mlist).empty())
            style = mlist.site.templates_dir / 'web' / 'style.css'
            with suppress(FileNotFoundError):
                files.write_if_other(root / 'style.css', style.read_bytes())
    except OSError as error:
        mlist.log('error', f'cannot write the front page of the archive: {error}')
