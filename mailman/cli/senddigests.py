"""cron/senddigests: send the digests of lists that want one each day."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mailman.actions import digests
from mailman.cli.command import (
    ENGLISH,
    Parser,
    choose_lists,
    cli_translator,
    fail,
    open_list,
    told,
)
from mailman.errors import LockTimeout

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Send what was collected for the digest, however little, on all lists that send digests
periodically (digest_send_periodic)."""

# Seconds that a list may be in use by others.
PATIENCE = 300.0


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('senddigests', DESCRIPTION, _)
    parser.add_lists('-l', '--listname', _('only this list; may be repeated'))
    parser.add_lists('-e', '--exceptlist', _('not this list; may be repeated'))
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 1 when a list does not exist or its digest was not sent."""
    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
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
    _ = cli_translator(mlist.site)
    try:
        # A list of a hundred thousand members need not be locked to find nothing.
        if mlist.digest_send_periodic and digests.waiting(mlist):
            with mlist.lock(timeout=PATIENCE):
                digests.send(mlist)
    except LockTimeout as error:
        fail(
            _(
                '%(list)s: %(error)s; its digest waits',
                list=mlist.name,
                error=told(error, _),
            )
        )
        return False
    except Exception as error:
        mlist.site.log.exception(f'{mlist.name}: the digest could not be sent')
        fail(
            _(
                '%(list)s: the digest could not be sent: %(error)r; see logs/error',
                list=mlist.name,
                error=error,
            )
        )
        return False
    return True
