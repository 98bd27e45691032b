"""bin/newlist: make a mailing list."""

from __future__ import annotations

import argparse
import getpass
import sys
from typing import TYPE_CHECKING

from mailman.actions import aliases, lifecycle
from mailman.actions.systemmail import UserNotification, render, site_address
from mailman.cli.command import Parser, fail
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

DESCRIPTION = """\
Make a new mailing list.  What is not given on the command line is asked for.

LISTNAME may be NAME@HOST: HOST is then its web host, and with VIRTUAL_HOSTS or -e its
mail host follows.  OWNER is the address of its administrator, PASSWORD theirs."""


def build_parser() -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('newlist', DESCRIPTION)
    add = parser.add_argument
    add('-l', '--language', metavar='CODE', help="the list's language")
    add('-u', '--urlhost', metavar='HOST', default='', help="the list's web host")
    add('-e', '--emailhost', metavar='HOST', default='', help="the list's mail host")
    add('-q', '--quiet', action='store_true', help='no question, no mail to the owner')
    add('-a', '--automate', action='store_true', help='no question, but the mail')
    add('listname', nargs='?', metavar='LISTNAME')
    add('owner', nargs='?', metavar='OWNER')
    add('password', nargs='?', metavar='PASSWORD')
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 1 when the list cannot be made."""
    parser = build_parser()
    options = parser.parse_args(argv)
    language = options.language or site.cfg.DEFAULT_SERVER_LANGUAGE
    if language not in site.languages():
        return fail(f'Unknown language: {language}')
    name = options.listname or input('Enter the name of the list: ')
    name, _, listhost = name.strip().lower().partition('@')
    owner = options.owner or input('Enter the email of the person running the list: ')
    password = options.password or getpass.getpass(f'Initial {name} password: ')
    if not password:
        return fail('The list password cannot be empty')
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
        return fail(str(error))
    except BadListName as error:
        return fail(f'Illegal list name: {error}')
    except ListExists:
        return fail(f'List already exists: {name}')
    except BadAddress as error:
        return fail(f'Bad owner email address: {error}')
    if not options.quiet:
        _tell_owner(mlist, owner, password, wait=not options.automate)
    return status


def _announce(mlist: MailList) -> int:
    """Tell the mail server; what goes wrong there does not take the list back."""
    try:
        aliases.added(mlist)
    except AliasError as error:
        return fail(
            f'The list {mlist.name} is made, but no mail reaches it yet.\n{error}'
        )
    return 0


def _tell_owner(mlist: MailList, owner: str, password: str, *, wait: bool) -> None:
    if wait:
        print(f'Hit enter to notify {mlist.name} owner...', end=' ', flush=True)
        sys.stdin.readline()
    site_owner = site_address(mlist, 'owner')
    values = {
        'listname': mlist.name,
        'password': password,
        'admin_url': mlist.url('admin'),
        'listinfo_url': mlist.url('listinfo'),
        'requestaddr': mlist.address('request'),
        'siteowner': site_owner,
    }
    _ = mlist.translator()
    subject = _('Your new mailing list: %(name)s', name=mlist.name)
    body = render(mlist, 'newlist.txt', values, mlist.preferred_language)
    UserNotification(mlist, owner, site_owner, subject, body).send()
