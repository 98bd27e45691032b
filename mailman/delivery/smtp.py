"""The conversation with the mail server: many recipients, few round trips.

smtplib opens the session (EHLO, STARTTLS, AUTH).  After that MAIL, every RCPT and
DATA of a transaction travel in one block where the server offers PIPELINING
(RFC 2920), together with the text of the transaction before::

    C: text of copy 1, "." | MAIL 2 | RCPT 2 ... | DATA        one write
    S: 250 for 1 | 250 | 250 ... | 354                         then as many replies

DATA ends such a block always, since text may only follow its 354.  Every reply is
matched to its command by counting.  Without PIPELINING the same commands go one by one.

What becomes of a recipient is one of: accepted; refused for now or for good, with the
server's code and text (-1: the network failed); or left untried because we were told
to stop.  A transaction whose text was not sent yet is tried once more when the
connection breaks: servers end a session after so many messages (Exim: 1000).
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from mailman.delivery.wire import (
    Broken,
    Lines,
    Stopped,
    StopTest,
    Timeouts,
    Wire,
    connect,
    never,
)

Failure = tuple[int, str]

SMTP_PORT = 25
OPEN_TIMEOUT = 15.0  # one blocking step while a session is opened (TLS handshake)
HOPELESS = 3  # sessions in a row that got nothing done
JOIN_BELOW = 1 << 18  # larger texts are not copied into one block with commands

# What may not stand between < and > of a command, seen over a newline-joined chunk.
_UNSAFE = re.compile(r'[\x00-\x09\x0b-\x20\x7f<>]')
_QUOTED = re.compile(
    r'"(?:[^"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*"@[^\s"<>@\x00-\x1f\x7f]+'
)

NOT_AN_ADDRESS = (553, 'not an address that can be sent to')
NO_SMTPUTF8 = (
    553,
    'the address has non-ASCII characters, and the mail server of this site does not'
    ' take such addresses (no SMTPUTF8)',
)


@dataclass(frozen=True)
class Options:
    """How to reach the mail server; made from the site's SMTP_* settings."""

    host: str = 'localhost'
    port: int = SMTP_PORT
    helo: str = 'localhost'
    user: str = ''
    password: str = ''
    authenticate: bool = False
    starttls: bool = False
    verify_tls: bool = True
    max_transactions: int = 0
    debug: int = 0
    timeouts: Timeouts = field(default_factory=Timeouts)


class Transaction:
    """One MAIL: who sends, who receives, and the text as it goes over the wire.

    The text comes from ``wire_text``, or from a function called when it is needed.
    """

    def __init__(
        self, sender: str, recipients: list[str], text: bytes | Callable[[], bytes]
    ) -> None:
        self.sender, self.recipients, self.tries = sender, recipients, 0
        self._text = text

    @property
    def data(self) -> bytes:
        """The text, without the final dot."""
        if not isinstance(self._text, bytes):
            self._text = self._text()
        return self._text


@dataclass
class Outcome:
    """What became of everybody."""

    failures: dict[str, Failure] = field(default_factory=dict)
    # The server refused the message itself for good (5xx to MAIL, DATA or the dot).
    rejected: dict[str, Failure] = field(default_factory=dict)
    all_refused: list[dict[str, Failure]] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)  # of network and session
    accepted: int = 0  # transactions
    untried: list[list[str]] = field(default_factory=list)  # we were told to stop

    def defer(self, recipients: Iterable[str], code: int, text: str) -> None:
        """Note that these may be tried again."""
        self.failures.update(dict.fromkeys(recipients, (code, text)))

    def trouble(self, text: str) -> None:
        """Note a trouble, each once."""
        if text not in self.troubles:
            self.troubles.append(text)


class SessionFailed(Exception):
    """No session could be opened; everybody has to wait."""


def is_permanent(code: int) -> bool:
    """Tell whether trying again is useless; 552 is not (2.1: the mailbox is full)."""
    return code >= 500 and code != 552


