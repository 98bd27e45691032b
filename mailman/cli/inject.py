"""bin/inject: put a message into a queue, as if it had come by mail."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from mailman.cli.command import ENGLISH, Parser, cli_translator, fail, list_name
from mailman.lists import catalog
from mailman.queue import Queue
from mailman.site.config import QUEUES

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Put a message into one of the queues: that of posts to a list, unless -q says another.
Without FILE the message is read from standard input."""

# 2.1's maildir runner does not exist any more; nobody would look at what lies there.
NAMES = tuple(name for name in QUEUES if name != 'maildir')


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('inject', DESCRIPTION, _)
    add = parser.add_argument
    add(
        '-l',
        '--listname',
        type=list_name,
        required=True,
        metavar='LIST',
        help=_('which'),
    )
    add(
        '-q',
        '--queue',
        default='in',
        metavar='NAME',
        help=_(
            'the queue, %(names)s or %(last)s; default: in',
            names=', '.join(NAMES[:-1]),
            last=NAMES[-1],
        ),
    )
    add('file', nargs='?', metavar='FILE', help=_('the message'))
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 1 when there is no such list or queue, or nothing to read."""
    _ = cli_translator(site)
    parser = build_parser(_)
    options = parser.parse_args(argv)
    if options.queue not in NAMES:
        parser.error(_('no such queue: %(name)s', name=options.queue))
    if not catalog.exists(site, options.listname):
        parser.error(_('no such list: %(name)s', name=options.listname))
    try:
        message = _read(options.file)
        # What a mail server's pipe would have put there for a post.
        Queue(site, options.queue).enqueue(message, listname=options.listname, tolist=1)
    except OSError as error:
        return fail(f'{error.filename or options.file}: {error.strerror}')
    return 0


def _read(path: str | None) -> bytes:
    if path is None:
        return sys.stdin.buffer.read()
    with open(path, 'rb') as stream:
        return stream.read()
