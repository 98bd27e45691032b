"""bin/arch: build a list's archive from its mbox, or add what is missing there."""

from __future__ import annotations

import argparse
import gc
import os
import sqlite3
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from mailman.cli.command import (
    ENGLISH,
    Parser,
    cli_translator,
    count,
    fail,
    list_name,
    open_list,
    told,
)
from mailman.errors import ArchiveError, SearchError
from mailman.storage import safefile

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Build the archive of a list from an mbox: by default its own, LIST.mbox/LIST.mbox among
the private archives. Mails that the archive has already are found again and keep their
numbers and addresses; without --wipe their pages stay as they are, and what is missing
is added. Mails whose headers ask not to be archived are left out. It may be stopped at
any time and run again. Posts that come meanwhile wait until it is done."""

NO_LIST, NO_MBOX = 2, 3


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('arch', DESCRIPTION, _)
    parser.add_argument('-q', '--quiet', action='store_true', help=_('say less'))
    parser.add_argument(
        '--wipe',
        action='store_true',
        help=_(
            'make everything anew and drop what the mbox does not have; numbers stay, '
            'and attachments do when the list has scrub_nondigest'
        ),
    )
    parser.add_argument(
        '-s',
        '--start',
        type=count,
        default=0,
        metavar='N',
        help=_('begin with the N-th mail, counted from 0'),
    )
    parser.add_argument(
        '-e',
        '--end',
        type=count,
        metavar='M',
        help=_('end with the M-th mail'),
    )
    parser.add_argument('listname', type=list_name)
    parser.add_argument('mbox', nargs='?')
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 2 for an unknown list, 3 when the mbox cannot be opened."""
    from mailman.archive.building import mbox_of  # -h needs no database

    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
    mlist = open_list(site, options.listname)
    if mlist is None:
        return NO_LIST
    # Whoever names a link means the file; our own mbox is never a link.
    path = Path(options.mbox).resolve() if options.mbox else mbox_of(mlist)
    try:
        with safefile.open_regular(path):
            pass
    except OSError as error:
        text = _('Cannot open mbox file %(path)s: %(reason)s',
                 path=path, reason=error.strerror)  # fmt: skip
        return fail(text, NO_MBOX)
    try:
        return _build(mlist, path, options, _)
    finally:
        gc.freeze()  # or Python looks for garbage in all there is before it ends


def _build(
    mlist: MailList, path: Path, options: argparse.Namespace, _: Translator
) -> int:
    from mailman.archive.building import opened  # as above

    last = None if options.end is None else options.end + 1
    told_so_far = Progress(path, sys.stderr, options.quiet, _('Archiving'))
    try:
        with opened(mlist, anew=options.wipe) as archive:
            added = archive.build(
                path,
                told_so_far.mail,
                first=options.start,
                last=last,
                wipe=options.wipe,
            )
    except ArchiveError as error:
        return fail(told(error, _))
    except OSError as error:
        return fail(str(error))
    except (sqlite3.Error, SearchError) as error:
        text = _("The archive's database cannot be written: %(error)s", error=error)
        return fail(text)
    finally:
        told_so_far.end()
    if not options.quiet:
        text = _('%(read)s mails read, %(added)s new in the archive',
                 read=told_so_far.count, added=added)  # fmt: skip
        print(text, file=sys.stderr)
    return 0


class Progress:
    """Tells how far we are: a line per mail as 2.1, or a bar on a terminal."""

    def __init__(self, path: Path, stream: TextIO, quiet: bool, what: str) -> None:
        self.stream, self.quiet, self.what = stream, quiet, what
        self.terminal = stream.isatty()
        self.total = max(1, os.stat(path).st_size)
        self.count = 0
        self.shown = False
        self.next_time = time.monotonic() + 0.5

    def mail(self, number: int, message_id: str, size: int) -> None:
        """Tell of one mail; ``size`` is how much of the mbox that makes."""
        self.count += 1
        if self.quiet:
            return
        if not self.terminal:
            self.stream.write(f'#{number:05d} <{message_id}>\n')
        elif time.monotonic() >= self.next_time:
            self.next_time = time.monotonic() + 0.2
            share = min(1.0, size / self.total)
            bar = ('#' * int(share * 30)).ljust(30, '.')
            self.stream.write(
                f'\r{self.what}: [{bar}] {share * 100:3.0f}% {self.count} '
            )
            self.stream.flush()
            self.shown = True

    def end(self) -> None:
        """Leave the line of the bar."""
        if self.shown:
            self.stream.write('\n')
            self.shown = False