def wire_text(message: bytes) -> bytes:
    """Answer a message as it goes over the wire, without the final dot.

    Every line ends in CRLF, a lone CR or LF too: a server that takes one of them for a
    line end could be made to see a second message in this one (SMTP smuggling).  Lines
    that start with a dot get another (RFC 5321 section 4.5.2).
    """
    if b'\r' in message:
        message = message.replace(b'\r\n', b'\n').replace(b'\r', b'\n')
    if b'\n.' in message or message.startswith(b'.'):
        message = (b'\n' + message).replace(b'\n.', b'\n..')[1:]
    message = message.replace(b'\n', b'\r\n')
    if not message.endswith(b'\r\n'):
        message += b'\r\n'
    return message


class Mailer:
    """Sends transactions, over as many sessions as that takes.

    The session stays open between calls of ``deliver`` until ``close``.
    """

    def __init__(self, options: Options, should_stop: StopTest = never) -> None:
        self.options, self.should_stop = options, should_stop
        self._session: Session | None = None

    def deliver(self, transactions: Iterable[Transaction]) -> Outcome:
        """Send all of them and tell what became of each recipient.  Never raises
        because of the server or the network."""
        outcome = Outcome()
        todo = _Todo(transactions)
        idle = 0
        while not todo.empty():
            if self.should_stop():
                outcome.untried = [t.recipients for t in todo]
                break
            try:
                session = self._open()
            except Stopped:
                continue
            except SessionFailed as error:
                self._give_up(todo, outcome, -1, str(error))
                break
            before = session.finished
            broken = session.run(todo, outcome)
            if broken is not None:
                self.abort()
                idle = 0 if session.finished > before else idle + 1
                if broken.timed_out or idle >= HOPELESS:
                    self._give_up(todo, outcome, broken.code, broken.text)
            elif session.is_full():
                self.close()
        return outcome

    def _give_up(self, todo: _Todo, outcome: Outcome, code: int, text: str) -> None:
        outcome.trouble(text)
        for transaction in todo:
            outcome.defer(transaction.recipients, code, text)

    def _open(self) -> Session:
        if self._session is None:
            self._session = Session.open(self.options, self.should_stop)
        return self._session

    @property
    def is_open(self) -> bool:
        """Whether there is a session."""
        return self._session is not None

    def close(self) -> None:
        """Say QUIT, if a session is open."""
        if self._session is not None:
            self._session.quit()
            self._session = None

    def abort(self) -> None:
        """Drop the session without a word: it is out of step."""
        if self._session is not None:
            self._session.wire.close()
            self._session = None


class _Todo:
    """Transactions to do, one after the other; one can be put back."""

    def __init__(self, transactions: Iterable[Transaction]) -> None:
        self._rest = iter(transactions)
        self._back: list[Transaction] = []

    def __iter__(self) -> Iterator[Transaction]:
        while (transaction := self.next()) is not None:
            yield transaction

    def next(self) -> Transaction | None:
        if self._back:
            return self._back.pop()
        return next(self._rest, None)

    def put_back(self, transaction: Transaction) -> None:
        self._back.append(transaction)

    def empty(self) -> bool:
        transaction = self.next()
        if transaction is None:
            return True
        self.put_back(transaction)
        return False


# --- opening ---------------------------------------------------------------


class _Opener(smtplib.SMTP):
    """smtplib with our patient socket under it."""

    def __init__(self, options: Options, should_stop: StopTest) -> None:
        self._options, self._should_stop = options, should_stop
        super().__init__(local_hostname=options.helo, timeout=OPEN_TIMEOUT)
        self._host = options.host  # what STARTTLS checks the certificate against
        self.set_debuglevel(options.debug)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        sock = connect(host, port, self._options.timeouts.connect, self._should_stop)
        sock.settimeout(OPEN_TIMEOUT)
        return sock

    def getreply(self) -> tuple[int, bytes]:
        if self.file is None:
            limit = self._options.timeouts.reply
            self.file = Lines(self.sock, limit, self._should_stop)  # type: ignore[arg-type]
        return super().getreply()


