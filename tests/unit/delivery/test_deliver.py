"""Delivery of one message: recipients, envelope, headers, logs."""

import pytest
from support.smtp_sink import Sink

from mailman.delivery import deliver
from mailman.delivery.deliver import DeliveryFailed

MEMBERS = ['anne@member.example', 'Bob.Mixed@Member.Example', 'cate@other.example']


@pytest.fixture
def sink(site):
    with Sink() as server:
        site.cfg.SMTPHOST, site.cfg.SMTPPORT = '127.0.0.1', server.port
        yield server


@pytest.fixture
def plist(make_list):
    mlist = make_list('test', members=MEMBERS, msg_footer='-- \nbottom\n')
    mlist.set_name('anne@member.example', 'Anne Author')
    return mlist


def data(**more):
    return {'recips': list(MEMBERS), 'tolist': 1, **more}


def log(site, name):
    path = site.logs_dir / name
    return path.read_text().splitlines() if path.exists() else []


def test_everybody_gets_the_same_bytes_in_one_transaction(plist, make_msg, sink):
    deliver.process(plist, make_msg(), data())
    [mail] = sink.mails
    assert sorted(mail.recipients) == sorted(MEMBERS)
    assert mail.sender == 'test-bounces@lists.example.com'
    assert b'Errors-To: test-bounces@lists.example.com\n' in mail.text
    assert b'Sender: Test <test-bounces@lists.example.com>\n' in mail.text
    assert mail.text.endswith(b'\n\nHello, list.\n-- \nbottom\n')
