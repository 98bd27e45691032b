"""Telling the mail server about a new or removed list (2.1's MTA setting)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mailman.actions.systemmail import UserNotification
from mailman.errors import ConfigError, UnknownList
from mailman.lists import MailList
from mailman.mta.entries import alias_lines

if TYPE_CHECKING:
    from mailman.site import Site

# The values of MTA in mm_cfg.py; None does nothing.
WRITERS = {'Manual': 'manual', 'Postfix': 'postfix'}


def writer(site: Site) -> Any | None:
    """Answer the module of mailman.mta that MTA names; None for MTA = None.

    Raises ConfigError for a name that is not ours.
    """
    name = site.cfg.MTA
    if not name:
        return None
    if name not in WRITERS:
        raise ConfigError(
            site.prefix / 'Mailman' / 'mm_cfg.py',
            None,
            site.translator(None)(
                "MTA = %(name)r is not known: say 'Manual', 'Postfix' or None",
                name=name,
            ),
        )
    return import_module(f'mailman.mta.{WRITERS[name]}')


def added(mlist: MailList, *, quiet: bool = False, from_web: bool = False) -> None:
    """Announce a new list: print its alias block, or write the alias files.

    ``from_web``: there is nobody to print to, so the block is mailed to the site's
    owner (2.1's ``cgi``).
    """
    module = writer(mlist.site)
    if module is not None and from_web and mlist.site.cfg.MTA == 'Manual':
        _mail_lines(mlist.site, mlist.name, new=True)
    elif module is not None:
        module.create(mlist, quiet=quiet)


def removed(site: Site, name: str, *, from_web: bool = False) -> None:
    """Withdraw a list that is about to be removed; ``from_web`` as for ``added``."""
    module = writer(site)
    if module is not None and from_web and site.cfg.MTA == 'Manual':
        _mail_lines(site, name, new=False)
    elif module is not None:
        module.remove(site, name)


def _mail_lines(site: Site, name: str, *, new: bool) -> None:
    """Mail the site's owner what to change in /etc/aliases."""
    _ = site.translator(None)
    try:
        site_list = MailList.open(site, str(site.cfg.MAILMAN_SITE_LIST).lower())
    except UnknownList:
        text = f'{name}: MTA is Manual, and no site list to mail its aliases to'
        site.log.write('error', text)
        return
    if new:
        subject = _('Mail aliases for the new list %(name)s', name=name)
        text = _(
            'The list %(name)s was made on the web. Put these lines into /etc/aliases'
            ' (or the like) and run newaliases:',
            name=name,
        )
    else:
        subject = _('Mail aliases of the list %(name)s to remove', name=name)
        text = _(
            'The list %(name)s was removed on the web. Take these lines out of'
            ' /etc/aliases (or the like) and run newaliases:',
            name=name,
        )
    lines = '\n'.join(alias_lines(site, name, separators=1))
    owner = site_list.address('owner')
    body = f'{text}\n\n{lines}\n'
    UserNotification(site_list, owner, owner, subject, body).send()
