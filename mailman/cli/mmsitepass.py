"""bin/mmsitepass: set the site's password, or the list creators'."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mailman.cli.command import ENGLISH, Parser, cli_translator
from mailman.security.passwords import hash_password
from mailman.storage import safefile

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

# check_perms wants exactly this: our group's programs read it, only its owner writes.
MODE = 0o640

DESCRIPTION = """\
Set the site password. It can be used wherever a password of a list, an owner or a
member is asked for. With -c, set the list creator password instead: it can make new
lists on the web, and nothing else.

Without PASSWORD on the command line you are asked for it twice."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('mmsitepass', DESCRIPTION, _)
    parser.add_argument(
        '-c',
        '--listcreator',
        action='store_true',
        help=_('set the list creator password instead of the site password'),
    )
    parser.add_argument('password', nargs='?', help=_('the new password'))
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command: 0 if changed or interrupted, 1 if it could not be."""
    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
    path = Path(
        site.cfg.LISTCREATOR_PW_FILE if options.listcreator else site.cfg.SITE_PW_FILE
    )
    whose = _('list creator') if options.listcreator else _('site')
    try:
        password = options.password
        if password is None:
            password = ask(
                _('New %(whose)s password: ', whose=whose), _('Again to confirm: ')
            )
    except (KeyboardInterrupt, EOFError):
        print(_('Interrupted; no changes made.'))
        return 0
    if password is None:
        print(_('Passwords do not match; no changes made.'))
        return 1
    return store(path, password, _)


def ask(first: str, second: str) -> str | None:
    """Ask for a password twice on the terminal; None if the answers differ."""
    password = getpass.getpass(first)
    return password if getpass.getpass(second) == password else None


def store(path: Path, password: str, _: Translator) -> int:
    """Write the password's hash to a file, and say whether that went well."""
    if not password:
        print(_('An empty password opens nothing; no changes made.'), file=sys.stderr)
        print(_('Password change failed.'))
        return 1
    try:
        data = f'{hash_password(password)}\n'.encode()
        safefile.write(path, data, mode=MODE)
    except OSError as error:
        print(f'{path}: {error.strerror}', file=sys.stderr)
        print(_('Password change failed.'))
        return 1
    print(_('Password changed.'))
    return 0
