"""What delivery tests share: a sink, a list with members, logs, queues."""

import pytest

from tests.support.smtp_sink import Sink

MEMBERS = ['anne@member.example', 'Bob.Mixed@Member.Example', 'cate@other.example']


@pytest.fixture
def sink(site):
    """An SMTP server that the site delivers to."""
    with Sink() as server:
        site.cfg.SMTPHOST, site.cfg.SMTPPORT = '127.0.0.1', server.port
        yield server


@pytest.fixture
def plist(make_list):
    """A list with three members, one with a name, and a short footer."""
    mlist = make_list('test', members=MEMBERS, msg_footer='-- \nbottom\n')
    mlist.set_name('anne@member.example', 'Anne Author')
    return mlist


@pytest.fixture
def data():
    """Make the metadata of a post on its way out."""

    def make(**more):
        return {'recips': list(MEMBERS), 'tolist': 1, 'listname': 'test', **more}

    return make


@pytest.fixture
def log(site):
    """Read the texts of a log file, without date and process."""

    def read(name):
        path = site.logs_dir / name
        lines = path.read_text().splitlines() if path.exists() else []
        return [line.split(') ', 1)[1] for line in lines]

    return read
