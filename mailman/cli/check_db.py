"""bin/check_db: can the files that hold a list's settings and members be read?"""

from __future__ import annotations

import argparse
import os
from errno import ENOENT
from typing import TYPE_CHECKING

from mailman.cli.command import ENGLISH, Parser, cli_translator, list_name, progress
from mailman.errors import CorruptFile, UnsafePickle
from mailman.lists import catalog, store

if TYPE_CHECKING:
    from pathlib import Path

    from mailman.site import Site
    from mailman.site.i18n import Translator

WORKS_WITH_BROKEN_CONFIG = True

DESCRIPTION = """\
Read config.pck of each list, and the copy of the save before it, and say which file is
damaged.  Nothing is repaired: a list whose config.pck is damaged uses the copy by
itself, and says so in logs/error."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('check_db', DESCRIPTION, _)
    add = parser.add_argument
    add('-a', '--all', action='store_true', help=_('all lists of the site'))
    add('-v', '--verbose', action='store_true', help=_('name every file'))
    add('listname', nargs='*', type=list_name)
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 0 whatever is found, as 2.1."""
    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
    names = catalog.names(site) if options.all else options.listname
    if not names:
        print(_('Nothing to do.'))
    for name in progress(names, len(names), _('lists')):
        if not catalog.exists(site, name):
            print(_('No list named: %(name)s', name=name))
            continue
        if options.verbose:
            print(_('List: %(name)s', name=name))
        for file in catalog.CONFIG_FILES:
            _check(site.lists_dir / name / file, _, verbose=options.verbose)
    return 0


def _check(path: Path, _: Translator, *, verbose: bool) -> None:
    try:
        store.check(path)
    except FileNotFoundError:
        if verbose:
            print(f'    [Errno {ENOENT}] {os.strerror(ENOENT)}: {path}')
    except OSError as error:
        print(_('    %(path)s: ERROR: %(reason)s', path=path, reason=error.strerror))
    except (CorruptFile, UnsafePickle) as error:
        reason = error.reason if isinstance(error, CorruptFile) else error
        print(_('    %(path)s: ERROR: %(reason)s', path=path, reason=reason))
    else:
        if verbose:
            print(_('   %(path)s: okay', path=path))
