"""bin/add_members: subscribe, or invite, the addresses of a file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from mailman.cli.command import (
    ENGLISH,
    Parser,
    cli_translator,
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
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Subscribe the addresses of a file: one on a line, as ADDRESS or "Name <ADDRESS>".

Nobody gets a password; a member asks for a log-in link on the options page."""

WHENCE = 'bin/add_members'


def build_parser(_: Translator = ENGLISH) -> Parser:
    """Make the command's parser."""
    parser = Parser('add_members', DESCRIPTION, _)
    add = parser.add_argument
    add(
        '-r',
        '--regular-members-file',
        metavar='FILE',
        help=_('add these as regular members; - reads stdin'),
    )
    add(
        '-d',
        '--digest-members-file',
        metavar='FILE',
        help=_('add these as digest members; - reads stdin'),
    )
    add('-w', '--welcome-msg', metavar='y|n', help=_('welcome them, or not'))
    add('-a', '--admin-notify', metavar='y|n', help=_('tell the owner of each, or not'))
    add('-i', '--invite', action='store_true', help=_('invite instead of subscribing'))
    add('-m', '--invite-msg-file', metavar='FILE', help=_('with -i: text in front'))
    add('-n', '--nomail', action='store_true', help=_('with delivery switched off'))
    parser.add_argument('listname', type=list_name)
    return parser


def yes_or_no(parser: Parser, word: str | None) -> bool | None:
    """Read y or n by its first letter; None stays None."""
    if word is None:
        return None
    if word[:1].lower() not in ('y', 'n'):
        _ = parser.translator
        parser.error(_('say y or n, not %(word)r', word=word))
    return word[:1].lower() == 'y'


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 0 also when single addresses could not be added."""
    _ = cli_translator(site)
    parser = build_parser(_)
    options = parser.parse_args(argv)
    options.welcome = yes_or_no(parser, options.welcome_msg)
    options.tell = yes_or_no(parser, options.admin_notify)
    files = (options.regular_members_file, options.digest_members_file)
    if files == ('-', '-'):
        parser.error(_('only one of -r and -d can read stdin'))
    if files == (None, None):
        parser.error(_('a file is needed: -r FILE or -d FILE'))
    if options.invite_msg_file and not options.invite:
        parser.error(_('-m needs -i'))
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
        return fail(
            _(
                'Cannot read %(file)s: %(reason)s',
                file=error.filename,
                reason=error.strerror,
            )
        )
    if not wanted:
        parser.print_usage(sys.stderr)
        print(_('Nothing to do: the file holds no address.'))
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
    _ = cli_translator(mlist.site)
    for line, digest in progress(wanted, len(wanted), _('members')):
        yield _one(mlist, line, digest, options)


def _one(mlist: MailList, line: str, digest: bool, options: argparse.Namespace) -> str:
    """Add or invite one; answer 2.1's line about it."""
    _ = cli_translator(mlist.site)
    address = line
    try:
        name, address = member_entry(line)
        _add_or_invite(mlist, name, address, digest, options)
    except AlreadyAMember:
        return _('Already a member: %(line)s', line=line)
    except Banned as error:
        return _(
            '%(address)s: Banned address (matched %(pattern)s)',
            address=line,
            pattern=error.pattern,
        )
    except HostileAddress:
        return _('Hostile address (illegal characters): %(line)s', line=line)
    except BadAddress:
        shown = line if address else _('blank line')
        return _('Bad/Invalid email address: %(address)s', address=shown)
    except MemberError:
        return _('%(line)s: this list has no such kind of membership', line=line)
    if options.invite:
        return _('Invited: %(line)s', line=line)
    return _('Subscribed: %(line)s', line=line)


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
