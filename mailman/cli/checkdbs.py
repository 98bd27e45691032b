"""cron/checkdbs: remind moderators, once a day, of what waits for them."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mailman.cli.command import ENGLISH, Parser, cli_translator, fail, open_lists, told

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Mail the moderators of each list what waits for their decision, and discard what has
waited for longer than the list's max_days_to_hold."""

# Somebody may work on the list; the others need not wait for that.
PATIENCE = 60.0


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    return Parser('checkdbs', DESCRIPTION, _)


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 0 also when a list could not be read or was locked."""
    _ = cli_translator(site)
    from mailman.lists.catalog import names

    build_parser(_).parse_args(argv)
    for mlist in open_lists(site, names(site)):
        _check(mlist)
    return 0


def _check(mlist: MailList) -> None:
    """Look after one list; trouble with it is told and does not stop the others."""
    _ = cli_translator(mlist.site)
    from mailman.actions.waiting import look_after
    from mailman.errors import MailmanError

    try:
        with mlist.lock(PATIENCE):
            look_after(mlist)
            mlist.save_changes()
    except (MailmanError, OSError) as error:
        mlist.site.log.exception(f'{mlist.name}: not checked', error, label='checkdbs')
        fail(
            _('%(list)s: not checked: %(error)s', list=mlist.name, error=told(error, _))
        )
