"""The conversation: replies and recipients, pipelining, broken connections."""

import shutil
import socket
import ssl
import subprocess
import time

import pytest

from mailman.delivery import smtp, wire
from mailman.delivery.smtp import Mailer, Options, Transaction, wire_text
from mailman.delivery.wire import Timeouts
from tests.support.smtp_sink import Sink

TEXT = b'Subject: x\n\nhello\n.dot\n'
ALL_BUT_PIPELINING = ['8BITMIME', 'SMTPUTF8']
LAST = b'250 last\r\n'
QUICK = Timeouts(connect=0.3, reply=0.3, final_dot=0.3)


@pytest.fixture(params=['pipelined', 'one by one'])
def sink(request):
    """A server with and without PIPELINING: results must not differ."""
    with Sink() as server:
        if request.param != 'pipelined':
            server.features = ALL_BUT_PIPELINING
        yield server


@pytest.fixture(autouse=True)
def short_slices(monkeypatch):
    monkeypatch.setattr(wire, 'SLICE', 0.02)
    monkeypatch.setattr(wire, 'GRACE', 0.2)


def mail(*recipients, text=TEXT, sender='list-bounces@x.example'):
    return Transaction(sender, list(recipients), wire_text(text))


def send(server, *transactions, should_stop=wire.never, **options):
    mailer = Mailer(Options(host='127.0.0.1', port=server.port, **options), should_stop)
    outcome = mailer.deliver(transactions)
    mailer.close()
    return outcome


# --- what goes over the wire ---------------------------------------------------


@pytest.mark.parametrize(
    'message, expected',
    [
        (b'a\nb\n', b'a\r\nb\r\n'),
        (b'a\r\nb', b'a\r\nb\r\n'),
        (b'lone\rcr\n', b'lone\r\ncr\r\n'),
        (b'.\n..\n.x\n', b'..\r\n...\r\n..x\r\n'),
        (b'end\r.\rMAIL FROM:<>\r', b'end\r\n..\r\nMAIL FROM:<>\r\n'),
        (b'end\n.\r\nMAIL\r\n', b'end\r\n..\r\nMAIL\r\n'),
        (b'', b'\r\n'),
        (b'nul \0 stays\n', b'nul \0 stays\r\n'),
    ],
)
def test_no_line_end_of_a_message_can_end_it_early(message, expected):
    assert wire_text(message) == expected


def test_dots_come_out_as_they_went_in(sink):
    send(sink, mail('a@b.com', text=b'.\n..\nend.\n.x'))
    assert sink.mails[0].text == b'.\n..\nend.\n.x\n'


def test_a_group_travels_in_one_piece_with_the_text_before():
    with Sink() as sink:
        send(sink, *(mail(f'a{n}@b.com', f'b{n}@b.com') for n in range(5)))
    assert len(sink.mails) == 5
    assert sink.most_at_once >= 4  # MAIL, RCPT, RCPT, DATA


def test_without_the_offer_there_is_one_command_at_a_time():
    with Sink(features=ALL_BUT_PIPELINING) as sink:
        send(sink, *(mail(f'a{n}@b.com', f'b{n}@b.com') for n in range(5)))
    assert len(sink.mails) == 5
    assert sink.most_at_once == 1


def test_a_large_message_and_many_recipients_do_not_block_each_other(sink):
    people = [f'person{n:05}@host.example' for n in range(3000)]
    big = b'Subject: big\n\n' + b'x' * 78 * 12000 + b'\n'
    send(sink, mail(*people, text=big), mail('z@z.example', text=big))
    assert [len(m.recipients) for m in sink.mails] == [3000, 1]
    assert sink.mails[1].text == big


# --- replies and recipients ----------------------------------------------------


def test_every_reply_is_matched_to_its_recipient(sink):
    sink.rcpt = {
        'b@x.com': ['450-greylisted\n450 come back'],
        'd@x.com': ['550 5.1.1 unknown'],
        'e@x.com': ['251 forwarded'],
    }
    outcome = send(sink, mail(*(f'{c}@x.com' for c in 'abcdef')))
    assert outcome.failures == {
        'b@x.com': (450, 'greylisted\ncome back'),
        'd@x.com': (550, '5.1.1 unknown'),
    }
    assert sink.recipients() == ['a@x.com', 'c@x.com', 'e@x.com', 'f@x.com']


