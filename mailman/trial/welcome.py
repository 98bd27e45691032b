"""The first page of the trial site: what this is, and what to look at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mailman.lists import MailList, catalog
from mailman.trial import MEMBERS, PASSWORD
from mailman.web.request import Request
from mailman.web.view import View

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.web.answers import Response

LIST = 'test'


def answer(site: Site, environ: Mapping[str, Any]) -> Response:
    """Show the page."""
    view = View(Request(site, environ, 'listinfo'))
    mlist = MailList.open(site, LIST) if catalog.exists(site, LIST) else None
    return view.page(
        'trial.html',
        view._('The trial site of Mailman Classic'),
        password=PASSWORD,
        member=MEMBERS[0],
        mlist=mlist,
        door=int(getattr(site.cfg, 'TRIAL_DOOR_PORT', 8025)),
        lists=view.url('listinfo'),
        create=view.url('create'),
    )
