"""Between a WSGI application and a server that speaks CGI.

The environment of a CGI program goes in, a CGI answer (``Status:``, headers, a blank
line, the body) comes out; whether both travel through a process's own descriptors
(cgi.py) or through a socket from the C program (worker.py) makes no difference.

The standard library's wsgiref does the same, but takes a fifth of a small page's time
to import, and trusts the application with what it writes into headers.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, BinaryIO

Environ = dict[str, Any]
Headers = list[tuple[str, str]]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
Write = Callable[[bytes], None]
# Fills a buffer with what comes next, and tells how much that was.
ReadInto = Callable[[Any], int]

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_VALUE = re.compile(r'[\t -~\x80-\xff]*')
_STATUS = re.compile(r'[1-5][0-9][0-9] [ -~]*')
# Bytes of a form that was refused, read nevertheless: servers take a program that does
# not read for one that failed, and tell the browser so.
_READ_IN_VAIN = 64 << 20
# Statuses whose answers have no body.
_BODILESS = ('204', '304')

TROUBLE = """\
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>
<body><h1>{title}</h1>
<p>{text}</p>
<p>For the administrators of this server: the reason stands in Mailman's log file
<code>error</code>.</p>
</body></html>
"""
# What people are told when there is no page; never why.
TROUBLES = {
    400: ('Bad Request', 'The browser sent something that could not be read.'),
    500: (
        'Internal Server Error',
        'This page could not be made, because of a mistake on our side.  Please try '
        'again later.',
    ),
    503: (
        'Service Unavailable',
        'The mailing lists of this site cannot be looked after just now.  Please try '
        'again later.',
    ),
}


class ClientGone(Exception):
    """Nobody reads the answer any more."""


class BadAnswer(Exception):
    """The application's answer is not one that may be sent."""


class _Body(io.RawIOBase):
    """The body of a request: as much of a stream as was announced."""

    def __init__(self, read_into: ReadInto, size: int) -> None:
        self.read_into, self.left = read_into, size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        size = self.read_into(memoryview(buffer)[: self.left]) if self.left else 0
        self.left -= size
        return size


def body(read_into: ReadInto, size: int) -> BinaryIO:
    """Give the body of a request as a file that ends where the body does."""
    if size == 0:
        return io.BytesIO()
    return io.BufferedReader(_Body(read_into, size))


def environment(
    given: Mapping[bytes, bytes], page: str, read_into: ReadInto, errors: Any
) -> Environ:
    """Make the application's environment from a CGI program's, for one page.

    ``page`` is what was compiled into the program: what the caller says its name is
    counts for nothing.  Raises ValueError for a size that is none.
    """
    # PEP 3333: bytes as the characters of latin-1.
    environ: Environ = {
        name.decode('latin-1'): value.decode('latin-1') for name, value in given.items()
    }
    secure = environ.get('HTTPS', '').lower() in ('on', '1')
    environ.setdefault('REQUEST_METHOD', 'GET')
    environ.setdefault('QUERY_STRING', '')
    environ.setdefault('SCRIPT_NAME', f'/{page}')
    environ.setdefault('PATH_INFO', '')
    environ.setdefault('SERVER_NAME', environ.get('HTTP_HOST', 'localhost'))
    environ.setdefault('SERVER_PORT', '443' if secure else '80')
    environ.setdefault('SERVER_PROTOCOL', 'HTTP/1.0')
    environ['mailman.page'] = page
    environ['wsgi.version'] = (1, 0)
    environ['wsgi.url_scheme'] = 'https' if secure else 'http'
    environ['wsgi.input'] = body(read_into, content_length(environ))
    environ['wsgi.errors'] = errors
    environ['wsgi.multithread'] = False
    environ['wsgi.multiprocess'] = True
    environ['wsgi.run_once'] = False
    return environ


