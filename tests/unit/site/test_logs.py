"""Logs: 2.1's lines, one per event, never an exception."""

import os
import re
import stat

import pytest

from mailman.site.logs import Logs, one_line

# 8 January 2026, 10:20:30, in local time.
NOW = 1767867630.0


@pytest.fixture
def logs(tmp_path, monkeypatch):
    monkeypatch.setenv('TZ', 'UTC')
    made = Logs(tmp_path / 'logs', now=lambda: NOW)
    yield made
    made.close()


def content(logs, name):
    return (logs.directory / name).read_text()


LINE = re.compile(r'^[A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d \d{4} \((\d+)\) (.*)\n$')


def test_a_line_has_the_form_of_2_1(logs):
    logs.write('vette', 'test post held')
    found = LINE.match(content(logs, 'vette'))
    assert found[1] == str(os.getpid())
    assert found[2] == 'test post held'
    assert content(logs, 'vette').startswith('Jan 08 ')


def test_a_label_stands_before_the_process(logs):
    logs.write('error', 'no such list', label='post')
    assert f' 2026 post({os.getpid()}): no such list\n' in content(logs, 'error')


@pytest.mark.parametrize(
    'value, written',
    [
        ('a\nJan 08 10:20:30 2026 (1) forged', 'a\\nJan 08 10:20:30 2026 (1) forged'),
        ('a\rb\tc\0d', 'a\\rb\\tc\\x00d'),
        ('\x1b[2J\x9b\u2028\u202e', '\\x1b[2J\\x9b\\u2028\\u202e'),
        ('\udce9', '\\udce9'),
        ('Müller 漢字', 'Müller 漢字'),
    ],
)
def test_one_event_is_one_line_whatever_is_in_it(logs, value, written):
    logs.write('subscribe', value)
    assert content(logs, 'subscribe').endswith(f' {written}\n')
    assert content(logs, 'subscribe').count('\n') == 1


def test_a_label_cannot_break_a_line(logs):
    logs.write('error', 'text', label='a\nb')
    assert content(logs, 'error').count('\n') == 1


def test_a_plain_text_is_passed_as_it_is():
    text = 'nothing special'
    assert one_line(text) is text


def test_lines_are_appended_to_what_is_there(logs):
    logs.write('post', 'one')
    Logs(logs.directory).write('post', 'two')
    logs.write('post', 'three')
    ends = [line.split()[-1] for line in content(logs, 'post').splitlines()]
    assert ends == ['one', 'two', 'three']


def test_the_group_may_write_whatever_the_umask_is(logs):
    before = os.umask(0o077)
    try:
        logs.write('vette', 'x')
    finally:
        os.umask(before)
    assert stat.S_IMODE((logs.directory / 'vette').stat().st_mode) == 0o660


def test_the_mode_of_a_file_that_is_there_is_left_alone(logs):
    logs.directory.mkdir()
    (logs.directory / 'vette').touch(mode=0o640)
    logs.write('vette', 'x')
    assert stat.S_IMODE((logs.directory / 'vette').stat().st_mode) == 0o640


def test_after_reopen_lines_go_to_a_new_file(logs):
    logs.write('smtp', 'old')
    (logs.directory / 'smtp').rename(logs.directory / 'smtp.1')
    logs.write('smtp', 'still old')
    logs.reopen()
    logs.write('smtp', 'new')
    assert content(logs, 'smtp.1').count('\n') == 2
    assert content(logs, 'smtp').endswith(' new\n')


@pytest.mark.parametrize('name', ['', '.', '..', '../outside', 'a/b', '.hidden'])
def test_a_name_that_is_no_file_name_is_not_written(logs, name):
    logs.write(name, 'x')
    assert not logs.directory.exists()


def test_a_directory_in_the_way_is_no_error(logs):
    (logs.directory / 'vette').mkdir(parents=True)
    logs.write('vette', 'x')


def test_a_fifo_that_nobody_reads_does_not_stop_us(logs):
    logs.directory.mkdir()
    os.mkfifo(logs.directory / 'vette')
    logs.write('vette', 'x')


def test_a_full_disk_is_no_error(logs, monkeypatch):
    def write(descriptor, data):
        raise OSError(28, 'No space left on device')

    logs.write('vette', 'x')
    monkeypatch.setattr(os, 'write', write)
    logs.write('vette', 'y')
    monkeypatch.undo()
    assert content(logs, 'vette').count('\n') == 1


def test_an_error_that_cannot_be_logged_goes_to_stderr(tmp_path, capsys):
    Logs(tmp_path / 'missing' / 'logs').write('error', 'it broke')
    assert 'it broke' in capsys.readouterr().err


def test_other_lines_that_cannot_be_logged_are_dropped_quietly(tmp_path, capsys):
    Logs(tmp_path / 'missing' / 'logs').write('post', 'a post')
    assert capsys.readouterr().err == ''


def test_an_exception_is_logged_with_its_traceback(logs):
    try:
        raise ValueError('bad\nJan 08 forged')
    except ValueError:
        logs.exception('handler failed', label='qrunner')
    lines = content(logs, 'error').splitlines()
    assert lines[0].endswith('): handler failed')
    assert lines[1] == 'Traceback (most recent call last):'
    assert lines[-1] == 'ValueError: bad\\nJan 08 forged'


def test_what_led_to_an_exception_is_logged_before_it(logs):
    try:
        try:
            raise KeyError('first')
        except KeyError as error:
            raise RuntimeError('second') from error
    except RuntimeError as error:
        logs.exception('failed', error, name='mischief')
    text = content(logs, 'mischief')
    assert text.index("KeyError: 'first'") < text.index('which led to:')
    assert text.index('which led to:') < text.index('RuntimeError: second')


def test_an_exception_that_cannot_say_what_it_is_is_logged(logs):
    class Mute(Exception):
        def __str__(self):
            raise ValueError

    logs.exception('failed', Mute())
    assert content(logs, 'error').endswith('Mute: (no message)\n')


def test_no_exception_is_one_line(logs):
    logs.exception('nothing is being handled')
    assert content(logs, 'error').count('\n') == 1
