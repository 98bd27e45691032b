"""The members' pages by their parts: list, add, remove, change, sync, export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.web.pages.admin import mass, memberlist

if TYPE_CHECKING:
    from mailman.web.answers import Response
    from mailman.web.pages.admin.frame import Place
    from mailman.web.view import View


def respond(view: View, place: Place) -> Response:
    """Show the page of a part."""
    if place.part == 'list':
        return memberlist.show(view)
    if place.part == 'export':
        from mailman.web.pages.admin import export

        return export.respond(view)
    return mass.show(view, place.part)
