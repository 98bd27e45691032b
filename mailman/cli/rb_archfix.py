"""bin/rb-archfix: look whether article databases of 2.1 can be read.

2.1's command shrank databases of 2.1.3 and older, which held each page twice.  Ours are
read as they are, whatever they hold besides, so nothing needs to be changed in them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mailman.cli.command import ENGLISH, Parser, cli_translator

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Read article databases of Mailman 2.1.3 or older (archives/private/LIST/database/
VOLUME-article) and say which cannot be read. 2.1 shrank them; here they are read as
they are, so nothing is changed and no -article.bak is left."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    return parser_for('rb-archfix', DESCRIPTION, _)


def parser_for(name: str, description: str, _: Translator) -> argparse.ArgumentParser:
    """Make the parser of a command that takes files."""
    parser = Parser(name, description, _)
    parser.add_argument('file', nargs='*', type=Path)
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 0 whatever is found, as 2.1."""
    _ = cli_translator(site)
    return check(build_parser(_).parse_args(argv).file, _)


def check(paths: list[Path], _: Translator) -> int:
    """Read the files; say what is wrong with them."""
    from mailman.archive.legacy import articles_in  # -h needs none of it
    from mailman.errors import CorruptFile, UnsafePickle

    for path in paths:
        try:
            count = articles_in(path)
        except (OSError, CorruptFile, UnsafePickle) as error:
            reason = getattr(error, 'strerror', None) or error
            text = _('%(path)s cannot be read: %(reason)s', path=path, reason=reason)
            print(text, file=sys.stderr)
            continue
        print(_('%(path)s: %(count)s articles, nothing to do', path=path, count=count))
    return 0
