"""BounceRunner: whom returned mail is about, and where it goes."""

import json
from pathlib import Path

import pytest

from mailman.actions import bounces
from mailman.lists import MailList
from mailman.lists.pending import Pending
from mailman.mail.message import Message
from mailman.queue import Queue
from mailman.runners.bounces import BounceRunner

SAMPLES = Path(__file__).resolve().parents[2] / 'data/bounces'
ANNE, BOB = 'anne@member.example', 'Bob@Member.example'
VERP = 'To: test-bounces+anne=member.example@lists.example.com'
DAEMON = 'From: MAILER-DAEMON@relay.example'


def sample(name):
    return Message.from_bytes((SAMPLES / f'{name}.eml').read_bytes())


@pytest.fixture
def run(site, mlist):
    """Queue a returned mail and work on it; answer the runner."""

    def work(msg, listname='test'):
        Queue(site, 'bounces').enqueue(msg, {'listname': listname})
        runner = BounceRunner(site)
        runner.one_pass()
        runner.close()
        return runner

    return work


def failures(site):
    """What the events say: address -> text."""
    found = {}
    for path in bounces.events(site):
        event = json.loads(path.read_text())
        found.update({a: text for a, (_, text) in event['addresses'].items()})
    return found


def entries(site, queue):
    there = Queue(site, queue)
    return [there.read(base) for base in there.files()]


def log(site):
    path = site.logs_dir / 'bounce'
    return path.read_text() if path.exists() else ''


# --- for the site's owners ----------------------------------------------------


def test_bounces_of_the_site_list_go_to_its_owners(site, make_list, run):
    make_list('mailman', members=[ANNE])
    run(sample('full-exim'), 'mailman')
    [entry] = entries(site, 'out')
    assert entry.msgdata['recips'] == ['owner@owner.example']
    assert entry.msgdata['envsender'] == 'mailman-loop@lists.example.com'
    assert failures(site) == {}


def test_a_site_list_without_owner_is_logged(site, make_list, run):
    make_list('mailman', owner=[])
    run(sample('full-exim'), 'mailman')
    assert entries(site, 'out') == []
    assert 'nobody gets its bounces' in (site.logs_dir / 'error').read_text()


def test_a_site_list_that_is_owned_by_its_bounces_does_not_go_round(
    site, make_list, run
):
    own = ['Mailman-bounces@lists.example.com', 'mailman-admin@lists.example.com']
    make_list('mailman', owner=[*own, 'owner@owner.example'])
    run(sample('full-exim'), 'mailman')
    [entry] = entries(site, 'out')
    assert entry.msgdata['recips'] == ['owner@owner.example']


def test_a_notice_to_owners_that_came_back_goes_to_the_site_owner(site, make_msg, run):
    run(make_msg('From: Mailman <MAILMAN-bounces@lists.example.com>'))
    [entry] = entries(site, 'out')
    assert entry.msgdata['recips'] == ['mailman-owner@lists.example.com']
    assert entry.msgdata['envsender'] == 'mailman-loop@lists.example.com'


def test_without_bounce_processing_all_is_dropped(site, make_list, run):
    make_list('quiet', bounce_processing=0)
    run(sample('full-exim'), 'quiet')
    assert failures(site) == {}
    assert entries(site, 'virgin') == entries(site, 'bounces') == []


# --- what the address tells ---------------------------------------------------


@pytest.mark.parametrize('header', ['To', 'Delivered-To', 'Envelope-To'])
def test_a_verp_address_needs_no_readable_text(site, make_msg, run, header):
    run(make_msg(VERP.replace('To', header), DAEMON))
    assert failures(site) == {ANNE: ''}


def test_the_report_says_why(site, run):
    msg = sample('policy-dmarc')
    msg.replace_header('To', VERP[4:])
    run(msg)
    assert failures(site)[ANNE].startswith('5.7.26')


@pytest.mark.parametrize('name', ['delayed', 'receipt'])
def test_what_is_no_failure_is_dropped_whatever_the_address(site, run, name):
    msg = sample(name)
    msg.replace_header('To', VERP[4:])
    run(msg)
    assert failures(site) == {}
    assert entries(site, 'virgin') == []


def test_a_holiday_notice_is_no_bounce(site, run):
    run(sample('holiday'))
    assert failures(site) == {}
    assert entries(site, 'virgin') == []
    assert 'test: automatic reply of anne@member.example, no bounce' in log(site)


def test_a_person_who_writes_there_reaches_the_owners(site, make_msg, run):
    run(make_msg(VERP))
    assert failures(site) == {}
    assert len(entries(site, 'virgin')) == 1


def test_the_verp_address_of_another_list_does_not_count(site, make_msg, run):
    run(make_msg(VERP.replace('test-', 'other-'), DAEMON))
    assert failures(site) == {}


