"""Making and removing lists (2.1: bin/newlist, bin/rmlist and their pages)."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mailman.actions.systemmail import UserNotification, render, site_address
from mailman.errors import BadAddress, BadListName, ListExists
from mailman.lists import MailList, catalog
from mailman.mail import addresses
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.site import Site


class Hosts(NamedTuple):
    """Where a new list lives on the mail side and on the web side."""

    mail: str
    web: str


def hosts_for(
    site: Site, *, listhost: str = '', urlhost: str = '', emailhost: str = ''
) -> Hosts:
    """Apply 2.1's rules: ``-u``, ``-e`` and the part after the @ of the list's name."""
    web = urlhost or listhost or site.cfg.DEFAULT_URL_HOST
    mail = emailhost or site.cfg.VIRTUAL_HOSTS.get(web.lower(), '')
    return Hosts(mail or listhost or site.cfg.DEFAULT_EMAIL_HOST, web)


def create_list(
    site: Site,
    name: str,
    owner: str,
    password: str,
    *,
    hosts: Hosts | None = None,
    language: str = '',
) -> MailList:
    """Make a list, its directories and its archive's; answer it unlocked and saved.

    Raises BadListName, ListExists, BadAddress.  Alias files are the caller's next
    step (actions.aliases).
    """
    name = name.lower()
    if not catalog.good_name(name, site):
        raise BadListName(
            name, N_('a list name has letters a-z, digits and - + _ . = only')
        )
    if name.endswith('.mbox'):
        # That is where the archive of another list has its mails.
        raise BadListName(name, N_('a list name does not end with .mbox'))
    if catalog.exists(site, name):
        raise ListExists(name)
    try:
        owner = addresses.validate(owner, site)
    except BadAddress as error:
        raise BadAddress(owner, error.reason or N_('not an e-mail address')) from error
    hosts = hosts or hosts_for(site)
    language = language or site.cfg.DEFAULT_SERVER_LANGUAGE
    mlist = MailList.create(
        site,
        name,
        owner=owner,
        password=password,
        host_name=hosts.mail,
        web_page_url=site.cfg.DEFAULT_URL_PATTERN % hosts.web,
        preferred_language=language,
        available_languages=[language],
    )
    # For start-up time: it knows pages.
    from mailman.archive.starting import start

    start(mlist)
    return mlist


def tell_owner(mlist: MailList, owner: str, password: str) -> None:
    """Mail a new list's password and pages to its owner."""
    site_owner = site_address(mlist, 'owner')
    values = {
        'listname': mlist.name,
        'password': password,
        'admin_url': mlist.url('admin'),
        'listinfo_url': mlist.url('listinfo'),
        'requestaddr': mlist.address('request'),
        'siteowner': site_owner,
    }
    _ = mlist.translator()
    subject = _('Your new mailing list: %(name)s', name=mlist.name)
    body = render(mlist, 'newlist.txt', values, mlist.preferred_language)
    UserNotification(mlist, owner, site_owner, subject, body).send()


class Leftover(NamedTuple):
    """Something on disk that belongs to a list."""

    what: str
    path: Path


def belongings(site: Site, name: str, *, archives: bool) -> list[Leftover]:
    """Name the files and folders of a list, in the order of their removal."""
    found = [Leftover(N_('list info'), site.lists_dir / name)]
    for lock in sorted(site.locks_dir.glob(f'{name}.lock*')):
        found.append(Leftover(N_('stale lock file'), lock))
    for held in sorted(site.data_dir.glob(f'heldmsg-{name}-*')):
        if held.name[len(f'heldmsg-{name}-') :].split('.')[0].isdigit():
            found.append(Leftover(N_('held message file'), held))
    if archives:
        for what, root in (
            (N_('private archives'), site.archives_private),
            (N_('public archives'), site.archives_public),
        ):
            found.append(Leftover(what, root / name))
            found.append(Leftover(what, root / f'{name}.mbox'))
    return found


def remove_list(site: Site, name: str, *, archives: bool) -> list[str]:
    """Remove all that belongs to a list; answer the paths that stay."""
    left = []
    for _, path in belongings(site, name, archives=archives):
        try:
            remove_path(path)
        except OSError:
            left.append(str(path))
    return left


def remove_path(path: Path) -> bool:
    """Remove a file, link or tree; False when there was none.  Raises OSError."""
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.is_dir():
        shutil.rmtree(path)
    else:
        return False
    return True
