"""Pages that owners of lists edit: 2.1's templates with ``<MM-...>`` tags.

Such a page (edithtml; ``lists/LIST/LANG/NAME``, see mailman.site.templates) is a
document of its owner's.  It is never compiled: it is cleaned of whatever could run, its
tags are filled in, and what was in its body is put into the frame of our pages::

    values = {'mm-list-name': mlist.real_name, 'mm-subscribe-box': email_box(...), ...}
    page = mmtags.make(mlist, 'listinfo.html', lang, values)
    return view.page(mmtags.TEMPLATE, **page._asdict())

A value is a str, which is escaped; Markup, which is trusted (mailman.web.controls
makes it); or a function that gives one of them, called only where its tag stands.
Inside an attribute and in the title any value is plain text.  Names of tags are 2.1's
without brackets, in lower case; ``mm-archive`` has the start tag of a link for its
value.  ``</mm-archive>`` and ``<mm-form-end>`` need none.  A tag that has no value, and
one that 2.1 does not know, vanishes.

``mm-digest-question-start``: a true value hides what stands before
``<mm-digest-question-end>``, as 2.1 did by a comment.

IDS names the ids of the controls, for ``<label for=...>``; each control also has a
``title`` for templates without labels.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from markupsafe import Markup, escape

from mailman.security import htmlclean
from mailman.site import templates
from mailman.site.i18n import N_, Translator

if TYPE_CHECKING:
    from mailman.lists import MailList

# The frame around such pages, in templates/web.
TEMPLATE = 'owner.html'

Value = str | Markup | Callable[[], str]
Values = Mapping[str, Value]

# All of 2.1's tags; ours that are new stand apart.
_TAGS_OF_21 = (
    'mm-ack-posts-button mm-archive mm-captcha-ui mm-case-preserved-user'
    ' mm-change-address-button mm-change-pass-button mm-confirm-address-box'
    ' mm-confirm-pass-box mm-confirm-password mm-delivery-disable-button'
    ' mm-delivery-enable-button mm-digest-question-end mm-digest-question-start'
    ' mm-digest-radio-button mm-digest-users mm-disabled-notice mm-displang-box'
    ' mm-dont-ack-posts-button mm-dont-get-password-reminder-button'
    ' mm-dont-receive-duplicates-button mm-dont-receive-own-mail-button'
    ' mm-editing-options mm-email-my-pw mm-email-user mm-favicon mm-form-end'
    ' mm-form-start mm-fullname-box mm-get-password-reminder-button'
    ' mm-global-change-of-address mm-global-deliver-button mm-global-mime-button'
    ' mm-global-nodupes-button mm-global-pw-changes-button mm-global-remind-button'
    ' mm-hide-subscription-button mm-host mm-info-button mm-lang-form-start'
    ' mm-list-description mm-list-info mm-list-langs mm-list-name'
    ' mm-list-subscription-msg mm-logout-button mm-mailman-footer'
    ' mm-mime-digests-button mm-new-address-box mm-new-pass-box mm-new-password-box'
    ' mm-num-digesters mm-num-members mm-num-reg-users mm-options-form-start'
    ' mm-options-submit-button mm-other-subscriptions-submit mm-owner mm-pending-days'
    ' mm-plain-digests-button mm-posting-addr mm-presentable-user'
    ' mm-public-subscription-button mm-recaptcha-ui mm-receive-duplicates-button'
    ' mm-receive-nonmatching-topics mm-receive-own-mail-button mm-regular-users'
    ' mm-reminder mm-request-addr mm-restricted-list-message mm-results'
    ' mm-roster-form-start mm-roster-option mm-subscribe-box mm-subscribe-button'
    ' mm-subscribe-form-start mm-suppress-nonmatching-topics mm-topics'
    ' mm-umbrella-notice mm-undigest-radio-button mm-unsubscribe-button'
    ' mm-user'
)
TAGS = frozenset(_TAGS_OF_21.split())
# Posts per month, as a picture and in words.
OUR_TAGS = frozenset({'mm-activity'})

# Tag: the id of its control.  Tags that may stand on a page twice have none, and what
# is made of several controls has more ids than one: see the notes.  None begins with
# 'mm-': scripts look for that to find tags that were not filled in.
IDS = {
    # listinfo
    'mm-subscribe-box': 'f-email',
    'mm-new-password-box': 'f-pw',
    'mm-confirm-password': 'f-pw-conf',
    'mm-undigest-radio-button': 'f-digest-0',
    'mm-digest-radio-button': 'f-digest-1',
    'mm-subscribe-button': 'f-subscribe',
    'mm-editing-options': 'f-options-email',  # a box and a button
    'mm-roster-option': 'f-roster-email',  # and f-roster-pw for the password
    # listinfo and options
    'mm-fullname-box': 'f-fullname',
    # options
    'mm-new-address-box': 'f-new-address',
    'mm-confirm-address-box': 'f-confirm-address',
    'mm-new-pass-box': 'f-newpw',
    'mm-confirm-pass-box': 'f-confpw',
    'mm-delivery-enable-button': 'f-disablemail-0',
    'mm-delivery-disable-button': 'f-disablemail-1',
    'mm-mime-digests-button': 'f-mime-0',
    'mm-plain-digests-button': 'f-mime-1',
    'mm-receive-own-mail-button': 'f-dontreceive-0',
    'mm-dont-receive-own-mail-button': 'f-dontreceive-1',
    'mm-dont-ack-posts-button': 'f-ackposts-0',
    'mm-ack-posts-button': 'f-ackposts-1',
    'mm-get-password-reminder-button': 'f-remind-0',
    'mm-dont-get-password-reminder-button': 'f-remind-1',
    'mm-public-subscription-button': 'f-conceal-0',
    'mm-hide-subscription-button': 'f-conceal-1',
    'mm-receive-duplicates-button': 'f-nodupes-0',
    'mm-dont-receive-duplicates-button': 'f-nodupes-1',
    'mm-suppress-nonmatching-topics': 'f-rcvtopic-0',
    'mm-receive-nonmatching-topics': 'f-rcvtopic-1',
    'mm-unsubscribe-button': 'f-unsubconfirm',  # the box; its button has no id
    'mm-global-change-of-address': 'f-changeaddr-globally',
    'mm-global-pw-changes-button': 'f-pw-globally',
    'mm-global-deliver-button': 'f-deliver-globally',
    'mm-global-mime-button': 'f-mime-globally',
    'mm-global-nodupes-button': 'f-nodupes-globally',
    'mm-global-remind-button': 'f-remind-globally',
}


class Page(NamedTuple):
    """A page for our frame: its title as plain text, and what goes inside.

    ``is_owners`` tells that it is not the template that came with the program.
    """

    title: str
    body: Markup
    is_owners: bool = False


# --- making pages ---------------------------------------------------------------------


def make(mlist: MailList, name: str, lang: str, values: Values) -> Page:
    """Make a page from one of the list's tag templates, such as 'listinfo.html'."""
    source, is_ours = read(mlist, name, lang)
    made = page(source, values, hosts=form_hosts(mlist))
    return made._replace(is_owners=not is_ours)


