"""bin/postfix-to-mailman: what an address means, and what Postfix is told."""

import io
import subprocess
import sys
from pathlib import Path

import pytest

from mailman.cli import postfix_to_mailman

TREE = Path(__file__).resolve().parents[3]
MAIL = (
    b'From anne@member.example Sat Nov 21 07:42:46 2026\n'
    b'To: test\n\nHello.\nFrom here\n'
)
# Notes its arguments and its input, and ends with the status it finds.
PROGRAM = """\
#!/bin/sh
echo "$@" > {0}/called
cat > {0}/mail
exit $(cat {0}/status)
"""


@pytest.fixture
def program(site):
    """A stand-in for the mail program; answer how it was called, and with what."""
    folder = site.exec_prefix / 'mail'
    folder.mkdir()
    (folder / 'status').write_text('0')
    (folder / 'mailman').write_text(PROGRAM.format(folder))
    (folder / 'mailman').chmod(0o755)
    return folder


@pytest.fixture
def call(site, program, monkeypatch, tmp_path):
    """Run the command with a mail on its standard input."""

    def call(*words, mail=MAIL):
        path = tmp_path / 'stdin'
        path.write_bytes(mail)
        with path.open() as stdin:
            monkeypatch.setattr(sys, 'stdin', stdin)
            return postfix_to_mailman.main(site, list(words))

    return call


def called(program):
    path = program / 'called'
    return path.read_text().split() if path.exists() else None


@pytest.mark.parametrize(
    'address, expected',
    [
        ('test@lists.example.com', ['post', 'test']),
        ('TEST-Owner@Lists.Example.COM', ['owner', 'test']),
        ('test-bounces+anne=x.example@lists.example.com', ['bounces', 'test']),
        ('test-confirm+0123abc@lists.example.com', ['confirm', 'test']),
        ('dev-owner@lists.example.com', ['post', 'dev-owner']),
        ('test', ['post', 'test']),
        ('Postmaster@lists.example.com', ['owner', 'mailman']),
        ('abuse@lists.example.com', ['owner', 'mailman']),
    ],
)
def test_the_mail_program_gets_command_and_list(
    call, program, make_list, address, expected
):
    for name in ('test', 'dev', 'dev-owner'):
        make_list(name)
    assert call('lists.example.com', address) == 0
    assert called(program) == expected


def test_a_mail_is_handed_over_as_it_is(call, program, mlist):
    call('lists.example.com', 'test@lists.example.com')
    assert (program / 'mail').read_bytes() == MAIL


def test_what_stood_behind_the_plus_is_written_into_the_mail(call, program, mlist):
    call('lists.example.com', 'test-bounces+Bob=x.example@lists.example.com')
    lines = (program / 'mail').read_bytes().splitlines()
    assert lines[0].startswith(b'From anne@')
    assert lines[1] == b'Envelope-To: test-bounces+Bob=x.example@lists.example.com'
    assert lines[2:] == MAIL.splitlines()[1:]


@pytest.mark.parametrize('address', ['none@lists.example.com', 'test-x', '../test'])
def test_an_unknown_list_is_67(call, program, mlist, address, capsys):
    assert call('lists.example.com', address) == 67
    assert called(program) is None
    assert address in capsys.readouterr().err


@pytest.mark.parametrize('words', [(), ('',), ('a', 'b', 'c')])
def test_wrong_arguments_are_64(call, words):
    assert call(*words) == 64


@pytest.mark.parametrize(
    'status, answer', [(0, 0), (67, 67), (69, 69), (75, 75), (2, 75), (8, 75), (99, 75)]
)
def test_what_is_wrong_with_the_installation_is_tried_again(
    call, program, mlist, status, answer
):
    (program / 'status').write_text(str(status))
    assert call('lists.example.com', 'test@lists.example.com') == answer


def test_a_missing_mail_program_is_75(call, program, mlist, capsys):
    (program / 'mailman').unlink()
    assert call('lists.example.com', 'test@lists.example.com') == 75
    assert 'No such file' in capsys.readouterr().err


def test_answers_to_automatic_mail_end_in_a_file(call, program, site, mlist):
    site.data_dir.mkdir(exist_ok=True)
    for _ in range(2):
        assert call('lists.example.com', 'mailman-loop@lists.example.com') == 0
    mbox = (site.data_dir / 'owner-bounces.mbox').read_bytes()
    assert mbox.count(b'\nHello.\n>From here\n') == 2
    assert (b'\n' + mbox).count(b'\nFrom ') == 2


def test_what_breaks_before_python_is_up_is_75_too(tmp_path):
    """Postfix returns the mail for a status it does not know, such as Python's 1."""
    (tmp_path / 'bin').mkdir()
    script = tmp_path / 'bin' / 'postfix-to-mailman'
    script.write_bytes((TREE / 'bin' / 'postfix-to-mailman').read_bytes())
    for text in ('raise ImportError("being upgraded")', 'raise SystemExit(1)'):
        (tmp_path / 'bin' / 'paths.py').write_text(text + '\n')
        done = subprocess.run(
            [sys.executable, '-IS', script, 'test'],
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert done.returncode == 75


def test_no_header_line_gets_above_the_mbox_line():
    with_header = postfix_to_mailman.with_header
    assert with_header(b'From a b\nTo: x\n', b'A: b') == b'From a b\nA: b\nTo: x\n'
    assert with_header(b'To: x\n', b'A: b') == b'A: b\nTo: x\n'
    assert io.BytesIO(with_header(b'', b'A: b')).read() == b'A: b\n'
