"""Carries out what a moderator wants, and finds the words for what became of it.

Everything happens under one lock with one write of request.pck and one of the list.
Requests that somebody else decided meanwhile are counted, and so is mail that came
after the page was made left alone: only ids that were on the page are acted on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from mailman import errors
from mailman.actions import decisions, senders, tidying
from mailman.actions.decisions import Ruling
from mailman.constants import Action, RequestType
from mailman.lists.requests import HeldMessage, Requests
from mailman.mail import addresses
from mailman.outcomes import (
    Approved,
    Decision,
    Discarded,
    Gone,
    Lost,
    Rejected,
    Undecided,
)
from mailman.site.i18n import N_
from mailman.web import notices
from mailman.web.notices import Notice
from mailman.web.pages.admindb import wishes

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.lists.requests import Request
    from mailman.web.pages.admindb.wishes import One, Wishes
    from mailman.web.view import View

LOCK_SECONDS = 10
# More names than these are only counted.
MOST_NAMED = 20
All = dict[int, tuple[RequestType, 'Request']]


@dataclass
class Done:
    """What became of it all."""

    before: All
    decided: list[Decision] = field(default_factory=list)
    rulings: dict[int, Ruling] = field(default_factory=dict)
    filtered: list[str] = field(default_factory=list)
    trusted: list[str] = field(default_factory=list)
    banned: list[str] = field(default_factory=list)


def carry_out(view: View, wanted: Wishes) -> None:
    """Carry it out; notices of the page tell what was done."""
    mlist = view.mlist
    assert mlist is not None
    with mlist.lock(LOCK_SECONDS):
        done = Done(Requests(mlist).all())
        # A password is shared; who logs in by the web server has an address.
        by = view.login.user if view.login else ''
        done.rulings = rulings(done.before, wanted, by)
        done.decided = decisions.decide(mlist, done.rulings)
        for_the_future(mlist, wanted, done)
        tidying.tidy(mlist)
        mlist.save_changes()
    tell(view, done)


def rulings(before: All, wanted: Wishes, by: str = '') -> dict[int, Ruling]:
    """Give what is to be done with each request; a post alone outranks its sender."""
    found: dict[int, Ruling] = {}
    for sender, group in wanted.groups.items():
        for number in group.ids:
            request = before.get(number)
            gone = request is None
            if gone or _sender(request) == sender:
                found[number] = _ruling(group, by)
    for number, one in wanted.requests.items():
        found[number] = _ruling(one, by)
    return {
        number: _fitting(before.get(number), ruling)
        for number, ruling in found.items()
        if ruling.action or ruling.preserve or ruling.forward_to
    }


def _ruling(one: One, by: str) -> Ruling:
    return Ruling(one.action, one.comment, one.preserve, one.forward_to, by)


def _sender(entry: tuple[RequestType, Request] | None) -> str | None:
    """Give the sender of a held post, None of anything else."""
    if entry is None or not isinstance(entry[1], HeldMessage):
        return None
    return wishes.key(entry[1].sender)


# An approval of another kind is none: 4 does not send a member away.
_YES = {
    RequestType.HELD_MESSAGE: Action.APPROVE,
    RequestType.SUBSCRIPTION: Action.SUBSCRIBE,
    RequestType.UNSUBSCRIPTION: Action.UNSUBSCRIBE,
}
_EVERY_YES = frozenset((Action.APPROVE, Action.SUBSCRIBE, Action.UNSUBSCRIBE))


def _fitting(entry: tuple[RequestType, Request] | None, ruling: Ruling) -> Ruling:
    if entry is None or ruling.action not in _EVERY_YES:
        return ruling
    if ruling.action in (_YES[entry[0]], Action.APPROVE):
        return ruling
    return replace(ruling, action=Action.DEFER)


def for_the_future(mlist: MailList, wanted: Wishes, done: Done) -> None:
    """Do what is to last: bans, filters, trust."""
    for number in wanted.bans:
        entry = done.before.get(number)
        if entry is not None:
            address = tidying.who_asks(entry[1])
            if senders.ban(mlist, address):
                done.banned.append(address)
    known = {_sender(entry) for entry in done.before.values()}
    for sender, group in wanted.groups.items():
        # Only senders whose posts wait, and no text that is no address: lists of
        # addresses have one in a line.
        if sender not in known or not addresses.is_valid(sender):
            continue
        if group.ban and senders.ban(mlist, sender):
            done.banned.append(sender)
        if group.trust and senders.trust(mlist, sender):
            done.trusted.append(sender)
        if group.filter_as is None or mlist.is_member(sender):
            continue
        if senders.filter_from_now_on(mlist, sender, group.filter_as):
            done.filtered.append(sender)


# --- words ----------------------------------------------------------------------------

_POSTS = (
    (Approved, N_('%(n)s of %(total)s posts approved.')),
    (Rejected, N_('%(n)s of %(total)s posts rejected.')),
    (Discarded, N_('%(n)s of %(total)s posts discarded.')),
)
_JOINING = (
    (Approved, N_('Subscribed: %(n)s')),
    (Rejected, N_('Subscriptions refused: %(n)s')),
    (Discarded, N_('Subscription requests discarded: %(n)s')),
)
_LEAVING = (
    (Approved, N_('Unsubscribed: %(n)s')),
    (Rejected, N_('Unsubscriptions refused: %(n)s')),
    (Discarded, N_('Unsubscription requests discarded: %(n)s')),
)


def tell(view: View, done: Done) -> None:
    """Say what was done, with counts and names."""
    _tell_of_posts(view, done)
    for kind, texts in (
        (RequestType.SUBSCRIPTION, _JOINING),
        (RequestType.UNSUBSCRIPTION, _LEAVING),
    ):
        for outcome, text in texts:
            _name(view, text, _who(done, outcome, kind))
    _name(view, N_('Their posts are filtered from now on: %(n)s'), done.filtered)
    _name(view, N_('May post freely from now on: %(n)s'), done.trusted)
    _name(view, N_('Banned from joining: %(n)s'), done.banned)
    _tell_of_trouble(view, done)
    if not view.notices:
        view.say(view._('Nothing was decided: everything waits on.'))


def _who(done: Done, outcome: type[Decision], kind: RequestType) -> list[str]:
    """Give those who asked for something of a kind that came out like this."""
    found = [d for d in done.decided if isinstance(d, outcome)]
    return [d.sender for d in found if done.before[d.request_id][0] == kind]


def _name(view: View, text: str, who: Iterable[str]) -> None:
    names = list(who)
    if names:
        said = view._(text, n=len(names))
        view.notices.append(Notice(said, items=names[:MOST_NAMED]))


def _tell_of_posts(view: View, done: Done) -> None:
    posts = {
        n for n, (kind, _r) in done.before.items() if kind == RequestType.HELD_MESSAGE
    }
    counts = Counter(type(d) for d in done.decided if d.request_id in posts)
    for outcome, text in _POSTS:
        if counts[outcome]:
            view.say(view._(text, n=counts[outcome], total=len(posts)))
    bad = (Lost, Gone, Undecided)
    good = [done.rulings[d.request_id] for d in done.decided if not isinstance(d, bad)]
    _ = view._
    if forwarded := sum(bool(ruling.forward_to) for ruling in good):
        view.say(_.plural('One post forwarded.', '%(n)s posts forwarded.', forwarded))
    if kept := sum(ruling.preserve for ruling in good):
        text = _.plural(
            'A copy of one post was kept for the site administrator.',
            'Copies of %(n)s posts were kept for the site administrator.',
            kept,
        )
        view.say(text)


def _tell_of_trouble(view: View, done: Done) -> None:
    _ = view._
    if gone := sum(isinstance(d, Gone) for d in done.decided):
        text = _.plural(
            'One request had been decided already, by you or by somebody else.',
            '%(n)s requests had been decided already, by you or by somebody else.',
            gone,
        )
        view.say(text, notices.WARNING)
    if lost := sum(isinstance(d, Lost) for d in done.decided):
        text = _.plural(
            'One post was lost: its file is gone, and it was taken from the list.',
            '%(n)s posts were lost: their files are gone, and they were taken from'
            ' the list.',
            lost,
        )
        view.say(text, notices.WARNING)
    failed = [d for d in done.decided if isinstance(d, Undecided)]
    if failed:
        items = [f'{d.sender}: {_(why(d.error))}' for d in failed]
        text = _.plural(
            'One decision could not be carried out, and waits on:',
            '%(n)s decisions could not be carried out, and wait on:',
            len(failed),
        )
        view.notices.append(Notice(text, notices.ERROR, items[:MOST_NAMED]))


_REASONS: tuple[tuple[type[Exception], str], ...] = (
    (errors.Banned, N_('this address is banned from the list')),
    (errors.BadAddress, N_('this is not a valid address')),
    (errors.CannotDigest, N_('the list has no digests')),
    (errors.MustDigest, N_('the list has digests only')),
    (errors.CorruptFile, N_('its file cannot be read; it can be discarded')),
    (errors.UnsafePickle, N_('its file cannot be read; it can be discarded')),
)


def why(error: Exception) -> str:
    """Give the reason of a failure, in English."""
    for kind, text in _REASONS:
        if isinstance(error, kind):
            return text
    return N_("something went wrong; the site's error log has more")
