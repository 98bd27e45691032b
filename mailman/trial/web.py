"""The trial site's web server: the pages, and the public archives as files.

It does what the configurations in contrib/ make of a real one, with the standard
library's server, a thread for each browser and one page at a time.
"""

from __future__ import annotations

import mimetypes
import threading
from collections.abc import Callable, Iterable, Iterator
from email.utils import formatdate, parsedate_to_datetime
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from mailman.trial import welcome
from mailman.web.app import make_application
from mailman.web.gateway import Application, Environ
from mailman.web.wsgi import mounted, nothing, root_of_pages

if TYPE_CHECKING:
    from mailman.site import Site

Start = Callable[..., Any]
ARCHIVES = '/pipermail'
BLOCK = 1 << 16
SAFE = [
    ('X-Content-Type-Options', 'nosniff'),
    ('Referrer-Policy', 'same-origin'),
    ('Cache-Control', 'no-cache'),
]
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'"
)
# What strangers attached may not run in our name.
SANDBOX = "default-src 'none'; sandbox"
SHOWN = ('.png', '.jpg', '.jpeg', '.gif', '.webp', '.txt')


class Server(ThreadingMixIn, WSGIServer):
    """A server with a thread for each connection."""

    daemon_threads = True


class Quiet(WSGIRequestHandler):
    """Says nothing of requests: the terminal is for the mail."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def serve(site: Site, port: int) -> Server:
    """Start a server on 127.0.0.1 in a thread of its own.  Raises OSError."""
    server = Server(('127.0.0.1', port), Quiet)
    server.set_app(front(site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def front(site: Site) -> Application:
    """Make the application of the whole server."""
    root = root_of_pages(site)
    files = Files(site)
    first = make_application(site, welcome.answer)

    def others(environ: Environ, start: Start) -> Iterable[bytes]:
        path = environ.get('PATH_INFO', '')
        if path in ('', '/'):
            return first(environ, start)
        if path in (root, f'{root}/', ARCHIVES, f'{ARCHIVES}/'):
            return redirect(start, f'{root}/listinfo')
        if path.startswith(f'{ARCHIVES}/'):
            return files(environ, start)
        return nothing(environ, start)

    return mounted(one_at_a_time(make_application(site)), root, others)


def redirect(start: Start, path: str) -> Iterable[bytes]:
    """Send a browser somewhere else."""
    start('302 Found', [('Location', path), ('Content-Length', '0')])
    return []


def one_at_a_time(application: Application) -> Application:
    """Wrap an application that need not know of threads."""
    lock = threading.Lock()

    def alone(environ: Environ, start: Start) -> Iterable[bytes]:
        with lock:
            return list(application(environ, start))

    return alone


class Files:
    """The public archives."""

    def __init__(self, site: Site) -> None:
        self.root = site.archives_public
        # Public archives are links to where all are.
        self.allowed = [site.archives_public.resolve(), site.archives_private.resolve()]

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        """Answer with a file."""
        path = environ.get('PATH_INFO', '')
        if environ.get('REQUEST_METHOD') not in ('GET', 'HEAD'):
            start('405 Method Not Allowed', [('Allow', 'GET, HEAD')])
            return []
        found = self.find(path.removeprefix(ARCHIVES))
        if found is None:
            return nothing(environ, start)
        if found.is_dir():
            if not path.endswith('/'):
                return redirect(start, f'{path}/')
            found = found / 'index.html'
        if not found.is_file():
            return nothing(environ, start)
        return _answer(found, 'attachments' in path.split('/'), environ, start)

    def find(self, path: str) -> Path | None:
        """Give the file of a path, if it is one that everybody may see."""
        pieces = [piece for piece in path.split('/') if piece]
        if any(piece.startswith('.') or '\0' in piece for piece in pieces):
            return None
        if len(pieces) > 1 and pieces[1] == 'database':
            return None
        try:
            found = self.root.joinpath(*pieces).resolve(strict=True)
        except (OSError, ValueError):
            return None
        inside = any(found.is_relative_to(place) for place in self.allowed)
        return found if inside and pieces else None


def _answer(
    path: Path, attached: bool, environ: Environ, start: Start
) -> Iterable[bytes]:
    stat = path.stat()
    headers = [
        *SAFE,
        ('Last-Modified', formatdate(stat.st_mtime, usegmt=True)),
        ('Content-Security-Policy', SANDBOX if attached else POLICY),
    ]
    if _is_known(environ, stat.st_mtime):
        start('304 Not Modified', headers)
        return []
    if attached and path.suffix.lower() not in SHOWN:
        headers.append(('Content-Disposition', 'attachment'))
    kind = mimetypes.guess_type(path.name)[0] or 'application/octet-stream'
    size = str(stat.st_size)
    start('200 OK', [*headers, ('Content-Type', kind), ('Content-Length', size)])
    return [] if environ.get('REQUEST_METHOD') == 'HEAD' else _blocks(path)


def _is_known(environ: Environ, changed: float) -> bool:
    try:
        since = parsedate_to_datetime(environ.get('HTTP_IF_MODIFIED_SINCE', ''))
        return int(changed) <= since.timestamp()
    except (TypeError, ValueError):
        return False


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open('rb') as file:
        while block := file.read(BLOCK):
            yield block
