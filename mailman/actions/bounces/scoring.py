"""Counting bounces: once a day per member, until the threshold is reached (2.1's rule).

All events of a list are counted under one lock, with one load and one save, however
many there are.  When the events say that many members reached the threshold at once,
the lock is let go now and then, so that posts do not wait for all the notices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from mailman.actions.bounces import disabling, eventfiles, notices
from mailman.actions.bounces import info as infos
from mailman.constants import DeliveryStatus
from mailman.errors import CorruptList, LockTimeout, MailmanError, UnknownList
from mailman.lists import MailList
from mailman.lists.pending import Pending
from mailman.mail import addresses, dsn, headers
from mailman.mail.message import Message
from mailman.mail.mimeparts import cut
from mailman.storage.locks import Lock

if TYPE_CHECKING:
    from mailman.actions.bounces.eventfiles import Event
    from mailman.site import Site

# Members who may reach the threshold in one go; a notice takes milliseconds.
MOST_REACHED = 500
# A probe's cookie keeps what came back, and all cookies are in one file.
KEPT_WITH_PROBE = 4000


class Scoring:
    """The bounces of one list, counted in memory.

    The caller holds the list's lock; after `finish` it saves the list, and then calls
    `after_save`.
    """

    def __init__(self, mlist: MailList) -> None:
        self.mlist = mlist
        # Who reached the threshold.
        self.reached: dict[str, Callable[[], Message]] = {}
        # Whose probe came back.
        self._probed: dict[str, disabling.Cause] = {}
        self._tokens: list[str] = []
        # Addresses that are no members, for lists that send to other lists' members.
        self.strangers: list[tuple[Event, str]] = []

    # --- events ---------------------------------------------------------------

    def guarded_event(self, event: Event) -> None:
        """Count one event; one that nobody foresaw must not stop the others."""
        try:
            self.event(event)
        except (OSError, MailmanError):
            raise  # may be over soon: all of it is done again then
        except Exception:
            name = event.path.name
            self.mlist.site.log.exception(f'{self.mlist.name}: bounce event {name}')

    def event(self, event: Event) -> None:
        """Count one event."""
        if event.probe_token:
            self._probe(event)
            return
        for address, (_code, text) in event.addresses.items():
            if not self.mlist.is_member(address):
                self.strangers.append((event, address))
            else:
                self.address(event, address, text)

    def address(self, event: Event, address: str, text: str) -> None:
        """Count one member's part of an event."""
        if self._is_policy(address, text):
            return
        day = infos.day_of(event.time)
        self.bounce(address, event.message, day, said=text)

    def _is_policy(self, address: str, text: str) -> bool:
        if dsn.judge(text) is not dsn.Kind.POLICY:
            return False
        said = headers.one_line(text, 200)
        self.mlist.log('bounce', f'{address} refused by policy, not scored: {said}')
        return True

    def bounce(
        self,
        address: str,
        message: Callable[[], Message],
        day: infos.Day,
        weight: float = 1.0,
        said: str = '',
    ) -> None:
        """Count a member's bounce of that day; raises NotAMember."""
        mlist, key = self.mlist, address.lower()
        enabled = mlist.delivery_status_of(address) == DeliveryStatus.ENABLED
        if not enabled or key in self.reached or key in self._probed:
            mlist.log('bounce', f'{address} residual bounce received')
            return
        info, risen = self._add(address, day, weight)
        if info['score'] >= mlist.bounce_score_threshold:
            self.reached[key] = message
        elif risen and mlist.bounce_notify_owner_on_bounce_increment:
            notices.tell_scored(mlist, mlist.address_of(address), message(), said)

    def _add(
        self, address: str, day: infos.Day, weight: float
    ) -> tuple[infos.Info, bool]:
        """Raise the score, once a day; answer the record, and whether it was raised."""
        mlist = self.mlist
        warnings = int(mlist.bounce_you_are_disabled_warnings)
        fresh = infos.new(address.lower(), weight, day, warnings)
        known = mlist.bounce_info_of(address)
        if known is None:
            info, what = fresh, f'bounce score: {weight}'
        # Of an earlier day, too: what was scored before a crash comes once more.
        elif day <= infos.day_in(known, 'date'):
            what = f'already scored a bounce for date {infos.shown(day)}'
            mlist.log('bounce', f'{address} {what}')
            return {**fresh, **known}, False
        elif infos.is_stale(mlist, known, day):
            info, what = fresh, 'has stale bounce info, resetting'
        else:
            score = float(known.get('score') or 0) + weight
            info = {**fresh, **known, 'score': score, 'date': day}
            what = f'current bounce score: {score}'
        mlist.log('bounce', f'{address} {what}')
        mlist.set_bounce_info(address, info)
        return info, True

    # --- probes -----------------------------------------------------------------

    def _probe(self, event: Event) -> None:
        """Take note that a probe came back: the member is to be disabled at once."""
        mlist, token = self.mlist, event.probe_token
        operation = Pending(mlist).peek(token)
        if operation is None or operation[0] != 'P' or len(operation) < 2:
            mlist.log('bounce', 'bounce of an unknown or expired probe received')
            return
        member = str(operation[1])
        text = next((text for _, text in event.addresses.values()), '')
        if not mlist.is_member(member) or self._is_policy(member, text):
            return
        self._tokens.append(token)
        if mlist.delivery_status_of(member) != DeliveryStatus.ENABLED:
            mlist.log('bounce', f'{member} residual bounce received')
            return
        kept = operation[2] if len(operation) > 2 else b''
        raw = kept if isinstance(kept, bytes) else str(kept).encode()
        msg = Message.from_bytes(raw) if raw else event.message()
        why = 'probe bounce received'
        self._probed[member.lower()] = disabling.Cause(why, msg, text)

    # --- what follows -------------------------------------------------------------

    def finish(self) -> None:
        """Disable, or probe, those who reached the threshold."""
        if self._probed:
            disabling.disable(self.mlist, self._probed)
        if not self.reached:
            return
        if self.mlist.site.cfg.VERP_PROBES:
            self._send_probes()
            return
        causes = {}
        for member, message in self.reached.items():
            score, threshold = self._scores(member)
            why = f'bounce score {score} >= {threshold}'
            causes[member] = disabling.Cause(why, message())
        disabling.disable(self.mlist, causes)

    def _scores(self, member: str) -> tuple[float, float]:
        info = self.mlist.bounce_info_of(member) or {}
        return info.get('score', 0), self.mlist.bounce_score_threshold

    def _send_probes(self) -> None:
        mlist = self.mlist
        bounced = {member: message() for member, message in self.reached.items()}
        operations = [
            ('P', member, cut(msg, KEPT_WITH_PROBE, '').as_bytes())
            for member, msg in bounced.items()
        ]
        tokens = Pending(mlist).new_many(operations)
        for (member, msg), token in zip(bounced.items(), tokens, strict=True):
            score, threshold = self._scores(member)
            mlist.site.log.write(
                'bounce',
                f'sending {mlist.name} list probe to: {member}'
                f' (score {score} >= {threshold})',
            )
            notices.send_probe(mlist, member, token, msg)
            info = mlist.bounce_info_of(member) or {}
            mlist.set_bounce_info(member, {**info, 'score': 0})

    def after_save(self) -> None:
        """Use up the probes' cookies: until the list was saved they were needed."""
        if self._tokens:
            Pending(self.mlist).forget(self._tokens)


