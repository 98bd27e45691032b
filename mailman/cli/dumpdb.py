"""bin/dumpdb: what a data file holds, for people to read.

Reads our files and 2.1's with the restricted readers: nothing in them is executed.
"""

from __future__ import annotations

import argparse
import pprint
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailman.cli.command import ENGLISH, Parser, cli_translator, fail
from mailman.errors import CorruptFile, UnsafePickle
from mailman.queue import entryfile
from mailman.storage import pickles, py2marshal, safefile

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

WORKS_WITH_BROKEN_CONFIG = True

DESCRIPTION = """\
Print what a data file holds: a list's config.pck, pending.pck or request.pck, a queue
entry (.msg, or .pck of 2.1), a held post, a config.db.

The name's ending says how to read the file, unless -p or -m does."""

Values = Callable[[bytes], list[Any]]


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('dumpdb', DESCRIPTION, _)
    kind = parser.add_mutually_exclusive_group()
    for short, long, word in (
        ('-m', '--marshal', 'marshal'),
        ('-p', '--pickle', 'pickle'),
    ):
        kind.add_argument(
            short,
            long,
            dest='kind',
            action='store_const',
            const=word,
            help=_('the file is a %(kind)s, whatever its name', kind=word),
        )
    parser.add_argument(
        '-n', '--noprint', action='store_true', help=_('read the file, print nothing')
    )
    parser.add_argument('file', metavar='FILE')
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 1 for a file that cannot be read."""
    _ = cli_translator(site)
    parser = build_parser(_)
    options = parser.parse_args(argv)
    path = Path(options.file)
    kind = options.kind or kind_of(path)
    if kind is None:
        parser.error(_('%(path)s: what kind of file is this?  Say -p or -m', path=path))
    try:
        values = READERS[kind](safefile.read(path))
    except OSError as error:
        return fail(f'{path}: {error.strerror}')
    except (CorruptFile, UnsafePickle) as error:
        return fail(f'{path}: {error}')
    if not options.noprint:
        show(site, kind, values)
    return 0


def kind_of(path: Path) -> str | None:
    """Tell from a file's name how it is to be read; None if that is not known."""
    for suffix in reversed(path.suffixes):
        if suffix in KINDS:
            return KINDS[suffix]
    return None


# The last ending that says something counts: config.pck.last is a pickle.
KINDS = {
    '.pck': 'pickle',
    '.db': 'marshal',
    '.msg': 'queue',
    '.bak': 'queue',
    '.psv': 'queue',
}
# What follows the pickle in files that we wrote (mailman/storage/pickles.py).
CHECKSUM = b'\n#mailman-sha256:'


def _pickles(content: bytes) -> list[Any]:
    """Return the one value of a file of ours, or as many as there are in 2.1's."""
    if CHECKSUM in content[-len(CHECKSUM) - 100 :]:
        return [pickles.loads(content)]
    return pickles.load_many(content)


def _entry(content: bytes) -> list[Any]:
    raw, msgdata = entryfile.unpack(content)
    return [pickles.RawMessage(raw), msgdata]


READERS: dict[str, Values] = {
    'pickle': _pickles,
    'marshal': lambda content: [py2marshal.loads(content)],
    'queue': _entry,
}
# 2.1 knew two kinds; a queue entry of ours stands where it had two pickles.
LABELS = {'queue': 'pickle'}


def show(site: Site, kind: str, values: list[Any]) -> None:
    """Print values in 2.1's form."""
    label = LABELS.get(kind, kind)
    print(f'[----- start {label} file -----]')
    for number, value in enumerate(values, 1):
        print(f'<----- start object {number} ----->')
        _print(_readable(site, value))
    print(f'[----- end {label} file -----]')


def _readable(site: Site, value: Any) -> Any:
    """Make text of Python 2's strings, in the charset of the list's language."""
    charset = 'us-ascii'
    if isinstance(value, dict) and b'preferred_language' in value:
        language = value[b'preferred_language']
        if isinstance(language, bytes):
            charset = site.charset(language.decode('latin-1'))
    return pickles.decode_strings(value, charset)


def _print(value: Any) -> None:
    if isinstance(value, bytes):
        value = value.decode('utf-8', 'backslashreplace')
    if isinstance(value, str):
        print(value)
    else:
        pprint.PrettyPrinter(indent=4).pprint(value)
