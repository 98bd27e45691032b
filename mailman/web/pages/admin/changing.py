"""What a form of owners asks for, done: passwords, members, settings, in this order.

As in 2.1 the fields decide, not the page that they came from: scripts send members'
fields to any category.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from mailman.web import notices
from mailman.web.pages import admin
from mailman.web.pages.admin import saving
from mailman.web.pages.admin.saving import Read

if TYPE_CHECKING:
    from mailman.web.answers import Response
    from mailman.web.pages.admin.frame import Place
    from mailman.web.view import View

# Does its part: None for nothing to do, True for done, a Response for trouble.
Handler = Callable[['View'], 'Response | bool | None']


def respond(view: View, place: Place) -> Response | None:
    """Do all that the fields ask for; None where they ask for nothing known."""
    from mailman.web.pages.admin import mass, memberlist, passwords

    done = False
    handlers: list[Handler] = [
        passwords.change,
        mass.add,
        mass.remove,
        mass.change_address,
        mass.synchronise,
        memberlist.change,
    ]
    for handler in handlers:
        answer = handler(view)
        if answer is not None and not isinstance(answer, bool):
            return answer
        done = done or bool(answer)
    found = saving.save(view, place.page, view.request.fields)
    if found.errors or found.meanwhile:
        from mailman.web.pages.admin import settings

        saving.tell_errors(view, found)
        return settings.show(view, place.page, found)
    if not (done or found.any):
        return memberlist.search(view, place)
    if not (view.notices or _blank(found)):
        text = view._('Nothing was changed: all is as it was sent.')
        view.say(text, notices.DONE)
    return view.after_change(_next(view, place, found), lambda: admin.show(view, place))


# Where one begins to type a new row, by the name of the setting.
FIRST_BOX = {'topics': 'topic_box', 'header_filter_rules': 'hdrfilter_rebox'}


def _blank(found: Read) -> tuple[str, int] | None:
    """Give the setting and the number of an empty row that was asked for."""
    for name, rows in found.rows.items():
        if rows.blank is not None:
            return name, rows.blank + 1
    return None


def _next(view: View, place: Place, found: Read) -> str:
    """Give the address of the page that follows: the same, as it is now."""
    assert view.mlist is not None
    url = place.url(view.mlist)
    query = view.request.query
    kept = [
        (name, query.get(name))
        for name in ('letter', 'chunk', 'findmember')
        if place.category == 'members' and query.get(name)
    ]
    row = _blank(found)
    if row:
        return f'{url}?row={row[1]}#{FIRST_BOX[row[0]]}_{row[1]:02}'
    return f'{url}?{urlencode(kept)}' if kept else url