def make_percent(
    mlist: MailList, name: str, lang: str, values: Mapping[str, Value]
) -> Page:
    """Make a page from admlogin.html or private.html: their marks are ``%(name)s``."""
    source, is_ours = read(mlist, name, lang)
    made = percent_page(source, values, hosts=form_hosts(mlist))
    return made._replace(is_owners=not is_ours)


def read(mlist: MailList, name: str, lang: str) -> tuple[str, bool]:
    """Read a template as it is stored; tell whether it is the program's own.

    Raises FileNotFoundError.
    """
    site = mlist.site
    languages = [
        lang,
        mlist.preferred_language,
        str(site.cfg.DEFAULT_SERVER_LANGUAGE),
        'en',
    ]
    data, found = templates.find(
        name, languages, site.templates_dir, mlist.directory, mlist.host_name
    )
    return templates.decode(data, site.charset(found)), _is_ours(mlist, name, found)


def _is_ours(mlist: MailList, name: str, lang: str) -> bool:
    folders = templates.places(
        mlist.site.templates_dir, mlist.directory, mlist.host_name, lang
    )
    return not any((folder / name).exists() for folder in list(folders)[:-1])


def form_hosts(mlist: MailList) -> list[str]:
    """Give the hosts that hand-written forms may send to: the list's own."""
    found = re.match(r'https?://([^/]+)', mlist.url('listinfo'))
    return [found[1].lower()] if found else []


def page(source: str, values: Values, *, hosts: Collection[str] = ()) -> Page:
    """Make a page from a template's text."""
    if _is_set(values.get('mm-digest-question-start', '')):
        source = _without_digest_question(source)
    filling = _Filling(_TAG, _tag_lookup(values), hosts)
    title = filling.plain(htmlclean.title_of(source))
    return Page(htmlclean.unescape(title), filling.run(_cleaned(source, tuple(hosts))))


def percent_page(
    source: str, values: Mapping[str, Value], *, hosts: Collection[str] = ()
) -> Page:
    """Make a page from the text of a template with ``%(name)s`` marks."""
    filling = _Filling(_PERCENT, _percent_lookup(values), hosts)
    title = filling.plain(htmlclean.title_of(source))
    return Page(htmlclean.unescape(title), filling.run(_cleaned(source, tuple(hosts))))


def fill(cleaned: Markup, values: Values, *, hosts: Collection[str] = ()) -> Markup:
    """Put values for the tags in HTML that htmlclean.clean(keep_tags=True) wrote."""
    return _Filling(_TAG, _tag_lookup(values), hosts).run(cleaned)


@lru_cache(maxsize=32)
def _cleaned(source: str, hosts: tuple[str, ...]) -> Markup:
    return htmlclean.clean(source, keep_tags=True, hosts=hosts)


