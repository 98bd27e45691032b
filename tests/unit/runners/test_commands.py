"""CommandRunner: whatever bytes come, the mail is obeyed, answered or dropped."""

import random
import time

import pytest

from mailman.mail.message import Message
from mailman.queue import Queue
from mailman.runners.commands import CommandRunner

HEADS = [
    'Subject: help',
    'Subject:',
    'Subject: =?utf-8?b?aGVscA==?=',
    'Subject: =?klingon?q?x?=',
    'Subject: \0',
    'Subject: Re: confirm 0123456789abcdef0123456789abcdef01234567',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Type: text/html; charset="no-such"',
    'Content-Type: multipart/mixed; boundary=b',
    'Content-Type: multipart/alternative',
    'Content-Type: message/rfc822',
    'Content-Type: text/plain; charset*=x; name*0=a; name*9=b',
    'Content-Transfer-Encoding: base64',
    'Content-Transfer-Encoding: quoted-printable',
    'Content-Transfer-Encoding: uuencode',
    'To: test-confirm+0123456789abcdef0123456789abcdef01234567@lists.example.com',
    'Approved: x',
    'X-Ack: yes',
    'Precedence: list',
    'Message-ID: <\xe9>',
]
BODIES = [
    'help\n',
    'subscribe\n',
    'subscribe pw digest address=a@b.example\n',
    'set authenticate x address=anne@member.example\nset show\nset digest plain\n',
    'who x\n',
    'password a b\npassword\n',
    'unsubscribe\n',
    'get ../x\nindex\nwhich\nintro\n',
    'lists\ninfo\necho x\n',
    '--b\n\nhelp\n--b\nContent-Type: text/html\n\n<p>who\n--b--\n',
    'aGVscAo=\n',
    '',
    '\0\xff\n',
    'Approved: x\n',
]
FROM = [
    'anne@member.example',
    'New Person <new@joiner.example>',
    '=?utf-8?q?N=C3=A9w?= <new@joiner.example>',
    '"a\\"b" <x@y>',
    '<>',
    '',
    '@',
    'a@b@c',
    'test-request@lists.example.com',
    'é@é.example',
]


def mutated(rng: random.Random) -> bytes:
    """Make a command mail and break some of it."""
    lines = [f'From: {rng.choice(FROM)}', *rng.sample(HEADS, rng.randint(0, 5))]
    if rng.random() < 0.1:
        lines.pop(0)
    text = '\n'.join(lines) + '\n\n' + ''.join(rng.choices(BODIES, k=rng.randint(0, 3)))
    raw = bytearray(text.encode('utf-8'))
    for _ in range(rng.choice([0, 0, 1, 3, 20])):
        place = rng.randint(0, len(raw))
        raw[place : place + rng.randint(0, 2)] = rng.randbytes(rng.randint(0, 3))
    return bytes(raw)


def drop(site, name):
    queue = Queue(site, name)
    for filebase in queue.files():
        queue.take(filebase)
        queue.finish(filebase)


@pytest.fixture
def runner(site, mlist):
    site.cfg.MAX_AUTORESPONSES_PER_DAY = 0
    runner = CommandRunner(site)
    yield runner
    runner.close()


@pytest.mark.parametrize('seed', range(10))
def test_fifty_broken_mails_shunt_nothing(site, mlist, runner, seed):
    rng = random.Random(seed)
    kinds = ['torequest'] * 7 + ['tojoin', 'toleave', 'toconfirm']
    for _ in range(50):
        msg = Message.from_bytes(mutated(rng))
        mlist.queue('commands').enqueue(msg, {rng.choice(kinds): 1})
    runner.one_pass()
    log = site.logs_dir / 'error'
    assert not Queue(site, 'shunt').files(), log.read_text()
    assert not runner.queue.files()
    for msg, _ in mlist.queue('virgin').messages:
        Message.from_bytes(msg.as_bytes())
        assert len(msg.as_bytes()) < 40_000


@pytest.mark.parametrize(
    'raw',
    [
        b'From: a@b.example\nSubject: ' + b'Re: ' * 50_000 + b'\n\n',
        b'From: a@b.example\nSubject: ' + b'=?utf-8?q?' * 20_000 + b'\n\n',
        b'From: a@b.example\n\n' + b'help ' * 100_000,
        b'From: a@b.example\n\nsubscribe ' + b'x' * 200_000,
        b'From: a@b.example\n\n' + b'who\n' * 100_000,
        b'From: a@b.example\nContent-Type: text/html\n\n' + b'<' * 200_000,
        b'From: a@b.example\nTo: ' + b'<+@' * 50_000 + b'\n\nhelp\n',
        b'From: ' + b'"' * 100_000 + b'\n\nhelp\n',
        b'From: ' + b'(' * 100_000 + b' a@b.example\n\nsubscribe\n',
        b'From: a@b.example\n\nset authenticate ' + b'\\' * 5000,
    ],
    ids=lambda raw: raw[:40].decode(),
)
@pytest.mark.parametrize('kind', ['torequest', 'toconfirm'])
def test_a_pathological_mail_is_soon_done(site, mlist, runner, raw, kind):
    mlist.queue('commands').enqueue(Message.from_bytes(raw), {kind: 1})
    begin = time.process_time()
    runner.one_pass()
    assert time.process_time() - begin < 10
    assert not Queue(site, 'shunt').files()


def test_what_fails_for_a_passing_reason_is_kept(site, mlist, make_msg, monkeypatch):
    from mailman.actions import subscription

    def busy(*args, **kwargs):
        raise OSError('disk full')

    monkeypatch.setattr(subscription, 'subscribe', busy)
    runner = CommandRunner(site)
    mlist.queue('commands').enqueue(make_msg(body='subscribe\n'), {'torequest': 1})
    runner.one_pass()
    runner.close()
    assert len(Queue(site, 'shunt').files()) == 1


def test_what_was_done_before_a_failure_is_saved(site, mlist, make_msg, monkeypatch):
    from mailman import commands

    real = commands.module_of('info').process

    def fail(request, args):
        request.mlist.set_name('anne@member.example', 'Changed')
        real(request, args)
        raise OSError('disk full')

    monkeypatch.setattr(commands.module_of('info'), 'process', fail)
    runner = CommandRunner(site)
    mlist.queue('commands').enqueue(make_msg(body='info\n'), {'torequest': 1})
    runner.one_pass()
    runner.close()
    mlist.refresh()
    assert mlist.name_of('anne@member.example') == 'Changed'
