"""bin/rmlist: remove a mailing list."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mailman.actions import aliases, lifecycle
from mailman.cli.command import Parser, fail, list_name
from mailman.errors import AliasError, ConfigError
from mailman.lists import catalog
from mailman.storage.locks import Lock

if TYPE_CHECKING:
    from mailman.site import Site

DESCRIPTION = """\
Remove a list: its members, settings and held mail.  There is no way back.
Its archives stay unless -a is given; -a also removes what an earlier rmlist left."""


def build_parser() -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('rmlist', DESCRIPTION)
    parser.add_argument('-a', '--archives', action='store_true', help='archives too')
    parser.add_argument('listname', type=list_name)
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 1 for an unknown list without -a, or when something stays."""
    options = build_parser().parse_args(argv)
    name = options.listname
    if not catalog.good_name(name, site):
        return fail(f'No such list (or list already deleted): {name}')
    exists = catalog.exists(site, name)
    if not exists:
        if not options.archives:
            return fail(f'No such list (or list already deleted): {name}')
        print(f'No such list: {name}.  Removing its residual archives.')
    elif not options.archives:
        print('Not removing archives.  Reinvoke with -a to remove them.')
    with Lock(site.locks_dir / 'creator'):
        # First the mail server must stop sending mail here, then the list goes.
        if exists:
            try:
                aliases.removed(site, name)
            except (AliasError, ConfigError) as error:
                return fail(f'The list {name} was not removed.\n{error}')
        return _remove(site, name, archives=options.archives)


def _remove(site: Site, name: str, *, archives: bool) -> int:
    status = 0
    for what, path in lifecycle.belongings(site, name, archives=archives):
        if path.is_dir() and not path.is_symlink():
            print(f'Removing {what}')
        try:
            there = lifecycle.remove_path(path)
        except OSError as error:
            status = fail(f'Cannot remove {path}: {error.strerror}')
            continue
        if not there and what != 'list info':
            print(f'{name} {what} not found as {path}')
    return status
