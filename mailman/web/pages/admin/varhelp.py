"""?VARHELP=CATEGORY[/PART]/NAME: one setting with all that is said about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.settings import pages_of, visible
from mailman.site.i18n import N_
from mailman.web.answers import Refused
from mailman.web.pages.admin import settings

if TYPE_CHECKING:
    from mailman.settings import Page, Setting
    from mailman.web.answers import Response
    from mailman.web.view import View


def respond(view: View, wanted: str) -> Response:
    """Show the setting; 404 where there is none of that name."""
    page, one = find(view, [piece for piece in wanted.split('/') if piece])
    return settings.show(view, page, only=one)


def find(view: View, pieces: list[str]) -> tuple[Page, Setting]:
    """Give the setting and its page; raises Refused."""
    if 2 <= len(pieces) <= 3:
        for page in pages_of(pieces[0]):
            if len(pieces) == 3 and page.subcategory != pieces[1]:
                continue
            for one in visible(page, view.site):
                if one.name == pieces[-1]:
                    return page, one
    raise Refused(404, N_('There is no such setting.'))
