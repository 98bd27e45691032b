"""bin/genaliases: tell the mail server about all lists anew."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mailman.actions import aliases
from mailman.cli.command import (
    ENGLISH,
    Parser,
    choose_lists,
    cli_translator,
    fail,
    open_lists,
    told,
)
from mailman.errors import AliasError, ConfigError
from mailman.storage.locks import Lock

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Write the alias files of all lists anew, as the site variable MTA asks for:
'Postfix' writes data/aliases and data/virtual-mailman and makes Postfix's maps of
them; 'Manual' prints the lines to put into an alias file."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('genaliases', DESCRIPTION, _)
    parser.add_argument(
        '-q', '--quiet', action='store_true', help=_('less text with MTA = Manual')
    )
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 2 when MTA is None, 1 when a file or a list is in trouble."""
    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
    try:
        writer = aliases.writer(site)
        if writer is None:
            return fail(
                _(
                    'MTA in mm_cfg.py is None: the mail server finds the lists itself, '
                    'so there is nothing to write.'
                ),
                2,
            )
        with Lock(site.locks_dir / 'creator'):
            names = choose_lists(site, ())
            lists = list(open_lists(site, names))
            writer.regenerate(site, lists, quiet=options.quiet)
    except (AliasError, ConfigError) as error:
        return fail(told(error, _))
    # What could not be opened was named by open_lists.
    return 0 if len(lists) == len(names) else 1
