"""bin/sync_members: make a list's members those of a file."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, NamedTuple

from mailman.actions import membership
from mailman.cli.command import (
    ENGLISH,
    Parser,
    cli_translator,
    fail,
    lines_of,
    list_name,
    member_entry,
    progress,
)
from mailman.errors import BadAddress, Banned, ListError, MemberError
from mailman.lists import MailList
from mailman.mail import addresses

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Make the members of a list those of a file: who is in the file and no member is added,
who is a member and not in the file is removed.  One address on a line; empty lines and
lines that start with # are left out."""

WHENCE = 'bin/sync_members'


class Entry(NamedTuple):
    """One address of the file."""

    name: str
    address: str


def build_parser(_: Translator = ENGLISH) -> Parser:
    """Make the command's parser."""
    parser = Parser('sync_members', DESCRIPTION, _)
    add = parser.add_argument
    add('-n', '--no-change', action='store_true', help=_('only say what would be done'))
    for short, long, text in (
        ('-w', '--welcome-msg', _('welcome new members, or not')),
        ('-g', '--goodbye-msg', _('say goodbye to those removed, or not')),
        ('-d', '--digest', _('add them as digest members, or not')),
        ('-a', '--notifyadmin', _('tell the owner of each change, or not')),
    ):
        add(short, long, metavar='yes|no', nargs='?', const='yes', help=text)
    add(
        '-f',
        '--file',
        metavar='FILE',
        required=True,
        help=_('the addresses; - is stdin'),
    )
    add('listname', type=list_name)
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 1 when an address of the file is wrong: nothing is changed."""
    _ = cli_translator(site)
    parser = build_parser(_)
    options = parser.parse_args(_rejoin(sys.argv[1:] if argv is None else argv))
    for name in ('welcome_msg', 'goodbye_msg', 'digest', 'notifyadmin'):
        setattr(options, name, _yes_no(parser, getattr(options, name)))
    if options.no_change:
        print(_('Dry run mode'))
    try:
        mlist = MailList.open(site, options.listname)
    except ListError:
        return fail(_('No such list: %(listname)s', listname=options.listname))
    try:
        wanted, good = _read(site, lines_of(options.file))
    except OSError as error:
        return fail(
            _(
                'Cannot read %(file)s: %(reason)s',
                file=options.file,
                reason=error.strerror,
            )
        )
    if not good:
        print(_('You must fix the preceding invalid addresses first.'))
        return 1
    with mlist.lock():
        _sync(mlist, wanted, options)
        if mlist.changed and not options.no_change:
            mlist.save()
    return 0


def _rejoin(words: list[str]) -> list[str]:
    """Accept 2.1's ``-w=no`` beside ``-w`` and ``-wno``; ``-w WORD`` takes no word."""
    found = []
    for word in words:
        if word in ('-w', '-g', '-d', '-a'):
            word += 'yes'
        elif word[:3] in ('-w=', '-g=', '-d=', '-a='):
            word = word[:2] + word[3:]
        elif word in ('--welcome-msg', '--goodbye-msg', '--digest', '--notifyadmin'):
            word += '=yes'
        found.append(word)
    return found


def _yes_no(parser: Parser, word: str | None) -> bool | None:
    if word is None:
        return None
    if word.lower() not in ('y', 'yes', 'n', 'no'):
        _ = parser.translator
        parser.error(_('say yes or no, not %(word)r', word=word))
    return word[0].lower() == 'y'


def _read(site: Site, lines: list[str]) -> tuple[dict[str, Entry], bool]:
    """Read the file; answers {lower-case address: entry} and whether all are good."""
    _ = cli_translator(site)
    wanted: dict[str, Entry] = {}
    good = True
    for line in lines:
        text = line.strip()
        if not text or text.startswith('#'):
            print(_('Ignore  :  %(line)30s', line=line))
            continue
        try:
            name, address = member_entry(text)
            address = addresses.validate(address, site)
        except BadAddress:
            print(_('Invalid :  %(text)30s', text=text))
            good = False
            continue
        wanted[address.lower()] = Entry(name, address)
    return wanted, good


def _sync(
    mlist: MailList, wanted: dict[str, Entry], options: argparse.Namespace
) -> None:
    _ = cli_translator(mlist.site)
    present = set(mlist.member_keys())
    coming = [entry for key, entry in wanted.items() if key not in present]
    going = sorted(present - set(wanted))
    if not coming and not going:
        print(_('Nothing to do.'))
        return
    total = len(coming) + len(going)
    steps: list[Entry | str] = [*coming, *going]
    for step in progress(steps, total, _('members')):
        if isinstance(step, Entry):
            _add(mlist, step, options)
        else:
            _remove(mlist, step, options)


def _add(mlist: MailList, entry: Entry, options: argparse.Namespace) -> None:
    _ = cli_translator(mlist.site)
    try:
        if options.no_change:
            membership.check_new_member(mlist, entry.address, bool(options.digest))
        else:
            membership.add(
                mlist,
                entry.address,
                name=entry.name,
                digest=options.digest,
                welcome=options.welcome_msg,
                tell_owner=options.notifyadmin,
                whence=WHENCE,
            )
    except Banned as error:
        print(
            _(
                '%(address)s: Banned address (matched %(pattern)s)',
                address=entry.address,
                pattern=error.pattern,
            )
        )
        return
    except MemberError:
        print(
            _('%(line)s: this list has no such kind of membership', line=entry.address)
        )
        return
    print(_('Added  : %(member)s', member=addresses.display(entry.name, entry.address)))


def _remove(mlist: MailList, key: str, options: argparse.Namespace) -> None:
    _ = cli_translator(mlist.site)
    shown = addresses.display(mlist.name_of(key), mlist.address_of(key))
    if not options.no_change:
        membership.remove(
            mlist,
            key,
            goodbye=options.goodbye_msg,
            tell_owner=options.notifyadmin,
            whence=WHENCE,
        )
    print(_('Removed: %(member)s', member=shown))
