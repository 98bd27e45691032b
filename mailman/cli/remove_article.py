"""bin/remove_article: take a message out of a list's archive, or words out of it."""

from __future__ import annotations

import argparse
import sqlite3
import sys
from typing import TYPE_CHECKING

from mailman.cli.command import (
    ENGLISH,
    Parser,
    cli_translator,
    fail,
    list_name,
    open_list,
    told,
)
from mailman.errors import ArchiveError, SearchError

if TYPE_CHECKING:
    from mailman.archive.building import Archive
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Take a message out of the archive of a list: out of its page, the mbox, the texts to
fetch, the search index and the attachments. At its address a page says that it was
removed; no other message changes its number, also when bin/arch makes the archive anew.
Copies in mailboxes, in digests and with search engines are out of reach."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('remove_article', DESCRIPTION, _)
    parser.add_argument(
        '--redact',
        action='append',
        default=[],
        metavar='TEXT',
        help=_(
            'keep the message and put [...] for this text wherever it stands in it; '
            'may be repeated. Attachments stay as they are'
        ),
    )
    parser.add_argument('-q', '--quiet', action='store_true', help=_('say nothing'))
    parser.add_argument('listname', type=list_name)
    parser.add_argument(
        'article',
        nargs='+',
        help=_('the number in the address of its page, or its Message-ID'),
    )
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 1 when the list or a message is not there."""
    from mailman.archive.building import opened  # -h needs no database

    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
    mlist = open_list(site, options.listname)
    if mlist is None:
        return 1
    status = 0
    try:
        with opened(mlist) as archive:
            archive.repair()
            for name in options.article:
                status = _one(archive, name, options, _) or status
    except (ArchiveError, SearchError) as error:
        return fail(told(error, _))
    except sqlite3.Error as error:
        text = _("The archive's database cannot be written: %(error)s", error=error)
        return fail(text)
    return status


def _one(
    archive: Archive, name: str, options: argparse.Namespace, _: Translator
) -> int:
    from mailman.archive import removing  # as above

    numbers = removing.numbers_of(archive, name)
    if not numbers:
        return fail(_('No such message in the archive: %(name)s', name=name))
    for number in numbers:
        row = archive.store.row(number)
        if row is None:
            continue
        if options.redact:
            if not removing.redact(archive, number, options.redact):
                text = _('%(page)s does not have that text', page=row.file)
                return fail(text)
            text = _(
                '%(page)s redacted: %(subject)s', page=row.file, subject=row.subject
            )
        else:
            removing.remove(archive, number)
            text = _(
                '%(page)s removed: %(subject)s', page=row.file, subject=row.subject
            )
        if not options.quiet:
            print(text, file=sys.stdout)
    return 0
