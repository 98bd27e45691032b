"""MTA = 'Manual': the administrator edits /etc/aliases; we print what goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.mta.entries import alias_lines

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site


def create(mlist: MailList, *, quiet: bool = False) -> None:
    """Print the alias block of a new list."""
    _ = mlist.site.translator(None)
    if not quiet:
        print(
            _(
                'Now tell your mail server about the list: put the following lines '
                'into\n/etc/aliases (or the like) and run newaliases.\n'
            )
        )
    print(_('## %(name)s mailing list', name=mlist.name))
    for line in alias_lines(mlist.site, mlist.name, separators=1):
        print(line)
    print()


def remove(site: Site, name: str) -> None:
    """Print the lines to take out again."""
    _ = site.translator(None)
    print(
        _(
            'Now take the following lines out of your /etc/aliases (or the like) and '
            'run\nnewaliases.\n'
        )
    )
    print(_('## %(name)s mailing list', name=name))
    for line in alias_lines(site, name, separators=1):
        print(line)
    print()


def regenerate(site: Site, lists: list[MailList], *, quiet: bool = False) -> None:
    """Print the blocks of all lists (genaliases)."""
    for mlist in lists:
        create(mlist, quiet=quiet)