# --- filling in -----------------------------------------------------------------------

Lookup = Callable[[re.Match[str]], str]

_TAG = re.compile(r'<(/?mm-[a-z0-9-]+)>', re.IGNORECASE)
_PERCENT = re.compile(r'%(?:%|\((\w{1,80})\)s)')
# A start tag as htmlclean writes it.
_ELEMENT = re.compile(r'<([a-z][a-z0-9]*)((?: [a-z-]+="[^"]*")+)>')
_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')


def _tag_lookup(values: Values) -> Lookup:
    def lookup(found: re.Match[str]) -> str:
        name = found[1].lower()
        if name == '/mm-archive':
            return Markup('</a>') if _is_set(values.get('mm-archive', '')) else ''
        return _given(values.get(name, ''))

    return lookup


def _percent_lookup(values: Mapping[str, Value]) -> Lookup:
    def lookup(found: re.Match[str]) -> str:
        name = found[1]
        if name is None:
            return '%'
        # Cleaned text: what is no mark of ours stays, escaped as it is.
        return _given(values[name]) if name in values else Markup(found[0])  # noqa: S704

    return lookup


def _given(value: Value) -> str:
    return value() if callable(value) else value


def _is_set(value: Value) -> bool:
    return bool(_given(value))


class _Filling:
    """Puts values for marks: Markup between elements, plain text in attributes."""

    def __init__(
        self, marks: re.Pattern[str], lookup: Lookup, hosts: Collection[str]
    ) -> None:
        self.marks, self.lookup, self.hosts = marks, lookup, hosts

    def run(self, cleaned: Markup) -> Markup:
        """Fill cleaned HTML."""
        out: list[str] = []
        place, source = 0, str(cleaned)
        for found in _ELEMENT.finditer(source):
            if self.marks.search(found[2]):
                out.append(self._between(source[place : found.start()]))
                kept = ''.join(self._attributes(found[1], found[2]))
                out.append(f'<{found[1]}{kept}>')
                place = found.end()
        out.append(self._between(source[place:]))
        return Markup(''.join(out))  # noqa: S704 - cleaned, and each value escaped

    def plain(self, text: str) -> str:
        """Put values as plain text, escaped."""

        def value(found: re.Match[str]) -> str:
            given = self.lookup(found)
            return escape(given.striptags() if isinstance(given, Markup) else given)

        return self.marks.sub(value, text)

    def _between(self, source: str) -> str:
        return self.marks.sub(lambda found: escape(self.lookup(found)), source)

    def _attributes(self, element: str, attributes: str) -> Iterator[str]:
        for name, value in _ATTRIBUTE.findall(attributes):
            filled = self.plain(value)
            if self._allows(element, name, htmlclean.unescape(filled)):
                yield f' {name}="{filled}"'

    def _allows(self, element: str, name: str, value: str) -> bool:
        """Tell whether an address is still one of those that clean() lets through."""
        if name == 'action':
            return htmlclean.is_own_url(value, self.hosts)
        return name not in htmlclean.ADDRESSES or htmlclean.is_allowed_address(
            element, value
        )


def _without_digest_question(source: str) -> str:
    """Leave out what is between the two tags around a question about digests."""
    out, place, lower = [], 0, source.lower()
    while (start := lower.find(_QUESTION, place)) >= 0:
        end = lower.find(_QUESTION_END, start)
        if end < 0:
            break
        out.append(source[place:start])
        place = end + len(_QUESTION_END)
    return ''.join([*out, source[place:]])


_QUESTION, _QUESTION_END = '<mm-digest-question-start>', '<mm-digest-question-end>'


# --- telling owners -------------------------------------------------------------------

_REFUSED = {
    'element': N_('the element <%(what)s>'),
    'handler': N_('the attribute %(what)s, which runs a script'),
    'address': N_('the address %(what)s, which is neither http, https nor mailto'),
    'form': N_('a form that sends to %(what)s, which is not this list server'),
    'refresh': N_('a page that loads another one by itself (meta refresh)'),
}


def suspicious(source: str, _: Translator, *, hosts: Collection[str] = ()) -> list[str]:
    """Tell in words what a page must not hold; it is not saved then."""
    return [
        _(_REFUSED[kind], what=what)
        for kind, what in htmlclean.findings(source, hosts=hosts)
        if kind in _REFUSED
    ]


def not_shown(source: str, *, hosts: Collection[str] = ()) -> list[str]:
    """Name the elements and attributes that are harmless, but not taken over."""
    return [
        what
        for kind, what in htmlclean.findings(source, hosts=hosts)
        if kind == 'ignored'
    ]


def unknown_tags(source: str) -> list[str]:
    """Name the tags in a page that mean nothing; they vanish from it."""
    known = TAGS | OUR_TAGS | {'/mm-archive'}
    names = dict.fromkeys(name.lower() for name in _TAG.findall(source))
    return [f'<{name}>' for name in names if name not in known]