@pytest.mark.parametrize('to_data', ['554 no recipients', '503 no', '354 go on'])
def test_when_all_are_refused_the_next_message_still_goes(sink, to_data):
    sink.rcpt, sink.data_without_rcpt = {'a@x.com': ['550 no']}, to_data
    outcome = send(sink, mail('a@x.com'), mail('b@x.com'), mail('a@x.com'))
    assert outcome.failures == {'a@x.com': (550, 'no')}
    assert outcome.rejected == {}
    assert [m.recipients for m in sink.mails] == [['b@x.com']]
    assert sink.sessions == 1
    assert len(outcome.all_refused) == 2


def test_a_refused_sender_refuses_the_message(sink):
    sink.mail = '550 not you'
    outcome = send(sink, mail('a@x.com', 'b@x.com'))
    assert outcome.rejected == dict.fromkeys(['a@x.com', 'b@x.com'], (550, 'not you'))
    assert outcome.failures == {}


def test_a_deferred_sender_defers_everybody(sink):
    sink.mail = '451 later'
    outcome = send(sink, mail('a@x.com'), mail('b@x.com'))
    assert outcome.failures == dict.fromkeys(['a@x.com', 'b@x.com'], (451, 'later'))


def test_a_refused_data_concerns_those_accepted(sink):
    sink.data, sink.rcpt = '451 no disk', {'b@x.com': ['550 no']}
    outcome = send(sink, mail('a@x.com', 'b@x.com'), mail('a@x.com'))
    assert outcome.failures == {'a@x.com': (451, 'no disk'), 'b@x.com': (550, 'no')}


@pytest.mark.parametrize(
    'reply, failures, rejected',
    [
        ('451 later', {'a@x.com': (451, 'later')}, {}),
        ('552 too much', {'a@x.com': (552, 'too much')}, {}),
        ('554 spam', {}, {'a@x.com': (554, 'spam')}),
    ],
)
def test_the_final_reply_decides(sink, reply, failures, rejected):
    sink.dot = reply
    outcome = send(sink, mail('a@x.com'))
    assert (outcome.failures, outcome.rejected) == (failures, rejected)


# --- broken connections ----------------------------------------------------------


def test_a_busy_server_defers_everybody(sink):
    sink.banner = '421 busy'
    outcome = send(sink, mail('a@x.com'), mail('b@x.com'))
    assert {code for code, _ in outcome.failures.values()} == {-1}
    assert 'busy' in outcome.failures['b@x.com'][1]
    assert sink.sessions == 1


@pytest.mark.parametrize('banner', ['drop', 'this is not SMTP', '554 go away'])
def test_no_greeting_no_session(sink, banner):
    sink.banner = banner
    outcome = send(sink, mail('a@x.com'))
    assert outcome.failures['a@x.com'][0] == -1


def test_a_server_may_limit_the_messages_of_a_session(sink):
    # Exim says 421 to MAIL after a thousand messages.
    sink.most_mails = 3
    outcome = send(sink, *(mail(f'p{n}@x.com') for n in range(10)))
    assert outcome.failures == {}
    assert len(sink.recipients()) == 10
    assert sink.sessions == 4


def test_a_connection_lost_before_the_text_is_tried_once_more(sink):
    sink.rcpt = {'a@x.com': ['421 restarting', None]}
    outcome = send(sink, mail('a@x.com', 'b@x.com'))
    assert outcome.failures == {}
    assert sink.recipients() == ['a@x.com', 'b@x.com']


def test_a_recipient_that_ends_every_session_ends_only_his_transaction(sink):
    sink.rcpt = {'a@x.com': ['drop'], 'c@x.com': ['550 no']}
    outcome = send(sink, mail('c@x.com', 'a@x.com'), mail('b@x.com'))
    assert outcome.failures['a@x.com'][0] == -1
    assert sink.recipients() == ['b@x.com']


def test_those_refused_before_the_break_are_refused():
    with Sink(rcpt={'c@x.com': ['550 no'], 'a@x.com': ['421 bye']}) as sink:
        outcome = send(sink, mail('c@x.com', 'a@x.com'))
    assert outcome.failures == {'c@x.com': (550, 'no'), 'a@x.com': (421, 'bye')}


