"""Delivery reports and complaints: who, what became of it, and what it means."""

from pathlib import Path

import pytest

from mailman.mail import dsn
from mailman.mail.dsn import Kind
from mailman.mail.message import Message

SAMPLES = Path(__file__).resolve().parents[2] / 'data/bounces'


def sample(name):
    return Message.from_bytes((SAMPLES / f'{name}.eml').read_bytes())


def report(fields, kind='delivery-status', extra=''):
    """A report with these blocks of fields."""
    return Message.from_bytes(
        (
            'Content-Type: multipart/report; boundary=B\n\n'
            f'--B\nContent-Type: message/{kind}\n{extra}\n{fields}\n--B--\n'
        ).encode('utf-8', 'surrogateescape')
    )


@pytest.mark.parametrize(
    'text, kind',
    [
        ('5.1.1 550 no such user', Kind.DEAD),
        ('5.1.2', Kind.DEAD),
        ('550 5.1.10 RESOLVER.ADR.RecipientNotFound', Kind.DEAD),
        ('5.2.2', Kind.FULL),
        ('5.0.0 552 5.2.2 over quota', Kind.FULL),
        ('5.7.1 554 denied', Kind.POLICY),
        ('550-5.7.26 This mail is unauthenticated', Kind.POLICY),
        ('5.7.509 Access denied, sending domain does not pass DMARC', Kind.POLICY),
        # Servers that use 5.7.1 for everything.
        ('550 5.7.1 <a@b.example>: User unknown', Kind.DEAD),
        ('550 5.7.1 The account does not exist', Kind.DEAD),
        # It is the sender's address that they do not like.
        ('5.1.8 Sender address rejected: Domain not found', Kind.POLICY),
        ('5.1.7', Kind.POLICY),
        # No code.
        ('550 no such user', Kind.OTHER),
        ('554 this looks like SPAM', Kind.POLICY),
        ('550 rejected by the DMARC policy of author.example', Kind.POLICY),
        ('550 mailbox spam@b.example: user unknown', Kind.OTHER),
        ('5.0.0 550 blocklisted by example', Kind.POLICY),
        ('', Kind.OTHER),
        # Our own mail server, or one on the way, takes no such addresses.
        ('5.6.7 non-ASCII addresses not permitted', Kind.POLICY),
        ('553 the mail server of this site (no SMTPUTF8)', Kind.POLICY),
        # No codes: an address of the internet, a version.
        ('550 host 5.7.1.9 said no', Kind.OTHER),
        ('4.4.7 message expired', Kind.OTHER),
        ('v5.7.1 of the server says no', Kind.OTHER),
    ],
)
def test_codes_decide_and_words_where_there_are_none(text, kind):
    assert dsn.judge(text) is kind


def test_a_report_names_recipients_with_what_was_said():
    [anne] = dsn.recipients(sample('policy-dmarc'))
    assert anne.addresses == ('anne@member.example',)
    assert anne.failed and not anne.delayed
    assert anne.text.startswith('5.7.26 550-5.7.26 Unauthenticated email')
    assert dsn.judge(anne.text) is Kind.POLICY


def test_blocks_are_read_whatever_the_transfer_encoding():
    found = dsn.recipients(sample('delayed-and-failed'))
    assert [(r.addresses[0].split('@')[0], r.failed, r.delayed) for r in found] == [
        ('late', False, True),
        ('gone', True, False),
        ('fine', False, False),
    ]


def test_international_addresses_are_read_plain_and_embedded():
    first, second = dsn.recipients(sample('global'))
    assert first.addresses == ('jürgen@bücher.example',)
    assert second.addresses == ('max@bücher.example', 'max+2@other.example')


def test_the_report_inside_of_a_returned_message_is_about_somebody_else():
    found = dsn.recipients(sample('bounce-of-a-bounce'))
    assert [r.addresses for r in found] == [('owner@owner.example',)]


@pytest.mark.parametrize(
    'line, expected',
    [
        ('Final-Recipient: rfc822; a@b.example', ('a@b.example',)),
        ('Final-Recipient: RFC822;<a@b.example>', ('a@b.example',)),
        ('Final-Recipient: <a@b.example>', ('a@b.example',)),
        ('Final-Recipient: a@b.example', ()),
        ('Final-Recipient: x400; /S=a/ADMD= /C=WW/', ()),
        ('Final-Recipient: rfc822;\n  a@b.example (Ann)', ('a@b.example',)),
        ('Final-Recipient: rfc822; "a b"@c.example', ('"a b"@c.example',)),
        (r'Final-Recipient: utf-8; \x{110000}@b.example', (r'\x{110000}@b.example',)),
        ('Final-Recipient: rfc822; nobody', ()),
        ('X-Actual-Recipient: rfc822; a@b.example', ()),
    ],
)
def test_addresses_of_many_forms(line, expected):
    [found] = dsn.recipients(report(f'{line}\nAction: failed\n'))
    assert found.addresses == expected


@pytest.mark.parametrize(
    'fields, failed, delayed',
    [
        ('Action: Failed (bad mailbox)', True, False),
        ('Action: error', True, False),
        ('Action: DELAYED', False, True),
        ('Action: relayed', False, False),
        ('Status: 5.1.1', True, False),
        ('Status: 4.2.2', False, True),
        ('Action: failed\nStatus: 4.4.7', True, False),
    ],
)
def test_the_action_counts_and_the_status_where_it_is_missing(fields, failed, delayed):
    [found] = dsn.recipients(report(f'Final-Recipient: rfc822; a@b\n{fields}\n'))
    assert (found.failed, found.delayed) == (failed, delayed)


def test_crlf_and_a_broken_base64_do_no_harm():
    crlf = report('Final-Recipient: rfc822; a@b\r\nAction: failed\r\n')
    assert dsn.recipients(crlf)[0].addresses == ('a@b',)
    extra = 'Content-Transfer-Encoding: base64\n'
    assert dsn.recipients(report('Action: failed', extra=extra)) == []
    assert len(dsn.recipients(report('Action: faile', extra=extra))) <= 1


def test_a_report_about_very_many_is_cut():
    block = 'Final-Recipient: rfc822; a@b\nAction: failed'
    fields = '\n\n'.join([block] * 1500)
    assert len(dsn.recipients(report(fields))) == dsn.MOST_RECIPIENTS


def test_plain_mail_is_no_report(make_msg):
    msg = make_msg(body='Final-Recipient: rfc822; a@b\nAction: failed\n')
    assert dsn.recipients(msg) == []
    assert dsn.complaint(msg) is None
    assert not dsn.is_receipt(msg)


def test_a_complaint_names_its_kind_and_the_addresses():
    found = dsn.complaint(sample('complaint'))
    assert found.kind == 'abuse'
    assert found.addresses == ('anne@member.example', 'test-bounces@lists.example.com')


def test_an_empty_complaint_is_one_too():
    found = dsn.complaint(report('Version: 1\n', kind='feedback-report'))
    assert (found.kind, found.addresses) == ('abuse', ())


def test_a_read_receipt_is_known_as_such():
    assert dsn.is_receipt(sample('receipt'))
    assert not dsn.is_receipt(sample('delayed'))
