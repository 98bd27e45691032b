"""A request as pages see it: which program, which list, which fields, from whom."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mailman.site.i18n import N_
from mailman.web import fields
from mailman.web.answers import Refused
from mailman.web.fields import Fields, Limits

if TYPE_CHECKING:
    from mailman.site import Site

# Pages of owners take member lists and hundreds of rows; pages for everybody do not.
LARGE = Limits(10_000_000, 50_000)
SMALL = Limits(200_000, 500)
OWNERS_PROGRAMS = frozenset(('admin', 'admindb', 'edithtml'))


class Request:
    """One request, read from a WSGI environment (PEP 3333)."""

    def __init__(self, site: Site, environ: Mapping[str, Any], program: str) -> None:
        self.site, self.environ, self.program = site, environ, program
        self.method = str(environ.get('REQUEST_METHOD', 'GET')).upper()
        # CGI gives bytes as Latin-1 characters.  2.1 cut at the first odd byte.
        path = environ.get('PATH_INFO', '')
        self.pieces = [piece for piece in _visible(path).split('/') if piece]
        self.remote = self._remote()

    @property
    def list_name(self) -> str:
        """The list in the path, in lower case; '' for none."""
        return self.pieces[0].lower() if self.pieces else ''

    @property
    def rest(self) -> list[str]:
        """The pieces of the path behind the list."""
        return self.pieces[1:]

    @property
    def address(self) -> str:
        """What stands behind the list as a mail address, which may go beyond ASCII."""
        path = str(self.environ.get('PATH_INFO', ''))
        try:
            path = path.encode('latin-1').decode()
        except UnicodeError:
            return '/'.join(self.rest)
        odd = (n for n, c in enumerate(path) if c == ' ' or not c.isprintable())
        end = next(odd, None)
        return '/'.join([piece for piece in path[:end].split('/') if piece][1:])

    # --- where it came from ---------------------------------------------------------

    def _remote(self) -> str:
        """Give the caller's address; a proxy's word counts where the site says so."""
        direct = str(self.environ.get('REMOTE_ADDR', '')) or 'unidentified origin'
        proxies = self.site.cfg.TRUSTED_PROXIES
        forwarded = str(self.environ.get('HTTP_X_FORWARDED_FOR', ''))
        if direct not in proxies or not forwarded:
            return direct
        # The last one that is none of our own proxies; those before may be lies.
        for hop in reversed([one.strip() for one in forwarded.split(',')]):
            if hop not in proxies:
                return hop[:64] or direct
        return direct

    @property
    def host(self) -> str:
        """The host name asked for, without a port, in lower case."""
        host = str(self.environ.get('HTTP_HOST') or self.environ.get('SERVER_NAME', ''))
        name, colon, port = host.rpartition(':')
        if colon and port.isdecimal():
            host = name
        return host[:256].lower().rstrip('.').strip('[]')

    # --- what it brings -------------------------------------------------------------

    @property
    def is_post(self) -> bool:
        """Whether this may change something by itself."""
        return self.method == 'POST'

    @cached_property
    def cookies(self) -> dict[str, list[str]]:
        """The values of each cookie."""
        return fields.parse_cookies(str(self.environ.get('HTTP_COOKIE', '')))

    @cached_property
    def query(self) -> Fields:
        """The fields of the address."""
        raw = str(self.environ.get('QUERY_STRING', '')).encode('latin-1', 'replace')
        limits = self._limits
        if len(raw) > limits.size:
            raise _too_large()
        try:
            return fields.parse_urlencoded(raw, limits, self.charset)
        except fields.TooLarge:
            raise _too_large() from None

    @cached_property
    def form(self) -> Fields:
        """The fields of the body; raises Refused with 400 or 413."""
        if not self.is_post:
            return Fields()
        kind = str(self.environ.get('CONTENT_TYPE', ''))
        try:
            data = fields.read_body(
                self.environ['wsgi.input'],
                str(self.environ.get('CONTENT_LENGTH') or '0'),
                self._limits.size,
            )
            return self._parse(kind, data)
        except fields.TooLarge:
            raise _too_large() from None
        except fields.Malformed:
            raise Refused(
                400, N_('The form did not arrive whole. Go back and send it again.')
            ) from None

    def _parse(self, kind: str, data: bytes) -> Fields:
        plain = kind.partition(';')[0].strip().lower()
        if plain == 'multipart/form-data':
            return fields.parse_multipart(data, kind, self._limits, self.charset)
        if plain == 'application/x-www-form-urlencoded' or not (plain or data):
            return fields.parse_urlencoded(data, self._limits, self.charset)
        raise fields.Malformed

    @cached_property
    def fields(self) -> Fields:
        """The fields of body and address together, as 2.1 reads them."""
        return Fields(self.form.pairs + self.query.pairs)

    # The charset of forms whose bytes are not UTF-8; the front door sets the list's.
    charset = 'utf-8'

    @property
    def _limits(self) -> Limits:
        return LARGE if self.program in OWNERS_PROGRAMS else SMALL


def _visible(path: str) -> str:
    for position, character in enumerate(path):
        if not '!' <= character <= '~':
            return path[:position]
    return path


def _too_large() -> Refused:
    return Refused(413, N_('This is more than the page takes. Send it in parts.'))
