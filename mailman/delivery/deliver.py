"""One outgoing message: who gets it, in which form, and what became of it.

Pipeline name of 2.1: ``SMTPDirect`` (DELIVERY_MODULE).  Called by the outgoing runner.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from mailman.delivery import decorate, verp
from mailman.delivery.personal import Personalizer
from mailman.delivery.recipients import chunks
from mailman.delivery.smtp import (
    Failure,
    Mailer,
    Options,
    Outcome,
    Transaction,
    is_permanent,
    wire_text,
)
from mailman.delivery.wire import StopTest, Timeouts, never
from mailman.errors import MailmanError, SomeRecipientsFailed
from mailman.mail import addresses
from mailman.mail.message import Message

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site


class DeliveryFailed(SomeRecipientsFailed):
    """Not everybody has it.

    ``rejected`` are those who did not get it because the mail server refused the
    message itself for good: no member's fault, so no bounce is scored.
    """

    def __init__(
        self,
        temporary: dict[str, Failure],
        permanent: dict[str, Failure],
        rejected: dict[str, Failure],
        stopped: bool = False,
    ) -> None:
        super().__init__(temporary, permanent)
        self.rejected = rejected
        self.stopped = stopped  # msgdata['undelivered'] has who was not tried


class NotSupported(MailmanError):
    """A delivery module of 2.1 that this program does not have."""


def mailer_for(site: Site, should_stop: StopTest = never) -> Mailer:
    """Make a Mailer from the site's SMTP_* settings."""
    cfg = site.cfg
    return Mailer(
        Options(
            host=str(cfg.SMTPHOST) or 'localhost',
            port=int(cfg.SMTPPORT) or 25,
            helo=str(cfg.SMTP_HELO_HOST or cfg.DEFAULT_EMAIL_HOST),
            user=str(cfg.SMTP_USER),
            password=str(cfg.SMTP_PASSWD),
            authenticate=bool(cfg.SMTP_AUTH),
            starttls=bool(cfg.SMTP_USE_TLS),
            verify_tls=bool(cfg.SMTP_VERIFY_CERT),
            max_transactions=max(0, int(cfg.SMTP_MAX_SESSIONS_PER_CONNECTION)),
            debug=int(cfg.SMTPLIB_DEBUG_LEVEL),
            timeouts=Timeouts(
                reply=float(cfg.SMTP_REPLY_TIMEOUT),
                # The server works on the message now: give it nearly twice as long.
                final_dot=cfg.SMTP_REPLY_TIMEOUT * 1.8,
            ),
        ),
        should_stop,
    )


def process(
    mlist: MailList,
    msg: Message,
    msgdata: dict[str, Any],
    mailer: Mailer | None = None,
) -> None:
    """Deliver the message to ``msgdata['recips']``.

    Raises DeliveryFailed (a SomeRecipientsFailed) when anybody did not get it.  With a
    ``mailer`` given the session stays open for the next message.
    """
    if not (msgdata.get('recips') or msgdata.get('undelivered')):
        return
    own = mailer is None
    mailer = mailer or mailer_for(mlist.site)
    started = time.monotonic()
    delivery = _Delivery(mlist, msg, msgdata)
    try:
        outcome = mailer.deliver(delivery.transactions())
    finally:
        if own:
            mailer.close()
    delivery.conclude(outcome, time.monotonic() - started)


