"""The cron jobs that the master runs: when, which, and what they leave."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mailman import master
from mailman.runners import jobs
from mailman.runners.jobs import JOBS, Jobs, Times

TREE = Path(__file__).resolve().parents[3]
HOUR, DAY = 3600, 86_400


def at(text):
    return time.mktime(time.strptime(text, '%Y-%m-%d %H:%M'))


def minute(text):
    return int(at(text) // 60)


# --- times ------------------------------------------------------------------------


def test_the_times_are_those_of_the_crontab():
    text = (TREE / 'cron/crontab.in').read_text()
    lines = re.findall(r'(?m)^([^#\n]+) @python@ \S+ @prefix@/cron/(\w+)$', text)
    assert {name: when for when, name in lines} == JOBS


@pytest.mark.parametrize(
    'times, after, until, due',
    [
        ('0 8 * * *', '2026-01-08 07:58', '2026-01-08 07:59', False),
        ('0 8 * * *', '2026-01-08 07:59', '2026-01-08 08:00', True),
        ('0 8 * * *', '2026-01-08 08:00', '2026-01-08 08:01', False),
        ('0 8 * * *', '2026-01-08 08:00', '2026-01-09 07:59', False),
        ('0 8 * * *', '2026-01-08 08:00', '2026-01-19 07:59', True),
        ('0 5 1 * *', '2026-01-01 05:00', '2026-02-01 04:59', False),
        ('0 5 1 * *', '2026-01-01 05:00', '2026-02-01 05:00', True),
        ('*/5 * * * *', '2026-01-08 07:55', '2026-01-08 07:59', False),
        ('*/5 * * * *', '2026-01-08 07:59', '2026-01-08 08:00', True),
        ('27 3 * * *', '2026-01-08 03:00', '2026-01-08 03:26', False),
        ('5,35 * * * 0', '2026-01-10 23:59', '2026-01-11 00:05', True),
        ('5,35 * * * 0', '2026-01-11 23:35', '2026-01-17 23:59', False),
        ('0 0 * 3 *', '2026-01-01 00:00', '2026-02-28 23:59', False),
        ('0 8 * * *', '2026-01-09 08:00', '2026-01-08 08:00', False),
    ],
)
def test_a_job_is_due_at_its_times(times, after, until, due):
    assert Times.parse(times).between(minute(after), minute(until)) is due


def test_a_month_is_looked_over_quickly():
    times = Times.parse('0 5 31 2 *')
    began = time.process_time()
    assert not times.between(minute('2026-01-01 00:00'), minute('2026-02-02 00:00'))
    assert time.process_time() - began < 0.5


# --- starting ---------------------------------------------------------------------


@pytest.fixture
def cron(site):
    """A site whose jobs write what they are called into a file; and its clock."""
    site.data_dir.mkdir(parents=True, exist_ok=True)
    folder = site.prefix / 'cron'
    folder.mkdir()

    class Cron:
        ran = folder / 'ran'

        def __init__(self):
            for name in JOBS:
                self.script(name, f'open({str(self.ran)!r}, "a").write("{name}\\n")')
            self.at('2026-01-08 07:30')

        def script(self, name, code):
            (folder / name).write_text(code)

        def at(self, text):
            site.now = lambda: at(text)

        def work(self, running):
            """Let all happen that is due now."""
            running.work()
            while running.running:
                for pid in list(running.running):
                    _, status = os.waitpid(pid, 0)
                    assert running.ended(pid, status)
                running.work()

        def names(self):
            text = self.ran.read_text() if self.ran.exists() else ''
            self.ran.unlink(missing_ok=True)
            return sorted(text.split())

    return Cron()


def test_nothing_is_caught_up_at_the_first_start_ever(cron, site):
    cron.work(Jobs(site))
    assert cron.names() == []


def test_each_job_runs_when_it_is_time(cron, site):
    running = Jobs(site)
    cron.work(running)
    for when, expected in (
        ('2026-01-08 07:34', []),
        ('2026-01-08 07:35', ['gate_news']),
        ('2026-01-08 08:00', ['checkdbs', 'gate_news']),
        ('2026-01-08 08:00', []),
        ('2026-01-08 12:01', ['disabled', 'gate_news', 'senddigests']),
    ):
        cron.at(when)
        cron.work(running)
        assert cron.names() == expected, when


def test_what_was_missed_is_run_once_by_the_next_master(cron, site):
    cron.work(Jobs(site))
    cron.at('2026-01-20 00:01')
    cron.work(Jobs(site))
    assert cron.names() == sorted(set(JOBS) - {'mailpasswds'})
    cron.work(Jobs(site))
    assert cron.names() == []
    cron.at('2026-02-03 00:01')
    cron.work(Jobs(site))
    assert cron.names() == sorted(JOBS)


def test_few_run_at_a_time(cron, site):
    cron.work(Jobs(site))
    cron.at('2026-01-20 00:01')
    running = Jobs(site)
    running.work()
    assert len(running.running) == jobs.MOST
    assert len(running.waiting) == len(JOBS) - 1 - jobs.MOST
    cron.work(running)


def test_a_job_that_still_runs_is_not_started_again(cron, site):
    cron.script('gate_news', 'import time; time.sleep(60)')
    running = Jobs(site)
    running.work()
    for when in ('2026-01-08 07:35', '2026-01-08 07:40'):
        cron.at(when)
        running.work()
    [(pid, job)] = running.running.items()
    assert (job.name, running.waiting) == ('gate_news', [])
    os.kill(pid, signal.SIGKILL)
    assert running.ended(*os.waitpid(pid, 0))


def test_a_job_that_hangs_is_ended(cron, site, monkeypatch):
    cron.script('gate_news', 'import time; time.sleep(60)')
    running = Jobs(site)
    running.work()
    cron.at('2026-01-08 07:35')
    running.work()
    monkeypatch.setattr(jobs, 'LONGEST', -1.0)
    cron.at('2026-01-08 07:36')
    running.work()
    [pid] = running.running
    _, status = os.waitpid(pid, 0)
    running.ended(pid, status)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL
    assert 'gate_news: still running' in (site.logs_dir / 'error').read_text()


def test_what_a_job_says_and_its_status_are_logged(cron, site):
    cron.script('gate_news', 'import sys; print("a\\nb"); sys.exit("c")')
    running = Jobs(site)
    running.work()
    cron.at('2026-01-08 07:35')
    cron.work(running)
    log = (site.logs_dir / 'error').read_text()
    *said, last = re.findall(r'cron\(\d+\): (.*)', log)
    assert sorted(said) == ['gate_news: a', 'gate_news: b', 'gate_news: c']
    assert last == 'gate_news ended with status 1'


def test_a_job_has_no_input_and_few_variables(cron, site, monkeypatch):
    monkeypatch.setenv('PYTHONPATH', '/evil')
    cron.script(
        'gate_news', 'import os, sys; print(sys.stdin.read(), list(os.environ))'
    )
    running = Jobs(site)
    running.work()
    cron.at('2026-01-08 07:35')
    cron.work(running)
    log = (site.logs_dir / 'error').read_text()
    assert "'PATH'" in log
    assert 'PYTHONPATH' not in log


def test_a_job_that_is_not_installed_is_said(cron, site):
    (site.prefix / 'cron' / 'gate_news').unlink()
    running = Jobs(site)
    running.work()
    cron.at('2026-01-08 07:35')
    cron.work(running)
    assert 'gate_news: there is no' in (site.logs_dir / 'error').read_text()


@pytest.mark.parametrize('content', ['', '{', '[]', '{"checkdbs": "x"}', '\xff'])
def test_a_broken_file_of_last_starts_counts_as_none(cron, site, content):
    path = site.data_dir / 'cron-jobs.json'
    path.write_text(content, encoding='latin-1')
    cron.work(Jobs(site))
    assert cron.names() == []
    cron.at('2026-01-08 08:00')
    cron.work(Jobs(site))
    assert cron.names() == ['checkdbs', 'gate_news']


def test_a_start_in_the_future_does_not_stop_a_job(cron, site):
    path = site.data_dir / 'cron-jobs.json'
    path.write_text(json.dumps(dict.fromkeys(JOBS, at('2037-01-01 00:00'))))
    running = Jobs(site)
    cron.work(running)
    cron.at('2026-01-08 08:00')
    cron.work(running)
    assert cron.names() == ['checkdbs', 'gate_news']


def test_another_child_of_the_master_is_none_of_its_jobs(cron, site):
    assert Jobs(site).ended(1, 0) is False


# --- the master -------------------------------------------------------------------

PROGRAM = """\
import sys
sys.path.insert(0, {tree!r})
from mailman import master
from mailman.site import Site
site = Site({prefix!r})
sys.exit(master.Master(site, master.take_lock(site)).run())
"""


def test_the_master_runs_them_where_the_site_says_so(cron, site):
    (site.data_dir / 'cron-jobs.json').write_text(json.dumps(dict.fromkeys(JOBS, 1.0)))
    site.mm_cfg.write_text(
        'from Defaults import *\nQRUNNERS = []\nRUN_CRON_JOBS = Yes\n'
    )
    code = PROGRAM.format(tree=str(TREE), prefix=str(site.prefix))
    process = subprocess.Popen([sys.executable, '-c', code])
    deadline = time.monotonic() + 20
    names = []
    try:
        while len(names) < len(JOBS) and time.monotonic() < deadline:
            names = cron.ran.read_text().split() if cron.ran.exists() else []
            time.sleep(0.02)
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    assert sorted(names) == sorted(JOBS)


@pytest.mark.parametrize('wanted', [True, False])
def test_only_where_the_site_says_so(site, wanted):
    site.cfg.RUN_CRON_JOBS = wanted
    one = master.Master(site, -1)
    assert (one.jobs is not None) is wanted
    for descriptor in (one.lifeline, one._our_end, one._bell, one._ringer):
        os.close(descriptor)


def test_trouble_with_the_jobs_does_not_end_the_master(site, monkeypatch):
    def trouble(self):
        raise OSError(12, 'no memory')

    monkeypatch.setattr(Jobs, 'work', trouble)
    site.cfg.RUN_CRON_JOBS = True
    one = master.Master(site, -1)
    one._run_jobs()
    assert 'no memory' in (site.logs_dir / 'error').read_text()
    for descriptor in (one.lifeline, one._our_end, one._bell, one._ringer):
        os.close(descriptor)