def tls_context(options: Options) -> ssl.SSLContext:
    """Answer the context for STARTTLS; a server on this machine needs no proof."""
    context = ssl.create_default_context()
    local = options.host == 'localhost' or options.host.startswith(('127.', '::1'))
    if local or not options.verify_tls:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _greet(smtp: _Opener, options: Options) -> None:
    """Connect, EHLO, STARTTLS, AUTH; smtplib's or the socket's exceptions."""
    code, text = smtp.connect(options.host, options.port)
    if code != 220:
        raise smtplib.SMTPConnectError(code, text)
    smtp.ehlo_or_helo_if_needed()
    if options.authenticate:
        if options.starttls:
            smtp.starttls(context=tls_context(options))
            smtp.ehlo_or_helo_if_needed()
        smtp.login(options.user, options.password)


def _explain(error: Exception, options: Options) -> str:
    where = f'{options.host} port {options.port}'
    if isinstance(error, smtplib.SMTPResponseException):
        said = _text(error.smtp_error)
        return f'{type(error).__name__} from {where}: {error.smtp_code} {said}'
    return f'{where}: {error}' if str(error) else f'{where}: {type(error).__name__}'


def _text(said: bytes | str) -> str:
    return said.decode('utf-8', 'replace') if isinstance(said, bytes) else said


