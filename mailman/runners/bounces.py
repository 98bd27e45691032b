"""BounceRunner: finds out whom returned mail is about, and has it counted.

In this order: mail for the site's owners is passed on (a bounce of mail to owners must
never come back to them as a notice); a list without bounce_processing drops all; then
the address the mail came to (VERP, probe), then what the mail says.

What is found becomes an event on disk at once and is counted every
REGISTER_BOUNCES_EVERY seconds; a probe that came back is counted at the next chance.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

from mailman.actions import bounces
from mailman.actions.bounces import notices, reading
from mailman.actions.bounces.eventfiles import GENERAL_FAILURE
from mailman.actions.systemmail import is_notice, site_address
from mailman.lists.pending import Pending
from mailman.mail import addresses, headers
from mailman.queue import Queue
from mailman.runners.base import Runner

if TYPE_CHECKING:
    from mailman.actions.bounces.reading import Reading
    from mailman.lists import MailList
    from mailman.mail.dsn import Complaint
    from mailman.mail.message import Message
    from mailman.site import Site


class BounceRunner(Runner):
    """Empties qfiles/bounces."""

    queue_name: ClassVar[str] = 'bounces'

    def __init__(self, site: Site, slice_: int = 0, count: int = 1) -> None:
        super().__init__(site, slice_, count)
        # At once after a start: a runner before us may have left events.
        self._count_at = 0.0

    def dispose(self, mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> bool:
        """Work on one returned mail."""
        recips = _site_owners(mlist, msg)
        if recips is not None:
            self._forward(mlist, msg, msgdata, recips)
        elif mlist.bounce_processing:
            self._work_on(mlist, msg)
        return False

    def _forward(
        self, mlist: MailList, msg: Message, msgdata: dict[str, Any], recips: list[str]
    ) -> None:
        """Send mail on to people, so that a bounce of it reaches no list again."""
        if not recips:
            self.site.log.write('error', f'{mlist.name}: nobody gets its bounces')
            return
        loop = site_address(mlist, 'loop')
        extra = {'recips': recips, 'envsender': loop, 'nodecorate': 1}
        Queue(self.site, 'out').enqueue(msg, {**msgdata, **extra}, listname=mlist.name)

    # --- one bounce -------------------------------------------------------------

    def _work_on(self, mlist: MailList, msg: Message) -> None:
        found = reading.read(msg)
        member, token = _addressee(mlist, msg)
        if found.complaint:
            who = _complaining(mlist, found.complaint, member)
            notices.forward_complaint(mlist, msg, found.complaint, who)
        elif found.harmless:
            return
        elif member and not (found.nothing and reading.is_personal(msg, member)):
            why = {member: (GENERAL_FAILURE, found.text())}
            self._record(mlist, why, msg, token)
        elif member and _is_automatic(msg):
            message_id = headers.one_line(msg.get('message-id', 'n/a'), 300)
            text = f'automatic reply of {member}, no bounce, message-id: {message_id}'
            mlist.log('bounce', text)
        elif found.failures:
            self._record(mlist, _failures(mlist, found), msg)
        elif is_notice(msg):
            message_id = headers.one_line(msg.get('message-id', 'n/a'), 300)
            text = f'a list wrote to us, ignored, message-id: {message_id}'
            mlist.log('bounce', text)
        else:
            notices.forward_unrecognised(mlist, msg)

    def _record(
        self,
        mlist: MailList,
        failures: dict[str, tuple[int, str]],
        msg: Message,
        token: str = '',
    ) -> None:
        bounces.record(self.site, mlist.name, failures, msg, token)
        if token:
            self._count_at = 0.0

    # --- counting -----------------------------------------------------------------

    def periodic(self) -> bool:
        """Count the events every REGISTER_BOUNCES_EVERY seconds."""
        now = time.monotonic()
        if now < self._count_at:
            return False
        self._count_at = now + float(self.site.cfg.REGISTER_BOUNCES_EVERY)
        return bounces.process_events(self.site)

    def flush(self) -> bool:
        """Count the events now."""
        try:
            return bounces.process_events(self.site)
        except Exception:
            self.site.log.exception(f'{self.name}: the events are not counted')
            return False


def _site_owners(mlist: MailList, msg: Message) -> list[str] | None:
    """Answer to whom the mail goes unread, if it concerns the site's own mail."""
    if mlist.name == str(mlist.site.cfg.MAILMAN_SITE_LIST).lower():
        # It would come back here.
        own = {mlist.address(kind).lower() for kind in ('bounces', 'admin')}
        return [address for address in mlist.owner if address.lower() not in own]
    author = addresses.parse(msg.get('from', ''))[1].lower()
    if author == site_address(mlist, 'bounces').lower():
        return [site_address(mlist, 'owner')]
    return None


def _addressee(mlist: MailList, msg: Message) -> tuple[str, str]:
    """Answer to whom the mail that came back was sent, if our address tells.

    For a probe also its token.
    """
    senders = reading.arrivals(msg)
    member = reading.verp_recipient(mlist, senders)
    if member:
        return member, ''
    for token in reading.probe_tokens(mlist, senders):
        operation = Pending(mlist).peek(token)
        if operation and operation[0] == 'P' and len(operation) > 1:
            return str(operation[1]), token
    return '', ''


def _complaining(mlist: MailList, complaint: Complaint, member: str) -> str:
    """Answer the member who complains, '' where none is named."""
    sent_to = reading.verp_recipient(mlist, complaint.addresses)
    named = [member, sent_to, *complaint.addresses]
    return next((a for a in named if a and mlist.is_member(a)), '')


def _failures(mlist: MailList, found: Reading) -> dict[str, tuple[int, str]]:
    """Answer who failed, by the address that is a member's where there are several."""
    failures = {}
    for address, (others, text) in found.failures.items():
        forms = [form for a in (address, *others) for form in (a, addresses.key(a))]
        member = next((form for form in forms if mlist.is_member(form)), address)
        failures[member] = (GENERAL_FAILURE, text)
    return failures


def _is_automatic(msg: Message) -> bool:
    value = str(msg.get('auto-submitted', '')).strip().lower()
    return value not in ('', 'no')
