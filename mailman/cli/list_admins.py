"""bin/list_admins: who owns a list."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mailman.cli.command import ENGLISH, Parser, cli_translator, list_name
from mailman.errors import ListError
from mailman.lists import MailList, catalog

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = 'Print the owners of the named lists, one line for each list.'


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('list_admins', DESCRIPTION, _)
    add = parser.add_argument
    add('-a', '--all', action='store_true', help=_('all lists of the site'))
    add('-v', '--all-vhost', metavar='VHOST', help=_('all lists of this mail host'))
    add('listname', nargs='*', type=list_name)
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 0 also for an unknown list, as 2.1."""
    _ = cli_translator(site)
    parser = build_parser(_)
    options = parser.parse_args(argv)
    every = options.all or options.all_vhost
    if not every and not options.listname:
        parser.error(_('which list?  Name one, or use -a'))
    for name in catalog.names(site) if every else options.listname:
        try:
            mlist = MailList.open(site, name)
        except ListError:
            print(_('No such list: %(name)s', name=name))
            continue
        if options.all_vhost and options.all_vhost != mlist.host_name:
            continue
        print(
            _(
                'List: %(name)s, \tOwners: %(names)s',
                name=name,
                names=', '.join(mlist.owner),
            )
        )
    return 0
