"""OutgoingRunner: hands mail to the mail server and sorts what comes of it.

It takes no list lock: delivery may last for minutes.

===================  ============================================================
refused for now      to ``retry/``, until DELIVERY_RETRY_PERIOD is over without progress
refused for good     a bounce event per message, scored by the bounce runner
message refused      the server wants this message for nobody: the owners are told,
                     again and again where it does not want that notice either
told to stop         who was not tried yet stays in ``out/`` (``undelivered``)
===================  ============================================================

Waits grow from DELIVERY_RETRY_WAIT, by half each time, to four times that.  Where the
network or the whole mail server failed, they start at a twelfth of it (five minutes)
and double up to it: a mail server is usually back soon.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from mailman import handlers
from mailman.actions import bounces, notify
from mailman.delivery import deliver
from mailman.delivery.smtp import Failure
from mailman.errors import SomeRecipientsFailed
from mailman.handlers import smtpdirect
from mailman.queue import Queue
from mailman.runners.base import Runner

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message
    from mailman.site import Site

LONGEST_FACTOR = 4
NETWORK_FACTOR = 12
# With DELIVERY_RETRY_WAIT = 0 some tries may follow at once, but not a thousand.
AT_ONCE, SHORTEST = 3, 1.0
NETWORK = (-1, 421)
# Seconds that a session stays open when the queue is empty: posts come in bursts, and
# opening one takes as long as delivering a post to a small list.
LINGER = 1.0


class OutgoingRunner(Runner):
    """Empties qfiles/out."""

    queue_name: ClassVar[str] = 'out'

    def __init__(self, site: Site, slice_: int = 0, count: int = 1) -> None:
        super().__init__(site, slice_, count)
        self._retry = Queue(site, 'retry')
        self._mailer = deliver.mailer_for(site, self.should_stop)
        self._leave_at = 0.0  # by time.monotonic()

    def dispose(self, mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> bool:
        """Deliver one message."""
        if not is_due(self.site, msgdata):
            return True
        try:
            self._deliver(mlist, msg, msgdata)
        except SomeRecipientsFailed as failure:
            return self._sort_out(mlist, msg, msgdata, failure)
        return False

    def _deliver(self, mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
        process = handlers.resolve(self.site, self.site.cfg.DELIVERY_MODULE)
        if process is smtpdirect.process:
            # The session stays open for what else lies in the queue.
            deliver.process(mlist, msg, msgdata, self._mailer)
            self._leave_at = time.monotonic() + LINGER
        else:
            process(mlist, msg, msgdata)

    def periodic(self) -> bool:
        """Leave the mail server when there was no mail for a moment."""
        if time.monotonic() >= self._leave_at:
            self._mailer.close()
        return False

    def sleep_time(self) -> float:
        """Seconds to wait for mail; not long while a session is open."""
        usual = super().sleep_time()
        return min(usual, LINGER) if self._mailer.is_open else usual

    def close(self) -> None:
        """Leave the mail server and the queue."""
        self._mailer.close()
        super().close()

    # --- what came of it ------------------------------------------------------

    def _sort_out(
        self,
        mlist: MailList,
        msg: Message,
        msgdata: dict[str, Any],
        failure: SomeRecipientsFailed,
    ) -> bool:
        """Store what is left to do; True when some were not even tried."""
        rejected = getattr(failure, 'rejected', {})
        stopped = bool(getattr(failure, 'stopped', False))
        temporary = dict(failure.temporary_failures)
        if msgdata.get('refusal_notice'):
            temporary |= rejected
        everyone = msgdata['recips']
        # Should storing fail, the shunted entry has the ones who lack it.
        msgdata['recips'] = list(temporary)
        if failure.permanent_failures:
            token = str(msgdata.get('probe_token') or '')
            refused = failure.permanent_failures
            bounces.record(self.site, mlist.name, refused, msg, token)
        if temporary:
            self._try_later(msg, msgdata, temporary)
        if rejected:
            self._tell_owners(mlist, msg, msgdata, rejected)
        msgdata['recips'] = everyone
        return stopped

    def _try_later(
        self, msg: Message, msgdata: dict[str, Any], failures: Mapping[str, Failure]
    ) -> None:
        """Put the message into the retry queue, unless it was there for too long."""
        now = self.site.now()
        until = msgdata.get('deliver_until', now)
        if len(failures) != msgdata.get('last_recip_count', 0):
            until = now + self.site.cfg.DELIVERY_RETRY_PERIOD
        elif now > until:
            self._log_giving_up(msg, msgdata, failures)
            return
        tries = int(msgdata.get('retry_count', 0)) + 1
        network = all(code in NETWORK for code, _ in failures.values())
        wait = waiting_time(self.site.cfg.DELIVERY_RETRY_WAIT, tries, network)
        again = {
            **msgdata,
            'recips': list(failures),
            'last_recip_count': len(failures),
            'deliver_until': until,
            'deliver_after': now + wait,
            'retry_count': tries,
        }
        again.pop('undelivered', None)
        self._retry.enqueue(msg, again)

    def _log_giving_up(
        self, msg: Message, msgdata: dict[str, Any], failures: Mapping[str, Failure]
    ) -> None:
        listname, message_id = msgdata.get('listname'), msg.get('message-id', 'n/a')
        for address, (code, text) in failures.items():
            self.site.log.write(
                'smtp-failure',
                f'delivery to {address} given up after DELIVERY_RETRY_PERIOD, list'
                f' {listname}, code {code}: {text}, msgid: {message_id}',
            )

    def _tell_owners(
        self,
        mlist: MailList,
        msg: Message,
        msgdata: dict[str, Any],
        rejected: Mapping[str, Failure],
    ) -> None:
        """Say once that the mail server wants this message for nobody.

        Only about posts and digests: a refused notice must not beget another, but waits
        in retry/, for a server that refuses everything will be mended.  The message is
        not attached, or the notice would be refused for it.
        """
        if not (msgdata.get('tolist') or msgdata.get('isdigest')):
            return
        _ = mlist.translator()
        code, said = next(iter(rejected.values()))
        text = _(
            'The mail server of this site refused to deliver a message of your list'
            ' %(listname)s. %(count)d members did not get it, and no other try'
            ' will be made.\n\n'
            'Message-ID: %(msgid)s\n'
            'From: %(sender)s\n'
            'Answer of the server: %(code)d %(said)s\n',
            listname=mlist.real_name,
            count=len(rejected),
            msgid=msg.get('message-id', 'n/a'),
            sender=msgdata.get('original_sender') or msg.get_sender(),
            code=code,
            said=said,
        )
        subject = _('Message to %(listname)s refused', listname=mlist.real_name)
        notify.owner_notification(mlist, subject, text, refusal_notice=1)


def waiting_time(base: float, tries: int, network: bool) -> float:
    """Answer the seconds before try number ``tries`` + 1; ``base`` from the site."""
    if network:
        wait = min(base / NETWORK_FACTOR * 2.0 ** min(tries - 1, 10), base)
    else:
        wait = min(base * 1.5 ** min(tries - 1, 10), base * LONGEST_FACTOR)
    return wait if tries <= AT_ONCE else max(wait, SHORTEST)


def is_due(site: Site, msgdata: Mapping[str, Any]) -> bool:
    """Tell whether ``deliver_after`` is over.

    A time that no wait of ours reaches was written under a wrong clock, and is over.
    """
    ahead = float(msgdata.get('deliver_after') or 0) - site.now()
    longest = site.cfg.DELIVERY_RETRY_WAIT * LONGEST_FACTOR
    return not 0 < ahead <= longest + SHORTEST
