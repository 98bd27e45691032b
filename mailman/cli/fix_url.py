"""bin/fix_url.py: give a list another web host and mail host; run by bin/withlist."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mailman.cli.command import ENGLISH, Parser, cli_translator

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Move a list to another web host and mail host.  It is run by withlist:

    bin/withlist -l -r fix_url LISTNAME [-u HOST] [-v]

The list's pages are then at DEFAULT_URL_PATTERN with the web host filled in, and its
mail host is what VIRTUAL_HOSTS has for that, or else the same host.  Without -u: the
site's DEFAULT_URL_HOST and DEFAULT_EMAIL_HOST.  Run bin/genaliases afterwards."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the parser of what stands behind the list's name."""
    parser = Parser('fix_url.py', DESCRIPTION, _)
    add = parser.add_argument
    add('-u', '--urlhost', metavar='HOST', help=_('the new web host'))
    add('-v', '--verbose', action='store_true', help=_('say what is done'))
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Show how to run it: alone it does nothing."""
    parser = build_parser(cli_translator(site))
    parser.parse_args(argv)
    parser.print_help()
    return 0


def fix_url(mlist: MailList, *words: str) -> None:
    """Set web_page_url and host_name, save the list, and unlock it."""
    site = mlist.site
    _ = cli_translator(site)
    options = build_parser(_).parse_args(words)
    web = options.urlhost or site.cfg.DEFAULT_URL_HOST
    hosts = site.cfg.VIRTUAL_HOSTS
    mail = hosts.get(web.lower(), web) if options.urlhost else None
    host = mail or site.cfg.DEFAULT_EMAIL_HOST
    url = site.cfg.DEFAULT_URL_PATTERN % web

    def say(text: str) -> None:
        if options.verbose:
            print(text)

    if not mlist.locked:
        say(_('Locking list'))
    with mlist.lock():
        say(_('Setting web_page_url to: %(url)s', url=url))
        mlist.web_page_url = url
        say(_('Setting host_name to: %(host)s', host=host))
        mlist.host_name = host
        say(_('Saving list'))
        mlist.save()