def content_length(environ: Environ) -> int:
    """Tell how many bytes of body there are.  Raises ValueError."""
    text = environ.get('CONTENT_LENGTH', '') or '0'
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f'CONTENT_LENGTH is {text!r}')
    return int(text)


def head(status: str, headers: Headers) -> bytes:
    """Write the head of an answer.  Raises BadAnswer for what may not stand in it."""
    if not _STATUS.fullmatch(status):
        raise BadAnswer(f'status {status!r}')
    lines = [f'Status: {status}']
    for name, value in headers:
        if not (_NAME.fullmatch(name) and _VALUE.fullmatch(value)):
            raise BadAnswer(f'header {name!r}: {value!r}')
        lines.append(f'{name}: {value}')
    return '\r\n'.join([*lines, '', '']).encode('latin-1')


def trouble(code: int) -> bytes:
    """Give a whole answer that says that there is no page, and nothing else."""
    title, text = TROUBLES[code]
    page = TROUBLE.format(title=title, text=text).encode()
    headers = [
        ('Content-Type', 'text/html; charset=utf-8'),
        ('Content-Length', str(len(page))),
        ('Cache-Control', 'no-store'),
        ('X-Content-Type-Options', 'nosniff'),
        ('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'"),
    ]
    return head(f'{code} {title}', headers) + page


def _read_rest(stream: Any) -> None:
    """Read what nobody wanted of a form."""
    with suppress(OSError):
        for _ in range(_READ_IN_VAIN >> 16):
            if not stream.read(1 << 16):
                return


class Answer:
    """One answer on its way out."""

    def __init__(self, environ: Environ, write: Write) -> None:
        self._write, self._input = write, environ['wsgi.input']
        self.without_body = environ.get('REQUEST_METHOD') == 'HEAD'
        self.status = ''
        self.headers: Headers = []
        self.sent = False

    def start(
        self, status: str, headers: Headers, exc_info: Any = None
    ) -> Callable[[bytes], None]:
        """Take status and headers: WSGI's start_response."""
        if exc_info is not None and self.sent:
            raise exc_info[1].with_traceback(exc_info[2])
        if self.status and exc_info is None:
            raise BadAnswer('start_response was called twice')
        head(status, headers)  # a bad one is told to who made it
        self.status, self.headers = status, list(headers)
        self.without_body = self.without_body or status[:3] in _BODILESS
        return self.send

    def send(self, data: bytes, *, size: int | None = None) -> None:
        """Send a part of the body, the first one behind the head."""
        if not self.status:
            raise BadAnswer('the body came before start_response')
        if self.without_body:
            data = b''
        if not self.sent:
            names = {name.lower() for name, _ in self.headers}
            if size is not None and 'content-length' not in names:
                self.headers.append(('Content-Length', str(size)))
            data = head(self.status, self.headers) + data
            _read_rest(self._input)
            self.sent = True
        if data:
            self._write(data)


def respond(application: Application, environ: Environ, answer: Answer) -> None:
    """Have the application answer one request.

    Raises ClientGone, and whatever the application raises.
    """
    parts = application(environ, answer.start)
    try:
        whole = isinstance(parts, list | tuple) and len(parts) == 1
        for part in parts:
            if part:
                answer.send(part, size=len(part) if whole else None)
            if answer.without_body and answer.sent:
                break
        if not answer.sent:
            bodiless = answer.status[:3] in _BODILESS
            answer.send(b'', size=None if bodiless or answer.without_body else 0)
    finally:
        close = getattr(parts, 'close', None)
        if close is not None:
            close()


def reader(descriptor: int) -> ReadInto:
    """Give what fills buffers from a descriptor."""
    return lambda buffer: os.readv(descriptor, [buffer])


def writer(descriptor: int) -> Write:
    """Give what writes all of its bytes to a descriptor, or raises ClientGone."""

    def write(data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(descriptor, view) :]
        except OSError as error:  # a pipe that broke, a reader that sleeps
            raise ClientGone(str(error)) from error

    return write
