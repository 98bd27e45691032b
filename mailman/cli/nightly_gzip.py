"""cron/nightly_gzip: compress the archives' monthly texts for those who fetch them."""

from __future__ import annotations

import argparse
import gzip
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mailman.cli.command import (
    ENGLISH,
    Parser,
    choose_lists,
    cli_translator,
    fail,
    list_name,
)
from mailman.lists import catalog
from mailman.storage import safefile

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Write FILE.txt.gz beside each FILE.txt in the archives of the lists named, or of all,
where the text is newer.  Nothing is done with GZIP_ARCHIVE_TXT_FILES = Yes, which does
the same at every post."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('nightly_gzip', DESCRIPTION, _)
    parser.add_argument(
        '-v', '--verbose', action='store_true', help=_('name each file that is written')
    )
    parser.add_argument('listname', nargs='*', type=list_name)
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 1 when a list does not exist or a file cannot be written."""
    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
    if site.cfg.GZIP_ARCHIVE_TXT_FILES:
        return 0
    status = 0
    for name in choose_lists(site, options.listname):
        if not catalog.exists(site, name):
            status = fail(_('No such list: %(name)s', name=name))
            continue
        for path in _texts(site.archives_private / name):
            try:
                if _compress(path) and options.verbose:
                    print(_('gzipped archive file: %(path)s', path=path))
            except OSError as error:
                status = fail(f'{path}: {error.strerror}')
    return status


def _texts(directory: Path) -> list[Path]:
    """Answer the texts right in an archive; attachments are none."""
    found = directory.glob('*.txt')
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def _compress(path: Path) -> bool:
    """Write the compressed twin of a text that is older than the text, or missing."""
    target = path.with_name(path.name + '.gz')
    stamp = path.stat()
    try:
        if target.stat().st_mtime_ns >= stamp.st_mtime_ns:
            return False
    except FileNotFoundError:
        pass
    temporary = safefile.temporary_name(target)
    try:
        with open(path, 'rb') as text, gzip.open(temporary, 'xb', 6) as packed:
            shutil.copyfileobj(text, packed, 1 << 20)
        os.chmod(temporary, 0o664)
        # The text's time, so that what is added while we read counts as newer.
        os.utime(temporary, ns=(stamp.st_atime_ns, stamp.st_mtime_ns))
        os.rename(temporary, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    return True
