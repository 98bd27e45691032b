"""Cleanse and CleanseDKIM: what members must not see."""

import pytest

from mailman.handlers import cleanse, cleanse_dkim
from mailman.mail import headers
from mailman.mail.message import Message

DKIM = ('DomainKey-Signature', 'DKIM-Signature', 'Authentication-Results')


def cleansed(mlist, msg, **msgdata):
    cleanse.process(mlist, msg, msgdata)
    return msg


@pytest.mark.parametrize(
    'name',
    [
        'Approved',
        'Approve',
        'X-Approved',
        'X-Approve',
        'Urgent',
        'Return-Receipt-To',
        'Disposition-Notification-To',
        'X-Confirm-Reading-To',
        'X-PMRQC',
    ],
)
def test_passwords_and_receipts_go(mlist, make_msg, name):
    assert name not in cleansed(mlist, make_msg(f'{name}: secret'))


def test_everything_else_stays_byte_for_byte(mlist, make_msg):
    msg = make_msg('X-Odd:  a\n\tb', 'Received: x', 'Organization: Acme')
    before = msg.as_bytes()
    assert cleansed(mlist, msg).as_bytes() == before


def test_the_author_is_remembered(make_list, make_msg):
    msgdata = {}
    cleanse.process(make_list(anonymous_list=1), make_msg(), msgdata)
    assert msgdata['original_sender'] == 'anne@member.example'


# --- anonymous lists ------------------------------------------------------------


@pytest.fixture
def quiet(make_list):
    return make_list(anonymous_list=1, description='Réservé')


@pytest.mark.parametrize(
    'name',
    [
        'Sender',
        'Organization',
        'Return-Path',
        'X-Originating-Email',
        'Received',
        'X-Envelope-From',
        'X-Mailer',
        'X-Whatever',
    ],
)
def test_an_anonymous_list_removes_traces(quiet, make_msg, name):
    assert name not in cleansed(quiet, make_msg(f'{name}: anne'))


@pytest.mark.parametrize(
    'name',
    ['In-Reply-To', 'References', 'X-Ack', 'X-Topics', 'X-Spam-Score', 'Subject'],
)
def test_an_anonymous_list_keeps_what_tells_nothing(quiet, make_msg, name):
    assert cleansed(quiet, make_msg(f'{name}: x'))[name] == 'x'


def test_the_list_stands_in_the_authors_place(quiet, make_msg):
    msg = cleansed(quiet, make_msg('Reply-To: anne@member.example'))
    assert headers.decode(msg['from']) == 'Réservé <test@lists.example.com>'
    assert msg.get_all('reply-to') == ['test@lists.example.com']
    assert msg['message-id'].startswith('<mailman.')
    assert b'anne' not in msg.as_bytes()


def test_the_envelope_line_tells_nothing(quiet):
    raw = b'From anne@member.example Thu Jan  8 10:20:30 2026\nFrom: a@b.example\n\nx\n'
    msg = cleansed(quiet, Message.from_bytes(raw))
    assert 'anne' not in msg.get_unixfrom()


def test_anonymizing_is_logged(quiet, make_msg, site):
    cleansed(quiet, make_msg())
    line = 'post to test from Anne <anne@member.example> anonymized'
    assert line in (site.logs_dir / 'post').read_text()


# --- CleanseDKIM ------------------------------------------------------------------


@pytest.mark.parametrize(
    'how, settings, msgdata, kept',
    [
        (False, {}, {}, True),
        (False, {'from_is_list': 1}, {}, True),
        (1, {}, {}, True),
        (1, {'from_is_list': 1}, {}, False),
        (1, {}, {'from_is_list': 1}, False),
        (1, {'from_is_list': 1}, {'from_is_list': 2}, True),
        (2, {}, {}, False),
        (3, {}, {}, False),
        (False, {'anonymous_list': 1}, {}, False),
        (1, {'anonymous_list': 1}, {}, False),
    ],
)
def test_signatures_go_as_the_site_says(
    make_list, make_msg, site, how, settings, msgdata, kept
):
    site.cfg.REMOVE_DKIM_HEADERS = how
    msg = make_msg(*(f'{name}: x' for name in DKIM))
    cleanse_dkim.process(make_list(**settings), msg, msgdata)
    assert [name in msg for name in DKIM] == [kept] * 3


@pytest.mark.parametrize('anonymous', [0, 1])
def test_signatures_may_be_kept_under_other_names(make_list, make_msg, site, anonymous):
    site.cfg.REMOVE_DKIM_HEADERS = 3
    msg = make_msg('DKIM-Signature: a', 'Authentication-Results: b')
    msg['DKIM-Signature'] = 'c'
    cleanse_dkim.process(make_list(anonymous_list=anonymous), msg, {})
    kept = msg.get_all('X-Mailman-Original-DKIM-Signature')
    assert kept == (None if anonymous else ['a', 'c'])
