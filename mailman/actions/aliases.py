"""Telling the mail server about a new or removed list (2.1's MTA setting)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mailman.errors import ConfigError

if TYPE_CHECKING:
    from mailman.lists import MailList
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


def added(mlist: MailList, *, quiet: bool = False) -> None:
    """Announce a new list: print its alias block, or write the alias files."""
    module = writer(mlist.site)
    if module is not None:
        module.create(mlist, quiet=quiet)


def removed(site: Site, name: str) -> None:
    """Withdraw a list that is about to be removed."""
    module = writer(site)
    if module is not None:
        module.remove(site, name)
