"""cleanarch: mails start where they did; other From lines are quoted."""

import io
import sys
import time
from types import SimpleNamespace

import pytest

from mailman.cli import cleanarch

START = b'From anne@member.example Thu Jan  8 10:30:00 2026\n'
MAIL = START + b'Subject: x\n\ntext\n\n'


@pytest.fixture
def clean(site, monkeypatch, run):
    """Run it over an mbox; answer what is written, and the lines of stderr."""

    def call(content, *words):
        out = io.BytesIO()
        monkeypatch.setattr(sys, 'stdin', SimpleNamespace(buffer=io.BytesIO(content)))
        old = sys.stdout
        monkeypatch.setattr(
            sys, 'stdout', SimpleNamespace(buffer=out, write=old.write, flush=old.flush)
        )
        status, _, err = run(cleanarch, *words)
        assert status == 0
        return out.getvalue(), err

    return call


def test_a_good_mbox_stays_as_it_is(clean):
    content = MAIL + MAIL.replace(b'text', b'>From \xe9\xff\0 \r\n')
    assert clean(content) == (content, ['2 messages found'])


@pytest.mark.parametrize(
    'line',
    [
        b'From here on we go\n',
        b'From \n',
        b'From anne@member.example sometime\n',
        b'From what I saw on Thu Jan  8 10:30 it works\n',
        b'From ' + b' ' * 100_000 + b'\n',
    ],
)
def test_a_line_of_a_text_is_quoted(clean, line):
    out, err = clean(MAIL + line + b'Subject: y\n')
    assert out == MAIL + b'>' + line + b'Subject: y\n'
    assert err[0] == 'Unix-From line changed: 6'
    assert line.startswith(err[1].encode())
    assert err[2] == '1 messages found'


def test_the_start_of_a_mail_needs_a_header_behind_it(clean):
    out, err = clean(MAIL + START + b'says somebody\n')
    assert out == MAIL + b'>' + START + b'says somebody\n'
    assert err == [
        'Unix-From line changed: 6',
        START.decode().rstrip(),
        '1 messages found',
    ]


def test_a_mail_without_a_header_is_one_after_an_empty_line(clean):
    assert clean(MAIL + START + b'\ntext\n')[1] == ['2 messages found']
    assert clean(MAIL + b'text\n' + START + b'\ntext\n', '-q')[1] == [
        '1 messages found'
    ]


@pytest.mark.parametrize(
    'line',
    [
        b'From anne Thu Jan 8 10:30 2026\n',
        b'From  anne@x.example  Thu Jan  8 10:30:00 CET 2026\n',
        b'From anne@x.example Thu Jan  8 10:30:00 2026 +0100\n',
        b'From anne@x.example Thu, 8 Jan 2026 10:30:00 +0100 (CET)\n',
        b'From uucp Thu Jan  8 10:30:00 2026 remote from there\n',
        b'From "a b"@x.example Thu Jan  8 10:30:00 2026\r\n',
        b'From anne at x.example Thu Jan  8 10:30:00 2026\n',
        b'From Thu Jan  8 10:30:00 2026\n',
    ],
)
def test_starts_in_many_shapes_are_known(clean, line):
    content = line + b'Received: x\n\n'
    assert clean(content) == (content, ['1 messages found'])


def test_the_line_of_an_old_mail_program_may_follow(clean):
    content = START + b'>From anne Thu Jan 8 2026\nSubject: x\n\n'
    assert clean(content) == (content, ['1 messages found'])


def test_quiet_dry_and_status(clean):
    content = MAIL + b'From here\n'
    assert clean(content, '--quiet')[1] == ['1 messages found']
    assert clean(content, '-n', '-q') == (b'', ['1 messages found'])
    assert clean(content, '-q', '-s', '3')[1] == ['##', '1 messages found']


def test_an_empty_mbox_has_no_messages(clean):
    assert clean(b'') == (b'', ['0 messages found'])


def test_the_last_line_needs_no_end(clean):
    assert clean(MAIL + b'From x')[0] == MAIL + b'>From x'


def test_time_grows_with_the_size_only(clean):
    began = time.process_time()
    line = b'From ' + b'Thu Jan 8 ' * 90 + b'\n'
    clean(MAIL + line * 2000 + b'x' * 3_000_000, '-q')
    assert time.process_time() - began < 10


def test_status_wants_a_number(run):
    assert run(cleanarch, '-s', 'x')[0] == 1
