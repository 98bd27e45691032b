"""wake: a runner that sleeps hears of its mail at once."""

import os
import signal
import threading
import time

import pytest

from mailman.queue import Queue, wake

RAW = b'Subject: x\n\n'


@pytest.fixture
def listening(site):
    queue = Queue(site, 'in')
    queue.wait(5)  # the first call only begins to listen
    yield queue
    queue.close()


def slept(queue, seconds=5.0):
    started = time.monotonic()
    queue.wait(seconds)
    return time.monotonic() - started


def test_the_first_wait_returns_at_once_for_what_came_before(site):
    queue = Queue(site, 'in')
    assert slept(queue) < 1
    queue.close()


def test_mail_wakes_the_runner(site, listening):
    Queue(site, 'in').enqueue(RAW)
    assert slept(listening) < 1


def test_mail_that_comes_while_it_sleeps_wakes_it(site, listening):
    timer = threading.Timer(0.05, Queue(site, 'in').enqueue, [RAW])
    timer.start()
    assert slept(listening) < 2
    timer.join()


def test_many_mails_are_one_waking(site, listening):
    for _ in range(20):
        Queue(site, 'in').enqueue(RAW)
    listening.wait(5)
    assert slept(listening, 0.05) >= 0.05


def test_all_slices_are_woken(site):
    slices = [Queue(site, 'in', n, 3) for n in range(3)]
    for queue in slices:
        queue.wait(0)
    slices[0].enqueue(RAW)
    assert [slept(queue) < 1 for queue in slices] == [True] * 3
    for queue in slices:
        queue.close()


def test_other_queues_sleep_on(site, listening):
    Queue(site, 'out').enqueue(RAW)
    assert slept(listening, 0.05) >= 0.05


def test_a_signal_ends_the_sleep(listening):
    before = signal.signal(signal.SIGUSR1, lambda *_: None)
    try:
        os.kill(os.getpid(), signal.SIGUSR1)
        assert slept(listening) < 1
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_nobody_listening_is_no_trouble(site, listening):
    listening.close()
    Queue(site, 'in').enqueue(RAW)
    assert len(Queue(site, 'in').files()) == 1


def test_the_group_may_ring(site, listening):
    fifo = site.locks_dir / 'wake' / 'in.0'
    assert fifo.stat().st_mode & 0o777 == 0o660


def test_nothing_is_written_into_a_file_in_the_fifos_place(tmp_path):
    (tmp_path / 'in.0').write_bytes(b'')
    (tmp_path / 'in.1').symlink_to(tmp_path / 'in.0')
    wake.ring(tmp_path, 'in')
    assert (tmp_path / 'in.0').read_bytes() == b''


def test_a_file_in_the_fifos_place_is_replaced_by_the_runner(tmp_path):
    (tmp_path / 'in.0').write_bytes(b'')
    bell = wake.Bell(tmp_path / 'in.0')
    wake.ring(tmp_path, 'in')
    started = time.monotonic()
    bell.wait(60)
    assert time.monotonic() - started < 30
    bell.close()
