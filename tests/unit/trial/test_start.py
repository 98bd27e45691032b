"""make run: starting over what an earlier one left."""

import os
import subprocess
import sys

from mailman import master
from mailman.trial.__main__ import Trial, _is_read

# A master that was left alone: it holds the lock and ends on SIGTERM.
LEFT_OVER = """\
import fcntl, os, sys, time
lock = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(lock, fcntl.LOCK_EX)
print(flush=True)
time.sleep(60)
"""


def test_a_fifo_that_nobody_reads_is_no_runner(tmp_path):
    """It was taken for one: a start that failed went unseen."""
    fifo = tmp_path / 'in.0'
    assert not _is_read(fifo)
    os.mkfifo(fifo)
    assert not _is_read(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    assert _is_read(fifo)
    os.close(reader)


def test_runners_that_were_left_over_are_ended(site):
    site.locks_dir.mkdir(parents=True)
    site.data_dir.mkdir(parents=True, exist_ok=True)
    words = [sys.executable, '-c', LEFT_OVER, str(master.lock_path(site))]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as left_over:
        left_over.stdout.readline()
        master.pid_path(site).write_text(f'{left_over.pid}\n')
        Trial(site)._end_left_over()
        assert left_over.wait(5) < 0
    assert master.master_pid(site) is None
