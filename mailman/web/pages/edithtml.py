"""edithtml/LIST and edithtml/LIST/TEMPLATE: owners write the list's pages and mails.

Pages must not hold what could run in a reader's browser: such a text is refused, with
what is wrong in it; and whatever is stored is cleaned again when it is shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailman.actions import listtexts
from mailman.constants import Role
from mailman.mail.text import fill
from mailman.web import auth, loginpage, mmtags, notices, ownerpages
from mailman.web.notices import Notice
from mailman.web.view import View, open_list

if TYPE_CHECKING:
    from mailman.web.answers import Response
    from mailman.web.request import Request

LOCK_SECONDS = 10
# What the buttons are called; ``submit`` and ``editlang-button`` are 2.1's.
PREVIEW, DROP, REALLY_DROP = 'preview', 'drop', 'drop-really'


def respond(request: Request) -> Response:
    """Show the choice of texts, or one of them; save what was written."""
    mlist = open_list(request)
    view = View(request, mlist)
    if request.rest[:1] == ['logout']:
        view.log_out(Role.LIST_ADMIN, Role.SITE_ADMIN)
        return loginpage.ask(view, 'admin', wrong=False)
    loginpage.require(view, auth.OWNERS)
    if not request.rest:
        return choice(view)
    name = request.rest[0]
    if name not in listtexts.TEXTS or len(request.rest) > 1:
        view.say(view._('There is no such text. Choose one of these.'), notices.ERROR)
        return choice(view)
    return edit(view, name)


def choice(view: View) -> Response:
    """Show what can be edited."""
    mlist, _ = view.mlist, view._
    assert mlist is not None
    title = _('Pages and mails of %(list)s', list=mlist.real_name)
    return view.page(
        'edithtml.html',
        title,
        texts=listtexts.TEXTS,
        own=listtexts.own_copies(mlist, view.lang),
        here=mlist.url('edithtml', absolute=False),
        **_languages(view),
    )


def edit(view: View, name: str) -> Response:
    """Do what the pressed button says."""
    fields = view.request.fields
    if 'langform' in fields or not (
        set(fields) & {'html_code', 'submit', PREVIEW, DROP, REALLY_DROP}
    ):
        return show(view, name)
    typed = fields.get('html_code') if 'html_code' in fields else None
    if not view.may_change():
        return show(view, name, typed)
    if REALLY_DROP in fields:
        return drop(view, name)
    if DROP in fields:
        return ask_to_drop(view, name)
    if typed is None or not typed.strip():
        text = view._('Nothing was saved: the text is empty.')
        view.say(text, notices.ERROR, field='html_code')
        return show(view, name)
    if PREVIEW in fields:
        return show(view, name, typed, preview=True)
    return save(view, name, typed)


def save(view: View, name: str, typed: str) -> Response:
    """Save the text, unless it could harm who reads it."""
    mlist = view.mlist
    assert mlist is not None
    if name.endswith('.html'):
        found = mmtags.suspicious(typed, view._, hosts=mmtags.form_hosts(mlist))
        if found:
            text = view._(
                'Not saved. For the safety of its readers, a page may not have:'
            )
            view.notices.append(Notice(text, notices.ERROR, found, 'html_code'))
            return show(view, name, typed)
    with mlist.lock(LOCK_SECONDS):
        listtexts.save(mlist, name, view.lang, typed)
    view.say(view._('%(name)s was saved, and is in use.', name=name))
    warn(view, name, typed)
    return view.after_change(_here(view, name), lambda: show(view, name))


def warn(view: View, name: str, text: str) -> None:
    """Say what has no effect."""
    _ = view._
    if listtexts.TEXTS[name].is_tagged:
        unknown = mmtags.unknown_tags(text)
    else:
        unknown = [f'%({one})s' for one in listtexts.unknown_names(name, text)]
    ignored = mmtags.not_shown(text) if name.endswith('.html') else []
    for said, found in (
        (_('Nothing is filled in for these marks:'), unknown),
        (_('These elements and attributes are left out of the page:'), ignored),
    ):
        if found:
            view.notices.append(Notice(said, notices.WARNING, found[:20]))


def ask_to_drop(view: View, name: str) -> Response:
    """Ask once: what the owner wrote is gone then."""
    title = view._('Back to the text of the site: %(name)s', name=name)
    return view.page('edithtml_drop.html', title, name=name, **_frame(view, name))


def drop(view: View, name: str) -> Response:
    """Forget the list's copy."""
    mlist, _ = view.mlist, view._
    assert mlist is not None
    with mlist.lock(LOCK_SECONDS):
        gone = listtexts.drop(mlist, name, view.lang)
    if gone:
        view.say(_('The text of the site is in use again for %(name)s.', name=name))
    else:
        text = _('The list has no text of its own for %(name)s.', name=name)
        view.say(text, notices.WARNING)
    return view.after_change(_here(view, name), lambda: show(view, name))


