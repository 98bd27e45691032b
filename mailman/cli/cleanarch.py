"""bin/cleanarch: mend an mbox in which lines of texts look like the start of a mail.

Programs that write mbox without quoting leave ``From `` lines in the middle of texts.
A line that begins so starts a mail if it has the shape of such a line (``is_start``)
and what follows looks like a header; any other one gets a ``>`` in front.  Nothing else
is changed, so bytes of any charset go through as they are.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, BinaryIO

from mailman.cli.command import ENGLISH, Parser, cli_translator, count

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Quote lines that begin with "From " and start no mail.  The mbox is read from standard
input and written to standard output:  bin/cleanarch < old.mbox > new.mbox"""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('cleanarch', DESCRIPTION, _)
    add = parser.add_argument
    add(
        '-s',
        '--status',
        metavar='N',
        type=count,
        default=0,
        help=_('write a # to standard error after every N lines'),
    )
    add('-q', '--quiet', action='store_true', help=_('do not tell of changed lines'))
    add('-n', '--dry-run', action='store_true', help=_('write no mbox'))
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 0, or 1 for wrong usage."""
    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
    work = Cleaning(sys.stdin.buffer, _, options.quiet, options.status)
    output = None if options.dry_run else sys.stdout.buffer
    for block in work.blocks():
        if output is not None:
            output.write(block)
    if output is not None:
        output.flush()
    if options.status and work.number >= options.status:
        print(file=sys.stderr)  # after the #s
    print(_('%(n)s messages found', n=work.messages), file=sys.stderr)
    return 0


# Sender, then a day of the week, day and month, time and year in some order, and zones:
# RFC 4155, and what there is in practice.
_MONTH = rb'(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)'
_TIME = rb'[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?'
_ZONE = rb'(?:[ \t]+[-+A-Za-z0-9()]{1,10}){0,2}'
_START = re.compile(
    rb'From (?:[^\r\n]{0,998}[ \t])??(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),?[ \t]+'
    rb'(?:' + _MONTH + rb'[ \t]+[0-9]{1,2}|[0-9]{1,2}[ \t]+' + _MONTH + rb')[ \t]+'
    rb'(?:' + _TIME + _ZONE + rb'[ \t]+[0-9]{4}|[0-9]{4}[ \t]+' + _TIME + rb')'
    + _ZONE + rb'(?:[ \t]+remote from [^\r\n]{1,200})?[ \t]*\r?\n?'
)  # fmt: skip
# A header field, or what Unix mail programs put before the first.
_FIELD = re.compile(rb'(?:>?From [^\r\n]|[!-9;-~]{1,256}[ \t]*:)')
# Lines are read in pieces of this size: one of 10 MB is not held whole.
PIECE = 1 << 16


def is_start(line: bytes, following: bytes, after_gap: bool) -> bool:
    """Tell whether a line that begins with ``From `` starts a mail.

    ``after_gap``: the line before is empty.  Only then a mail may have no header.
    """
    if not _START.fullmatch(line):
        return False
    no_header = after_gap and not following.strip(b'\r\n')
    return no_header or _FIELD.match(following) is not None


class Cleaning:
    """One mbox on its way through."""

    def __init__(
        self, source: BinaryIO, _: Translator, quiet: bool = True, status: int = 0
    ) -> None:
        self.source, self.translator = source, _
        self.quiet, self.status = quiet, status
        self.messages = 0
        self.number = 0  # of the line, from 1

    def blocks(self) -> Iterator[bytes]:
        """Give what is to be written."""
        read = self.source.readline
        whole = gap = True  # what was before ended its line; was empty
        line = read(PIECE)
        while line:
            following = read(PIECE)
            out = line
            if whole:
                self.number += 1
                if self.status and self.number % self.status == 0:
                    self._say('#', end='')
                if line.startswith(b'From '):
                    out = self._start(line, following, gap)
            yield out
            whole, gap = line.endswith(b'\n'), line in (b'\n', b'\r\n')
            line = following

    def _start(self, line: bytes, following: bytes, gap: bool) -> bytes:
        """Count the line that starts a mail; quote one that does not."""
        if is_start(line, following, gap):
            self.messages += 1
            return line
        if not self.quiet:
            _ = self.translator
            self._say(_('Unix-From line changed: %(line)s', line=self.number))
            self._say(line.decode('utf-8', 'backslashreplace').rstrip('\r\n'))
        return b'>' + line

    def _say(self, text: str, end: str = '\n') -> None:
        print(text, end=end, file=sys.stderr)
