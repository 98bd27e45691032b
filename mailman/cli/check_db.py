"""bin/check_db: can the files that hold a list's settings and members be read?"""

from __future__ import annotations

import argparse
import os
from errno import ENOENT
from typing import TYPE_CHECKING

from mailman.cli.command import Parser, list_name, progress
from mailman.errors import CorruptFile, UnsafePickle
from mailman.lists import catalog, store

if TYPE_CHECKING:
    from pathlib import Path

    from mailman.site import Site

WORKS_WITH_BROKEN_CONFIG = True

DESCRIPTION = """\
Read config.pck of each list, and the copy of the save before it, and say which file is
damaged.  Nothing is repaired: a list whose config.pck is damaged uses the copy by
itself, and says so in logs/error."""


def build_parser() -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('check_db', DESCRIPTION)
    add = parser.add_argument
    add('-a', '--all', action='store_true', help='all lists of the site')
    add('-v', '--verbose', action='store_true', help='name every file')
    add('listname', nargs='*', type=list_name)
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 0 whatever is found, as 2.1."""
    options = build_parser().parse_args(argv)
    names = catalog.names(site) if options.all else options.listname
    if not names:
        print('Nothing to do.')
    for name in progress(names, len(names), 'lists'):
        if not catalog.exists(site, name):
            print(f'No list named: {name}')
            continue
        if options.verbose:
            print(f'List: {name}')
        for file in catalog.CONFIG_FILES:
            _check(site.lists_dir / name / file, verbose=options.verbose)
    return 0


def _check(path: Path, *, verbose: bool) -> None:
    try:
        store.check(path)
    except FileNotFoundError:
        if verbose:
            print(f'    [Errno {ENOENT}] {os.strerror(ENOENT)}: {path}')
    except OSError as error:
        print(f'    {path}: ERROR: {error.strerror}')
    except (CorruptFile, UnsafePickle) as error:
        reason = error.reason if isinstance(error, CorruptFile) else error
        print(f'    {path}: ERROR: {reason}')
    else:
        if verbose:
            print(f'   {path}: okay')
