"""An SMTP server for tests: it keeps what it gets, and misbehaves when told to.

In a test::

    with Sink() as sink:
        sink.rcpt = {'bob@member.example': ['450 later', '250 ok']}
        ...                                   # deliver to sink.port
        assert sink.mails[0].recipients == ['anne@member.example']

As a process of its own, for measuring: ``python tests/support/smtp_sink.py --port N``
(add ``--no-pipelining`` and the like); it prints its counters on SIGTERM.

Threads and plain sockets, standard library only.  Replies are written when the commands
at hand are worked through, as real servers do with PIPELINING.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import re
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

ALL_FEATURES = ('PIPELINING', '8BITMIME', 'SMTPUTF8', 'SIZE 0')
_ADDRESS = re.compile(rb'<([^>]*)>')
Reply = str | None


@dataclass
class Mail:
    """One transaction that was accepted."""

    sender: str
    recipients: list[str]
    data: bytes  # dots undone, CRLF as sent
    parameters: str = ''  # of MAIL
    session: int = 0

    @property
    def text(self) -> bytes:
        """The message with LF line ends."""
        return self.data.replace(b'\r\n', b'\n')


class Drop(Exception):
    """Close the connection here and now."""


@dataclass
class Behaviour:
    """What the sink says.  A reply of None is the good one; ``'drop'`` closes the
    connection, ``'hang'`` says nothing until the sink is closed."""

    features: Sequence[str] = ALL_FEATURES
    banner: str = '220 sink ESMTP'
    mail: Reply = None
    data: Reply = None
    rset: Reply = None
    dot: Reply = None  # after the message
    # Per address its replies in turn, the last one for ever; or a function.
    rcpt: Mapping[str, Sequence[Reply]] | Callable[[str, int], Reply] = field(
        default_factory=dict
    )
    data_without_rcpt: str = '554 no valid recipients'  # or '354 go on'
    drop_in_text_after: int = 0  # bytes
    drop_after_dot: str = ''  # 'stored' or 'lost'
    most_mails: int = 0  # of a session; then 421 and good-bye, as Exim does
    delay: float = 0.0  # seconds before each batch of replies
    users: Mapping[str, str] = field(default_factory=dict)  # AUTH PLAIN, LOGIN
    tls: ssl.SSLContext | None = None
    keep: bool = True  # the texts


class Sink(Behaviour):
    """The server; its attributes may be changed at any time."""

    def __init__(self, port: int = 0, host: str = '127.0.0.1', **behaviour: object):
        super().__init__(**behaviour)  # type: ignore[arg-type]
        self.mails: list[Mail] = []
        self.commands: list[bytes] = []  # verbs, over all sessions
        self.sessions = 0
        self.users_seen: list[str] = []
        self.most_at_once = 0  # commands that came in one piece
        self.counts = {'mails': 0, 'recipients': 0, 'bytes': 0}
        self.tries: dict[str, int] = {}
        self.lock = threading.Lock()
        self.closed = threading.Event()
        self._connections: set[socket.socket] = set()
        self._listener = socket.create_server((host, port), backlog=128)
        self.host, self.port = self._listener.getsockname()[:2]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self) -> Sink:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stop listening and drop everybody."""
        self.closed.set()
        self.refuse()
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def refuse(self) -> None:
        """Stop listening: connections are refused from now on."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def sent_to(self, address: str) -> list[Mail]:
        """Answer the mails that this address got."""
        wanted = address.lower()
        return [m for m in self.mails if wanted in [r.lower() for r in m.recipients]]

    def recipients(self) -> list[str]:
        """Answer everybody who got something, once per mail, sorted."""
        return sorted(r for mail in self.mails for r in mail.recipients)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with self.lock:
                self.sessions += 1
                number = self.sessions
            self._connections.add(connection)
            session = _Session(self, connection, number)
            threading.Thread(target=session.serve, daemon=True).start()

    def gone(self, connection: socket.socket) -> None:
        """Forget a connection that ended."""
        self._connections.discard(connection)

    def answer_rcpt(self, address: str) -> Reply:
        """Answer what RCPT is told this time."""
        if callable(self.rcpt):
            with self.lock:
                number = self.tries[address] = self.tries.get(address, 0) + 1
            return self.rcpt(address, number)
        replies = self.rcpt.get(address.lower()) if self.rcpt else None
        if not replies:
            return None
        with self.lock:
            number = self.tries[address] = self.tries.get(address, 0) + 1
        return replies[min(number, len(replies)) - 1]


class _Session:
    """One connection."""

    def __init__(self, sink: Sink, connection: socket.socket, number: int) -> None:
        self.sink, self.connection, self.number = sink, connection, number
        self.buffer = b''
        self.out: list[bytes] = []
        self.sender: str | None = None
        self.parameters = ''
        self.recipients: list[str] = []
        self.mails = 0

    def serve(self) -> None:
        try:
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.say(self.sink.banner)
            if not self.sink.banner.startswith('2'):
                self.flush()
                return
            while self.work():
                pass
        except (OSError, Drop):
            pass
        finally:
            self.sink.gone(self.connection)
            with contextlib.suppress(OSError):
                self.connection.close()

    # --- bytes -----------------------------------------------------------------

    def say(self, reply: str) -> None:
        if reply == 'drop':
            self.flush()
            raise Drop
        if reply == 'hang':
            self.flush()
            self.sink.closed.wait()
            raise Drop
        self.out.append(reply.replace('\n', '\r\n').encode() + b'\r\n')

    def flush(self) -> None:
        if self.out:
            if self.sink.delay:
                time.sleep(self.sink.delay)
            self.connection.sendall(b''.join(self.out))
            self.out = []

    def receive(self) -> None:
        self.flush()
        data = self.connection.recv(1 << 18)
        if not data:
            raise Drop
        self.buffer += data

    def line(self) -> bytes:
        while b'\r\n' not in self.buffer:
            self.receive()
        line, _, self.buffer = self.buffer.partition(b'\r\n')
        return line

    # --- commands ----------------------------------------------------------------

    def work(self) -> bool:
        """Do the commands at hand; False when the client took its leave."""
        while b'\r\n' not in self.buffer:
            self.receive()
        end = self.buffer.rfind(b'\r\n')
        lines = self.buffer[:end].split(b'\r\n')
        if len(lines) > self.sink.most_at_once:
            self.sink.most_at_once = len(lines)
        for index, line in enumerate(lines):
            verb = line[:4].upper()
            if verb == b'RCPT':
                self.rcpt(line)
                continue
            # These may read on by themselves: give the rest back.
            self.buffer = b'\r\n'.join(lines[index + 1 :] + [self.buffer[end + 2 :]])
            self.sink.commands.append(verb)
            handler = getattr(
                self, 'do_' + verb.decode('ascii', 'replace').lower(), None
            )
            if handler is None:
                self.say('502 no')
                return True
            return handler(line) is not False
        self.buffer = self.buffer[end + 2 :]
        return True

    def do_ehlo(self, line: bytes) -> None:
        lines = ['sink', *self.sink.features]
        if self.sink.tls and not isinstance(self.connection, ssl.SSLSocket):
            lines.append('STARTTLS')
        if self.sink.users:
            lines.append('AUTH PLAIN LOGIN')
        for text in lines[:-1]:
            self.say(f'250-{text}')
        self.say(f'250 {lines[-1]}')

    def do_helo(self, line: bytes) -> None:
        self.say('250 sink')

    def do_star(self, line: bytes) -> None:
        assert self.sink.tls
        self.say('220 go on')
        self.flush()
        self.connection = self.sink.tls.wrap_socket(self.connection, server_side=True)

    def do_auth(self, line: bytes) -> None:
        words = line.split()
        if words[1].upper() == b'PLAIN' and len(words) > 2:
            _, user, password = base64.b64decode(words[2]).decode().split('\0')
        else:
            user = self.ask('334 VXNlcm5hbWU6') if len(words) < 3 else _decode(words[2])
            password = self.ask('334 UGFzc3dvcmQ6')
        if self.sink.users.get(user) == password:
            self.sink.users_seen.append(user)
            self.say('235 welcome')
        else:
            self.say('535 wrong')

    def ask(self, prompt: str) -> str:
        self.say(prompt)
        self.flush()
        return _decode(self.line())

    def do_mail(self, line: bytes) -> None:
        most = self.sink.most_mails
        if most and self.mails >= most:
            self.say('421 too many messages in this connection')
            self.flush()
            raise Drop
        if self.sender is not None:
            self.say('503 nested MAIL')
            return
        reply = self.sink.mail or '250 ok'
        if reply.startswith('2'):
            match = _ADDRESS.search(line)
            self.sender = match[1].decode() if match else ''
            self.parameters = line.partition(b'>')[2].decode().strip()
            self.recipients = []
        self.say(reply)

    def rcpt(self, line: bytes) -> None:
        match = _ADDRESS.search(line)
        address = match[1].decode() if match else ''
        if self.sender is None:
            self.say('503 MAIL first')
            return
        reply = self.sink.answer_rcpt(address) if self.sink.rcpt else None
        if reply is None:
            self.recipients.append(address)
            self.out.append(b'250 ok\r\n')
            return
        if reply.startswith('2'):
            self.recipients.append(address)
        self.say(reply)
        if reply.startswith('421'):
            self.flush()
            raise Drop

    def do_rset(self, line: bytes) -> None:
        self.sender, self.recipients = None, []
        self.say(self.sink.rset or '250 ok')

    def do_noop(self, line: bytes) -> None:
        self.say('250 ok')

    def do_quit(self, line: bytes) -> bool:
        self.say('221 bye')
        self.flush()
        return False

    def do_data(self, line: bytes) -> None:
        reply = self.sink.data
        if reply is None:
            if self.sender is None:
                reply = '503 MAIL first'
            elif not self.recipients:
                reply = self.sink.data_without_rcpt
            else:
                reply = '354 go on'
        self.say(reply)
        if reply.startswith('354'):
            self.text()

    def text(self) -> None:
        """Read the message up to its dot."""
        data = self.read_text()
        sink = self.sink
        if sink.drop_after_dot == 'lost':
            raise Drop
        reply = sink.dot or '250 stored'
        if reply.startswith('2') and self.recipients:
            self.store(data)
        if sink.drop_after_dot:
            raise Drop
        self.mails += 1
        self.sender, self.recipients = None, []
        self.say(reply)
        if reply.startswith('421'):
            self.flush()
            raise Drop

    def read_text(self) -> bytes:
        start = 0
        while True:
            if self.buffer.startswith(b'.\r\n'):
                end, after = 0, 3
            else:
                end = self.buffer.find(b'\r\n.\r\n', start) + 2
                after = end + 3
            if end >= 2 or after == 3 and self.buffer.startswith(b'.\r\n'):
                data, self.buffer = self.buffer[:end], self.buffer[after:]
                return data
            start = max(0, len(self.buffer) - 5)
            self.receive()
            limit = self.sink.drop_in_text_after
            if limit and len(self.buffer) >= limit:
                raise Drop

    def store(self, data: bytes) -> None:
        sink = self.sink
        with sink.lock:
            sink.counts['mails'] += 1
            sink.counts['recipients'] += len(self.recipients)
            sink.counts['bytes'] += len(data)
            if sink.keep:
                if b'\r\n..' in data or data.startswith(b'..'):
                    data = (b'\r\n' + data).replace(b'\r\n..', b'\r\n.')[2:]
                sink.mails.append(
                    Mail(
                        self.sender or '',
                        self.recipients,
                        data,
                        self.parameters,
                        self.number,
                    )
                )


def _decode(word: bytes) -> str:
    return base64.b64decode(word).decode()


def main() -> None:
    """Serve until SIGTERM, keeping counters only."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument('--port', type=int, default=0)
    parser.add_argument('--no-pipelining', action='store_true')
    options = parser.parse_args()
    features = ALL_FEATURES[1:] if options.no_pipelining else ALL_FEATURES
    with Sink(options.port, features=features, keep=False) as sink:
        print(sink.port, flush=True)
        signal.signal(signal.SIGTERM, lambda *_: sink.closed.set())
        signal.signal(signal.SIGINT, lambda *_: sink.closed.set())
        sink.closed.wait()
        print(json.dumps({**sink.counts, 'sessions': sink.sessions}), flush=True)


if __name__ == '__main__':
    main()
