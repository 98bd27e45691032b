"""bin/list_members: name a list's members."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, TextIO

from mailman.cli.command import (
    ENGLISH,
    Parser,
    cli_translator,
    fail,
    list_name,
    open_list,
)
from mailman.constants import DeliveryStatus, MemberFlag
from mailman.errors import BadAddress
from mailman.mail import addresses

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Print the addresses of a list's members, one per line: regular members first, then
digest members, each sorted."""

STATUSES = {
    'enabled': DeliveryStatus.ENABLED,
    'unknown': DeliveryStatus.UNKNOWN,
    'byuser': DeliveryStatus.BY_USER,
    'byadmin': DeliveryStatus.BY_ADMIN,
    'bybounce': DeliveryStatus.BY_BOUNCE,
}
KINDS = ('mime', 'plain')
# Options whose value may be left out: long form and values.
_OPTIONAL = {'-d': ('--digest', KINDS), '-n': ('--nomail', tuple(STATUSES))}


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('list_members', DESCRIPTION, _)
    add = parser.add_argument
    add('-o', '--output', metavar='FILE', help=_('write there instead of stdout'))
    add('-r', '--regular', action='store_true', help=_('regular members only'))
    add(
        '-d',
        '--digest',
        metavar='KIND',
        nargs='?',
        const='',
        help=_('digest members only; KIND is mime or plain'),
    )
    add(
        '-n',
        '--nomail',
        metavar='WHY',
        nargs='?',
        const='',
        help=_(
            'members whose delivery is off; WHY is byadmin, byuser, bybounce, '
            'unknown, or enabled for the others'
        ),
    )
    add('-f', '--fullnames', action='store_true', help=_('with their names'))
    add('-p', '--preserve', action='store_true', help=_('as typed, not in lower case'))
    only = parser.add_mutually_exclusive_group()
    add = only.add_argument
    add('-m', '--moderated', action='store_true', help=_('moderated members only'))
    add(
        '-M', '--non-moderated', action='store_true', help=_('unmoderated members only')
    )
    add(
        '-i',
        '--invalid',
        action='store_true',
        help=_('members with a bad address only'),
    )
    add(
        '-u',
        '--unicode',
        action='store_true',
        help=_('members whose address is not plain ASCII only'),
    )
    parser.add_argument('listname', type=list_name, nargs='?')
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 0 also without any argument, as 2.1."""
    _ = cli_translator(site)
    words = sys.argv[1:] if argv is None else argv
    parser = build_parser(_)
    if not words:
        parser.print_usage()
        return 0
    options = parser.parse_args(_rejoin(words))
    if options.listname is None:
        parser.error(_('which list?'))
    if options.digest and options.digest not in KINDS:
        parser.error(_('-d takes mime or plain, not %(word)s', word=options.digest))
    if options.nomail and options.nomail not in STATUSES:
        parser.error(
            _(
                '-n takes %(words)s, not %(word)s',
                words=', '.join(STATUSES),
                word=options.nomail,
            )
        )
    mlist = open_list(site, options.listname)
    if mlist is None:
        return 1
    lines = '\n'.join(_lines(mlist, options))
    return _write(lines + '\n' if lines else '', options.output, _)


def _rejoin(words: list[str]) -> list[str]:
    """Keep the word after -d or -n only where it is one of their values.

    2.1 reads ``-d mime LIST`` and ``-d LIST``; the list's name is no value.
    """
    found: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word in _OPTIONAL:
            long, values = _OPTIONAL[word]
            word = f'{long}={rest.pop(0) if rest and rest[0] in values else ""}'
        elif word in ('--digest', '--nomail'):
            word += '='  # a value of the long form stands behind a = only
        found.append(word)
    return found


def _lines(mlist: MailList, options: argparse.Namespace) -> list[str]:
    special = _special(mlist, options)
    if special is not None:
        return _shown(mlist, special, options)
    lines: list[str] = []
    both = not options.regular and options.digest is None
    if options.regular or both:
        keys = [k for k in mlist.regular_keys() if _status_fits(mlist, k, options)]
        lines += _shown(mlist, keys, options)
    if options.digest is not None or both:
        keys = [k for k in mlist.digest_keys() if _digest_fits(mlist, k, options)]
        lines += _shown(mlist, keys, options)
    return lines


def _special(mlist: MailList, options: argparse.Namespace) -> list[str] | None:
    """The members that -m, -M, -i, -u ask for; None without one of them."""
    keys = mlist.member_keys()
    if options.moderated or options.non_moderated:
        wanted = bool(options.moderated)
        return [k for k in keys if mlist.option(k, MemberFlag.MODERATE) == wanted]
    if options.invalid:
        return [k for k in keys if _invalid(k, mlist.site)]
    if options.unicode:
        return [k for k in keys if not k.isascii()]
    return None


def _invalid(address: str, site: Site) -> bool:
    try:
        addresses.validate(address, site)
    except BadAddress:
        return True
    return False


def _status_fits(mlist: MailList, key: str, options: argparse.Namespace) -> bool:
    if options.nomail is None:
        return True
    status = mlist.delivery_status_of(key)
    if options.nomail:
        return status == STATUSES[options.nomail]
    return status != DeliveryStatus.ENABLED


def _digest_fits(mlist: MailList, key: str, options: argparse.Namespace) -> bool:
    if options.digest:
        plain = mlist.option(key, MemberFlag.DISABLE_MIME)
        if plain != (options.digest == 'plain'):
            return False
    return _status_fits(mlist, key, options)


def _shown(mlist: MailList, keys: list[str], options: argparse.Namespace) -> list[str]:
    pairs = [(mlist.address_of(k) if options.preserve else k, k) for k in keys]
    pairs.sort(key=lambda pair: pair[0].encode('utf-8', 'surrogateescape'))
    if not options.fullnames:
        return [shown for shown, _ in pairs]
    return [addresses.display(mlist.name_of(key), shown) for shown, key in pairs]


def _write(text: str, path: str | None, _: Translator) -> int:
    stream: TextIO
    if path is None:
        sys.stdout.write(text)
        return 0
    try:
        with open(path, 'w', encoding='utf-8', errors='surrogateescape') as stream:
            stream.write(text)
    except OSError as error:
        return fail(
            _(
                'Could not open file for writing: %(path)s: %(reason)s',
                path=path,
                reason=error.strerror,
            )
        )
    return 0