class _Delivery:
    """The message, its recipients and its envelope."""

    def __init__(self, mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
        self.mlist, self.msg, self.msgdata = mlist, msg, msgdata
        self.original_sender = msgdata.get('original_sender') or msg.get_sender()
        self.sender = verp.envelope_sender(mlist, msgdata)
        # Owner mail says personalize 0, and is then not VERPed either.
        self.one_by_one = bool(
            msgdata.get('personalize', True)
            and (mlist.personalize or msgdata.get('verp'))
        )
        if self.one_by_one:
            msgdata['personalize'] = 1
        self.chunks = self._chunks()
        self.count = sum(map(len, self.chunks))
        self.size = 0

    def _chunks(self) -> list[list[str]]:
        left = self.msgdata.pop('undelivered', None)
        if left:
            return [list(chunk) for chunk in left]
        recipients = [address for address in self.msgdata['recips'] if address]
        if self.one_by_one:
            return [recipients]
        return chunks(recipients, self.mlist.site.cfg.SMTP_MAX_RCPTS)

    def transactions(self) -> Iterator[Transaction]:
        """Answer one transaction per chunk, or per recipient."""
        return self._copies() if self.one_by_one else self._bulk()

    def _bulk(self) -> Iterator[Transaction]:
        if not self.msgdata.get('decorated'):
            decorate_plainly(self.mlist, self.msg, self.msgdata)
            self.msgdata['decorated'] = True
        self._set_headers(self.msg, self.sender)
        raw = self.msg.as_bytes()
        self.size = len(raw)
        text = wire_text(raw)
        for chunk in self.chunks:
            yield Transaction(self.sender, chunk, text)

    def _copies(self) -> Iterator[Transaction]:
        sender_of = self._sender_of()
        personalizer = Personalizer(
            self.mlist,
            self.msg,
            self.msgdata,
            sender_of,
            self._set_headers,
        )
        for chunk in self.chunks:
            for recipient in chunk:
                yield Transaction(
                    sender_of(recipient),
                    [recipient],
                    _Lazy(personalizer, recipient),
                )

    def _sender_of(self) -> Callable[[str], str]:
        if self.msgdata.get('verp'):
            return verp.verp_maker(self.sender, self.mlist.site.cfg.VERP_FORMAT)
        return lambda recipient: self.sender

    def _set_headers(self, msg: Message, sender: str) -> None:
        """Name the envelope sender, so that no bounce goes to the author."""
        del msg['errors-to']
        msg['Errors-To'] = sender
        if self.mlist.include_sender_header:
            del msg['sender']
            msg['Sender'] = addresses.format_address(
                self.mlist.real_name, sender, self.mlist.charset
            )

    # --- what became of it ------------------------------------------------------

    def conclude(self, outcome: Outcome, seconds: float) -> None:
        """Write the logs; raise DeliveryFailed if need be."""
        failures = outcome.failures | outcome.rejected
        self._log(outcome, failures, seconds)
        if outcome.untried:
            self.msgdata['undelivered'] = self._untried(outcome)
        permanent = {a: f for a, f in outcome.failures.items() if is_permanent(f[0])}
        temporary = {a: f for a, f in outcome.failures.items() if a not in permanent}
        if failures or outcome.untried:
            raise DeliveryFailed(
                temporary, permanent, outcome.rejected, bool(outcome.untried)
            )

    def _untried(self, outcome: Outcome) -> list[list[str]]:
        if self.one_by_one:
            return [[r for chunk in outcome.untried for r in chunk]]
        return outcome.untried

    def _log(
        self, outcome: Outcome, failures: dict[str, Failure], seconds: float
    ) -> None:
        values = LogValues(self.msg)
        values.update(
            {
                'time': seconds,
                'size': self.size or len(self.msg.as_bytes()),
                'listname': self.mlist.name,
                'sender': self.original_sender,
                '#recips': self.count - sum(map(len, outcome.untried)),
                '#refused': len(failures),
            }
        )
        cfg, write = self.mlist.site.cfg, self._write
        write(cfg.SMTP_LOG_EVERY_MESSAGE, values)
        if failures:
            write(cfg.SMTP_LOG_REFUSED, values)
        elif self.msgdata.get('tolist') and not outcome.untried:
            write(cfg.SMTP_LOG_SUCCESS, values)
        self._log_troubles(outcome, values['msg_message-id'])
        for recipient, (code, text) in failures.items():
            values.update({'recipient': recipient, 'failcode': code, 'failmsg': text})
            write(cfg.SMTP_LOG_EACH_FAILURE, values)

    def _log_troubles(self, outcome: Outcome, message_id: str) -> None:
        log = self.mlist.site.log
        for refused in outcome.all_refused:
            log.write(
                'smtp-failure',
                f'All recipients refused: {refused}, msgid: {message_id}',
            )
        for code, text in sorted(set(outcome.rejected.values())):
            log.write(
                'smtp-failure',
                f'SMTP session failure: {code}, {text}, msgid: {message_id}',
            )
        for text in outcome.troubles:
            log.write(
                'smtp-failure', f'Low level smtp error: {text}, msgid: {message_id}'
            )

    def _write(self, setting: tuple[str, str] | None, values: LogValues) -> None:
        """Write one SMTP_LOG_* line; the settings are (file, format) or nothing."""
        if not setting:
            return
        name, template = setting
        try:
            text = template % values
        except (TypeError, ValueError, KeyError) as error:
            text = f'{template} ({error})'
        self.mlist.site.log.write(name, text)


class _Lazy:
    """A copy that is made when it is sent."""

    def __init__(self, personalizer: Personalizer, recipient: str) -> None:
        self._personalizer, self._recipient = personalizer, recipient

    def __call__(self) -> bytes:
        return self._personalizer.copy(self._recipient)


class LogValues(dict[str, Any]):
    """What SMTP_LOG_* formats may name: also ``msg_HEADER`` and ``allmsg_HEADER``."""

    def __init__(self, msg: Message) -> None:
        super().__init__()
        self._msg = msg

    def __missing__(self, key: str) -> str:
        if key.startswith('msg_'):
            return str(self._msg.get(key[4:], 'n/a'))
        if key.startswith('allmsg_'):
            return ', '.join(map(str, self._msg.get_all(key[7:], []))) or 'n/a'
        return f'%({key})s'


def decorate_plainly(mlist: MailList, msg: Message, msgdata: Mapping[str, Any]) -> None:
    """Put the list's header and footer in, the same for everybody."""
    if not decorate.wanted(msgdata):
        return
    extra = msgdata.get('decoration-data') or {}
    header, footer = decorate.texts(mlist, extra)
    decorate.decorate(msg, header, footer, mlist.charset)
