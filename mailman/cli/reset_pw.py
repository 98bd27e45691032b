"""bin/reset_pw.py: new passwords for all members of a list; run by bin/withlist."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mailman.actions import passwords
from mailman.cli.command import ENGLISH, Parser, cli_translator, progress
from mailman.security.passwords import hash_password
from mailman.security.tokens import make_password

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Give all members of a list new passwords.  It is run by withlist:

    bin/withlist -l -r reset_pw LISTNAME [-v]

With -v the new passwords are printed; nobody can look them up later, for a list keeps
hashes only.  Without -v nobody would ever know them, so members then have no password,
and ask for a log-in link on their options page."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the parser of what stands behind the list's name."""
    parser = Parser('reset_pw.py', DESCRIPTION, _)
    parser.add_argument(
        '-v', '--verbose', action='store_true', help=_('print the new passwords')
    )
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Show how to run it: alone it does nothing."""
    _ = cli_translator(site)
    build_parser(_).print_help()
    return 0


def reset_pw(mlist: MailList, *words: str) -> None:
    """Give all members of a list new passwords, and save it."""
    _ = cli_translator(mlist.site)
    options = build_parser(_).parse_args(words)
    print(_('Changing passwords for list: %(list)s', list=mlist.name))
    with mlist.lock():
        keys = mlist.member_keys()
        length = mlist.site.cfg.MEMBER_PASSWORD_LENGTH if options.verbose else 0
        new = {key: make_password(length) if length else '' for key in keys}
        for key, password in progress(new.items(), len(new), _('members')):
            # Hashing costs 50 ms on purpose.
            mlist.set_password(key, hash_password(password) if password else '')
        mlist.save()
        passwords.changed(mlist, 'all')
    if options.verbose:
        for key, password in new.items():
            print(
                _(
                    'New password for member %(key)40s: %(password)s',
                    key=key,
                    password=password,
                )
            )
