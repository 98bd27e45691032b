"""mailmanctl: start, stop, restart, reopen, with a real master on a temporary site."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mailman import master
from mailman.cli import mailmanctl
from mailman.site import Site

TREE = Path(__file__).resolve().parents[3]
CONFIG = """\
from Defaults import *
QRUNNERS = [('{}', 1)]
"""
# What bin/mailmanctl does, about the temporary site.
SCRIPT = """\
import sys
sys.path.insert(0, {tree!r})
from mailman import cli
from mailman.site import Site
sys.exit(cli.run(Site({prefix!r}, install={install!r}), 'mailmanctl'))
"""
PATIENCE = 20.0


def until(condition, what):
    """Wait, in very small steps, until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, f'waited in vain: {what}'
        time.sleep(0.01)
    return found


@pytest.fixture
def ctl(site, make_list, tmp_path):
    """Call mailmanctl in a process of its own; whatever runs at the end is stopped."""
    make_list('mailman')
    site.data_dir.mkdir(exist_ok=True)
    site.mm_cfg.write_text(CONFIG.format('NewsRunner'))
    script = tmp_path / 'mailmanctl'
    script.write_text(
        SCRIPT.format(tree=str(TREE), prefix=str(site.prefix), install=site.install)
    )

    def call(*words):
        done = subprocess.run(
            [sys.executable, str(script), '-u', *words],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout.splitlines(), done.stderr.splitlines()

    call.script = script
    yield call
    pid = master.master_pid(site)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
        until(lambda: master.master_pid(site) is None, 'the master ends')


def alive(site, name):
    """Tell whether a runner holds its slice."""
    path = site.locks_dir / f'{name}.0.runner'
    if not path.exists():
        return False
    with path.open('rb') as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_start_and_stop(site, ctl):
    assert ctl('start') == (0, ["Starting Mailman's master qrunner."], [])
    # When the command ends, the master is there.
    pid = master.master_pid(site)
    assert master.pid_path(site).read_text() == f'{pid}\n'
    until(lambda: alive(site, 'NewsRunner'), 'the runner')

    status, out, err = ctl('start')
    assert (status, out) == (1, [])
    assert err == [f'The runners run already (master process {pid}).']

    assert ctl('stop') == (0, ["Shutting down Mailman's master qrunner"], [])
    assert master.master_pid(site) is None
    assert not alive(site, 'NewsRunner')
    assert master.stopped_path(site).exists()

    assert ctl('-q', 'start') == (0, [], [])
    assert not master.stopped_path(site).exists()


def test_restart_keeps_the_master_and_takes_the_new_settings(site, ctl):
    ctl('start')
    pid = master.master_pid(site)
    until(lambda: alive(site, 'NewsRunner'), 'the first runner')
    site.mm_cfg.write_text(CONFIG.format('RetryRunner'))
    assert ctl('restart') == (0, ["Restarting Mailman's master qrunner"], [])
    until(lambda: alive(site, 'RetryRunner'), 'the new runner')
    assert not alive(site, 'NewsRunner')
    assert master.master_pid(site) == pid
    assert not master.stopped_path(site).exists()
    # And once more: what the first restart was given must do for the second.
    site.mm_cfg.write_text(CONFIG.format('NewsRunner'))
    ctl('restart')
    until(lambda: alive(site, 'NewsRunner'), 'the runner of the second restart')
    assert master.master_pid(site) == pid


def test_reopen_makes_new_log_files(site, ctl):
    ctl('start')
    until(lambda: alive(site, 'NewsRunner'), 'the runner')
    log = site.logs_dir / 'qrunner'
    until(lambda: log.exists() and 'started' in log.read_text(), 'the log')
    log.rename(site.logs_dir / 'qrunner.1')
    assert ctl('reopen') == (0, ['Re-opening all log files'], [])
    ctl('stop')
    assert 'exiting' in log.read_text()


def test_in_the_foreground_it_stays_and_obeys(site, ctl):
    process = subprocess.Popen([sys.executable, str(ctl.script), '-u', '-F', 'start'])
    try:
        until(lambda: alive(site, 'NewsRunner'), 'the runner')
        assert master.master_pid(site) == process.pid
        assert ctl('stop')[0] == 0
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()


def test_a_broken_mm_cfg_keeps_it_from_starting_but_not_from_stopping(site, ctl):
    ctl('start')
    until(lambda: alive(site, 'NewsRunner'), 'the runner')
    site.mm_cfg.write_text('from Defaults import *\nQRUNNERS = [\n')
    status, _, err = ctl('restart')
    assert status == 1 and 'mm_cfg.py' in err[0]
    assert master.master_pid(site) is not None
    assert ctl('stop')[0] == 0
    assert master.master_pid(site) is None
    status, _, err = ctl('start')
    assert status == 1 and 'mm_cfg.py' in err[0]


# --- without a master ----------------------------------------------------------------


def test_stop_without_a_master_is_fine_and_remembered(run, site):
    site.data_dir.mkdir()
    status, out, _ = run(mailmanctl, '-u', 'stop')
    assert (status, out) == (0, ["Shutting down Mailman's master qrunner"])
    assert master.stopped_path(site).exists()


@pytest.mark.parametrize('word', ['restart', 'reopen'])
def test_there_is_nothing_to_restart_or_reopen(run, site, word):
    site.data_dir.mkdir()
    status, _, err = run(mailmanctl, '-u', '-q', word)
    assert status == 1
    assert 'No master is running' in err[0]


def test_without_the_site_list_nothing_starts(run, site):
    status, out, err = run(mailmanctl, '-u', 'start')
    assert (status, out) == (1, [])
    assert err[0] == 'The site list is missing: mailman'
    assert 'bin/newlist mailman' in err[1]


@pytest.mark.parametrize('words', [[], ['start', 'stop'], ['frobnicate']])
def test_one_command_is_needed(run, site, words):
    status, out, err = run(mailmanctl, '-u', *words)
    assert (status, out) == (1, [])
    assert err[-1].startswith('mailmanctl: ')


def test_a_command_may_be_typed_in_capitals(run, site):
    site.data_dir.mkdir()
    assert run(mailmanctl, '-u', 'STOP')[0] == 0


def test_a_stop_that_cannot_be_remembered_is_said(run, site):
    status, _, err = run(mailmanctl, '-u', 'stop')
    assert status == 1
    assert err == [
        f'Cannot write {master.stopped_path(site)}: No such file or directory'
    ]


# --- who may -------------------------------------------------------------------------


class Account:
    pw_uid, pw_dir = 12345, '/home/mailman'


@pytest.fixture
def accounts(monkeypatch):
    """A machine with a user and a group for Mailman; answer what is called."""
    called = []
    monkeypatch.setattr(mailmanctl.pwd, 'getpwnam', lambda name: Account)
    group = type('Group', (), {'gr_gid': 54321})
    monkeypatch.setattr(mailmanctl.grp, 'getgrnam', lambda name: group)
    for name in ('setgroups', 'setgid', 'setuid'):
        monkeypatch.setattr(
            mailmanctl.os, name, lambda value, name=name: called.append((name, value))
        )
    monkeypatch.setenv('HOME', '/root')
    return called


def test_root_becomes_the_mailman_user_group_first(site, accounts, monkeypatch):
    monkeypatch.setattr(mailmanctl.os, 'geteuid', lambda: 0)
    mailmanctl.become_mailman(site)
    assert accounts == [('setgroups', [54321]), ('setgid', 54321), ('setuid', 12345)]
    assert os.environ['HOME'] == '/home/mailman'


def test_the_mailman_user_stays_who_it_is(site, accounts, monkeypatch):
    for name in ('geteuid', 'getuid'):
        monkeypatch.setattr(mailmanctl.os, name, lambda: 12345)
    mailmanctl.become_mailman(site)
    assert accounts == []


def test_anybody_else_is_refused(site, accounts, monkeypatch, run):
    for name in ('geteuid', 'getuid'):
        monkeypatch.setattr(mailmanctl.os, name, lambda: 4711)
    status, _, err = run(mailmanctl, 'stop')
    assert status == 1
    assert 'as root or as user' in err[0]
    assert not master.stopped_path(site).exists()


def test_a_machine_without_the_user_says_so(tmp_path, monkeypatch, capsys):
    site = Site(tmp_path, install={'username': 'no-such-user-here'})
    monkeypatch.setattr(mailmanctl.os, 'getuid', lambda: 4711)
    assert mailmanctl.main(site, ['stop']) == 1
    assert 'no-such-user-here' in capsys.readouterr().err
