"""bin/find_member: on which lists is an address?"""

from __future__ import annotations

import argparse
import re
from collections import defaultdict
from typing import TYPE_CHECKING

from mailman.cli.command import (
    ENGLISH,
    Parser,
    cli_translator,
    open_lists,
    progress,
)
from mailman.lists import catalog

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Find the lists of all members whose address matches one of the regular expressions.
Upper and lower case do not matter."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('find_member', DESCRIPTION, _)
    add = parser.add_argument
    parser.add_lists('-l', '--listname', _('only this list; may be repeated'))
    parser.add_lists('-x', '--exclude', _('not this list; may be repeated'))
    add('-w', '--owners', action='store_true', help=_('look at list owners too'))
    add('regex', nargs='+', help=_('a regular expression, searched in each address'))
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 0 also when nothing matches."""
    _ = cli_translator(site)
    parser = build_parser(_)
    options = parser.parse_args(argv)
    try:
        patterns = [re.compile(word, re.IGNORECASE) for word in options.regex]
    except re.error as error:
        parser.error(
            _(
                'not a regular expression: %(pattern)r: %(error)s',
                pattern=error.pattern,
                error=error,
            )
        )
    names = options.listname or catalog.names(site)
    names = [name for name in names if name not in options.exclude]
    if not names:
        print(_('No lists to search'))
        return 0
    found: defaultdict[str, list[str]] = defaultdict(list)
    for mlist in open_lists(site, progress(names, len(names), _('lists'))):
        _search(mlist, patterns, found, owners=options.owners)
    for address in sorted(found):
        print(_('%(address)s found in:', address=address))
        for where in found[address]:
            print(f'     {where}')
    return 0


def _search(
    mlist: MailList,
    patterns: list[re.Pattern[str]],
    found: defaultdict[str, list[str]],
    *,
    owners: bool,
) -> None:
    _ = cli_translator(mlist.site)
    for key in mlist.member_keys():
        if any(pattern.search(key) for pattern in patterns):
            found[mlist.address_of(key)].append(mlist.name)
    for owner in mlist.owner if owners else []:
        if any(pattern.search(owner) for pattern in patterns):
            found[owner].append(_('%(list)s (as owner)', list=mlist.name))
