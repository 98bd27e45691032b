"""bin/show_qfiles: the messages in queue files, as text."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mailman.cli.command import ENGLISH, Parser, cli_translator, fail
from mailman.errors import CorruptFile, UnsafePickle
from mailman.queue import entryfile
from mailman.storage import pickles, safefile

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

WORKS_WITH_BROKEN_CONFIG = True

DESCRIPTION = """\
Print the messages that lie in queue files, without their metadata (for those, see
bin/dumpdb).  Files are only read, whatever is in them; held posts can be shown too."""

# What the queues hold; anything else is shown as it is, such as a held post's .txt.
ENTRIES = ('.msg', '.pck', '.bak', '.psv')


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('show_qfiles', DESCRIPTION, _)
    parser.add_argument(
        '-q', '--quiet', action='store_true', help=_('no separator lines')
    )
    parser.add_argument('file', nargs='+', metavar='FILE')
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 1 when a file could not be shown."""
    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
    status = 0
    for name in options.file:
        try:
            raw = message_in(Path(name))
        except OSError as error:
            status = fail(f'{name}: {error.strerror}')
        except (CorruptFile, UnsafePickle) as error:
            status = fail(
                _(
                    '%(name)s: no message can be read in it: %(error)s',
                    name=name,
                    error=error,
                )
            )
        else:
            _show(name, raw, quiet=options.quiet)
    return status


def message_in(path: Path) -> bytes:
    """Return the message in a file; raises OSError, CorruptFile, UnsafePickle."""
    content = safefile.read(path)
    if path.suffix not in ENTRIES:
        return content
    try:
        return entryfile.unpack(content)[0]
    except CorruptFile:
        if path.suffix == '.pck' and path.name.startswith('heldmsg-'):
            return _held(content)
        raise


def _held(content: bytes) -> bytes:
    """Return the message of a held post's file of 2.1: one pickle, no metadata."""
    message = pickles.loads(content)
    if isinstance(message, str):
        return message.encode('utf-8', 'surrogateescape')
    if not isinstance(message, bytes):
        raise CorruptFile('pickle', 'it holds no message')
    return bytes(message)


def _show(name: str, raw: bytes, *, quiet: bool) -> None:
    if not quiet:
        print(f'====================> {name}')
    sys.stdout.flush()
    # As it is: the message may be in any character set, or in none.
    sys.stdout.buffer.write(raw if raw.endswith(b'\n') else raw + b'\n')
    sys.stdout.buffer.flush()
