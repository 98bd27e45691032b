"""Stories on an installed prefix: `mailman` (the site), `sink`, `server`, `web`.

They need root, because the mail program is set-gid and real mail servers change users.
What is missing is named when a story is skipped; with MAILMAN_REQUIRE_SERVERS=1, as CI
has it, it is a failure.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.support import servers, web_servers
from tests.support.prefix import USER, accounts, install
from tests.support.smtp_sink import Sink


def missing(reason):
    """Skip aloud, or fail where nothing may be missing."""
    if os.environ.get('MAILMAN_REQUIRE_SERVERS') == '1':
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope='session')
def folder():
    """A temporary folder that every user may enter; pytest's own are closed."""
    path = Path(tempfile.mkdtemp(prefix='mailman-test-', dir='/var/tmp'))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope='session')
def installation(folder):
    """An installed Mailman, made once."""
    if os.geteuid() != 0:
        missing('needs root, to install a set-gid mail program: sudo make test')
    if accounts([USER]):
        missing(f'needs the user {USER}: as root, {servers.FETCH}')
    if shutil.which('make') is None or shutil.which('cc') is None:
        missing('needs make and a C compiler')
    return install(folder)


@pytest.fixture
def mailman(installation):
    """The installation, with nothing in it but the site list."""
    installation.reset()
    installation.configure(MTA=None)
    installation.newlist('mailman')
    yield installation
    installation.stop()


@pytest.fixture(scope='module')
def lasting_sink():
    with Sink() as sink:
        yield sink


@pytest.fixture
def sink(mailman, lasting_sink):
    """A mail server that keeps all it gets; where Mailman sends its mail."""
    lasting_sink.mails.clear()
    lasting_sink.tries.clear()
    mailman.configure(SMTPHOST='127.0.0.1', SMTPPORT=lasting_sink.port)
    yield lasting_sink
    lasting_sink.delay = 0.0
    lasting_sink.rcpt = {}


@pytest.fixture(scope='module', params=servers.SERVERS, ids=lambda kind: kind.__name__)
def lasting_server(request, installation, lasting_sink):
    """A mail server that stays up for all stories of a file."""
    kind = request.param
    if servers.find(kind.name, kind.program) is None:
        missing(f'needs {kind.name}: {servers.FETCH} fetches it, or install it')
    if lacking := accounts(kind.users):
        missing(f'needs the user {", ".join(lacking)}: as root, {servers.FETCH}')
    # Short: sockets lie below it.
    path = Path(tempfile.mkdtemp(prefix='mta-', dir='/var/tmp'))
    path.chmod(0o755)
    installation.reset()
    server = kind(path, installation, lasting_sink.port)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(path)


@pytest.fixture
def server(mailman, sink, lasting_server):
    """Each kind of mail server, between Mailman and the sink, in both directions."""
    # Mailman may have sent more when the story before had ended.
    lasting_server.forget()
    lasting_server.introduce()
    yield lasting_server
    lasting_server.forget()


@pytest.fixture(scope='module', params=web_servers.SERVERS, ids=lambda k: k.__name__)
def lasting_web(request, installation):
    """A web server that stays up for all stories of a file."""
    kind = request.param
    if lacking := kind.missing():
        missing(f'needs {", ".join(lacking)}: {web_servers.PACKAGES}')
    if accounts([web_servers.USER]):
        missing(f'needs the user {web_servers.USER}: {web_servers.PACKAGES}')
    path = Path(tempfile.mkdtemp(prefix='web-', dir='/var/tmp'))
    path.chmod(0o755)
    server = kind(path, installation)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(path)


@pytest.fixture
def web(mailman, lasting_web):
    """Each kind of web server in front of the pages and archives."""
    mailman.configure(
        DEFAULT_URL_HOST='127.0.0.1',
        DEFAULT_URL_PATTERN=f'http://%s:{lasting_web.port}/mailman/',
    )
    return lasting_web
