"""mail/mailman after storing: waking runners, and doing their work where none are."""

import fcntl
import os
import signal
import subprocess
import time
from contextlib import contextmanager

import pytest

MAIL = b'From: a@b.example\n\nHello.\n'


@pytest.fixture
def alone(prefix):
    """A prefix where nothing runs and nothing was stopped."""
    (prefix.path / 'data/stopped').unlink()
    return prefix


@contextmanager
def lock(prefix, name):
    """Hold a lock file exclusively."""
    with open(prefix.path / 'locks' / name, 'w') as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def test_where_nothing_runs_the_queues_are_run_once(alone):
    assert alone.code('post', 'test', mail=MAIL) == 0
    expected = f'-I -S {alone.path}/bin/qrunner -o -r All'
    assert alone.called()[0] == expected
    assert len(alone.files()) == 1


def test_after_a_stop_mail_is_only_queued(prefix):
    assert prefix.code('post', 'test', mail=MAIL) == 0
    assert prefix.called() == []


@pytest.mark.parametrize('name', ['master-qrunner', 'qrunner-once'])
def test_while_somebody_runs_the_queues_they_are_left_alone(alone, name):
    with lock(alone, name):
        assert alone.code('post', 'test', mail=MAIL) == 0
    assert alone.called() == []


@pytest.mark.parametrize('name', ['master-qrunner', 'qrunner-once'])
def test_a_lock_file_of_the_dead_counts_for_nothing(alone, name):
    (alone.path / 'locks' / name).write_text('4711')
    assert alone.code('post', 'test', mail=MAIL) == 0
    assert alone.called() != []


@pytest.mark.parametrize('mode', [None, 0o644])
def test_a_broken_python_does_not_matter(alone, mode):
    python = alone.path / 'python'
    python.unlink() if mode is None else python.chmod(mode)
    assert alone.code('post', 'test', mail=MAIL) == 0
    assert len(alone.files()) == 1


def test_nothing_is_run_for_a_refused_mail(alone):
    assert alone.code('post', 'no-such-list', mail=MAIL) == 67
    assert alone.called() == []


HOSTILE = {
    'PYTHONPATH': '/tmp/evil',
    'PYTHONHOME': '/tmp/evil',
    'PYTHONSTARTUP': '/tmp/evil.py',
    'LD_LIBRARY_PATH': '/tmp/evil',
    'HTTP_PROXY': 'http://evil.example',
    'BASH_ENV': '/tmp/evil',
    'IFS': '/',
    'TMPDIR': '/tmp/evil',
    'PATH': '/tmp/evil',
    'LC_ALL': 'C',
    'SENDERS': 'x',
    'LOCAL_PART': 'x',
}


def test_the_environment_is_made_anew(alone):
    env = HOSTILE | {'SENDER': 'a@b.example', 'ORIGINAL_RECIPIENT': 'test@x.example'}
    assert alone.code('post', 'test', mail=MAIL, env=env) == 0
    seen = dict(line.split('=', 1) for line in alone.called()[1:])
    # What the shell of the stand-in adds by itself.
    for name in ('PWD', 'SHLVL', '_', 'OLDPWD'):
        seen.pop(name, None)
    assert seen == {
        'PATH': '/usr/local/bin:/usr/bin:/bin',
        'LC_ALL': 'C.UTF-8',
        'SENDER': 'a@b.example',
        'ORIGINAL_RECIPIENT': 'test@x.example',
    }


def test_an_overlong_value_is_left_out(alone):
    env = {'SENDER': 'x' * 20000, 'RECIPIENT': 'kept'}
    assert alone.code('post', 'test', mail=MAIL, env=env) == 0
    assert 'RECIPIENT=kept' in alone.called()
    assert not any(line.startswith('SENDER') for line in alone.called())


def test_a_run_that_takes_too_long_is_ended_and_the_mail_is_accepted(alone):
    (alone.path / 'hang').touch()
    began = time.monotonic()
    assert alone.code('post', 'test', mail=MAIL) == 0
    assert time.monotonic() - began < 10  # it would sleep for 30 seconds


def test_a_server_without_patience_learns_that_the_mail_is_stored(alone):
    (alone.path / 'hang').touch()
    process = subprocess.Popen([alone.program, 'post', 'test'], stdin=subprocess.PIPE)
    process.stdin.close()
    while not alone.called():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0


def test_many_at_once_all_store(alone):
    started = [
        subprocess.Popen([alone.program, 'post', 'test'], stdin=subprocess.PIPE)
        for _ in range(10)
    ]
    for process in started:
        process.stdin.close()
    assert [process.wait(20) for process in started] == [0] * 10
    assert len(alone.files()) == 10


# --- waking ------------------------------------------------------------------


def fifo(prefix, name):
    path = prefix.path / 'locks/wake' / name
    os.mkfifo(path)
    return path


def test_every_slice_of_the_queue_is_woken(prefix):
    names = ('in.0', 'in.1', 'commands.0')
    fds = [os.open(fifo(prefix, n), os.O_RDONLY | os.O_NONBLOCK) for n in names]
    try:
        assert prefix.code('post', 'test', mail=MAIL) == 0
        assert [os.read(fd, 10) for fd in fds] == [b'\0', b'\0', b'']
    finally:
        for fd in fds:
            os.close(fd)


def test_a_slice_that_nobody_serves_does_not_hide_the_next(prefix):
    fifo(prefix, 'in.0')
    fd = os.open(fifo(prefix, 'in.1'), os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert prefix.code('post', 'test', mail=MAIL) == 0
        assert os.read(fd, 10) == b'\0'
    finally:
        os.close(fd)


def test_what_is_no_fifo_is_not_written_to(prefix):
    target = prefix.path / 'target'
    target.touch()
    (prefix.path / 'locks/wake/in.0').symlink_to(target)
    (prefix.path / 'locks/wake/in.1').touch()
    fd = os.open(fifo(prefix, 'in.2'), os.O_RDONLY | os.O_NONBLOCK)
    assert prefix.code('post', 'test', mail=MAIL) == 0
    assert target.read_bytes() == b''
    assert (prefix.path / 'locks/wake/in.1').read_bytes() == b''
    assert os.read(fd, 10) == b'\0'  # and the FIFO behind them is found
    os.close(fd)


def test_without_a_wake_folder_mail_is_stored_all_the_same(prefix):
    (prefix.path / 'locks/wake').rmdir()
    assert prefix.code('post', 'test', mail=MAIL) == 0
