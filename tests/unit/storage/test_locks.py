"""Lock: one holder, gone with its process, whatever the clock says."""

import os
import signal
import subprocess
import sys
import time

import pytest

from mailman.errors import LockTimeout
from mailman.storage.locks import Lock

HOLDER = """
import sys, time
from mailman.storage.locks import Lock
lock = Lock(sys.argv[1])
lock.acquire()
print('held', flush=True)
time.sleep(60)
"""


def hold_in_another_process(path):
    child = subprocess.Popen(
        [sys.executable, '-c', HOLDER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert child.stdout.readline() == 'held\n'
    return child


def test_only_one_has_it(tmp_path):
    path = tmp_path / 'locks' / 'a.lock'
    with Lock(path), pytest.raises(LockTimeout) as caught:
        Lock(path).acquire(0.05)
    assert caught.value.path == str(path)
    assert caught.value.temporary
    with Lock(path):
        pass


def test_its_holder_may_take_it_again(tmp_path):
    lock = Lock(tmp_path / 'a.lock')
    with lock:
        with lock:
            pass
        assert lock.held
        with pytest.raises(LockTimeout):
            Lock(tmp_path / 'a.lock').acquire(0)
    assert not lock.held


def test_releasing_what_is_not_held_does_nothing(tmp_path):
    Lock(tmp_path / 'a.lock').release()


def test_a_killed_holder_leaves_it_free_at_once(tmp_path):
    path = tmp_path / 'a.lock'
    child = hold_in_another_process(path)
    try:
        with pytest.raises(LockTimeout):
            Lock(path).acquire(0)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    started = time.monotonic()
    with Lock(path):
        assert time.monotonic() - started < 2


@pytest.mark.parametrize('age', [-10 * 365 * 86_400, -86_400, 86_400, 5 * 3600])
def test_a_lock_file_of_2_1_left_behind_blocks_nobody(tmp_path, age):
    path = tmp_path / 'test.lock'
    holder = tmp_path / 'test.lock.oldhost.4711.0'
    holder.write_text(f'{holder}\n')
    os.link(holder, path)
    os.utime(path, (time.time() + age,) * 2)
    with Lock(path):
        assert holder.exists()


def test_the_file_may_be_used_by_the_group(tmp_path):
    before = os.umask(0o077)
    try:
        with Lock(tmp_path / 'a.lock'):
            assert (tmp_path / 'a.lock').stat().st_mode & 0o777 == 0o660
    finally:
        os.umask(before)


def test_a_forked_child_does_not_believe_it_has_its_parents_lock(tmp_path):
    lock = Lock(tmp_path / 'a.lock')
    with lock:
        child = os.fork()
        if child == 0:
            held = lock.held
            lock.release()
            os._exit(held)
        assert os.waitpid(child, 0)[1] == 0
        with pytest.raises(LockTimeout):
            Lock(tmp_path / 'a.lock').acquire(0)


def test_a_forked_child_does_not_keep_the_lock_after_its_parent(tmp_path):
    lock = Lock(tmp_path / 'a.lock')
    reader, writer = os.pipe()
    lock.acquire()
    child = os.fork()
    if child == 0:
        os.close(writer)
        os.read(reader, 1)  # until the parent says so
        os._exit(0)
    # As when the holder is killed: the descriptor goes, nothing is unlocked in order.
    os.close(lock._descriptor)
    lock._descriptor = None
    Lock(tmp_path / 'a.lock').acquire(0.5)
    os.close(writer)
    os.waitpid(child, 0)


def test_a_free_lock_is_taken_without_loading_filelock(tmp_path):
    code = (
        'import sys; from mailman.storage.locks import Lock\n'
        'with Lock(sys.argv[1]): assert "filelock" not in sys.modules'
    )
    subprocess.run([sys.executable, '-c', code, tmp_path / 'a.lock'], check=True)


def test_its_directory_is_made_when_it_is_missing(tmp_path):
    with Lock(tmp_path / 'locks' / 'a.lock') as lock:
        assert lock.held


def test_a_lock_that_had_to_wait_can_be_given_back_and_taken_again(tmp_path):
    child = hold_in_another_process(tmp_path / 'a.lock')
    lock = Lock(tmp_path / 'a.lock')
    with pytest.raises(LockTimeout):
        lock.acquire(0.05)
    os.kill(child.pid, signal.SIGKILL)
    lock.acquire(5)
    child.communicate()
    lock.release()
    with lock, pytest.raises(LockTimeout):
        Lock(tmp_path / 'a.lock').acquire(0)
