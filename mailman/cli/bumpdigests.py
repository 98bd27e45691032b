"""cron/bumpdigests: begin a new volume of digests."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mailman.actions import digests
from mailman.cli.command import (
    ENGLISH,
    Parser,
    choose_lists,
    cli_translator,
    list_name,
    open_list,
)

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Make the next digest issue 1 of the next volume, on the lists named, or on all.  Only
needed where digest_volume_frequency does not fit."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('bumpdigests', DESCRIPTION, _)
    parser.add_argument('listname', nargs='*', type=list_name)
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 1 when a list does not exist."""
    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
    status = 0
    for name in choose_lists(site, options.listname):
        mlist = open_list(site, name)
        if mlist is None:
            status = 1
            continue
        with mlist.lock():
            digests.bump(mlist)
            mlist.save_counters()
    return status
