"""bin/unshunt: send shunted messages on their way again."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailman.cli.command import ENGLISH, Parser, cli_translator, fail, progress
from mailman.errors import CorruptFile, LockTimeout, UnsafePickle
from mailman.queue import Queue, entryfile
from mailman.site.config import QUEUES
from mailman.storage.locks import Lock

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Put the messages that a runner failed on back into the queues that they were in; those
that do not say where they came from are taken as newly arrived.  Mend what they failed
on first (logs/error has it), or they will be shunted again.

DIRECTORY is another place that holds queue entries; default: the shunt queue."""

# Where a message may be sent on to: queues that a runner empties.
WORKED = tuple(name for name in QUEUES if name not in ('shunt', 'bad', 'maildir'))


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('unshunt', DESCRIPTION, _)
    parser.add_argument('directory', nargs='?', metavar='DIRECTORY')
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 0 also when single messages stay."""
    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
    if options.directory and not os.path.isdir(options.directory):
        return fail(_('No such directory: %(directory)s', directory=options.directory))
    lock = Lock(site.locks_dir / 'unshunt')
    try:
        lock.acquire(0)
    except LockTimeout:
        return fail(_('Another unshunt is at work.'))
    try:
        _unshunt(site, _source(site, options.directory))
    finally:
        lock.release()
    return 0


def _source(site: Site, directory: str | None) -> Queue:
    if not directory:
        return Queue(site, 'shunt')
    path = Path(directory)
    for name in QUEUES:
        if _same(path, site.queue_dir(name)):
            return Queue(site, name)
    # A place of the administrator's.  As the queue ``bad`` does, it may hold things
    # that are no entries, which stay there.
    queue = Queue(site, 'bad')
    queue.directory = path
    return queue


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _unshunt(site: Site, source: Queue) -> None:
    _ = cli_translator(site)
    source.recover()
    waiting = source.files()
    for filebase in progress(waiting, len(waiting), _('messages')):
        try:
            _one(site, source, filebase)
        except (CorruptFile, UnsafePickle, OSError, NoSuchQueue) as error:
            fail(
                _(
                    'Cannot unshunt message %(filebase)s, skipping: %(error)s',
                    filebase=filebase,
                    error=error,
                )
            )


class NoSuchQueue(Exception):
    """The message says that it came from somewhere that is no queue of ours."""


def _one(site: Site, source: Queue, filebase: str) -> None:
    entry = source.read(filebase)
    target = Queue(site, _queue_name(site, entry.msgdata.pop('whichq', None)))
    # It starts afresh: deaths of a runner that were counted are over.
    entry.msgdata.pop(entryfile.BAK_COUNT, None)
    target.enqueue(entry.msg, entry.msgdata)
    source.take(filebase)
    source.finish(filebase)


def _queue_name(site: Site, whichq: Any) -> str:
    """Return the queue that ``whichq``, a path, means here.

    The path may be that of another prefix, or of an attacker's choice: its last part
    counts, and only where we have such a queue.  Raises NoSuchQueue.
    """
    if whichq is None:
        return 'in'
    if isinstance(whichq, str):
        path = Path(whichq)
        for name in WORKED:
            if path == site.queue_dir(name):
                return name
        for name in WORKED:
            if path.name in (site.queue_dir(name).name, name):
                return name
    _ = cli_translator(site)
    raise NoSuchQueue(_('no queue of this site: %(name)r', name=whichq))
