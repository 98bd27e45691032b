"""bin/clone_member: give a member a second address, with the same options."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mailman.actions import membership
from mailman.cli.command import (
    ENGLISH,
    Parser,
    choose_lists,
    cli_translator,
    fail,
    open_list,
    progress,
    told,
)
from mailman.errors import BadAddress
from mailman.mail import addresses

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Add the new address to every list that the old one is on, with the same options,
name and password.  With -r the old address is removed."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('clone_member', DESCRIPTION, _)
    add = parser.add_argument
    parser.add_lists('-l', '--listname', _('only this list; may be repeated'))
    add('-r', '--remove', action='store_true', help=_('remove the old address'))
    add('-a', '--admin', action='store_true', help=_('change owner addresses too'))
    add('-q', '--quiet', action='store_true', help=_('say nothing'))
    add('-n', '--nomodify', action='store_true', help=_('only say what would be done'))
    add('oldaddr')
    add('newaddr')
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 1 for a bad new address."""
    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
    if options.nomodify:
        options.quiet = False
    try:
        options.newaddr = addresses.validate(options.newaddr, site)
    except BadAddress as error:
        return fail(_('Not a valid email address: %(error)s', error=told(error, _)))
    names = choose_lists(site, options.listname)
    for name in progress(names, len(names), _('lists')):
        mlist = open_list(site, name)
        if mlist is not None:
            with mlist.lock():
                _one_list(mlist, options)
                if not options.nomodify and mlist.changed:
                    mlist.save()
    return 0


def _one_list(mlist: MailList, options: argparse.Namespace) -> None:
    _ = cli_translator(mlist.site)

    def say(text: str) -> None:
        if not options.quiet:
            print(text)

    old, new = options.oldaddr, options.newaddr
    say(_('processing mailing list: %(list)s', list=mlist.name))
    if options.admin:
        _owners(mlist, options, say)
    if not mlist.is_member(old):
        say(_('    address not found: %(old)s', old=old))
        return
    banned = membership.ban_pattern(mlist, new)
    if banned is not None:
        say(_('    Banned address (matched %(pattern)s)', pattern=banned))
        return
    if mlist.is_member(new):
        say(_('    clone address is already a member: %(new)s', new=new))
    else:
        if not options.nomodify:
            mlist.change_address(old, new, keep_old=True)
        say(_('    clone address added: %(new)s', new=new))
    if options.remove and old.lower() != new.lower():
        if not options.nomodify:
            mlist.remove_member(old)
        say(_('    original address removed: %(old)s', old=old))


def _owners(mlist: MailList, options: argparse.Namespace, say: object) -> None:
    _ = cli_translator(mlist.site)
    assert callable(say)
    say(_('    scanning list owners: %(owners)s', owners=' '.join(mlist.owner)))
    old = options.oldaddr.lower()
    if old not in [owner.lower() for owner in mlist.owner]:
        say(_('(no change)'))
        return
    owners = [options.newaddr if o.lower() == old else o for o in mlist.owner]
    owners = list(dict.fromkeys(owners))
    say(_('    new list owners: %(owners)s', owners=' '.join(owners)))
    if not options.nomodify:
        mlist.owner = owners
