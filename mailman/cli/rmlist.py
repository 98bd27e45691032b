"""bin/rmlist: remove a mailing list."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mailman.actions import aliases, lifecycle
from mailman.cli.command import ENGLISH, Parser, cli_translator, fail, list_name, told
from mailman.errors import AliasError, ConfigError
from mailman.lists import catalog
from mailman.storage.locks import Lock

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Remove a list: its members, settings and held mail.  There is no way back.
Its archives stay unless -a is given; -a also removes what an earlier rmlist left."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('rmlist', DESCRIPTION, _)
    parser.add_argument('-a', '--archives', action='store_true', help=_('archives too'))
    parser.add_argument('listname', type=list_name)
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 1 for an unknown list without -a, or when something stays."""
    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
    name = options.listname
    if not catalog.good_name(name, site):
        return fail(_('No such list (or list already deleted): %(name)s', name=name))
    exists = catalog.exists(site, name)
    if not exists:
        if not options.archives:
            return fail(
                _('No such list (or list already deleted): %(name)s', name=name)
            )
        print(_('No such list: %(name)s.  Removing its residual archives.', name=name))
    elif not options.archives:
        print(_('Not removing archives.  Reinvoke with -a to remove them.'))
    with Lock(site.locks_dir / 'creator'):
        # First the mail server must stop sending mail here, then the list goes.
        if exists:
            try:
                aliases.removed(site, name)
            except (AliasError, ConfigError) as error:
                return fail(
                    _(
                        'The list %(name)s was not removed.\n%(error)s',
                        name=name,
                        error=told(error, _),
                    )
                )
        return _remove(site, name, archives=options.archives)


def _remove(site: Site, name: str, *, archives: bool) -> int:
    _ = cli_translator(site)
    status = 0
    for what, path in lifecycle.belongings(site, name, archives=archives):
        if path.is_dir() and not path.is_symlink():
            print(_('Removing %(what)s', what=_(what)))
        try:
            there = lifecycle.remove_path(path)
        except OSError as error:
            status = fail(
                _(
                    'Cannot remove %(path)s: %(reason)s',
                    path=path,
                    reason=error.strerror,
                )
            )
            continue
        if not there and what != 'list info':
            print(
                _(
                    '%(name)s %(what)s not found as %(path)s',
                    name=name,
                    what=_(what),
                    path=path,
                )
            )
    return status
