"""qrunner: which runners, how long, and that one process at a time drains a queue."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from mailman.cli import qrunner
from mailman.queue import Queue
from mailman.runners import RUNNERS
from mailman.runners.retry import RetryRunner

TREE = Path(__file__).resolve().parents[3]
SCRIPT = """\
import sys
sys.path.insert(0, {tree!r})
from mailman import cli
from mailman.site import Site
sys.exit(cli.run(Site({prefix!r}, install={install!r}), 'qrunner'))
"""
PATIENCE = 20.0


@pytest.fixture(autouse=True)
def _signals_as_before():
    names = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {name: signal.getsignal(name) for name in names}
    yield
    for name, handler in before.items():
        signal.signal(name, handler)


@pytest.fixture
def due(mlist, make_msg):
    """Put entries that are due into the retry queue."""

    def put(*subjects):
        queue = mlist.queue('retry')
        return [
            queue.enqueue(make_msg(f'Subject: {each}'), deliver_after=1.0)
            for each in subjects
        ]

    return put


def waiting(site, name):
    return len(Queue(site, name).files())


# --- which --------------------------------------------------------------------------


def test_the_names_are_shown_as_in_2_1(run):
    status, out, _ = run(qrunner, '-l')
    assert status == 0
    assert len(out) == len(RUNNERS) + 1
    assert 'Incoming runs the IncomingRunner qrunner' in out
    assert out[-1] == 'All runs all the above qrunners'


@pytest.mark.parametrize(
    'words, found',
    [
        (['Incoming'], [('IncomingRunner', 0, 1)]),
        (['incomingrunner'], [('IncomingRunner', 0, 1)]),
        (['OutgoingRunner:1:4'], [('OutgoingRunner', 1, 4)]),
        (['Arch', 'ArchRunner', 'Arch:0:1'], [('ArchRunner', 0, 1)]),
        (['all'], [(name, 0, 1) for name in RUNNERS]),
        (
            ['News', 'All'],
            [('NewsRunner', 0, 1)]
            + [(name, 0, 1) for name in RUNNERS if name != 'NewsRunner'],
        ),
    ],
)
def test_runners_are_named_in_any_form_and_made_once(words, found):
    assert qrunner._parse_names(words) == found


@pytest.mark.parametrize(
    'word', ['Maildir', 'News:1', 'News:1:1', 'News:-1:2', 'News:0:0', 'News:a:b', '']
)
def test_what_is_no_runner_is_said(run, site, word):
    status, out, err = run(qrunner, '-o', '-r', word)
    assert (status, out) == (1, [])
    assert '-l shows them' in err[-1]


def test_a_runner_must_be_named(run, site):
    assert run(qrunner, '-o')[0] == 1


# --- once ---------------------------------------------------------------------------


def test_once_runs_until_nothing_moves(run, site, due):
    due('one', 'two', 'three')
    assert run(qrunner, '-o', '-r', 'Retry') == (0, [], [])
    assert (waiting(site, 'retry'), waiting(site, 'out')) == (0, 3)


def test_what_one_runner_makes_the_next_one_takes_whatever_their_order(
    run, site, due, monkeypatch
):
    taken = []

    class Taker(RetryRunner):
        queue_name = 'out'

        def one_pass(self):
            found = self.queue.files()
            for filebase in found:
                taken.append(self.queue.take(filebase).msg['subject'])
                self.queue.finish(filebase)
            return bool(found)

    made = {'NewsRunner': Taker, 'RetryRunner': RetryRunner}
    monkeypatch.setattr(
        qrunner, 'make_runner', lambda site, name, *rest: made[name](site)
    )
    due('one', 'two')
    run(qrunner, '-o', '-r', 'News', '-r', 'Retry')
    assert taken == ['one', 'two']


def test_verbose_says_who_worked(run, site, due):
    due('one')
    assert run(qrunner, '-o', '-v', '-r', 'Retry')[2] == ['RetryRunner: worked']


def test_what_an_earlier_run_left_in_work_is_done(run, site, due):
    (filebase,) = due('one')
    Queue(site, 'retry').take(filebase)
    run(qrunner, '-o', '-r', 'Retry')
    assert waiting(site, 'out') == 1


def test_a_slice_that_a_runner_has_is_left_to_it(run, site, due):
    due('one')
    other = RetryRunner(site)
    assert other.acquire_slice()
    run(qrunner, '-o', '-r', 'Retry')
    assert waiting(site, 'retry') == 1
    other.close()


def test_mail_that_comes_at_the_very_end_is_not_left(run, site, due, monkeypatch):
    """The mail program sees the lock held, and counts on whoever holds it."""
    looked, rounds = qrunner._waiting, []

    def late(runners):
        found = looked(runners)
        rounds.append(found)
        if len(rounds) == 1:
            due('late')  # the queues were just found empty
        return found

    monkeypatch.setattr(qrunner, '_waiting', late)
    due('one')
    run(qrunner, '-o', '-r', 'Retry')
    assert (waiting(site, 'retry'), waiting(site, 'out')) == (0, 2)


def test_mail_that_nobody_can_move_yet_does_not_keep_it_running(
    run, site, mlist, make_msg
):
    mlist.queue('retry').enqueue(make_msg(), deliver_after=site.now() + 1000)
    mlist.queue('news').enqueue(make_msg())
    assert run(qrunner, '-o', '-r', 'All')[0] == 0
    assert (waiting(site, 'retry'), waiting(site, 'news')) == (1, 1)


def test_it_waits_for_another_one_and_then_works(run, site, due):
    due('one')
    site.locks_dir.mkdir(exist_ok=True)
    with (site.locks_dir / 'qrunner-once').open('w') as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        free = threading.Timer(0.1, fcntl.flock, (stream, fcntl.LOCK_UN))
        free.start()
        began = time.monotonic()
        run(qrunner, '-o', '-r', 'Retry')
        assert time.monotonic() - began > 0.05
        free.join()
    assert waiting(site, 'out') == 1


@pytest.mark.parametrize('signum', [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_after_the_message_in_work(
    run, site, due, monkeypatch, signum
):
    dispose = RetryRunner.dispose

    def and_signal(self, mlist, msg, msgdata):
        os.kill(os.getpid(), signum)
        return dispose(self, mlist, msg, msgdata)

    monkeypatch.setattr(RetryRunner, 'dispose', and_signal)
    due('one', 'two')
    assert run(qrunner, '-o', '-r', 'Retry')[0] == signum
    assert (waiting(site, 'retry'), waiting(site, 'out')) == (1, 1)


# --- for ever -----------------------------------------------------------------------


@pytest.fixture
def start(site, tmp_path):
    """Start qrunner in a process of its own; it is killed at the end."""
    running = []
    script = tmp_path / 'qrunner'
    script.write_text(
        SCRIPT.format(tree=str(TREE), prefix=str(site.prefix), install=site.install)
    )

    def make(*words):
        command = [sys.executable, str(script), *words]
        running.append(subprocess.Popen(command, stderr=subprocess.PIPE, text=True))
        return running[-1]

    yield make
    for process in running:
        process.kill()
        process.communicate()


def until(condition, what):
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < deadline, f'waited in vain: {what}'
        time.sleep(0.01)
    return found


@pytest.mark.parametrize('signum', [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize('names', [['Retry'], ['Retry', 'News']])
def test_it_works_until_a_signal_and_tells_which(site, start, due, names, signum):
    process = start(*(word for name in names for word in ('-r', name)))
    due('one')
    until(lambda: waiting(site, 'out'), 'the first')
    due('two')
    until(lambda: waiting(site, 'out') == 2, 'one that comes later')
    process.send_signal(signum)
    assert process.wait(PATIENCE) == signum


def test_a_sleep_between_two_looks_ends_with_a_signal(run, site, monkeypatch):
    monkeypatch.setattr(qrunner, 'LONGEST_SLEEP', PATIENCE)
    monkeypatch.setattr(RetryRunner, 'sleep_time', lambda self: PATIENCE)
    ring = threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGTERM))
    ring.start()
    began = time.monotonic()
    status = run(qrunner, '-r', 'Retry:0:2', '-r', 'Retry:1:2')[0]
    assert status == signal.SIGTERM
    assert time.monotonic() - began < PATIENCE / 2
    ring.join()
