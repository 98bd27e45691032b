"""cron/disabled: warn members whose delivery is off, and remove them after the last.

Also forgets bounce scores that are too old.  2.1 ran it once a day.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mailman.cli.command import (
    ENGLISH,
    Parser,
    choose_lists,
    cli_translator,
    fail,
    open_list,
    told,
)
from mailman.constants import DeliveryStatus
from mailman.errors import ListError, LockTimeout

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Warn the members whose delivery is switched off that their membership will end, and end
it after the last warning.  Without options: those switched off because of bounces, as
often as their list wants it (bounce_you_are_disabled_warnings and _interval)."""

# Seconds to wait for a list that somebody else works on.
PATIENCE = 300.0


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('disabled', DESCRIPTION, _)
    add = parser.add_argument
    add(
        '-o', '--byadmin', action='store_true', help=_('also who an owner switched off')
    )
    add('-m', '--byuser', action='store_true', help=_('also who did so themselves'))
    add('-u', '--unknown', action='store_true', help=_('also where nobody knows why'))
    add('-b', '--notbybounce', action='store_true', help=_('not because of bounces'))
    add('-a', '--all', action='store_true', help=_('whatever the reason'))
    add('-f', '--force', action='store_true', help=_('now, even if it is not time yet'))
    parser.add_lists('-l', '--listname', _('only this list; may be repeated'))
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 1 for an unknown list."""
    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
    statuses = chosen_statuses(options)
    status = 0
    for name in choose_lists(site, options.listname):
        mlist = open_list(site, name)
        if mlist is None:
            status = 1
            continue
        status = _one_list(mlist, statuses, options.force) or status
    return status


def chosen_statuses(options: argparse.Namespace) -> set[DeliveryStatus]:
    """Answer the reasons that the options ask for."""
    chosen = set() if options.notbybounce else {DeliveryStatus.BY_BOUNCE}
    if options.byadmin or options.all:
        chosen.add(DeliveryStatus.BY_ADMIN)
    if options.byuser or options.all:
        chosen.add(DeliveryStatus.BY_USER)
    if options.unknown or options.all:
        chosen.add(DeliveryStatus.UNKNOWN)
    if options.all:
        chosen.add(DeliveryStatus.BY_BOUNCE)
    return chosen


def _one_list(mlist: MailList, statuses: set[DeliveryStatus], force: bool) -> int:
    # Not when the parser is made: it has to be quick.
    _ = cli_translator(mlist.site)
    from mailman.actions.bounces import warn_disabled

    try:
        with mlist.lock(timeout=PATIENCE):
            warn_disabled(mlist, statuses, force=force)
            mlist.save_changes()
    except (LockTimeout, ListError) as error:
        return fail(
            _('%(list)s: not done: %(error)s', list=mlist.name, error=told(error, _))
        )
    return 0
