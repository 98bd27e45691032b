"""RetryRunner: what is due moves, what is not stays untouched."""

import pytest

from mailman.queue import Queue
from mailman.runners import retry
from mailman.runners.retry import RetryRunner


class Clock:
    """A clock to be set by hand."""

    def __init__(self):
        self.time = 1_000_000.0

    def __call__(self):
        return self.time


@pytest.fixture
def clock(site):
    site.now = Clock()
    return site.now


@pytest.fixture
def wait(site, mlist, make_msg):
    """Put a message into retry, due at a time."""

    def enqueue(when):
        data = {'listname': 'test', 'recips': ['a@b.example'], 'deliver_after': when}
        return Queue(site, 'retry').enqueue(make_msg(), data)

    return enqueue


def counts(site):
    return len(Queue(site, 'retry').files()), len(Queue(site, 'out').files())


def test_only_what_is_due_moves(site, clock, wait):
    wait(clock.time - 1)
    wait(clock.time + 10)
    runner = RetryRunner(site)
    assert runner.one_pass() is True
    assert counts(site) == (1, 1)
    assert runner.one_pass() is False
    clock.time += 11
    assert runner.one_pass() is True
    assert counts(site) == (0, 2)


def test_the_runner_sleeps_until_the_first_is_due(site, clock, wait):
    runner = RetryRunner(site)
    runner.one_pass()
    assert runner.sleep_time() == retry.LONGEST_SLEEP
    wait(clock.time + 700)
    wait(clock.time + 20)
    runner.one_pass()
    assert runner.sleep_time() == 20
    clock.time += 20
    assert runner.sleep_time() == retry.SHORTEST_SLEEP


def test_entries_that_wait_are_read_once(site, clock, wait, monkeypatch):
    wait(clock.time + 10)
    runner = RetryRunner(site)
    runner.one_pass()
    monkeypatch.setattr(runner.queue, 'read', None)
    assert runner.one_pass() is False


def test_a_time_of_a_wrong_clock_is_over(site, clock, wait):
    wait(clock.time + 12 * 365 * 86400)
    RetryRunner(site).one_pass()
    assert counts(site) == (0, 1)


def test_a_broken_entry_is_set_aside(site, clock, wait):
    base = wait(clock.time + 10)
    (site.queue_dir('retry') / f'{base}.msg').write_bytes(b'nonsense')
    RetryRunner(site).one_pass()
    assert counts(site) == (0, 0)
    assert len(list(site.queue_dir('bad').iterdir())) == 1


def test_metadata_travel_along(site, clock, wait):
    wait(clock.time)
    RetryRunner(site).one_pass()
    out = Queue(site, 'out')
    assert out.read(out.files()[0]).msgdata['recips'] == ['a@b.example']


def test_a_stopping_runner_moves_nothing(site, clock, wait):
    wait(clock.time)
    runner = RetryRunner(site)
    runner.shutting_down = True
    assert runner.one_pass() is False
    assert counts(site) == (1, 0)