@pytest.mark.parametrize(
    'fault', [{'drop_in_text_after': 9}, {'drop_after_dot': 'lost'}]
)
def test_a_connection_lost_in_the_text_defers(sink, fault):
    for name, value in fault.items():
        setattr(sink, name, value)
    outcome = send(sink, mail('a@x.com'))
    assert outcome.failures['a@x.com'][0] == -1
    assert sink.mails == []


def test_a_server_that_drops_every_message_is_left_alone(sink):
    sink.drop_after_dot = 'lost'
    outcome = send(sink, *(mail(f'p{n}@x.com') for n in range(50)))
    assert len(outcome.failures) == 50
    assert sink.sessions <= 6


def test_421_to_the_dot_defers_and_goes_on(sink):
    sink.dot, sink.rcpt = '421 bye', {}
    outcome = send(sink, mail('a@x.com'), mail('b@x.com'))
    assert {code for code, _ in outcome.failures.values()} == {421}


def test_garbage_in_the_middle_is_a_broken_connection(sink):
    sink.rcpt = {'a@x.com': ['what?']}
    outcome = send(sink, mail('a@x.com'))
    assert outcome.failures['a@x.com'] == (-1, 'what?')


@pytest.mark.parametrize('where', ['banner', 'mail', 'data', 'dot'])
def test_a_server_that_says_nothing_is_given_up(sink, where):
    setattr(sink, where, 'hang')
    before = time.monotonic()
    outcome = send(sink, *(mail(f'p{n}@x.com') for n in range(3)), timeouts=QUICK)
    assert len(outcome.failures) == 3
    assert time.monotonic() - before < 5


@pytest.mark.parametrize('where', ['banner', 'mail', 'data', 'dot'])
def test_being_told_to_stop_ends_any_wait(sink, where):
    setattr(sink, where, 'hang')
    end = time.monotonic() + 0.2
    outcome = send(
        sink,
        mail('a@x.com'),
        mail('b@x.com'),
        should_stop=lambda: time.monotonic() > end,
    )
    assert time.monotonic() - end < 3
    waiting = {a for chunk in outcome.untried for a in chunk} | set(outcome.failures)
    assert waiting == {'a@x.com', 'b@x.com'}


def test_an_answer_on_its_way_is_waited_for_when_stopping(sink, monkeypatch):
    monkeypatch.setattr(wire, 'GRACE', 2.0)
    stop = []

    def slow(address, number):
        stop.append(1)
        return

    sink.rcpt, sink.delay = slow, 0.15
    outcome = send(sink, mail('a@x.com'), should_stop=lambda: len(stop) > 0)
    # Told to stop before DATA: nobody has it.  After it: the answer counts.
    assert bool(sink.mails) != bool(outcome.untried)


def test_a_port_nobody_listens_on_is_a_failed_session():
    with Sink() as sink:
        pass
    outcome = send(sink, mail('a@x.com'))
    assert 'refused' in outcome.failures['a@x.com'][1].lower()


# --- features -----------------------------------------------------------------


def test_eight_bit_texts_are_announced(sink):
    send(sink, mail('a@x.com', text='é\n'.encode()), mail('b@x.com'))
    assert [m.parameters for m in sink.mails] == ['BODY=8BITMIME', '']


def test_eight_bit_texts_go_as_they_are_where_nothing_is_offered():
    with Sink(features=['PIPELINING']) as sink:
        send(sink, mail('a@x.com', text='é\n'.encode()))
    assert (sink.mails[0].text, sink.mails[0].parameters) == ('é\n'.encode(), '')


def test_smtputf8_is_asked_for_when_an_address_needs_it(sink):
    send(sink, mail('josé@x.example', 'b@x.com'), mail('b@x.com'))
    assert [m.parameters for m in sink.mails] == ['SMTPUTF8', '']
    assert sink.mails[0].recipients == ['josé@x.example', 'b@x.com']


