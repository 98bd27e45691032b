"""bin/version: say which version of 2.1 this stands for."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mailman.cli.command import Parser

if TYPE_CHECKING:
    from mailman.site import Site

WORKS_WITH_BROKEN_CONFIG = True

DESCRIPTION = """\
Print the version of Mailman whose behaviour this program keeps."""


def build_parser() -> argparse.ArgumentParser:
    """Make the command's parser."""
    return Parser('version', DESCRIPTION)


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command."""
    build_parser().parse_args(argv)
    print(f'Using Mailman version: {site.cfg.VERSION}')
    return 0
