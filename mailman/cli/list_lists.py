"""bin/list_lists: name the site's lists."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mailman.cli.command import ENGLISH, Parser, cli_translator, open_lists, progress
from mailman.lists import catalog

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = 'List the mailing lists of this site, with their descriptions.'


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('list_lists', DESCRIPTION, _)
    add = parser.add_argument
    add('-a', '--advertised', action='store_true', help=_('only advertised lists'))
    add(
        '-p',
        '--public-archive',
        action='store_true',
        help=_('only with public archives'),
    )
    add('-b', '--bare', action='store_true', help=_('names only, one per line'))
    add(
        '-V',
        '--virtual-host-overview',
        metavar='DOMAIN',
        help=_('only lists of this web host (when VIRTUAL_HOST_OVERVIEW is on)'),
    )
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command."""
    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
    filtered = options.advertised or options.public_archive
    if options.bare and not filtered and not options.virtual_host_overview:
        for name in catalog.names(site):  # no need to open a list for its name
            print(name)
        return 0
    names = catalog.names(site)
    opened = open_lists(site, progress(names, len(names), _('lists')))
    lists = [mlist for mlist in opened if _wanted(mlist, options)]
    if options.bare:
        for mlist in lists:
            print(mlist.name)
        return 0
    _show(lists, _)
    return 0


def _wanted(mlist: MailList, options: argparse.Namespace) -> bool:
    if options.advertised and not mlist.advertised:
        return False
    if options.public_archive and mlist.archive_private:
        return False
    domain = options.virtual_host_overview
    if domain and mlist.site.cfg.VIRTUAL_HOST_OVERVIEW:
        return f'//{domain}/' in mlist.web_page_url
    return True


def _show(lists: list[MailList], _: Translator) -> None:
    if not lists:
        print(_('No matching mailing lists found'))
        return
    print(_('%(n)s matching mailing lists found:', n=len(lists)))
    longest = max(len(mlist.real_name) for mlist in lists)
    for mlist in lists:
        text = mlist.description.strip() or _('[no description available]')
        print(f'    {mlist.real_name:>{longest}} - {text[: 77 - longest]}')
