"""members/list: find members, see what they get, change it by boxes.

A list of at least ``admin_member_chunksize`` members is shown by first letter and in
pieces.  Whole lists are only looked through as plain strings; what is dear is done for
the rows that are shown.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, unquote, urlencode

from mailman.constants import DeliveryStatus, MemberFlag
from mailman.settings.texts import numbered_characters
from mailman.site.i18n import N_
from mailman.web import notices
from mailman.web.pages.admin import fields, frame
from mailman.web.pages.admin.frame import Place

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.web.answers import Response
    from mailman.web.view import View

# The boxes of a row, in 2.1's order: field, flag, heading.
BOXES = (
    ('mod', MemberFlag.MODERATE, N_('moderated')),
    ('hide', MemberFlag.CONCEAL_SUBSCRIPTION, N_('hidden')),
    ('nomail', None, N_('no mail')),
    ('ack', MemberFlag.ACKNOWLEDGE_POSTS, N_('receipts')),
    ('notmetoo', MemberFlag.DONT_RECEIVE_OWN_POSTS, N_('no own posts')),
    ('nodupes', MemberFlag.DONT_RECEIVE_DUPLICATES, N_('no second copy')),
    ('digest', None, N_('digest')),
    ('plain', MemberFlag.DISABLE_MIME, N_('plain digest')),
)
# Why a member gets no mail: 2.1's letter, and in words.
REASONS = {
    DeliveryStatus.UNKNOWN: ('?', N_('stopped, nobody knows why')),
    DeliveryStatus.BY_USER: ('U', N_('stopped by the member')),
    DeliveryStatus.BY_ADMIN: ('A', N_('stopped by an owner')),
    DeliveryStatus.BY_BOUNCE: ('B', N_('stopped because mail bounced')),
}


@dataclass
class Wanted:
    """Which members the page is about."""

    find: str
    letter: str
    chunk: int

    @classmethod
    def of(cls, view: View) -> Wanted:
        """Read it from the address; from the form where its search button was used."""
        form, query = view.request.fields, view.request.query
        asked = form if 'findmember_btn' in form or 'findmember' not in query else query
        chunk = query.number('chunk') or 0
        letter = query.get('letter')[:1].lower()
        return cls(asked.text('findmember'), letter, max(chunk, 0))

    def query(self, **more: object) -> str:
        """Give the query that asks for this, or with other values."""
        values = {'findmember': self.find, 'letter': self.letter, 'chunk': self.chunk}
        pairs = [(name, value) for name, value in (values | more).items() if value]
        return '?' + urlencode(pairs) if pairs else ''


class Part(NamedTuple):
    """The members on one page: their keys, and the ways to the others."""

    keys: list[str]
    letters: list[str]
    letter: str
    chunk: int
    chunks: list[tuple[str, str]]


class Row(NamedTuple):
    """A member on the page."""

    key: str
    address: str
    user: str
    name: str
    language: str
    boxes: list[tuple[str, bool]]
    letter: str
    reason: str
    since: str
    score: str
    url: str


# --- which ones -----------------------------------------------------------------------


def find(mlist: MailList, pattern: str) -> tuple[list[str], str]:
    """Give the members whose address or name has the pattern; and what is wrong.

    2.1's rule: a regular expression, case ignored.
    """
    keys = mlist.member_keys()
    if not pattern:
        return keys, ''
    # Start-up time: most pages search for nobody.
    from mailman.mail.patterns import PatternError, check_now

    try:
        check_now(pattern, re.IGNORECASE)
    except PatternError as error:
        return [], str(error)
    return _matching(mlist, pattern, keys)


def _matching(mlist: MailList, pattern: str, keys: list[str]) -> tuple[list[str], str]:
    """Search, letting no pattern run away, and a plain word without a pattern."""
    from mailman.mail.patterns import search

    names = mlist.usernames
    if re.fullmatch(r'[\w@ -]+', pattern):
        word = pattern.lower()
        found = [k for k in keys if word in k or word in (names.get(k) or '').lower()]
        return found, ''
    trouble: list[str] = []
    found = []
    for key in keys:
        texts = (key, names[key]) if names.get(key) else (key,)
        if any(search(pattern, t, re.IGNORECASE, report=trouble.append) for t in texts):
            found.append(key)
        if trouble:
            return [], trouble[0]
    return found, ''


def part_of(mlist: MailList, keys: list[str], wanted: Wanted) -> Part:
    """Give the members that one page shows."""
    size = max(int(mlist.admin_member_chunksize), 1)
    if len(keys) < size:
        return Part(sorted(keys), [], '', 0, [])
    letters = sorted({key[0] for key in keys})
    letter = wanted.letter if wanted.letter in letters else letters[0]
    bucket = sorted(key for key in keys if key[0] == letter)
    count = -(-len(bucket) // size)
    chunk = min(wanted.chunk, count - 1)
    chunks = [
        (bucket[n * size], bucket[min((n + 1) * size, len(bucket)) - 1])
        for n in range(count)
    ]
    return Part(
        bucket[chunk * size : (chunk + 1) * size], letters, letter, chunk, chunks
    )


def counts(mlist: MailList) -> dict[str, int]:
    """Count the members by kind and state."""
    states = Counter(
        status
        for key, (status, _since) in mlist.delivery_status.items()
        if status and mlist.is_member(key)
    )
    moderated = int(MemberFlag.MODERATE)
    flags = mlist.user_options.values()
    return {
        'all': len(mlist.members) + len(mlist.digest_members),
        'digest': len(mlist.digest_members),
        'moderated': sum(1 for bits in flags if bits & moderated),
        'U': states[DeliveryStatus.BY_USER],
        'A': states[DeliveryStatus.BY_ADMIN],
        'B': states[DeliveryStatus.BY_BOUNCE],
        '?': states[DeliveryStatus.UNKNOWN],
    }


# --- the page -------------------------------------------------------------------------


def show(view: View, wanted: Wanted | None = None) -> Response:
    """Show the members that are wanted."""
    mlist, _ = view.mlist, view._
    assert mlist is not None
    wanted = wanted or Wanted.of(view)
    keys, wrong = find(mlist, wanted.find)
    if wrong:
        text = _('This regular expression cannot be used: %(error)s', error=wrong)
        view.say(text, notices.ERROR, field='findmember')
    part = part_of(mlist, keys, wanted)
    base = mlist.url('admin', 'members', absolute=False)
    here = Wanted(wanted.find, part.letter if part.letters else '', part.chunk)
    options = mlist.url('options', absolute=False)
    lang_names = fields.languages(view.site, list(mlist.available_languages), _)
    return frame.page(
        view,
        'members.html',
        _('%(name)s: members', name=mlist.real_name),
        'members',
        'list',
        action=base + here.query(),
        base=base,
        export=mlist.url('admin', 'members', 'export', absolute=False),
        wanted=wanted,
        wrong=wrong,
        found=len(keys),
        rows=[_row(view, mlist, key, options) for key in part.keys],
        boxes=[_(title) for _name, _flag, title in BOXES],
        languages=lang_names,
        counts=counts(mlist),
        letters=[(one, base + here.query(letter=one, chunk=0)) for one in part.letters],
        chunks=[
            (first, last, base + here.query(chunk=n))
            for n, (first, last) in enumerate(part.chunks)
        ],
        letter=part.letter,
        chunk=part.chunk,
        legend=view.request.query.get('legend') == 'yes',
        reasons=[(letter, _(text)) for letter, text in REASONS.values()],
    )


def _row(view: View, mlist: MailList, key: str, options: str) -> Row:
    """Give what the page shows of a member."""
    bits = mlist.user_options.get(key, 0)
    digest = key in mlist.digest_members
    given = (mlist.digest_members if digest else mlist.members)[key] or key
    status = mlist.delivery_status_of(key) if key in mlist.delivery_status else 0
    on = {'nomail': bool(status), 'digest': digest}
    quoted = quote(key)
    boxes = [
        (f'{quoted}_{name}', on[name] if flag is None else bool(bits & int(flag)))
        for name, flag, _title in BOXES
    ]
    letter, reason = REASONS.get(DeliveryStatus(status), ('', ''))
    score = (mlist.bounce_info.get(key) or {}).get('score')
    return Row(
        key,
        given,
        quoted,
        mlist.usernames.get(key) or '',
        mlist.language_of(key),
        boxes,
        letter,
        view._(reason) if reason else '',
        _day(mlist.delivery_changed_at(key)) if status else '',
        f'{score:g}' if isinstance(score, int | float) and score else '',
        f'{options}/{quote(key, safe="")}',
    )


def _day(when: float) -> str:
    """Give a date, '' for what is none."""
    import time

    try:
        return time.strftime('%Y-%m-%d', time.gmtime(when)) if when > 0 else ''
    except (OverflowError, ValueError, OSError):
        return ''


# --- changing -------------------------------------------------------------------------


def search(view: View, place: Place) -> Response | None:
    """Answer a search by its button with the page's address, which can be kept."""
    form, mlist = view.request.form, view.mlist
    if place.category != 'members' or 'findmember_btn' not in form or mlist is None:
        return None
    wanted = Wanted(form.text('findmember'), '', 0)
    url = mlist.url('admin', 'members', absolute=False) + wanted.query()
    return view.after_change(url, lambda: show(view, wanted))


