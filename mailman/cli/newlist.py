"""bin/newlist: make a mailing list."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import TYPE_CHECKING

from mailman.actions import aliases, lifecycle
from mailman.cli.command import ENGLISH, Parser, cli_translator, fail, told
from mailman.errors import (
    AliasError,
    BadAddress,
    BadListName,
    ConfigError,
    ListExists,
)
from mailman.storage.locks import Lock

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Make a new mailing list.  What is not given on the command line is asked for.

LISTNAME may be NAME@HOST: HOST is then its web host, and with VIRTUAL_HOSTS or -e its
mail host follows.  OWNER is the address of its administrator, PASSWORD theirs."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('newlist', DESCRIPTION, _)
    add = parser.add_argument
    add('-l', '--language', metavar='CODE', help=_("the list's language"))
    add('-u', '--urlhost', metavar='HOST', default='', help=_("the list's web host"))
    add('-e', '--emailhost', metavar='HOST', default='', help=_("the list's mail host"))
    add(
        '-q',
        '--quiet',
        action='store_true',
        help=_('no question, no mail to the owner'),
    )
    add('-a', '--automate', action='store_true', help=_('no question, but the mail'))
    add('listname', nargs='?', metavar='LISTNAME')
    add('owner', nargs='?', metavar='OWNER')
    add('password', nargs='?', metavar='PASSWORD')
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 1 when the list cannot be made."""
    _ = cli_translator(site)
    parser = build_parser(_)
    options = parser.parse_args(argv)
    language = options.language or site.cfg.DEFAULT_SERVER_LANGUAGE
    if language not in site.languages():
        return fail(_('Unknown language: %(language)s', language=language))
    name = options.listname or input(_('Enter the name of the list: '))
    name, at, listhost = name.strip().lower().partition('@')
    owner = options.owner or input(
        _('Enter the email of the person running the list: ')
    )
    password = options.password or getpass.getpass(
        _('Initial %(name)s password: ', name=name)
    )
    if not password:
        return fail(_('The list password cannot be empty'))
    hosts = lifecycle.hosts_for(
        site, listhost=listhost, urlhost=options.urlhost, emailhost=options.emailhost
    )
    status = 0
    try:
        aliases.writer(site)  # before the list is made: is MTA something we know?
        with Lock(site.locks_dir / 'creator'):
            mlist = lifecycle.create_list(
                site, name, owner, password, hosts=hosts, language=language
            )
            status = _announce(mlist)
    except ConfigError as error:
        return fail(told(error, _))
    except BadListName as error:
        return fail(_('Illegal list name: %(error)s', error=told(error, _)))
    except ListExists:
        return fail(_('List already exists: %(name)s', name=name))
    except BadAddress as error:
        return fail(_('Bad owner email address: %(error)s', error=told(error, _)))
    if not options.quiet:
        _tell_owner(mlist, owner, password, wait=not options.automate)
    return status


def _announce(mlist: MailList) -> int:
    """Tell the mail server; what goes wrong there does not take the list back."""
    _ = cli_translator(mlist.site)
    try:
        aliases.added(mlist)
    except AliasError as error:
        return fail(
            _(
                'The list %(list)s is made, but no mail reaches it yet.\n%(error)s',
                list=mlist.name,
                error=told(error, _),
            )
        )
    return 0


def _tell_owner(mlist: MailList, owner: str, password: str, *, wait: bool) -> None:
    _ = cli_translator(mlist.site)
    if wait:
        print(
            _('Hit enter to notify %(list)s owner...', list=mlist.name),
            end=' ',
            flush=True,
        )
        sys.stdin.readline()
    lifecycle.tell_owner(mlist, owner, password)