@pytest.fixture
def probe(mlist):
    """The address of a probe that was sent to Anne."""
    token = Pending(mlist).new('P', ANNE, b'Subject: what came back\n\nx\n')
    return f'test-bounces+{token}@lists.example.com'


def test_a_probe_that_came_back_is_counted_at_the_next_chance(
    site, make_msg, run, probe
):
    runner = run(make_msg(f'To: {probe}', DAEMON))
    runner.periodic()
    assert 'disabling due to probe bounce received' in log(site)
    assert MailList.open(site, 'test').delivery_status_of(ANNE)


def test_a_delayed_probe_is_none(site, run, probe):
    msg = sample('delayed')
    msg.replace_header('To', probe)
    run(msg)
    assert bounces.events(site) == []


def test_an_unknown_token_is_no_probe(site, make_msg, run):
    run(make_msg('To: test-bounces+f00@lists.example.com', DAEMON))
    assert bounces.events(site) == []
    assert 'forwarding unrecognized' in log(site)


def test_a_notice_to_an_owner_who_is_this_address_goes_no_further(site, make_msg, run):
    """With owner = LIST-bounces it went round for ever."""
    run(make_msg('X-List-Administrivia: yes'))
    assert 'a list wrote to us' in log(site)
    assert 'forwarding unrecognized' not in log(site)


# --- what the mail says ---------------------------------------------------------


def test_a_report_becomes_an_event(site, run):
    run(sample('full-exim'))
    assert failures(site) == {BOB.lower(): '5.0.0 552 5.2.2 Mailbox is over its quota'}
    assert entries(site, 'bounces') == []


def test_of_several_addresses_the_members_one_counts(site, mlist, run):
    with mlist.lock():
        mlist.add_member('max+2@other.example')
        mlist.add_member('jürgen@xn--bcher-kva.example')
        mlist.save()
    run(sample('global'))
    assert set(failures(site)) == {
        'max+2@other.example',
        'jürgen@xn--bcher-kva.example',
    }


def test_a_complaint_is_told_and_not_scored(site, run):
    run(sample('complaint'))
    assert failures(site) == {}
    [entry] = entries(site, 'virgin')
    assert entry.msgdata['recips'] == ['owner@owner.example']
    assert 'complaint (abuse) of anne@member.example, not scored' in log(site)


def test_a_complaint_may_name_the_member_by_our_own_sender(site, run):
    raw = sample('complaint').as_bytes()
    raw = raw.replace(b'Original-Rcpt-To: <anne@member.example>', b'X: y')
    raw = raw.replace(b'<test-bounces@', b'<test-bounces+anne=member.example@')
    run(Message.from_bytes(raw))
    assert 'complaint (abuse) of anne@member.example' in log(site)


def test_what_nobody_understands_goes_to_the_owners(site, make_msg, run):
    run(make_msg(DAEMON, body='Nobody can read this.\n'))
    assert 'w/no discernable addresses: <one@member.example>' in log(site)
    assert len(entries(site, 'virgin')) == 1


# --- when it counts -------------------------------------------------------------


def test_events_are_counted_at_the_start_and_then_now_and_then(site, run):
    runner = run(sample('full-exim'))
    assert runner.periodic()
    run(sample('full-exim'))
    assert not runner.periodic()
    assert len(bounces.events(site)) == 1


def test_a_run_that_ends_counts_before(site, run):
    runner = run(sample('full-exim'))
    assert runner.flush()
    assert not runner.flush()
    assert 'bounce score: 1.0' in log(site)


def test_trouble_while_counting_does_not_end_the_run(site, run, monkeypatch):
    def broken(site):
        raise OSError('disk full')

    runner = run(sample('full-exim'))
    monkeypatch.setattr(bounces, 'process_events', broken)
    assert not runner.flush()
    assert 'disk full' in (site.logs_dir / 'error').read_text()


@pytest.mark.parametrize(
    'raw',
    [
        b'',
        b'\n\n',
        b'To: \xff\xfe\nFrom: \xff\n\n\xff',
        b'To: test-bounces+=@lists.example.com\n\n',
        b'To: test-bounces+@lists.example.com\n\n',
        b'Content-Type: multipart/report\n\nno boundary',
        b'Content-Type: message/delivery-status\n\nAction: failed\n\n',
        b'Content-Type: message/feedback-report\n\n',
        b'X-Failed-Recipients: @, <>,,\n\n',
        b'From: ' + b'<' * 5000 + b'\n\n' + b'<a@b.c>\n' * 5000,
    ],
)
def test_any_bytes_are_worked_off(site, run, raw):
    run(Message.from_bytes(raw))
    assert entries(site, 'shunt') == entries(site, 'bounces') == []
