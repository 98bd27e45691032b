"""A patient socket to the mail server: bounded waits, and it hears SIGTERM.

Two users share it: smtplib while a session is opened (through ``Lines``), and our
pipelined conversation after that (through ``exchange``).  Every wait is cut into
short slices, between which ``should_stop`` is asked; so a server that accepts a
connection and says nothing holds up neither the queue nor ``mailmanctl stop``.

While we write, we read: a server that answers each of a thousand pipelined commands
would otherwise block on a full buffer, and so would we (RFC 2920 section 3.1).
"""

from __future__ import annotations

import errno
import os
import select
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

SLICE = 1.0  # seconds between two looks at should_stop
GRACE = 5.0  # further seconds for an answer that decides about duplicates
READ_SIZE = 1 << 18
WRITE_SIZE = 1 << 18
TOO_SLOW = 'the mail server did not answer in time'
# Linux: acknowledge at once what arrived.
_QUICKACK = getattr(socket, 'TCP_QUICKACK', None)
LONGEST_LINE = 1 << 16  # RFC 5321 section 4.5.3.1.5 says 512; be generous

StopTest = Callable[[], bool]


def never() -> bool:
    """Stand in for a should_stop that nobody needs."""
    return False


class Stopped(Exception):
    """We were told to end while waiting for the server."""


@dataclass(frozen=True)
class Timeouts:
    """Seconds to wait (RFC 5321 section 4.5.3.2 asks for minutes)."""

    connect: float = 60.0
    reply: float = 300.0
    final_dot: float = 540.0


class Broken(Exception):
    """The conversation ended early; ``replies`` came before that."""

    def __init__(
        self,
        replies: list[bytes],
        code: int,
        text: str,
        *,
        timed_out: bool = False,
        stopped: bool = False,
    ) -> None:
        super().__init__(code, text)
        self.replies, self.code, self.text = replies, code, text
        self.timed_out, self.stopped = timed_out, stopped


def connect(
    host: str, port: int, timeout: float, should_stop: StopTest = never
) -> socket.socket:
    """Open a TCP connection to the first address of ``host`` that answers.

    Raises OSError (the last address's) or Stopped.
    """
    problem: OSError = OSError(f'no address for {host}')
    for family, kind, proto, _, address in socket.getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    ):
        sock = socket.socket(family, kind, proto)
        try:
            _connect_one(sock, address, time.monotonic() + timeout, should_stop)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
        except OSError as error:
            problem = error
            sock.close()
        except BaseException:
            sock.close()
            raise
    raise problem


def _connect_one(
    sock: socket.socket, address: object, deadline: float, should_stop: StopTest
) -> None:
    sock.setblocking(False)
    code = sock.connect_ex(address)  # type: ignore[arg-type]
    if code and code not in (errno.EINPROGRESS, errno.EWOULDBLOCK):
        raise OSError(code, os.strerror(code))
    _await(sock, select.POLLOUT, deadline, should_stop)
    code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        raise OSError(code, os.strerror(code))


def _await(
    sock: socket.socket, events: int, deadline: float, should_stop: StopTest
) -> None:
    """Wait for the socket; TimeoutError after the deadline, Stopped when told."""
    poll = select.poll()
    poll.register(sock, events)
    while not poll.poll(SLICE * 1000):
        if should_stop():
            raise Stopped
        if time.monotonic() >= deadline:
            raise TimeoutError(TOO_SLOW)


class Lines:
    """The ``file`` that smtplib reads replies from."""

    def __init__(
        self, sock: socket.socket, timeout: float, should_stop: StopTest = never
    ) -> None:
        self._sock, self._timeout, self._should_stop = sock, timeout, should_stop
        self._buffer = b''

    def readline(self, limit: int = LONGEST_LINE) -> bytes:
        """Answer one line with its end; what there is at the end of the stream."""
        deadline = time.monotonic() + self._timeout
        while b'\n' not in self._buffer and len(self._buffer) < limit:
            data = self._receive(deadline)
            if not data:
                break
            self._buffer += data
        end = self._buffer.find(b'\n') + 1 or len(self._buffer)
        line, self._buffer = self._buffer[:end], self._buffer[end:]
        return line

    def _receive(self, deadline: float) -> bytes:
        if not (isinstance(self._sock, ssl.SSLSocket) and self._sock.pending()):
            _await(self._sock, select.POLLIN, deadline, self._should_stop)
        return self._sock.recv(READ_SIZE)

    def close(self) -> None:
        """Let smtplib close us; the socket is closed by its owner."""


