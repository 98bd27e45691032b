"""A real master over real runners, in processes of their own, on a temporary site."""

import fcntl
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mailman import master
from mailman.master import Child, Master
from mailman.queue import Queue

TREE = Path(__file__).resolve().parents[3]
# The News runner touches no mail, the Retry runner moves what is due.
CONFIG = """\
from Defaults import *
QRUNNERS = [('NewsRunner', 1), ('RetryRunner', 2)]
"""
PROGRAM = """\
import sys
sys.path.insert(0, {tree!r})
from mailman import master
from mailman.site import Site
site = Site({prefix!r}, install={{'mailhost': 'lists.example.com'}})
lock = master.take_lock(site)
if lock is None:
    sys.exit(99)
sys.exit(master.Master(site, lock, restart='-n' not in sys.argv).run())
"""
RUNNERS = {'NewsRunner.0', 'RetryRunner.0', 'RetryRunner.1'}
PATIENCE = 20.0


def until(condition, what):
    """Wait, in very small steps, until something is so; answer what it was."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, f'waited in vain: {what}'
        time.sleep(0.01)
    return found


class Running:
    """One master process."""

    def __init__(self, site, *words):
        self.site = site
        program = PROGRAM.format(tree=str(TREE), prefix=str(site.prefix))
        self.process = subprocess.Popen([sys.executable, '-c', program, *words])
        self.pid = self.process.pid

    def log(self):
        path = self.site.logs_dir / 'qrunner'
        return path.read_text() if path.exists() else ''

    def pids(self, name):
        """Process ids of a runner, oldest first, as the log has them."""
        pattern = rf'\((\d+)\) {name} qrunner started\.'
        return [int(pid) for pid in re.findall(pattern, self.log())]

    def alive(self):
        """The slices that a runner holds."""
        found = set()
        for path in self.site.locks_dir.glob('*.runner'):
            with path.open('rb') as stream:
                try:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    found.add(path.name.removesuffix('.runner'))
        return found

    def up(self):
        until(
            lambda: self.alive() == RUNNERS and self.log().count('started.') >= 3, 'up'
        )
        return self

    def kill(self, signum):
        os.kill(self.pid, signum)
        return self

    def ended(self):
        return self.process.wait(PATIENCE)


@pytest.fixture
def start(site):
    """Start a master; whatever is left of it at the end is killed."""
    site.mm_cfg.write_text(CONFIG)
    for folder in (site.data_dir, site.locks_dir):
        folder.mkdir(parents=True, exist_ok=True)
    running = []

    def make(*words):
        running.append(Running(site, *words))
        return running[-1]

    yield make
    for each in running:
        each.process.kill()
        each.process.wait()
    until(lambda: not running or not running[0].alive(), 'runners end')


def test_it_starts_one_process_for_each_slice(site, start):
    running = start().up()
    assert master.master_pid(site) == running.pid
    assert master.pid_path(site).read_text() == f'{running.pid}\n'
    assert len(running.pids('NewsRunner')) == 1
    assert len(set(running.pids('RetryRunner'))) == 2


@pytest.mark.skipif(not Path('/proc/self/comm').exists(), reason='no /proc here')
def test_ps_shows_the_names_of_the_runners(start):
    (pid,) = start().up().pids('NewsRunner')
    assert Path(f'/proc/{pid}/comm').read_text().strip() == 'NewsRunner'


def test_there_is_only_one(site, start):
    start().up()
    assert start().ended() == 99
    assert master.take_lock(site) is None


def test_a_killed_runner_is_started_again(site, start):
    running = start().up()
    (first,) = running.pids('NewsRunner')
    os.kill(first, signal.SIGKILL)
    until(lambda: len(running.pids('NewsRunner')) == 2, 'a second runner')
    until(lambda: running.alive() == RUNNERS, 'all slices')
    assert 'NewsRunner:0:1 ended with status -9' in running.log()


def test_runners_work(site, start, mlist, make_msg):
    start().up()
    mlist.queue('retry').enqueue(make_msg(), deliver_after=1.0)
    until(lambda: Queue(site, 'out').files(), 'the entry that is due')


def test_without_restart_a_dead_runner_stays_dead(site, start):
    running = start('-n').up()
    os.kill(running.pids('NewsRunner')[0], signal.SIGKILL)
    until(lambda: 'ended with status -9' in running.log(), 'the line in the log')
    os.kill(running.pids('RetryRunner')[0], signal.SIGKILL)
    until(lambda: running.log().count('ended with status -9') == 2, 'the next one')
    assert len(running.pids('NewsRunner')) == 1


def test_when_the_master_is_killed_the_runners_end(site, start):
    running = start().up()
    running.kill(signal.SIGKILL).ended()
    until(lambda: not running.alive(), 'runners end')
    assert master.master_pid(site) is None
    # Nobody asked for a stop: the mail program may run the queues itself.
    assert not master.stopped_path(site).exists()
    start().up()


def test_sigterm_stops_it_and_is_remembered(site, start):
    running = start().up()
    began = time.monotonic()
    assert running.kill(signal.SIGTERM).ended() == 0
    assert time.monotonic() - began < 5
    assert running.alive() == set()
    assert running.log().count('caught SIGTERM') == 3
    assert master.stopped_path(site).exists()
    assert not master.pid_path(site).exists()
    assert master.master_pid(site) is None


def test_an_early_sigterm_stops_it_too(site, start):
    running = start()
    until(lambda: master.pid_path(site).exists(), 'the first sign of it')
    began = time.monotonic()
    # Until it listens, the signal ends it as any other program.
    assert running.kill(signal.SIGTERM).ended() in (0, -signal.SIGTERM)
    assert time.monotonic() - began < 5
    until(lambda: not running.alive(), 'runners end')


def test_a_runner_that_is_told_to_stop_is_started_again(site, start):
    running = start().up()
    os.kill(running.pids('NewsRunner')[0], signal.SIGTERM)
    until(lambda: len(running.pids('NewsRunner')) == 2, 'a second runner')
    assert not master.stopped_path(site).exists()


def test_sigint_without_a_way_to_restart_stops_and_is_not_remembered(site, start):
    running = start().up()
    assert running.kill(signal.SIGINT).ended() == 0
    assert running.alive() == set()
    assert not master.stopped_path(site).exists()


def test_hangup_reopens_the_logs_of_master_and_runners(site, start):
    running = start().up()
    old = site.logs_dir / 'qrunner.1'
    (site.logs_dir / 'qrunner').rename(old)
    running.kill(signal.SIGHUP)
    running.kill(signal.SIGTERM).ended()
    # All have seen the first signal before the second.
    assert running.log().count('exiting.') == 3
    assert 'exiting.' not in old.read_text()


# --- its parts ------------------------------------------------------------------------


@pytest.fixture
def idle(site):
    """A master that has started nothing."""
    site.cfg.QRUNNERS = [('NewsRunner', 1)]
    made = Master(site, -1)
    before = {signum: signal.getsignal(signum) for signum in master.SIGNALS}
    yield made
    signal.set_wakeup_fd(-1)
    for signum, handler in before.items():
        signal.signal(signum, handler)
    close(made)


def close(made):
    for descriptor in (made.lifeline, made._our_end, made._bell, made._ringer):
        os.close(descriptor)


@pytest.mark.parametrize('signum', [signal.SIGTERM, signal.SIGINT])
def test_a_signal_for_a_new_runner_is_not_taken_for_the_masters(
    site, idle, monkeypatch, signum
):
    """It used to write that the site is stopped, and to go on as if nothing was."""
    site.data_dir.mkdir(exist_ok=True)
    monkeypatch.setattr(master.os, 'close', lambda descriptor: None)
    monkeypatch.setattr(
        master, 'make_runner', lambda *_: os.kill(os.getpid(), signum) or os._exit(7)
    )
    idle._handle_signals()
    (child,) = idle.children
    idle._fork(child)
    _, status = os.waitpid(child.pid, 0)
    assert os.waitstatus_to_exitcode(status) == -signum
    assert not master.stopped_path(site).exists()
    assert idle.wanted is None


def test_a_signal_ends_the_masters_sleep(idle):
    idle._handle_signals()
    os.kill(os.getpid(), signal.SIGINT)
    began = time.monotonic()
    idle._reap(block_for=PATIENCE)
    assert time.monotonic() - began < PATIENCE / 2
    assert idle.wanted == 'stop'


def test_a_runner_that_dies_at_once_is_started_ever_later(idle, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(master.time, 'monotonic', lambda: now[0])
    (child,) = idle.children
    pauses = []
    for _ in range(10):
        child.pid, child.started = 4711, now[0]
        now[0] += 0.5
        idle._buried(child, 0)
        pauses.append(child.not_before - now[0])
        now[0] = child.not_before
    assert pauses == [0, 0, 2, 4, 8, 16, 30, 30, 30, 30]


def test_after_a_life_of_some_length_it_is_started_at_once(idle, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(master.time, 'monotonic', lambda: now[0])
    (child,) = idle.children
    child.deaths, child.started = 8, 900.0
    idle._buried(child, 0)
    assert (child.deaths, child.not_before) == (0, 1000.0)


def test_runners_of_the_settings_become_children(site):
    site.cfg.QRUNNERS = [('ArchRunner', 1), ('OutgoingRunner', 2), ('News', 1)]
    made = Master(site, -1)
    assert list(map(str, made.children)) == [
        *('ArchRunner:0:1', 'OutgoingRunner:0:2', 'OutgoingRunner:1:2'),
        'NewsRunner:0:1',
    ]
    close(made)


@pytest.mark.parametrize(
    'entry', [('MaildirRunner', 1), ('NewsRunner', 0), ('NewsRunner', 'x'), 7, (1, 2)]
)
def test_an_odd_entry_is_named_and_the_others_run(site, entry):
    site.cfg.QRUNNERS = [entry, ('NewsRunner', 1)]
    assert master.wanted_runners(site) == [('NewsRunner', 1)]
    assert f'no runner {entry!r}' in (site.logs_dir / 'error').read_text()


def test_a_lock_that_only_a_dead_master_had_is_free(site):
    site.locks_dir.mkdir()
    master.lock_path(site).write_text('4711\n')
    site.data_dir.mkdir()
    master.pid_path(site).write_text('4711\n')
    assert master.master_pid(site) is None
    descriptor = master.take_lock(site)
    assert descriptor is not None
    # Held, and the file says who: whoever looks is told.
    assert master.master_pid(site) == 4711
    os.close(descriptor)


def test_somebody_who_only_looks_does_not_keep_a_master_away(site):
    site.locks_dir.mkdir()
    with master.lock_path(site).open('w') as stream:
        fcntl.flock(stream, fcntl.LOCK_SH)
        assert master.take_lock(site) is None
    descriptor = master.take_lock(site)
    os.close(descriptor)


@pytest.mark.parametrize('times', [1, 2])
def test_stopping_and_starting_are_remembered(site, times):
    site.data_dir.mkdir()
    for _ in range(times):
        master.remember_stopped(site, True)
    assert master.stopped_path(site).exists()
    for _ in range(times):
        master.remember_stopped(site, False)
    assert not master.stopped_path(site).exists()


def test_a_child_is_named_by_its_slice():
    assert str(Child('OutgoingRunner', 1, 4)) == 'OutgoingRunner:1:4'
