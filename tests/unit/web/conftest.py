"""A site in a temporary prefix, and a browser of sorts for its WSGI application."""

import io
import re
from pathlib import Path
from urllib.parse import unquote, urlencode, urlsplit

import pytest

from mailman.lists import MailList
from mailman.site import Site
from mailman.web.app import make_application

TREE = Path(__file__).resolve().parents[3]
CONFIG = f"""\
from Defaults import *
DEFAULT_URL_HOST = 'lists.example.com'
DEFAULT_EMAIL_HOST = 'lists.example.com'
VIRTUAL_HOSTS.clear()
add_virtualhost('lists.example.com', 'lists.example.com')
TEMPLATE_DIR = {str(TREE / 'templates')!r}
MESSAGES_DIR = {str(TREE / 'messages')!r}
MTA = None
OWNERS_CAN_DELETE_THEIR_OWN_LISTS = Yes
"""


class Answer:
    """What came back: status, headers, text."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = int(status[:3]), headers, body
        self.text = body.decode('utf-8', 'replace')

    def header(self, name):
        found = [v for n, v in self.headers if n.lower() == name.lower()]
        return found[0] if found else None

    def token(self):
        """The form token of the page."""
        found = re.search(r'name="csrf_token"[^>]*value="([^"]*)"', self.text)
        return found[1] if found else ''


class Browser:
    """Keeps cookies; follows a 303 when told to."""

    def __init__(self, site, **environ):
        self.site, self.environ, self.cookies = site, environ, {}

    def get(self, path, **more):
        return self.open('GET', path, b'', **more)

    def post(self, path, fields=(), *, follow=True, **more):
        pairs = fields.items() if isinstance(fields, dict) else fields
        data = urlencode(list(pairs), doseq=True).encode()
        more.setdefault('CONTENT_TYPE', 'application/x-www-form-urlencoded')
        answer = self.open('POST', path, data, **more)
        if follow and answer.status == 303:
            url = urlsplit(answer.header('Location'))
            # CGI gives the path unquoted.
            target = unquote(url.path).removeprefix('/mailman/')
            answer = self.get(f'{target}?{url.query}' if url.query else target)
        return answer

    def open(self, method, path, data, **more):
        path, _, query = path.partition('?')
        program, slash, rest = path.partition('/')
        environ = {
            'REQUEST_METHOD': method,
            'SCRIPT_NAME': f'/mailman/{program}',
            'PATH_INFO': slash + rest,
            'QUERY_STRING': query,
            'HTTP_HOST': 'lists.example.com',
            'SERVER_NAME': 'lists.example.com',
            'SERVER_PORT': '80',
            'REMOTE_ADDR': '192.0.2.1',
            'CONTENT_LENGTH': str(len(data)),
            'HTTP_COOKIE': '; '.join(f'{n}={v}' for n, v in self.cookies.items()),
            'wsgi.input': io.BytesIO(data),
            'wsgi.errors': io.StringIO(),
            'wsgi.url_scheme': 'http',
            **self.environ,
            **more,
        }
        sent = []
        body = b''.join(
            make_application(self.site)(environ, lambda *args: sent.append(args))
        )
        status, headers = sent[0]
        answer = Answer(status, headers, body)
        for name, value in headers:
            if name == 'Set-Cookie':
                self._take(value)
        return answer

    def _take(self, header):
        pair, *attributes = header.split(';')
        name, _, value = pair.partition('=')
        if 'Max-Age=0' in [one.strip() for one in attributes]:
            self.cookies.pop(name, None)
        else:
            self.cookies[name] = value


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch):
    """Hashing is dear on purpose; thousands of lists are made here."""
    monkeypatch.setattr('mailman.security.passwords.COST', 2**4)


@pytest.fixture
def site(tmp_path):
    for name in ('Mailman', 'data', 'lists', 'logs', 'locks', 'archives/private'):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / 'Mailman' / 'mm_cfg.py').write_text(CONFIG)
    site = Site(tmp_path)
    assert site.config_error is None
    return site


@pytest.fixture
def mlist(site):
    return MailList.create(site, 'test', 'owner@example.com', 'listpw')


@pytest.fixture
def browser(site):
    return Browser(site)


@pytest.fixture
def new_browser(site):
    """Makes further browsers: ``new_browser(REMOTE_ADDR='198.51.100.7')``."""
    return lambda **environ: Browser(site, **environ)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    """Answers that take the same time for everybody take none here."""
    waited = []
    monkeypatch.setattr('mailman.web.even.sleep', waited.append)
    return waited


@pytest.fixture
def mails(site):
    """Gives the texts of mails that wait to be sent, and forgets them."""

    def take(queue='virgin'):
        found = sorted(site.queue_dir(queue).glob('*.msg'))
        texts = [path.read_text('utf-8', 'replace') for path in found]
        for path in found:
            path.unlink()
        return texts

    return take
