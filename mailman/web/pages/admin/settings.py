"""A page of settings, made from their declarations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.settings import widgets
from mailman.web.pages.admin import fields, frame
from mailman.web.pages.admin.frame import Place

if TYPE_CHECKING:
    from mailman.settings import Page, Setting
    from mailman.web.answers import Response
    from mailman.web.pages.admin.fields import Field
    from mailman.web.pages.admin.saving import Read
    from mailman.web.view import View


def show(
    view: View, page: Page, found: Read | None = None, only: Setting | None = None
) -> Response:
    """Show a page's settings, or one alone (VARHELP); ``found`` was not saved."""
    from mailman.settings import visible  # as it stands beside the declarations

    mlist, _ = view.mlist, view._
    assert mlist is not None
    settings = [only] if only else list(visible(page, view.site))
    shown = [_field(view, one, found) for one in settings]
    stamped = {
        one.name: fields.current(one, mlist) for one in settings if not one.action
    }
    place = Place.named(page.category, page.subcategory or '')
    return frame.page(
        view,
        'help.html' if only else 'settings.html',
        _('%(name)s: %(page)s', name=mlist.real_name, page=_(page.title)),
        place.category,
        place.part,
        action=place.url(mlist),
        multipart=page.category == 'autoreply',
        intro=_(page.intro) if page.intro else '',
        heading=_(page.title),
        fields=shown,
        stamp_name=fields.STAMP,
        stamp=fields.stamp(stamped),
        activity=_activity(view) if page.category == 'general' and not only else None,
    )


def _field(view: View, one: Setting, found: Read | None) -> Field:
    """Give a setting's field, as it is in the list or as it was sent."""
    assert view.mlist is not None
    typed, blank = None, None
    if found is not None and one.name in found.typed:
        typed = view.request.fields.all(one.name) or None
    if found is None and isinstance(one.widget, widgets.Topics | widgets.HeaderFilter):
        # Where an empty row was asked for; see changing.
        place = view.request.query.number('row')
        blank = place - 1 if place else None
    made = fields.make(one, view.mlist, view._, typed=typed, blank=blank)
    if found is not None:
        made.error = found.errors.get(one.name, '')
        made.changed_meanwhile = one in found.meanwhile
        _typed_rows(made, found)
    return made


def _typed_rows(made: Field, found: Read) -> None:
    """Show the rows that were sent, with what is wrong at each."""
    rows = found.rows.get(made.name)
    if rows is None or made.name not in found.typed:
        return
    values = [tuple(value[:-1]) for value in rows.values]
    made.rows = fields.rows(values, made.kind)
    for place, text in found.row_errors.get(made.name, {}).items():
        made.rows[place].error = text


def _activity(view: View) -> list[object]:
    """Give the posts of the last twelve months, for the picture."""
    from mailman.lists import activity

    assert view.mlist is not None
    return list(activity.last_months(view.site, view.mlist.name))