def register(
    mlist: MailList, address: str, message: Message, weight: float = 1.0
) -> None:
    """Count one bounce of a member now; the caller holds the lock and saves."""
    scoring = Scoring(mlist)
    day = infos.day_of(mlist.site.now())
    scoring.bounce(address, lambda: message, day, weight)
    scoring.finish()


# --- all events of the site -----------------------------------------------------


def process_events(site: Site) -> bool:
    """Count what was recorded; tell whether there was something.

    One process at a time does so.  Events of a list that cannot be worked on now stay.
    """
    guard = Lock(site.locks_dir / 'bounce-events.lock')
    try:
        guard.acquire(0)
    except LockTimeout:
        return False
    try:
        eventfiles.take_over(site)
        by_list: dict[str, list[Event]] = {}
        for event in eventfiles.read(site):
            by_list.setdefault(event.listname, []).append(event)
        return any([_guarded(site, name, found) for name, found in by_list.items()])
    finally:
        guard.release()


def _guarded(site: Site, name: str, found: list[Event]) -> bool:
    """Count the events of one list; its trouble is not that of the others."""
    try:
        return _count(site, name, found)
    except Exception:
        site.log.exception(f'BounceRunner: events of {name} cannot be counted now')
        return False


def _count(site: Site, name: str, found: list[Event]) -> bool:
    """Count the events of one list and remove them; False when they have to wait."""
    try:
        mlist = MailList.open(site, name)
        rest = found
        while rest:
            rest = _count_some(mlist, rest)
    except UnknownList:
        site.log.write('error', f'bounce events of {name}, which is no list, dropped')
        eventfiles.forget(found)
    except (LockTimeout, CorruptList) as error:
        site.log.write('error', f'BounceRunner: events of {name} wait: {error}')
        return False
    return True


def _count_some(mlist: MailList, found: list[Event]) -> list[Event]:
    """Count events under one lock; answer those that are left for the next one."""
    timeout = float(mlist.site.cfg.LIST_LOCK_TIMEOUT)
    done = []
    with mlist.lock(timeout=timeout):
        scoring = Scoring(mlist)
        for event in found:
            scoring.guarded_event(event)
            done.append(event)
            if len(scoring.reached) >= MOST_REACHED:
                break
        scoring.finish()
        mlist.save_changes()
        scoring.after_save()
    _count_for_siblings(mlist, scoring.strangers)
    eventfiles.forget(done)
    return found[len(done) :]


def _count_for_siblings(mlist: MailList, strangers: list[tuple[Event, str]]) -> None:
    """Count bounces of those who get this list's posts as members of another one.

    2.1 does so for regular_include_lists, one level deep.
    """
    if not strangers:
        return
    for sibling in _siblings(mlist):
        theirs = [(e, a) for e, a in strangers if sibling.is_member(a)]
        if not theirs:
            continue
        with sibling.lock(timeout=float(mlist.site.cfg.LIST_LOCK_TIMEOUT)):
            scoring = Scoring(sibling)
            for event, address in theirs:
                if sibling.is_member(address):
                    scoring.address(event, address, event.addresses[address][1])
            scoring.finish()
            sibling.save_changes()


def _siblings(mlist: MailList) -> Iterable[MailList]:
    for entry in mlist.regular_include_lists:
        name = addresses.split(str(entry))[0].lower()
        if name == mlist.name:
            continue
        try:
            yield MailList.open(mlist.site, name)
        except UnknownList:
            text = f'Bouncer: {mlist.name}: Include list "{entry}" not found.'
            mlist.site.log.write('error', text)
