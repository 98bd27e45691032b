"""MTA = 'Postfix': DATA_DIR/aliases and DATA_DIR/virtual-mailman, in 2.1's layout.

``aliases`` has the ten addresses of every list as pipes, ``virtual-mailman`` those of
the lists whose mail host is one of POSTFIX_STYLE_VIRTUAL_DOMAINS, pointing to the
aliases.  After a change POSTFIX_ALIAS_CMD and POSTFIX_MAP_CMD make Postfix's maps of
them (maps.py).  Debian's Exim recipe looks addresses up in the text itself, with both
commands set to ``/bin/true``.

The caller holds the lock ``creator``.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from mailman.errors import AliasError, CorruptList, UnknownList
from mailman.lists import MailList, catalog
from mailman.mta import maps
from mailman.mta.aliasfile import AliasFile
from mailman.mta.entries import alias_lines, local_parts
from mailman.storage import safefile

if TYPE_CHECKING:
    from mailman.site import Site

ALIASES, VIRTUAL = 'aliases', 'virtual-mailman'

ALIASES_HEAD = """\
# The addresses of Mailman's lists, for Postfix.  Name this file in alias_maps of
# main.cf, but not in alias_database.  The stanzas are Mailman's: bin/newlist and
# bin/rmlist change them, bin/genaliases writes them anew.  Other lines are yours.

# The ultimate loop stopper address
"""
VIRTUAL_HEAD = """\
# The addresses of Mailman's lists in virtual domains, for Postfix.  Name this file in
# virtual_alias_maps of main.cf.  Stanzas and blocks are Mailman's: bin/newlist and
# bin/rmlist change them, bin/genaliases writes them anew.  Other lines are yours.

# Where mail about automatic mail ends, once per domain
# LOOP ADDRESSES START
# LOOP ADDRESSES END

# The addresses that stand for the whole site, in every domain; commented out in the
# domain of the site list, where its own stanza has them
# SITE ADDRESSES START
# SITE ADDRESSES END

"""
LOOP_BLOCK, SITE_BLOCK = 'LOOP ADDRESSES', 'SITE ADDRESSES'


def create(mlist: MailList, *, quiet: bool = False) -> None:
    """Add a list to the files.  Raises AliasError when they cannot be made."""
    site = mlist.site
    aliases, virtual = _read(site, ALIASES), _read(site, VIRTUAL)
    _put(mlist, aliases, virtual)
    _publish(site, aliases, virtual)


def remove(site: Site, name: str) -> None:
    """Take a list out of the files.  Raises AliasError."""
    aliases, virtual = _read(site, ALIASES), _read(site, VIRTUAL)
    aliases.remove(name)
    virtual.remove(name)
    _publish(site, aliases, virtual)


def regenerate(site: Site, lists: Iterable[MailList], *, quiet: bool = False) -> None:
    """Write all stanzas anew (genaliases).  Raises AliasError.

    The stanza of a list that is there, but could not be read, stays as it is.
    """
    lists = list(lists)
    unread = set(catalog.names(site)) - {mlist.name for mlist in lists}
    aliases, virtual = _read(site, ALIASES), _read(site, VIRTUAL)
    for file in (aliases, virtual):
        for name in file.names():
            if name not in unread:
                file.remove(name)
    for words in (LOOP_BLOCK, SITE_BLOCK):
        virtual.empty_block(words)
    aliases.replace(_loop_line(site))
    for mlist in lists:
        _put(mlist, aliases, virtual)
    _publish(site, aliases, virtual)


# --- text ---------------------------------------------------------------------


def _read(site: Site, name: str) -> AliasFile:
    """Read a file; the text of a new one when there is none."""
    try:
        data = safefile.read(site.data_dir / name)
    except FileNotFoundError:
        head = ALIASES_HEAD + _loop_line(site) + '\n\n'
        return AliasFile(head if name == ALIASES else VIRTUAL_HEAD)
    except OSError as error:
        raise _unwritten(site, site.data_dir / name, error) from error
    return AliasFile(data.decode('utf-8', 'surrogateescape'))


def _loop_line(site: Site) -> str:
    target = site.data_dir / 'owner-bounces.mbox'
    return f'{site.cfg.MAILMAN_SITE_LIST}-loop: {target}'


def _put(mlist: MailList, aliases: AliasFile, virtual: AliasFile) -> None:
    site = mlist.site
    created = time.ctime(site.now())
    aliases.put(mlist.name, alias_lines(site, mlist.name), created)
    if not is_virtual(site, mlist.host_name):
        virtual.remove(mlist.name)
        return
    for words, lines in _shared_lines(site, mlist.host_name).items():
        virtual.add_to_block(words, lines)
    virtual.put(mlist.name, _virtual_lines(mlist), created)


def is_virtual(site: Site, host: str) -> bool:
    """Tell whether the lists of a mail host go to virtual-mailman."""
    domains = site.cfg.POSTFIX_STYLE_VIRTUAL_DOMAINS
    return host.lower() in [domain.lower() for domain in domains]


def _target(site: Site, local: str) -> str:
    domain = site.cfg.VIRTUAL_MAILMAN_LOCAL_DOMAIN
    return f'{local}@{domain}' if domain else local


def _virtual_lines(mlist: MailList) -> list[str]:
    width = len(f'{mlist.name}-unsubscribe@{mlist.host_name}') + 2
    return [
        f'{local}@{mlist.host_name}'.ljust(width) + _target(mlist.site, local)
        for local, _ in local_parts(mlist.name)
    ]


def _shared_lines(site: Site, host: str) -> dict[str, list[str]]:
    """Answer what a virtual domain adds to the blocks."""
    name = site.cfg.MAILMAN_SITE_LIST
    loop = f'{name}-loop@{host}\t{_target(site, f"{name}-loop")}'
    comment = '#' if host.lower() == _site_host(site).lower() else ''
    locals_ = [name, *(f'{name}-{word}' for word in ('owner', 'bounces', 'request'))]
    return {
        LOOP_BLOCK: [loop],
        SITE_BLOCK: [f'{comment}{x}@{host}\t{_target(site, x)}' for x in locals_],
    }


def _site_host(site: Site) -> str:
    try:
        return str(MailList.open(site, site.cfg.MAILMAN_SITE_LIST).host_name)
    except (UnknownList, CorruptList):
        return str(site.cfg.DEFAULT_EMAIL_HOST)


# --- files ------------------------------------------------------------------------


def _publish(site: Site, aliases: AliasFile, virtual: AliasFile) -> None:
    """Write the files, then have their maps made."""
    files = [(ALIASES, aliases, 'POSTFIX_ALIAS_CMD')]
    # main.cf may name this one before the first list is in it.
    if site.cfg.POSTFIX_STYLE_VIRTUAL_DOMAINS or (site.data_dir / VIRTUAL).exists():
        files.append((VIRTUAL, virtual, 'POSTFIX_MAP_CMD'))
    for name, file, _ in files:
        path = site.data_dir / name
        data = file.text.encode('utf-8', 'surrogateescape')
        try:
            safefile.write(path, data, mode=maps.MODE)
        except OSError as error:
            raise _unwritten(site, path, error) from error
        # postalias and postmap take the text's owner for the map.
        maps.settle(site, path)
    for name, _, variable in files:
        maps.update(site, variable, site.data_dir / name)


def _unwritten(site: Site, path: Path, error: OSError) -> AliasError:
    return AliasError(
        path,
        site.translator(None)(
            '%(path)s cannot be read or written: %(reason)s. Run this as root or as '
            'the mailman user; bin/check_perms -f mends permissions.',
            path=path,
            reason=error.strerror,
        ),
    )
