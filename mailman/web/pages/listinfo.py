"""listinfo: all lists of a host, or what one list is and how to join it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.lists import overview
from mailman.web import controls, notices
from mailman.web.answers import Refused, Response
from mailman.web.view import View, open_list

if TYPE_CHECKING:
    from mailman.lists.overview import Overview
    from mailman.web.request import Request

# More lists than these have a search box.
FEW = 20


def respond(request: Request) -> Response:
    """Show one list, or all."""
    if not request.list_name:
        return all_lists(View(request))
    try:
        mlist = open_list(request)
    except Refused as refusal:
        if refusal.status != 404:
            raise
        view = View(request)
        view.say(view._(refusal.text), notices.ERROR)
        return all_lists(view, status=404)
    from mailman.web import joinform  # start-up time: the overview has no form

    return joinform.page(View(request, mlist))


def all_lists(view: View, *, status: int = 200) -> Response:
    """Show the lists that the host advertises."""
    from mailman.lists import activity  # as above

    _, site, host = view._, view.site, view.request.host
    lists = overview.shown(site, host)
    wanted = view.request.query.text('q')[:100]
    found = [one for one in lists if fits(one, wanted)] if wanted else lists
    busy = {
        one.name: sum(month.posts for month in activity.last_months(site, one.name, 1))
        for one in found
    }
    return view.page(
        'listinfo.html',
        _('Mailing lists at %(host)s', host=site_name(view)),
        status=status,
        lists=found,
        total=len(lists),
        busy=busy,
        most=max(busy.values(), default=0),
        wanted=wanted,
        search=len(lists) > FEW or bool(wanted),
        host=host,
        admin_link=controls.link(view.url('admin'), _('administration')),
    )


def site_name(view: View) -> str:
    """Give the host to be named: the one asked for, if it is one of the site's."""
    host, cfg = view.request.host, view.site.cfg
    known = {str(name).lower() for name in cfg.VIRTUAL_HOSTS}
    return host if host in known else str(cfg.DEFAULT_URL_HOST)


def fits(one: Overview, wanted: str) -> bool:
    """Tell whether all words that were looked for are in a list's name or description.

    Upper and lower case are the same.
    """
    text = f'{one.name} {one.real_name} {one.description}'.lower()
    return all(word in text for word in wanted.lower().split())