# --- showing --------------------------------------------------------------------------


def show(
    view: View, name: str, typed: str | None = None, *, preview: bool = False
) -> Response:
    """Show a text, with a form to change it."""
    mlist, _ = view.mlist, view._
    assert mlist is not None
    text = listtexts.read(mlist, name, view.lang) if typed is None else typed
    if preview:
        warn(view, name, text)
    about = listtexts.TEXTS[name]
    return view.page(
        'edithtml_text.html',
        _('%(name)s: %(purpose)s', name=name, purpose=_(about.purpose)),
        name=name,
        text=text,
        names=sorted(about.names),
        tags=sorted(mmtags.TAGS | mmtags.OUR_TAGS) if about.is_tagged else [],
        is_own=listtexts.is_own(mlist, name, view.lang),
        is_page=name.endswith('.html'),
        preview=_preview(view, name, text) if preview else None,
        **_frame(view, name),
    )


def _preview(view: View, name: str, text: str) -> Any:
    """Make what readers would see: a cleaned page, or a mail with sample values."""
    mlist = view.mlist
    assert mlist is not None
    if not name.endswith('.html'):
        return fill(text, samples(view, name))
    hosts = mmtags.form_hosts(mlist)
    if listtexts.TEXTS[name].is_tagged:
        # Words in place of controls: nothing in a preview can be sent.
        marks = {tag: f'[{tag}]' for tag in mmtags.TAGS - _NOT_SEEN}
        return mmtags.page(text, {**marks, **_seen(view)}, hosts=hosts).body
    return mmtags.percent_page(text, samples(view, name), hosts=hosts).body


def _seen(view: View) -> dict[str, Any]:
    """Give the values that are the same for every reader."""
    values = ownerpages.common(view)
    return {tag: value for tag, value in values.items() if tag not in _NOT_SEEN}


# Those that open and hide something, or are there for some readers only.
_NOT_SEEN = frozenset(
    tag
    for tag in mmtags.TAGS
    if tag.endswith(('form-start', 'question-start', 'question-end', 'captcha-ui'))
)


def samples(view: View, name: str) -> dict[str, str]:
    """Give values for the marks of a text: the list's own, else their names."""
    mlist = view.mlist
    assert mlist is not None
    known = {
        'listname': mlist.real_name,
        'real_name': mlist.real_name,
        'realname': mlist.real_name,
        'host_name': mlist.host_name,
        'hostname': mlist.host_name,
        'listaddr': mlist.address(),
        'emailaddr': mlist.address(),
        'fqdn_lname': mlist.address(),
        'listinfo_url': mlist.url('listinfo'),
        'requestaddr': mlist.address('request'),
        'owneraddr': mlist.address('owner'),
        'action': '#content',
        'path': '#content',
    }
    return {one: str(known.get(one, f'[{one}]')) for one in listtexts.TEXTS[name].names}


def _frame(view: View, name: str) -> dict[str, Any]:
    return {'here': _path(view, name), **_languages(view)}


def _path(view: View, name: str) -> str:
    assert view.mlist is not None
    return view.mlist.url('edithtml', name, absolute=False)


def _here(view: View, name: str) -> str:
    return f'{_path(view, name)}?language={view.lang}'


def _languages(view: View) -> dict[str, Any]:
    assert view.mlist is not None
    codes = ownerpages.choices_of(view.site, view.mlist)
    names = [(code, ownerpages.language_name(view, code)) for code in codes]
    return {'languages': names, 'language': view.lang}