@pytest.mark.parametrize('features', [['PIPELINING'], []])
def test_without_smtputf8_the_others_are_served(features):
    with Sink(features=features) as sink:
        outcome = send(sink, mail('josé@x.example', 'b@x.com'))
    assert sink.recipients() == ['b@x.com']
    assert outcome.failures['josé@x.example'][0] == 553
    assert 'SMTPUTF8' in outcome.failures['josé@x.example'][1]


@pytest.mark.parametrize(
    'hostile',
    [
        'a@x.com>\r\nRCPT TO:<evil@x.com',
        'a b@x.com',
        'a\n@x.com',
        '<a@x.com>',
        'x\udc80@y',
    ],
)
def test_no_address_can_smuggle_a_command(sink, hostile):
    outcome = send(sink, mail(hostile, 'b@x.com'))
    assert outcome.failures == {hostile: smtp.NOT_AN_ADDRESS}
    assert sink.recipients() == ['b@x.com']


def test_a_quoted_local_part_may_have_blanks(sink):
    outcome = send(sink, mail('"a b"@x.com'))
    assert outcome.failures == {}


# --- opening ------------------------------------------------------------------


def test_the_session_is_opened_with_the_sites_user(sink):
    sink.users = {'me': 'secret'}
    outcome = send(
        sink, mail('a@x.com'), authenticate=True, user='me', password='secret'
    )
    assert outcome.failures == {}
    assert sink.users_seen == ['me']


def test_a_wrong_password_defers_and_names_no_password(sink):
    sink.users = {'me': 'secret'}
    outcome = send(
        sink, mail('a@x.com'), authenticate=True, user='me', password='guess'
    )
    code, text = outcome.failures['a@x.com']
    assert (code, 'guess' in text) == (-1, False)
    assert sink.mails == []


def test_no_password_goes_out_where_starttls_is_missing(sink):
    sink.users = {'me': 'secret'}
    outcome = send(
        sink,
        mail('a@x.com'),
        authenticate=True,
        starttls=True,
        user='me',
        password='secret',
    )
    assert outcome.failures['a@x.com'][0] == -1
    assert sink.users_seen == []


@pytest.fixture(scope='session')
def server_tls(tmp_path_factory):
    """A self-signed certificate for 127.0.0.1."""
    if not shutil.which('openssl'):
        pytest.skip('no openssl program to make a certificate with')
    path = tmp_path_factory.mktemp('tls')
    command = 'openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost'
    subprocess.run(
        [*command.split(), '-keyout', path / 'key', '-out', path / 'cert'],
        check=True,
        capture_output=True,
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path / 'cert', path / 'key')
    return context


def test_starttls_comes_before_the_password(sink, server_tls):
    sink.users, sink.tls = {'me': 'secret'}, server_tls
    people = [f'person{n:05}@host.example' for n in range(2000)]
    big = b'Subject: big\n\n' + b'y' * 78 * 9000 + b'\n'
    outcome = send(
        sink,
        mail(*people, text=big),
        mail('b@x.com'),
        authenticate=True,
        starttls=True,
        user='me',
        password='secret',
    )
    assert outcome.failures == {}
    assert sink.mails[0].text == big
    assert b'STAR' in sink.commands


def test_a_server_elsewhere_must_prove_who_it_is():
    context = smtp.tls_context(Options(host='smtp.example.com'))
    assert context.verify_mode is ssl.CERT_REQUIRED
    trusting = smtp.tls_context(Options(host='smtp.example.com', verify_tls=False))
    assert trusting.verify_mode is ssl.CERT_NONE


def test_replies_that_come_one_by_one_are_acknowledged_at_once(monkeypatch):
    """A server with Nagle's algorithm took 40 ms for each message, waiting for us."""
    ours, theirs = socket.socketpair()
    asked = []
    with ours, theirs:
        talk = wire.Wire(ours, QUICK)
        ask = lambda: asked.append(theirs.send(LAST))  # noqa: E731
        monkeypatch.setattr(talk, '_acknowledge', ask)
        theirs.send(b'250 first\r\n')
        assert len(talk.exchange([b'MAIL\r\n'], 2)) == 2
        theirs.send(b'250 a\r\n250 b\r\n')
        assert len(talk.exchange([b'MAIL\r\n'], 2)) == 2
    assert len(asked) == 1
