"""OutgoingRunner: what becomes of those who did not get it."""

import json
import socket

import pytest

from mailman.actions import bounces
from mailman.queue import Queue
from mailman.runners import outgoing
from mailman.runners.outgoing import OutgoingRunner, is_due, waiting_time
from tests.support.smtp_sink import Sink

ANNE, BOB = 'anne@member.example', 'Bob@Member.example'


@pytest.fixture
def sink(site):
    with Sink() as server:
        site.cfg.SMTPHOST, site.cfg.SMTPPORT = '127.0.0.1', server.port
        yield server


@pytest.fixture
def post(site, mlist, make_msg):
    """Queue a post and run the outgoing runner over it; answer the runner."""

    def run(**msgdata):
        given = {'listname': 'test', 'recips': [ANNE, BOB], 'tolist': 1, **msgdata}
        Queue(site, 'out').enqueue(make_msg(), given)
        runner = OutgoingRunner(site)
        runner.one_pass()
        runner.close()
        return runner

    return run


def entries(site, queue):
    """The metadata of what lies in a queue."""
    there = Queue(site, queue)
    return [there.read(base).msgdata for base in there.files()]


def test_a_delivered_post_is_gone(site, sink, post):
    post()
    assert sink.recipients() == [BOB, ANNE]
    assert entries(site, 'out') == entries(site, 'retry') == []


def test_several_posts_share_a_session(site, sink, mlist, make_msg):
    for _ in range(3):
        data = {'listname': 'test', 'recips': [ANNE]}
        Queue(site, 'out').enqueue(make_msg(), data)
    runner = OutgoingRunner(site)
    runner.one_pass()
    runner.close()
    assert (len(sink.mails), sink.sessions) == (3, 1)


def one_more(site, make_msg, runner):
    Queue(site, 'out').enqueue(make_msg(), {'listname': 'test', 'recips': [ANNE]})
    runner.one_pass()
    runner.periodic()


def test_the_next_post_of_a_burst_shares_the_session(site, sink, mlist, make_msg):
    runner = OutgoingRunner(site)
    one_more(site, make_msg, runner)
    assert runner.sleep_time() <= 1
    one_more(site, make_msg, runner)
    runner.close()
    assert (len(sink.mails), sink.sessions) == (2, 1)


def test_the_session_ends_when_no_mail_came_for_a_moment(
    site, sink, mlist, make_msg, monkeypatch
):
    monkeypatch.setattr(outgoing, 'LINGER', 0)
    runner = OutgoingRunner(site)
    one_more(site, make_msg, runner)
    assert sink.commands[-1] == b'QUIT'
    assert runner.sleep_time() == float(site.cfg.QRUNNER_SLEEP_TIME)
    runner.close()


def test_a_server_that_left_meanwhile_is_called_again(site, sink, mlist, make_msg):
    runner = OutgoingRunner(site)
    one_more(site, make_msg, runner)
    for connection in list(sink._connections):
        connection.shutdown(socket.SHUT_RDWR)
    one_more(site, make_msg, runner)
    runner.close()
    assert (len(sink.mails), sink.sessions) == (2, 2)
    assert entries(site, 'retry') == []


def test_refused_for_now_waits_in_retry_alone(site, sink, post):
    site.now = lambda: 1_000_000.0
    sink.rcpt = {BOB.lower(): ['450 later']}
    post()
    [entry] = entries(site, 'retry')
    assert entry['recips'] == [BOB]
    assert entry['last_recip_count'] == 1
    assert entry['deliver_after'] == 1_000_000 + site.cfg.DELIVERY_RETRY_WAIT
    assert entry['deliver_until'] == 1_000_000 + site.cfg.DELIVERY_RETRY_PERIOD
    assert 'undelivered' not in entry
    assert entries(site, 'out') == []
    assert sink.recipients() == [ANNE]


def test_a_missing_server_is_asked_again_sooner(site, post):
    site.now = lambda: 1_000_000.0
    with Sink() as gone:
        site.cfg.SMTPHOST, site.cfg.SMTPPORT = '127.0.0.1', gone.port
    post()
    [entry] = entries(site, 'retry')
    assert entry['recips'] == [ANNE, BOB]
    assert entry['deliver_after'] == 1_000_000 + site.cfg.DELIVERY_RETRY_WAIT / 12


def test_progress_extends_the_time_and_no_progress_does_not(site, sink, post):
    site.now = lambda: 1_000_000.0
    sink.rcpt = {BOB.lower(): ['450 later'], ANNE: ['450 later']}
    known = {'last_recip_count': 2, 'deliver_until': 1_000_500.0, 'retry_count': 3}
    post(**known)
    post(**{**known, 'last_recip_count': 5})
    untils = sorted(entry['deliver_until'] for entry in entries(site, 'retry'))
    assert untils == [1_000_500, 1_000_000 + site.cfg.DELIVERY_RETRY_PERIOD]


