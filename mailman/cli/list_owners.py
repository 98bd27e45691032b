"""bin/list_owners: the owners of some lists, or of all."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mailman.cli.command import (
    ENGLISH,
    Parser,
    choose_lists,
    cli_translator,
    list_name,
    open_list,
)

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = 'Print the addresses of the owners of the named lists, or of all lists.'


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('list_owners', DESCRIPTION, _)
    add = parser.add_argument
    add('-w', '--with-listnames', action='store_true', help=_('group them by list'))
    add('-m', '--moderators', action='store_true', help=_('moderators too'))
    add('listname', nargs='*', type=list_name)
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 1 when a list does not exist."""
    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
    everybody: set[str] = set()
    status = 0
    for name in choose_lists(site, options.listname):
        mlist = open_list(site, name)
        if mlist is None:
            status = 1
            continue
        people = set(mlist.owner)
        if options.moderators:
            people |= set(mlist.moderator)
        everybody |= people
        if options.with_listnames:
            print(name)
            for address in sorted(people):
                print(f'\t{address}')
    if not options.with_listnames:
        for address in sorted(everybody):
            print(address)
    return status
