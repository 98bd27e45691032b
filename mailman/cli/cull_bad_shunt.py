"""cron/cull_bad_shunt: clear the queues bad and shunt of what nobody came for."""

from __future__ import annotations

import argparse
import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from mailman.cli.command import ENGLISH, Parser, cli_translator, fail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Remove what has lain in the queues bad and shunt for longer than BAD_SHUNT_STALE_AFTER
seconds (0: for ever).  Where BAD_SHUNT_ARCHIVE_DIRECTORY is set, it is moved there."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    return Parser('cull_bad_shunt', DESCRIPTION, _)


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 1 when something could not be moved or removed."""
    _ = cli_translator(site)
    build_parser(_).parse_args(argv)
    seconds = site.cfg.BAD_SHUNT_STALE_AFTER
    if seconds <= 0:
        return 0
    limit = site.now() - seconds
    archive = site.cfg.BAD_SHUNT_ARCHIVE_DIRECTORY
    status = 0
    for name in ('bad', 'shunt'):
        gone = 0
        for path in list(_stale(site.queue_dir(name), limit)):
            try:
                _cull(path, Path(archive) if archive else None)
                gone += 1
            except OSError as error:
                status = fail(f'{path}: {error.strerror}')
        if gone:
            what = f'moved to {archive}' if archive else 'removed'
            text = f'{gone} files in {name} older than {seconds} seconds {what}'
            site.log.write('vette', text, label='cull_bad_shunt')
    return status


def _stale(directory: Path, limit: float) -> Iterator[Path]:
    """Yield what has not changed since LIMIT; folders are left for a person."""
    try:
        names = os.listdir(directory)
    except FileNotFoundError:
        return
    for name in names:
        try:
            found = os.lstat(directory / name)
        except FileNotFoundError:
            continue
        # The change time: moving into the queue counts, and mtime stays as it was then.
        if not stat.S_ISDIR(found.st_mode) and found.st_ctime < limit:
            yield directory / name


def _cull(path: Path, archive: Path | None) -> None:
    if archive is None:
        path.unlink(missing_ok=True)
        return
    archive.mkdir(mode=0o2770, parents=True, exist_ok=True)
    target, number = archive / path.name, 0
    while os.path.lexists(target):
        number += 1
        target = archive / f'{path.name}.{number}'
    shutil.move(path, target)  # the archive may be on another disk
