"""bin/remove_members: take addresses off a list, or off all lists."""

from __future__ import annotations

import argparse
from contextlib import suppress
from typing import TYPE_CHECKING

from mailman.actions import membership
from mailman.cli.command import (
    ENGLISH,
    Parser,
    cli_translator,
    fail,
    lines_of,
    list_name,
    member_entry,
    progress,
)
from mailman.errors import BadAddress, ListError, NotAMember
from mailman.lists import MailList, catalog

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Remove members.  Name their addresses on the command line or in a file.
With --fromall the first argument is an address too, not a list."""

WHENCE = 'bin/remove_members'


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('remove_members', DESCRIPTION, _)
    add = parser.add_argument
    add('-f', '--file', metavar='FILE', help=_('addresses, one on a line; - is stdin'))
    add('-a', '--all', action='store_true', help=_('every member of the list'))
    add('--fromall', action='store_true', help=_('from all lists of the site'))
    add('-n', '--nouserack', action='store_true', help=_('no mail to the members'))
    add('-N', '--noadminack', action='store_true', help=_('no mail to the owner'))
    add('words', nargs='*', metavar='[LISTNAME] ADDRESS ...')
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 0 also for an unknown list or address, as 2.1."""
    _ = cli_translator(site)
    parser = build_parser(_)
    options = parser.parse_args(argv)
    words = list(options.words)
    if options.fromall and options.all:
        parser.error(_('--all and --fromall cannot be used together'))
    if not options.fromall and not words:
        parser.error(_('which list?'))
    lists = catalog.names(site) if options.fromall else [list_name(words.pop(0))]
    if options.file:
        try:
            words += lines_of(options.file)
        except OSError:
            return fail(
                _('Could not open file for reading: %(file)s.', file=options.file), 0
            )
    if not words and not options.all:
        parser.error(_('no addresses given: name them, or use -f FILE or -a'))
    for name in lists:
        _from_list(site, name, words, options)
    return 0


def _from_list(
    site: Site, name: str, words: list[str], options: argparse.Namespace
) -> None:
    _ = cli_translator(site)
    try:
        mlist = MailList.open(site, name)
    except ListError:
        print(_('Error opening list %(name)s... skipping.', name=name))
        return
    with mlist.lock():
        going = mlist.member_keys() if options.all else [w for w in words if w.strip()]
        for word in progress(going, len(going), name):
            _one(mlist, _address(word), options)
        if mlist.changed:
            mlist.save()


def _address(word: str) -> str:
    with suppress(BadAddress):
        return member_entry(word)[1]
    return word.strip()


def _one(mlist: MailList, address: str, options: argparse.Namespace) -> None:
    _ = cli_translator(mlist.site)
    try:
        membership.remove(
            mlist,
            address,
            goodbye=False if options.nouserack else None,
            tell_owner=False if options.noadminack else None,
            whence=WHENCE,
        )
    except NotAMember:
        if not options.fromall:
            print(_('No such member: %(address)s', address=address))
        return
    if options.fromall:
        print(
            _(
                "User `%(address)s' removed from list: %(list)s.",
                address=address,
                list=mlist.name,
            )
        )