def test_what_makes_no_progress_for_too_long_is_given_up_and_logged(site, sink, post):
    sink.rcpt = {BOB.lower(): ['450 later'], ANNE: ['450 later']}
    post(last_recip_count=2, deliver_until=site.now() - 1)
    assert entries(site, 'retry') == []
    log = (site.logs_dir / 'smtp-failure').read_text()
    assert f'delivery to {ANNE} given up' in log


def test_refused_for_good_is_a_bounce_event(site, sink, post):
    sink.rcpt = {BOB.lower(): ['550 no such user']}
    post(probe_token='f00')
    [path] = bounces.events(site)
    event = json.loads(path.read_text())
    assert event['listname'] == 'test'
    assert event['addresses'] == {BOB: [550, 'no such user']}
    assert event['probe_token'] == 'f00'
    assert 'Message-ID: <one@member.example>' in event['message']
    assert entries(site, 'retry') == entries(site, 'out') == []


def test_a_message_refused_for_all_is_told_to_the_owners_once(site, sink, post):
    site.cfg.SMTP_MAX_RCPTS = 1
    sink.dot = '554 looks like spam'
    post()
    [notice] = entries(site, 'virgin')
    assert notice['recips'] == ['owner@owner.example']
    assert bounces.events(site) == []
    text = Queue(site, 'virgin')
    body = text.read(text.files()[0]).msg.as_bytes()
    assert b'554 looks like spam' in body
    assert b'<one@member.example>' in body


def test_the_notice_of_a_refusal_waits_where_the_server_refuses_all(site, sink, post):
    """The owners were never told: the notice was refused like the post."""
    sink.dot = '554 no'
    post(refusal_notice=1, tolist=0)
    [later] = entries(site, 'retry')
    assert sorted(later['recips']) == sorted([ANNE, BOB])
    assert entries(site, 'virgin') == []


def test_a_refused_notice_makes_no_further_notice(site, sink, post):
    sink.dot = '554 looks like spam'
    post(tolist=0)
    assert entries(site, 'virgin') == []


def test_mail_that_is_not_due_stays_in_out(site, sink, post):
    post(deliver_after=site.now() + 60)
    assert len(entries(site, 'out')) == 1
    assert sink.mails == []


def test_being_told_to_stop_keeps_who_was_not_tried(site, sink, mlist, make_msg):
    site.cfg.SMTP_MAX_RCPTS = 1
    data = {'listname': 'test', 'recips': [ANNE, BOB]}
    Queue(site, 'out').enqueue(make_msg(), data)
    runner = OutgoingRunner(site)

    def stop(address, number):
        runner.shutting_down = True

    sink.rcpt = stop
    runner.one_pass()
    runner.close()
    [entry] = entries(site, 'out')
    left = [address for chunk in entry['undelivered'] for address in chunk]
    assert sorted(left + sink.recipients()) == sorted([ANNE, BOB])
    assert left
    # Afterwards those get it, and nobody twice.
    sink.rcpt = {}
    again = OutgoingRunner(site)
    again.one_pass()
    again.close()
    assert sink.recipients() == sorted([ANNE, BOB])


def test_a_site_may_have_a_delivery_module_of_its_own(site, sink, post):
    directory = site.prefix / 'Mailman' / 'Handlers'
    directory.mkdir()
    (directory / 'Mine.py').write_text(
        'def process(mlist, msg, msgdata):\n'
        "    (mlist.site.prefix / 'mine').write_text(str(msgdata['recips']))\n"
    )
    site.cfg.DELIVERY_MODULE = 'Mine'
    post()
    assert (site.prefix / 'mine').read_text() == str([ANNE, BOB])
    assert sink.mails == []


def test_sendmail_is_refused_and_the_mail_kept(site, sink, post):
    site.cfg.DELIVERY_MODULE = 'Sendmail'
    post()
    assert len(entries(site, 'shunt')) == 1
    assert "set it to 'SMTPDirect'" in (site.logs_dir / 'error').read_text()


def test_when_storing_fails_the_shunted_entry_has_those_left(
    site, sink, post, monkeypatch
):
    sink.rcpt = {BOB.lower(): ['450 later']}

    def full(*arguments, **more):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(OutgoingRunner, '_try_later', full)
    post()
    assert [entry['recips'] for entry in entries(site, 'shunt')] == [[BOB]]


@pytest.mark.parametrize(
    'network, expected',
    [
        (False, [3600, 5400, 8100, 12150, 14400, 14400]),
        (True, [300, 600, 1200, 2400, 3600, 3600]),
    ],
)
def test_waits_grow_to_a_limit(network, expected):
    assert [waiting_time(3600, n, network) for n in range(1, 7)] == expected


def test_without_a_wait_only_one_try_follows_at_once():
    assert [waiting_time(0, n, False) for n in range(1, 6)] == [0, 0, 0, 1, 1]


@pytest.mark.parametrize(
    'ahead, due',
    [
        (-5, True),
        (0, True),
        (10, False),
        (4 * 3600, False),
        (12 * 365 * 86400, True),  # written by a process with a wrong clock
    ],
)
def test_due_means_over_or_never_reached(site, ahead, due):
    assert is_due(site, {'deliver_after': site.now() + ahead}) is due


def test_no_time_given_is_due(site):
    assert is_due(site, {})
