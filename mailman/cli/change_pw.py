"""bin/change_pw: give lists a new administrator password."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mailman.actions import passwords
from mailman.actions.systemmail import UserNotification, site_address
from mailman.cli.command import (
    ENGLISH,
    Parser,
    cli_translator,
    fail,
    open_list,
    open_lists,
)
from mailman.lists import catalog
from mailman.security.passwords import hash_password
from mailman.security.tokens import make_password

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Set the administrator password of lists, and mail it to their owners.  Without -p each
list gets a random one."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('change_pw', DESCRIPTION, _)
    add = parser.add_argument
    add('-a', '--all', action='store_true', help=_('every list'))
    add(
        '-d',
        '--domain',
        action='append',
        default=[],
        type=str.lower,
        metavar='DOMAIN',
        help=_('every list of this mail host; may be repeated'),
    )
    parser.add_lists('-l', '--listname', _('this list; may be repeated'))
    add('-p', '--password', metavar='PW', help=_('the new password'))
    add('-q', '--quiet', action='store_true', help=_('no mail to the owners'))
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 0 when there was nothing to do."""
    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
    if options.password == '':
        return fail(_('Empty list passwords are not allowed'))
    lists: dict[str, MailList] = {}
    for name in options.listname:
        mlist = open_list(site, name)
        if mlist is None:
            return 1
        lists[name] = mlist
    if options.all or options.domain:
        for mlist in open_lists(site, catalog.names(site)):
            if options.all or mlist.host_name.lower() in options.domain:
                lists.setdefault(mlist.name, mlist)
    if not lists:
        print(_('Nothing to do.'))
    for mlist in lists.values():
        _change(mlist, options)
    return 0


def _change(mlist: MailList, options: argparse.Namespace) -> None:
    _ = cli_translator(mlist.site)
    length = mlist.site.cfg.ADMIN_PASSWORD_LENGTH
    password = options.password or make_password(length)
    with mlist.lock():
        mlist.password = hash_password(password)
        mlist.save()
        passwords.changed(mlist, 'admin')
    print(_('New %(list)s password: %(password)s', list=mlist.name, password=password))
    if not options.quiet:
        _tell_owners(mlist, password)


def _tell_owners(mlist: MailList, password: str) -> None:
    _ = mlist.translator()
    text = _(
        'The site administrator %(hostname)s has set a new administrator password '
        'for the mailing list %(name)s:\n\n    %(password)s\n\nYou can change it on '
        "the list's administration page:\n\n    %(url)s\n",
        hostname=mlist.host_name,
        name=mlist.real_name,
        password=password,
        url=mlist.url('admin'),
    )
    subject = _('Your new %(name)s list password', name=mlist.real_name)
    sender = site_address(mlist, 'bounces')
    UserNotification(mlist, mlist.owner, sender, subject, text).send()