class Session:
    """One connection: the features it offers, and the conversation on it."""

    def __init__(self, wire: Wire, features: Iterable[str], limit: int = 0) -> None:
        self.wire, self.limit = wire, limit
        offered = {name.lower() for name in features}
        self.pipelining = 'pipelining' in offered
        self.smtputf8 = 'smtputf8' in offered
        self.eightbit = '8bitmime' in offered
        self.finished = 0  # transactions the server gave a last word on
        self._open_mail = False  # MAIL was accepted, but no text followed

    @classmethod
    def open(cls, options: Options, should_stop: StopTest = never) -> Session:
        """Connect and greet.  Raises SessionFailed or Stopped."""
        smtp = _Opener(options, should_stop)
        try:
            _greet(smtp, options)
        except (OSError, smtplib.SMTPException) as error:
            smtp.close()
            raise SessionFailed(_explain(error, options)) from error
        except BaseException:
            smtp.close()
            raise
        assert smtp.sock is not None
        wire = Wire(smtp.sock, options.timeouts, should_stop)
        return cls(wire, smtp.esmtp_features, options.max_transactions)

    def is_full(self) -> bool:
        """Tell whether SMTP_MAX_SESSIONS_PER_CONNECTION is reached."""
        return bool(self.limit) and self.finished >= self.limit

    def quit(self) -> None:
        """Leave politely; the answer is awaited for a second at most."""
        try:
            self.wire.sock.send(b'QUIT\r\n')
            self.wire.await_reply(1.0)
        except OSError:
            pass
        self.wire.close()

    # --- transactions ------------------------------------------------------

    def run(self, todo: _Todo, outcome: Outcome) -> Broken | None:
        """Do transactions until none is left, the session is full or broken."""
        handed = _Handed(self, outcome)
        for transaction in todo:
            full = self.limit and self.finished + handed.count >= self.limit
            if full or self.wire.should_stop():
                todo.put_back(transaction)
                break
            if not self._fits(transaction, outcome):
                continue
            try:
                answers = self._ask(transaction, handed)
            except Broken as broken:
                _lost(transaction, broken, todo, outcome)
                return broken
            self._judge(transaction, answers, handed, outcome)
        try:
            handed.finish()
        except Broken as broken:
            return broken
        return None

    def _fits(self, transaction: Transaction, outcome: Outcome) -> bool:
        """Take out recipients that no command can name; False if that is all."""
        joined = '\n'.join(transaction.recipients)
        plain = joined.count('\n') == len(transaction.recipients) - 1
        if plain and joined.isascii() and not _UNSAFE.search(joined):
            return True
        good = []
        for address in transaction.recipients:
            if problem := _unsendable(address, self.smtputf8):
                outcome.failures[address] = problem
            else:
                good.append(address)
        transaction.recipients = good
        return bool(good)

    def _ask(self, transaction: Transaction, handed: _Handed) -> list[bytes]:
        """Send MAIL, RCPTs and DATA; answer their replies.  Raises Broken."""
        joined = '>\r\nRCPT TO:<'.join(transaction.recipients)
        rcpts = f'RCPT TO:<{joined}>\r\n'.encode()
        mail = self._mail(transaction, rcpts.isascii())
        reset, self._open_mail = self._open_mail, False
        if not self.pipelining:
            handed.finish()
            return self._lock_step(reset, mail, rcpts)
        commands = [b'RSET\r\n' * reset, mail, rcpts, b'DATA\r\n']
        count = len(transaction.recipients) + 2 + reset
        try:
            return handed.exchange(commands, count)[reset:]
        except Broken as broken:
            broken.replies = broken.replies[reset:]
            raise

    def _mail(self, transaction: Transaction, ascii_recipients: bool) -> bytes:
        command = f'MAIL FROM:<{transaction.sender}>'
        if self.eightbit and not transaction.data.isascii():
            command += ' BODY=8BITMIME'
        if self.smtputf8 and not (ascii_recipients and transaction.sender.isascii()):
            command += ' SMTPUTF8'
        return f'{command}\r\n'.encode()

    def _lock_step(self, reset: bool, mail: bytes, rcpts: bytes) -> list[bytes]:
        """One command at a time; commands that make no sense are left out."""
        answers: list[bytes] = []
        try:
            if reset:
                self._one(b'RSET\r\n')
            answers.append(self._one(mail))
            if not answers[0].startswith(b'2'):
                return answers
            for command in rcpts.splitlines(keepends=True):
                answers.append(self._one(command))
            if any(answer.startswith(b'2') for answer in answers[1:]):
                answers.append(self._one(b'DATA\r\n'))
        except Broken as broken:
            broken.replies = answers
            raise
        return answers

    def _one(self, command: bytes) -> bytes:
        return _checked(self.wire.exchange([command], 1))[0]

    def _judge(
        self,
        transaction: Transaction,
        answers: list[bytes],
        handed: _Handed,
        outcome: Outcome,
    ) -> None:
        """Match replies to recipients; hand the text over when it is wanted."""
        recipients, mail = transaction.recipients, answers[0]
        go_on = len(answers) > 1 and answers[-1].startswith(b'354')
        if not mail.startswith(b'2'):
            accepted = []
            _whole_message(mail, recipients, outcome)
        else:
            accepted = _accepted(recipients, answers[1:], outcome)
        if go_on:
            handed.hold(transaction.data if accepted else b'', accepted)
        elif accepted:
            _whole_message(answers[-1], accepted, outcome)
        self._open_mail = mail.startswith(b'2') and not go_on
        self.finished += not (go_on and accepted)


def _lost(
    transaction: Transaction, broken: Broken, todo: _Todo, outcome: Outcome
) -> None:
    """The connection broke before the text was sent: nobody has it."""
    for index, reply in enumerate(broken.replies):
        if reply.startswith(b'421'):  # it said so before it hung up
            broken.code, broken.text = _failure(reply)
            del broken.replies[index:]
            break
    transaction.tries += 1
    if broken.stopped or (transaction.tries < 2 and not broken.timed_out):
        todo.put_back(transaction)
        return
    outcome.trouble(broken.text)
    outcome.defer(transaction.recipients, broken.code, broken.text)
    # Those refused for good before it broke need no other try.
    for address, answer in zip(
        transaction.recipients, broken.replies[1:], strict=False
    ):
        code, text = _failure(answer)
        if is_permanent(code):
            outcome.failures[address] = (code, text)


