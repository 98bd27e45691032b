"""bin/discard: discard held posts by the names of their files."""

from __future__ import annotations

import argparse
import os
import re
from typing import TYPE_CHECKING

from mailman.cli.command import (
    ENGLISH,
    Parser,
    cli_translator,
    fail,
    open_list,
    progress,
)
from mailman.lists.requests import HeldMessage, Requests
from mailman.mail import headers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mailman.lists import MailList
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Discard held posts without telling anybody.  FILE is what the post is kept in, such as
data/heldmsg-LIST-42.txt; only its name matters."""

_NAME = re.compile(r'heldmsg-(?P<listname>.*)-(?P<id>[0-9]+)\.(?:pck|txt)$')

# Of one list: request id, and the file name as it was given.
Wanted = dict[int, str]


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('discard', DESCRIPTION, _)
    parser.add_argument('-q', '--quiet', action='store_true', help=_('say nothing'))
    parser.add_argument('file', nargs='*', metavar='FILE')
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 0 also when there was nothing to do."""
    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
    wanted = _by_list(options.file, _)
    if not wanted:
        print(_('Nothing to do.'))
    for name in progress(wanted, len(wanted), _('lists')):
        mlist = open_list(site, name)
        if mlist is None:
            continue
        with mlist.lock():
            for request_id in _discard(mlist, wanted[name]):
                if not options.quiet:
                    print(
                        _(
                            'Discarded held msg #%(id)s for list %(name)s',
                            id=request_id,
                            name=name,
                        )
                    )
    return 0


def _by_list(files: list[str], _: Translator) -> dict[str, Wanted]:
    found: dict[str, Wanted] = {}
    for file in files:
        match = _NAME.match(os.path.basename(file))
        if match is None:
            fail(_('Ignoring non-held message: %(file)s', file=file))
        else:
            found.setdefault(match['listname'], {})[int(match['id'])] = file
    return found


def _discard(mlist: MailList, wanted: Wanted) -> Iterator[int]:
    """Discard posts of one list, whose lock we hold; yield the ids of those."""
    _ = cli_translator(mlist.site)
    requests = Requests(mlist)
    held = requests.all_held()
    for request_id, file in wanted.items():
        if request_id not in held:
            fail(_('Ignoring held msg w/bad id: %(file)s', file=file))
    going = [request_id for request_id in wanted if request_id in held]
    requests.remove(*going)
    for request_id in going:
        _log(mlist, held[request_id])
        yield request_id


def _log(mlist: MailList, held: HeldMessage) -> None:
    """Write 2.1's line, which had line feeds where ours has blanks."""
    sender = headers.one_line(held.sender, 300)
    subject = headers.one_line(headers.decode(held.subject), 300)
    mlist.log('vette', f'Discarded posting: From: {sender}, Subject: {subject}')
