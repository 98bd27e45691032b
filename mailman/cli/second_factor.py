"""bin/second_factor: codes besides the password, for a list's owners or the site."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from mailman.actions import passwords
from mailman.actions.secondfactor import SecondFactor
from mailman.cli.command import ENGLISH, Parser, cli_translator, fail, open_list
from mailman.security import totp

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Ask for a code of an authenticator app (TOTP) besides a password: the owners' of
LISTNAME, or with --site the site's.

Without --on or --off it says whether a code is asked for.  --on makes a new secret and
prints it, with the address that apps read; an earlier secret ends.  Pages then have a
field for the code; scripts send it along as "otp"."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('second_factor', DESCRIPTION, _)
    whose = parser.add_mutually_exclusive_group(required=True)
    whose.add_argument('--site', action='store_true', help=_("the site's password"))
    whose.add_argument('listname', nargs='?', metavar='LISTNAME')
    what = parser.add_mutually_exclusive_group()
    what.add_argument('--on', action='store_true', help=_('ask for codes from now on'))
    what.add_argument('--off', action='store_true', help=_('ask for no codes any more'))
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 1 for an unknown list."""
    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
    mlist: MailList | None = None
    if not options.site:
        mlist = open_list(site, options.listname.lower())
        if mlist is None:
            return 1
    factor = SecondFactor(site, mlist)
    try:
        if options.on and mlist is not None:
            # Who is logged in has shown no code.
            passwords.changed(mlist, 'admin')
        return _act(factor, options, mlist.address() if mlist else 'site', _)
    except OSError as error:
        return fail(f'{error.filename}: {error.strerror}')


def _act(
    factor: SecondFactor, options: argparse.Namespace, account: str, _: Translator
) -> int:
    if options.off:
        factor.turn_off()
    elif options.on:
        secret = totp.new_secret()
        factor.turn_on(secret)
        print(totp.uri(secret, account, str(factor.site.cfg.DEFAULT_URL_HOST)))
        print(_('Secret: %(secret)s', secret=secret))
    said = _('A code is asked for.') if factor.wanted else _('No code is asked for.')
    print(said, file=sys.stderr)
    return 0