def _unsendable(address: str, smtputf8: bool) -> Failure | None:
    """Tell why no RCPT command can name this address, if so."""
    try:
        address.encode()
    except UnicodeEncodeError:
        return NOT_AN_ADDRESS
    if _UNSAFE.search(address.replace('\n', ' ')) and not _QUOTED.fullmatch(address):
        return NOT_AN_ADDRESS
    return None if smtputf8 or address.isascii() else NO_SMTPUTF8


def _accepted(
    recipients: list[str], answers: list[bytes], outcome: Outcome
) -> list[str]:
    """Note who is refused; answer the others.  ``answers`` may have DATA's behind."""
    answers = answers[: len(recipients)]
    if {answer[:2] for answer in answers} == {b'25'}:
        return recipients
    refused = {
        address: _failure(answer)
        for address, answer in zip(recipients, answers, strict=True)
        if not answer.startswith(b'25')
    }
    outcome.failures.update(refused)
    accepted = [address for address in recipients if address not in refused]
    if not accepted:
        outcome.all_refused.append(refused)
    return accepted


class _Handed:
    """The message handed over last, whose final reply is still to come."""

    def __init__(self, session: Session, outcome: Outcome) -> None:
        self._session, self._outcome = session, outcome
        self._data: bytes | None = None
        self._recipients: list[str] = []

    @property
    def count(self) -> int:
        return int(self._data is not None)

    def hold(self, data: bytes, recipients: list[str]) -> None:
        """Keep text (and final dot) to be sent with the next commands."""
        self._data, self._recipients = data, recipients

    def finish(self) -> None:
        """Send what is held and read the final reply."""
        if self._data is not None:
            self.exchange([], 0)

    def exchange(self, commands: list[bytes], count: int) -> list[bytes]:
        """Send what is held and then ``commands``; answer the replies to these."""
        wire = self._session.wire
        if self._data is None:
            return _checked(wire.exchange(_join(commands), count))
        blocks = _join([self._data, b'.\r\n', *commands])
        try:
            replies = wire.exchange(blocks, count + 1, decisive=True)
        except Broken as broken:
            self._settle(broken.replies[0] if broken.replies else None, broken)
            broken.replies = broken.replies[1:]
            raise
        self._settle(replies[0], None)
        # After a 421 to the dot the rest of the replies will say so as well.
        return _checked(replies[1:])

    def _settle(self, reply: bytes | None, broken: Broken | None) -> None:
        recipients, outcome = self._recipients, self._outcome
        self._data, self._recipients = None, []
        if not recipients:  # the lone dot after everybody was refused
            return
        self._session.finished += reply is not None
        if reply is None:
            assert broken is not None
            outcome.trouble(broken.text)
            outcome.defer(recipients, broken.code, broken.text)
        elif reply.startswith(b'2'):
            outcome.accepted += 1
        else:
            _whole_message(reply, recipients, outcome)


def _join(blocks: list[bytes]) -> list[bytes]:
    """Make one block of them, unless that would copy a large text."""
    if sum(map(len, blocks)) < JOIN_BELOW:
        return [b''.join(blocks)]
    return [block for block in blocks if block]


def _failure(reply: bytes) -> Failure:
    """Split a reply into code and text; code -1 when it is none of ours."""
    if not reply[:3].isdigit():
        return -1, _text(reply).strip()
    code = int(reply[:3])
    return code if code >= 400 else -1, _text(reply[4:]).strip()


def _whole_message(reply: bytes, recipients: list[str], outcome: Outcome) -> None:
    """The server refused the message, not a recipient."""
    code, text = _failure(reply)
    if is_permanent(code):
        outcome.rejected.update(dict.fromkeys(recipients, (code, text)))
    else:
        outcome.defer(recipients, code, text)


def _checked(replies: list[bytes]) -> list[bytes]:
    """Answer the replies.  Raises Broken when one says 421 (the server ends the
    session), or is no reply at all."""
    if any(code == b'421' or not code.isdigit() for code in {r[:3] for r in replies}):
        for index, reply in enumerate(replies):
            if reply.startswith(b'421') or not reply[:3].isdigit():
                raise Broken(replies[:index], *_failure(reply))
    return replies
