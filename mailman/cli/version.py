"""bin/version: say which version of 2.1 this stands for."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mailman.cli.command import ENGLISH, Parser, cli_translator

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

WORKS_WITH_BROKEN_CONFIG = True

DESCRIPTION = """\
Print the version of Mailman whose behaviour this program keeps."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    return Parser('version', DESCRIPTION, _)


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command."""
    _ = cli_translator(site)
    build_parser(_).parse_args(argv)
    print(_('Using Mailman version: %(version)s', version=site.cfg.VERSION))
    return 0