def change(view: View) -> bool | None:
    """Do what the buttons of the page ask for."""
    form, mlist = view.request.fields, view.mlist
    assert mlist is not None
    if 'allmodbit_btn' in form and form.number('allmodbit_val') in (0, 1):
        _moderate_all(view, mlist, form.number('allmodbit_val') == 1)
        return True
    if 'setmemberopts_btn' in form and form.all('user'):
        _settle(view, mlist)
        return True
    return None


def _moderate_all(view: View, mlist: MailList, on: bool) -> None:
    from mailman.actions import upkeep

    with mlist.lock(10):
        count = upkeep.moderate_all(mlist, on)
        mlist.save_changes()
    plural = view._.plural
    if on:
        said = plural(
            '%(n)s member is moderated now.', '%(n)s members are moderated now.', count
        )
    else:
        said = plural(
            '%(n)s member is not moderated any more.',
            '%(n)s members are not moderated any more.',
            count,
        )
    view.say(said)


def _settle(view: View, mlist: MailList) -> None:
    """Give the members of the rows what their boxes say."""
    from mailman.actions import upkeep
    from mailman.web.pages.admin.mass import tell

    done, gone = upkeep.Tally(), upkeep.Tally()
    with mlist.lock(10):
        for user in dict.fromkeys(view.request.fields.all('user')):
            upkeep.settle(mlist, _wish(view, user), done, gone)
        mlist.save_changes()
    _ = view._
    count = len(gone.done)
    tell(
        view,
        gone,
        _.plural('%(n)s member was removed:', '%(n)s members were removed:', count),
    )
    count = len(done.done)
    tell(
        view,
        done,
        _.plural('%(n)s member was changed:', '%(n)s members were changed:', count),
    )


def _wish(view: View, user: str) -> Any:
    """Read a row; a box that is not there is off."""
    from mailman.actions.upkeep import Wish

    form = view.request.fields

    def box(name: str) -> bool:
        return f'{user}_{name}' in form

    flags = {flag: box(name) for name, flag, _title in BOXES if flag is not None}
    flags[MemberFlag.MODERATE] = bool(form.get(f'{user}_mod'))
    name = numbered_characters(form.text(f'{user}_realname'))
    return Wish(
        unquote(user).lower(),
        box('unsub'),
        flags,
        box('nomail'),
        box('digest'),
        form.get(f'{user}_language') or None,
        ' '.join(name.split()) if box('realname') else None,
    )
