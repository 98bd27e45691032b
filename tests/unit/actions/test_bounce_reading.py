"""What returned mail says: reports, home-made bounces, and what is none."""

from pathlib import Path

import pytest

from mailman.actions.bounces import reading
from mailman.mail import dsn
from mailman.mail.message import Message

SAMPLES = Path(__file__).resolve().parents[2] / 'data/bounces'
BOUNCES = 'test-bounces@lists.example.com'


def read(name):
    return reading.read(Message.from_bytes((SAMPLES / f'{name}.eml').read_bytes()))


@pytest.mark.parametrize(
    'name, failed, kind',
    [
        ('policy-dmarc', ['anne@member.example'], dsn.Kind.POLICY),
        ('full-exim', ['bob@member.example'], dsn.Kind.FULL),
        ('global', ['jürgen@bücher.example', 'max@bücher.example'], dsn.Kind.DEAD),
        ('delayed-and-failed', ['gone@member.example'], dsn.Kind.DEAD),
        ('bounce-of-a-bounce', ['owner@owner.example'], dsn.Kind.DEAD),
    ],
)
def test_reports_of_failures(name, failed, kind):
    found = read(name)
    assert sorted(found.failures) == failed
    assert dsn.judge(found.text()) is kind
    assert not found.harmless and not found.nothing


@pytest.mark.parametrize('name', ['delayed', 'receipt'])
def test_warnings_and_receipts_are_harmless(name):
    assert read(name).harmless


def test_a_complaint_is_no_failure():
    found = read('complaint')
    assert found.complaint.kind == 'abuse'
    assert found.failures == {}


@pytest.mark.parametrize('name', ['holiday'])
def test_other_mail_says_nothing(name):
    assert read(name).nothing


def test_prose_that_blames_the_sender_is_told_apart_address_by_address():
    found = read('qmail-dmarc')
    kinds = {a: dsn.judge(text) for a, (_, text) in found.failures.items()}
    assert kinds == {
        'anne@member.example': dsn.Kind.POLICY,
        'bob@member.example': dsn.Kind.OTHER,
    }


def test_where_only_some_are_policy_the_other_reason_counts():
    assert dsn.judge(read('qmail-dmarc').text()) is dsn.Kind.OTHER


def test_mail_that_breaks_a_recogniser_says_nothing(monkeypatch, make_msg):
    def broken(msg):
        raise ValueError(msg)

    monkeypatch.setattr('flufl.bounce.all_failures', broken)
    assert reading.read(make_msg()).nothing


def test_of_a_huge_mail_the_beginning_is_read(make_msg):
    bounce = (SAMPLES / 'qmail-dmarc.eml').read_text()
    msg = Message.from_bytes((bounce + 'x' * 600_000).encode())
    assert len(reading.read(msg).failures) == 2


@pytest.mark.parametrize(
    'address, member',
    [
        ('test-bounces+ann=b.example@lists.example.com', 'ann@b.example'),
        ('TEST-Bounces+ann=b.example@lists.example.com', 'ann@b.example'),
        ('test-bounces+a+b=c=d.example@lists.example.com', 'a+b@c=d.example'),
        ('other-bounces+ann=b.example@lists.example.com', ''),
        (BOUNCES, ''),
        ('test-bounces+f00@lists.example.com', ''),
    ],
)
def test_a_verp_address_of_this_list_names_the_member(mlist, address, member):
    assert reading.verp_recipient(mlist, [address]) == member


@pytest.mark.parametrize('name', ['To', 'Delivered-To', 'Envelope-To', 'Apparently-To'])
def test_all_headers_that_mail_servers_write_are_looked_at(make_msg, name):
    msg = make_msg(f'{name}: List <{BOUNCES}>')
    assert BOUNCES in reading.arrivals(msg)


def test_a_probe_address_holds_a_token(mlist):
    addresses = [BOUNCES, 'test-bounces+abc123@lists.example.com', 'x+y@z.example']
    assert reading.probe_tokens(mlist, addresses) == ['abc123']


def test_mail_from_the_member_is_personal(make_msg):
    msg = make_msg('From: <Anne@Member.Example>')
    assert reading.is_personal(msg, 'anne@member.example')
    assert not reading.is_personal(make_msg('From: MAILER-DAEMON@x'), 'anne@x')
