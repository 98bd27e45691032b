"""Taking a settings form: all of it, or nothing and the reasons.

A field that comes back as the page showed it is left alone, so that nobody undoes what
somebody else saved meanwhile.  One that both changed is a conflict: nothing is saved.
Forms without our stamp, as scripts send them, mean every field they hold.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mailman.actions import configure
from mailman.errors import BadSetting
from mailman.settings import rows as row_fields
from mailman.settings import visible, widgets
from mailman.site.i18n import N_
from mailman.web import notices
from mailman.web.notices import Notice
from mailman.web.pages.admin import fields as shown

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.settings import Page, Setting
    from mailman.web.fields import Fields
    from mailman.web.view import View


@dataclass
class Read:
    """What a form wants of a page's settings."""

    values: dict[Setting, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    row_errors: dict[str, dict[int, str]] = field(default_factory=dict)
    rows: dict[str, row_fields.Rows] = field(default_factory=dict)
    meanwhile: list[Setting] = field(default_factory=list)
    acts: list[str] = field(default_factory=list)
    # What somebody typed or chose, unlike what the page had shown.
    typed: set[str] = field(default_factory=set)
    # The form has one of the page's fields.
    any: bool = False


def names_of(page: Page, view: View) -> list[Setting]:
    """Give what a page shows on this site."""
    return list(visible(page, view.site))


def read(view: View, page: Page, form: Fields) -> Read:
    """Read and judge a form against the list as it is now."""
    assert view.mlist is not None
    found = Read()
    marks = shown.read_stamp(form.get(shown.STAMP))
    for one in names_of(page, view):
        if one.action:
            if one.name in form:
                found.any = True
                if form.text(one.name) == '1':
                    found.acts.append(one.name)
        elif isinstance(one.widget, widgets.Topics | widgets.HeaderFilter):
            _read_rows(view, one, form, marks, found)
        else:
            _read_one(view, one, form, marks, found)
    return found


def _read_one(
    view: View, one: Setting, form: Fields, marks: dict[str, str], found: Read
) -> None:
    mlist = view.mlist
    assert mlist is not None
    upload = form.get(f'{one.name}_upload')
    if upload.strip() and one.widget is not None and one.widget.kind == 'FileUpload':
        posted = [upload]
    elif one.name in form:
        posted = form.all(one.name)
    else:
        return
    found.any = True
    if not _is_meant(one, posted, shown.current(one, mlist), marks, found):
        return
    try:
        found.values[one] = one.parse_form(posted, mlist)
    except BadSetting as error:
        found.errors[one.name] = reason(view, error)


def _is_meant(
    one: Setting,
    posted: list[str],
    now: list[str],
    marks: dict[str, str],
    found: Read,
) -> bool:
    """Tell whether the form changes this setting; notes a conflict."""
    if shown.same(posted) == shown.same(now):
        return False
    mark = marks.get(one.name)
    if mark is not None and shown.digest(posted) == mark:
        return False
    found.typed.add(one.name)
    if mark is None:
        return True
    if shown.digest(now) != mark:
        found.meanwhile.append(one)
    return True


def _read_rows(
    view: View, one: Setting, form: Fields, marks: dict[str, str], found: Read
) -> None:
    mlist = view.mlist
    assert mlist is not None
    rows = row_fields.read(one.widget, form)
    if rows is None:
        return
    found.any = True
    found.rows[one.name] = rows
    posted = [repr([value[:-1] for value in rows.values])]
    if not _is_meant(one, posted, shown.current(one, mlist), marks, found):
        return
    wrong: dict[int, str] = {}
    for place, value in enumerate(rows.values):
        try:
            one.parse([value], mlist)
        except BadSetting as error:
            wrong[place] = reason(view, error)
    if wrong:
        found.errors[one.name] = next(iter(wrong.values()))
        found.row_errors[one.name] = wrong
        return
    try:
        found.values[one] = one.parse(rows.values, mlist)
    except BadSetting as error:
        found.errors[one.name] = reason(view, error)


def reason(view: View, error: BadSetting) -> str:
    """Say in the page's language why a value is not taken, and which."""
    text = view._(error.reason, **error.values) if error.reason else view._('bad value')
    if not isinstance(error.value, str) or not error.value.strip():
        return text
    return view._('%(reason)s: %(value)s', reason=text, value=shown.short(error.value))


# --- saving -------------------------------------------------------------------------


def save(view: View, page: Page, form: Fields) -> Read:
    """Save what a form wants, or nothing; the view's notices say what was done.

    The answer has errors, or conflicts (``meanwhile``), where nothing was saved.
    """
    mlist = view.mlist
    assert mlist is not None
    with mlist.lock(10):
        found = read(view, page, form)
        if found.errors or found.meanwhile:
            return found
        changes = configure.change(mlist, page, found.values, view._)
        mlist.save_changes()
        done = [configure.act(mlist, name, view._) for name in found.acts]
        mlist.save_changes()
    _tell(view, mlist, changes)
    for text in done:
        view.say(text)
    return found


def _tell(view: View, mlist: MailList, changes: configure.Changes) -> None:
    _ = view._
    lines = [_line(view, mlist, one) for one in changes.made]
    if lines:
        text = _.plural(
            '%(n)s setting was changed:', '%(n)s settings were changed:', len(lines)
        )
        view.notices.append(Notice(text, notices.DONE, lines))
    for name, text in changes.warnings:
        line = f'{name}: {text}' if name else text
        view.say(line, notices.WARNING, field=name)


def _line(view: View, mlist: MailList, one: configure.Change) -> str:
    old, new = (
        shown.short(shown.in_words(one.setting, value, mlist, view._))
        for value in (one.old, one.new)
    )
    name = f'{view._(one.setting.summary)} ({one.setting.name})'
    return f'{name}: {old} → {new}'


MEANWHILE = N_(
    'Somebody else changed the same settings while this page was open: %(names)s.'
    ' Nothing was saved. The page shows what you typed; save again to replace theirs.'
)


def tell_errors(view: View, found: Read) -> None:
    """Put what is wrong on top of the page, each with a link to its field."""
    if found.meanwhile:
        names = ', '.join(one.name for one in found.meanwhile)
        text = view._(MEANWHILE, names=names)
        view.say(text, notices.ERROR, field=found.meanwhile[0].name)
    for name, text in found.errors.items():
        line = view._('Nothing was saved. %(name)s: %(text)s', name=name, text=text)
        view.say(line, notices.ERROR, field=name)
