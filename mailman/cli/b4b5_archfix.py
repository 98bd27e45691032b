"""bin/b4b5-archfix: look whether article databases of 2.1 beta 4 can be read."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mailman.cli.command import ENGLISH, cli_translator
from mailman.cli.rb_archfix import check, parser_for

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Read article databases of Mailman 2.1 beta 4 (archives/private/LIST/database/
VOLUME-article) and say which cannot be read. 2.1 repaired them; here they are read as
they are, so nothing is changed."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    return parser_for('b4b5-archfix', DESCRIPTION, _)


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 0 whatever is found, as 2.1."""
    _ = cli_translator(site)
    return check(build_parser(_).parse_args(argv).file, _)