class Wire:
    """Commands out, as many replies back, in large blocks."""

    def __init__(
        self,
        sock: socket.socket,
        timeouts: Timeouts | None = None,
        should_stop: StopTest = never,
    ) -> None:
        self.sock = sock
        self.timeouts = timeouts or Timeouts()
        self.should_stop = should_stop
        self._tls = isinstance(sock, ssl.SSLSocket)
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)
        self._tail = b''
        self._replies: list[bytes] = []
        self._partial: list[bytes] = []
        self._grace = 0.0
        sock.setblocking(False)

    def close(self) -> None:
        """Close the socket."""
        self.sock.close()

    def exchange(
        self, blocks: Sequence[bytes], count: int, *, decisive: bool = False
    ) -> list[bytes]:
        """Send ``blocks`` and answer the ``count`` replies to them.

        A reply of several lines comes as one item with ``\\n`` between them.  With
        ``decisive`` a message has been handed over and its fate is among the replies:
        then we wait longer, also when told to stop.  Raises Broken.
        """
        limit = self.timeouts.final_dot if decisive else self.timeouts.reply
        for block in blocks:
            self._send(block, count, limit, decisive)
        self._fill(count, limit, decisive)
        replies, self._replies = self._replies[:count], self._replies[count:]
        return replies

    def await_reply(self, seconds: float) -> None:
        """Give the server a moment to say its last word."""
        self._poll.modify(self.sock, select.POLLIN)
        self._poll.poll(seconds * 1000)

    # --- writing -----------------------------------------------------------

    def _send(self, block: bytes, count: int, limit: float, decisive: bool) -> None:
        view = memoryview(block)
        deadline = time.monotonic() + limit
        while view:
            try:
                sent = self.sock.send(view[:WRITE_SIZE])
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                self._wait(select.POLLIN | select.POLLOUT, deadline, decisive)
                self._read_what_is_there()
                continue
            except OSError as error:
                # The server may have said why before it hung up.
                self._drain()
                raise self._broken(-1, str(error)) from None
            view = view[sent:]
            deadline = time.monotonic() + limit
            if len(self._replies) > count:
                raise self._broken(-1, 'the server sent more replies than commands')

    # --- reading -----------------------------------------------------------

    def _fill(self, count: int, limit: float, decisive: bool) -> None:
        deadline = time.monotonic() + limit
        while len(self._replies) < count:
            if not self._pending():
                self._wait(select.POLLIN, deadline, decisive)
            try:
                data = self.sock.recv(READ_SIZE)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                continue
            except OSError as error:
                raise self._broken(-1, str(error)) from None
            if not data:
                raise self._broken(-1, 'the server closed the connection')
            self._feed(data)
            deadline = time.monotonic() + limit
            if len(self._replies) < count:
                self._acknowledge()

    def _acknowledge(self) -> None:
        """Ask for the rest of the replies.

        A server that sends each reply by itself, without TCP_NODELAY, holds the next
        one back until we acknowledge; a kernel waits 40 ms before it does that.
        """
        if _QUICKACK is not None:
            with suppress(OSError):
                self.sock.setsockopt(socket.IPPROTO_TCP, _QUICKACK, 1)

    def _read_what_is_there(self) -> None:
        try:
            data = self.sock.recv(READ_SIZE)
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return
        except OSError as error:
            raise self._broken(-1, str(error)) from None
        if not data:
            raise self._broken(-1, 'the server closed the connection')
        self._feed(data)

    def _drain(self) -> None:
        """Take in what arrived before the connection broke."""
        try:
            while data := self.sock.recv(READ_SIZE):
                self._feed(data)
        except (OSError, Broken):
            pass

    def _pending(self) -> bool:
        return self._tls and bool(self.sock.pending())  # type: ignore[attr-defined]

    def _feed(self, data: bytes) -> None:
        """Cut replies out of what came in."""
        lines = (self._tail + data).split(b'\n')
        self._tail = lines.pop()
        if len(self._tail) > LONGEST_LINE:
            raise self._broken(-1, 'the server sent an endless line')
        if self._partial or b'-' in {line[3:4] for line in lines}:
            self._feed_slowly(lines)
        else:
            self._replies += lines

    def _feed_slowly(self, lines: list[bytes]) -> None:
        for line in lines:
            self._partial.append(line.rstrip(b'\r'))
            if len(self._partial) > 1000:
                raise self._broken(-1, 'the server sent an endless reply')
            if line[3:4] != b'-':
                first = self._partial.pop(0)
                rest = [more[4:] for more in self._partial]
                self._replies.append(b'\n'.join([first, *rest]))
                self._partial = []

    def _wait(self, events: int, deadline: float, decisive: bool) -> None:
        self._poll.modify(self.sock, events)
        while True:
            stopping = self.should_stop()
            if stopping and not decisive:
                raise self._broken(-1, 'stopping', stopped=True)
            if stopping:
                # The answer decides whether members get it twice: wait a little.
                self._grace = self._grace or time.monotonic() + GRACE
                deadline = min(deadline, self._grace)
            if self._poll.poll(SLICE * 1000):
                return
            if time.monotonic() >= deadline:
                text = 'stopping' if stopping else TOO_SLOW
                raise self._broken(-1, text, timed_out=not stopping, stopped=stopping)

    def _broken(
        self, code: int, text: str, *, timed_out: bool = False, stopped: bool = False
    ) -> Broken:
        replies, self._replies = self._replies, []
        return Broken(replies, code, text, timed_out=timed_out, stopped=stopped)
