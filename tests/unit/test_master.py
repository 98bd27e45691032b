"""The master: which runners it is to have.

What it does with processes is tested with an installation (tests/scenarios).
"""

import os
import socket
import time

import pytest

from mailman import master
from mailman.master import wanted_runners
from mailman.web import worker


def test_runners_and_their_slices_are_those_of_the_site(site):
    site.cfg.QRUNNERS = [('IncomingRunner', 2), ('Retry', 1)]
    assert wanted_runners(site) == [('IncomingRunner', 2), ('RetryRunner', 1)]


def test_an_unknown_runner_does_not_keep_the_others_from_running(site):
    """The master used to die of it, at restart without a word."""
    wrong = [('MaildirRunner', 1), ('IncomingRunner', 0), 'OutgoingRunner', (None, 1)]
    site.cfg.QRUNNERS = [*wrong, ('OutgoingRunner', 1)]
    assert wanted_runners(site) == [('OutgoingRunner', 1)]
    log = (site.logs_dir / 'error').read_text()
    assert log.count('QRUNNERS') == len(wrong)
    assert 'MaildirRunner' in log


@pytest.fixture
def made(site):
    """A master in a prefix that has the program of web workers."""
    worker.script(site).parent.mkdir()
    worker.script(site).touch()
    made = master.Master(site, master.take_lock(site))
    yield made
    made._close_door()
    for descriptor in (
        *(made.lock, made.lifeline, made._our_end),
        *(made._bell, made._ringer),
    ):
        os.close(descriptor)


def test_web_workers_listen_on_one_socket(site, made):
    made._open_door()
    web = [child for child in made.children if child.name == master.WEB_WORKER]
    assert len(web) == site.cfg.WEB_WORKERS
    assert worker.socket_path(site).is_socket()
    made._close_door()
    assert not worker.socket_path(site).exists()


def test_a_socket_that_cannot_be_made_is_logged_and_runners_run(site, made):
    site.cfg.LOCK_DIR = f'{site.cfg.LOCK_DIR}/{"x" * 120}'
    runners = len(made.children)
    made._open_door()
    assert made.door is None and len(made.children) == runners
    assert 'wake/web' in (site.logs_dir / 'error').read_text()


def test_a_web_worker_that_ends_by_itself_is_started_at_once(site, made):
    child = master.Child(master.WEB_WORKER, 0, 1, started=time.monotonic(), deaths=5)
    made._buried(child, 0)
    assert child.deaths == 0 and child.not_before <= time.monotonic()
    runner = master.Child('IncomingRunner', 0, 1, started=time.monotonic(), deaths=5)
    made._buried(runner, 0)
    assert runner.deaths == 6 and runner.not_before > time.monotonic()


def test_web_workers_wait_for_the_first_request(site, made, monkeypatch):
    forked = []
    monkeypatch.setattr(made, '_fork', lambda child: forked.append(child.name))
    made._open_door()
    made._start_missing()
    assert master.WEB_WORKER not in forked
    made._reap(block_for=0)
    made._start_missing()
    assert master.WEB_WORKER not in forked
    with socket.socket(socket.AF_UNIX) as visitor:
        visitor.connect(str(worker.socket_path(site)))
        made._reap(block_for=5)
    made._start_missing()
    assert forked.count(master.WEB_WORKER) == site.cfg.WEB_WORKERS


def test_a_web_worker_that_had_nothing_to_do_rests(site, made):
    child = master.Child(master.WEB_WORKER, 0, 1, pid=1, started=time.monotonic())
    made._buried(child, worker.IDLE_STATUS << 8)
    assert child.resting and child.deaths == 0
