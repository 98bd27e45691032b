"""The delivery steps as a pipeline or DELIVERY_MODULE names them."""

import pytest

from mailman import handlers
from mailman.delivery.deliver import NotSupported
from mailman.mail.message import Message
from tests.support.smtp_sink import Sink


def step(site, name):
    return handlers.resolve(site, name)


def test_smtpdirect_delivers(site, mlist, make_msg):
    with Sink() as sink:
        site.cfg.SMTPHOST, site.cfg.SMTPPORT = '127.0.0.1', sink.port
        step(site, 'SMTPDirect')(mlist, make_msg(), {'recips': ['a@b.example']})
        assert sink.recipients() == ['a@b.example']


def test_decorate_works_once(site, mlist, make_msg):
    mlist.msg_footer = 'bottom\n'
    msg, msgdata = make_msg(), {}
    for _ in range(2):
        step(site, 'Decorate')(mlist, msg, msgdata)
    assert msg.get_payload() == 'Hello, list.\nbottom\n'
    assert msgdata['decorated'] is True


@pytest.mark.parametrize('key', ['isdigest', 'nodecorate'])
def test_decorate_leaves_digests_and_notices(site, mlist, make_msg, key):
    msg = make_msg()
    before = msg.as_bytes()
    step(site, 'Decorate')(mlist, msg, {key: 1})
    assert msg.as_bytes() == before


def test_sendmail_says_what_to_set(site, mlist):
    with pytest.raises(NotSupported, match='SMTPDirect'):
        step(site, 'Sendmail')(mlist, Message(), {})
