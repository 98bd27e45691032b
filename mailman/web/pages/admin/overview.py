"""admin without a list: whose owners may log in where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.lists import overview
from mailman.web import notices
from mailman.web.view import View

if TYPE_CHECKING:
    from mailman.web.answers import Refused, Response
    from mailman.web.request import Request


def respond(request: Request, refusal: Refused | None = None) -> Response:
    """Show the advertised lists of this host, each with its administration."""
    view = View(request)
    cfg = request.site.cfg
    host = request.host if request.host in cfg.VIRTUAL_HOSTS else cfg.DEFAULT_URL_HOST
    lists = overview.shown(request.site, request.host)
    if refusal is not None:
        view.say(view._(refusal.text), notices.ERROR)
    return view.page(
        'admin/overview.html',
        view._('Administration of the lists at %(host)s', host=host),
        status=refusal.status if refusal else 200,
        lists=lists,
        create=view.url('create'),
        listinfo=view.url('listinfo'),
    )
