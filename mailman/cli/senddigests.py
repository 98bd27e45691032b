"""cron/senddigests: send the digests of lists that want one each day."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mailman.actions import digests
from mailman.cli.command import Parser, choose_lists, fail, list_name, open_list
from mailman.errors import LockTimeout

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site

DESCRIPTION = """\
Send what was collected for the digest, however little, on all lists that send digests
periodically (digest_send_periodic)."""

# Seconds that a list may be in use by others.
PATIENCE = 300.0


def build_parser() -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('senddigests', DESCRIPTION)
    for short, long, text in (
        ('-l', '--listname', 'only this list; may be repeated'),
        ('-e', '--exceptlist', 'not this list; may be repeated'),
    ):
        parser.add_argument(
            short,
            long,
            action='append',
            default=[],
            type=list_name,
            metavar='LIST',
            help=text,
        )
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 1 when a list does not exist or its digest was not sent."""
    options = build_parser().parse_args(argv)
    status = 0
    for name in choose_lists(site, options.listname):
        if name in options.exceptlist:
            continue
        mlist = open_list(site, name)
        if mlist is None or not _send(mlist):
            status = 1
    return status


def _send(mlist: MailList) -> bool:
    """Send one digest; False after saying what is wrong: the other lists' go out."""
    try:
        # A list of a hundred thousand members need not be locked to find nothing.
        if mlist.digest_send_periodic and digests.waiting(mlist):
            with mlist.lock(timeout=PATIENCE):
                digests.send(mlist)
    except LockTimeout as error:
        fail(f'{mlist.name}: {error}; its digest waits')
        return False
    except Exception as error:
        mlist.site.log.exception(f'{mlist.name}: the digest could not be sent')
        fail(f'{mlist.name}: the digest could not be sent: {error!r}; see logs/error')
        return False
    return True
