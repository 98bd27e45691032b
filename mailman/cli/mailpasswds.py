"""cron/mailpasswds: remind members, once a month, of the lists they are on."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mailman.cli.command import (
    ENGLISH,
    Parser,
    choose_lists,
    cli_translator,
    fail,
    open_lists,
    told,
)

if TYPE_CHECKING:
    from mailman.actions.reminders import Book
    from mailman.lists import MailList
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Mail each member a reminder of the lists he is on, with a link that logs him in once on
each.  Only lists with send_reminders take part (2.1 mailed passwords)."""

PATIENCE = 60.0


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('mailpasswds', DESCRIPTION, _)
    parser.add_lists('-l', '--listname', _('only this list; may be repeated'))
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 1 for an unknown list, or where the site list is missing."""
    _ = cli_translator(site)
    from mailman.actions.reminders import send_all
    from mailman.errors import ListError
    from mailman.lists import MailList

    options = build_parser(_).parse_args(argv)
    try:
        site_list = MailList.open(site, site.cfg.MAILMAN_SITE_LIST)
        for name in options.listname:
            MailList.open(site, name)
    except ListError as error:
        return fail(
            _('No such list, or it cannot be read: %(error)s', error=told(error, _))
        )
    book: Book = {}
    status = 0
    for mlist in open_lists(site, choose_lists(site, options.listname)):
        status = _collect(mlist, book) or status
    send_all(site_list, book)
    return status


def _collect(mlist: MailList, book: Book) -> int:
    """Note the members of one list; trouble with it does not stop the others."""
    from mailman.actions.reminders import collect
    from mailman.errors import MailmanError

    try:
        with mlist.lock(PATIENCE):
            collect(mlist, book)
    except (MailmanError, OSError) as error:
        text = f'{mlist.name}: no reminders'
        mlist.site.log.exception(text, error, label='mailpasswds')
        _ = cli_translator(mlist.site)
        return fail(
            _(
                '%(list)s: no reminders: %(error)s',
                list=mlist.name,
                error=told(error, _),
            )
        )
    return 0
