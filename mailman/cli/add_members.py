"""bin/add_members: subscribe, or invite, the addresses of a file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mailman.cli.command import (
    Parser,
    fail,
    lines_of,
    list_name,
    member_entry,
    open_list,
    progress,
)
from mailman.errors import (
    AlreadyAMember,
    BadAddress,
    Banned,
    HostileAddress,
    MemberError,
)

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site

DESCRIPTION = """\
Subscribe the addresses of a file: one on a line, as ADDRESS or "Name <ADDRESS>".

Nobody gets a password; a member asks for a log-in link on the options page."""

WHENCE = 'bin/add_members'


def build_parser() -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('add_members', DESCRIPTION)
    add = parser.add_argument
    add(
        '-r',
        '--regular-members-file',
        metavar='FILE',
        help='add these as regular members; - reads stdin',
    )
    add(
        '-d',
        '--digest-members-file',
        metavar='FILE',
        help='add these as digest members; - reads stdin',
    )
    add('-w', '--welcome-msg', metavar='y|n', help='welcome them, or not')
    add('-a', '--admin-notify', metavar='y|n', help='tell the owner of each, or not')
    add('-i', '--invite', action='store_true', help='invite instead of subscribing')
    add('-m', '--invite-msg-file', metavar='FILE', help='with -i: text in front')
    add('-n', '--nomail', action='store_true', help='with delivery switched off')
    parser.add_argument('listname', type=list_name)
    return parser


def yes_or_no(parser: argparse.ArgumentParser, word: str | None) -> bool | None:
    """Read y or n by its first letter; None stays None."""
    if word is None:
        return None
    if word[:1].lower() not in ('y', 'n'):
        parser.error(f'say y or n, not {word!r}')
    return word[:1].lower() == 'y'


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 0 also when single addresses could not be added."""
    parser = build_parser()
    options = parser.parse_args(argv)
    options.welcome = yes_or_no(parser, options.welcome_msg)
    options.tell = yes_or_no(parser, options.admin_notify)
    files = (options.regular_members_file, options.digest_members_file)
    if files == ('-', '-'):
        parser.error('only one of -r and -d can read stdin')
    if files == (None, None):
        parser.error('a file is needed: -r FILE or -d FILE')
    if options.invite_msg_file and not options.invite:
        parser.error('-m needs -i')
    mlist = open_list(site, options.listname)
    if mlist is None:
        return 1
    try:
        wanted = [
            (line.strip(), digest)
            for path, digest in zip(files, (False, True), strict=True)
            if path is not None
            for line in lines_of(path)
            if line.strip()
        ]
        options.text = _read_text(options.invite_msg_file)
    except OSError as error:
        return fail(f'Cannot read {error.filename}: {error.strerror}')
    if not wanted:
        parser.print_usage(sys.stderr)
        print('Nothing to do: the file holds no address.')
        return 0
    with mlist.lock():
        said = []
        for line in _work(mlist, wanted, options):
            print(line)
            said.append(line)
        tell = mlist.admin_notify_mchanges if options.tell is None else options.tell
        if tell and not options.invite:
            _tell_owner(mlist, said)
        mlist.save()
    return 0


def _tell_owner(mlist: MailList, lines: list[str]) -> None:
    """Mail the owner, once for all, what was printed; as in 2.1 from the site list."""
    from mailman.actions.systemmail import UserNotification, site_address

    _ = mlist.translator()
    subject = _('%(list)s subscription notification', list=mlist.real_name)
    sender = site_address(mlist, '')
    UserNotification(mlist, mlist.owner, sender, subject, '\n'.join(lines)).send()


def _read_text(path: str | None) -> str:
    return '\n'.join(lines_of(path)) if path else ''


def _work(
    mlist: MailList, wanted: list[tuple[str, bool]], options: argparse.Namespace
) -> Iterable[str]:
    for line, digest in progress(wanted, len(wanted), 'members'):
        yield _one(mlist, line, digest, options)


def _one(mlist: MailList, line: str, digest: bool, options: argparse.Namespace) -> str:
    """Add or invite one; answer 2.1's line about it."""
    address = line
    try:
        name, address = member_entry(line)
        _add_or_invite(mlist, name, address, digest, options)
    except AlreadyAMember:
        return f'Already a member: {line}'
    except Banned as error:
        return f'{line}: Banned address (matched {error.pattern})'
    except HostileAddress:
        return f'Hostile address (illegal characters): {line}'
    except BadAddress:
        shown = line if address else 'blank line'
        return f'Bad/Invalid email address: {shown}'
    except MemberError:
        return f'{line}: this list has no such kind of membership'
    return f'{"Invited" if options.invite else "Subscribed"}: {line}'


def _add_or_invite(
    mlist: MailList, name: str, address: str, digest: bool, options: argparse.Namespace
) -> None:
    from mailman.actions import membership
    from mailman.constants import DeliveryStatus

    if options.invite:
        membership.invite(mlist, address, name=name, text=options.text)
        return
    membership.add(
        mlist,
        address,
        name=name,
        digest=digest,
        welcome=options.welcome,
        tell_owner=False,  # of all of them at once, at the end
        whence=WHENCE,
    )
    if options.nomail:
        mlist.set_delivery_status(address, DeliveryStatus.BY_ADMIN)
