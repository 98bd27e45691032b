"""Cron's jobs, run by the master: RUN_CRON_JOBS, for sites without a crontab.

The times are 2.1's, as in cron/crontab.in, in local time.  Each job is a process of its
own, cron/NAME, so that a mistake in one costs nothing else.  When a time was missed
because no master ran, the job is run once when there is one again, however many times
it was.  A job that still runs is not started a second time.

DATA_DIR/cron-jobs.json has the time of each job's last start.  It is written before
the start: a job that brings the machine down is not tried again and again.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from mailman.storage import safefile

if TYPE_CHECKING:
    from pathlib import Path

    from mailman.site import Site

# Job: minute, hour, day, month, day of the week, as in a crontab.
JOBS = {
    'checkdbs': '0 8 * * *',
    'disabled': '0 9 * * *',
    'senddigests': '0 12 * * *',
    'mailpasswds': '0 5 1 * *',
    'gate_news': '*/5 * * * *',
    'nightly_gzip': '27 3 * * *',
    'cull_bad_shunt': '30 4 * * *',
}
# How many run at a time: after a long stop all may be due.
MOST = 2
# Seconds after which a job is ended: it hangs.
LONGEST = 86_400.0
# Minutes that we look back for a missed time: a bit more than a month.
LOOK_BACK = 32 * 24 * 60
# What is told of a job's output.
MOST_LINES = 50
MOST_OUTPUT = 16_384

_RANGES = ((0, 60), (0, 24), (1, 32), (1, 13), (0, 7))


@dataclass(frozen=True)
class Times:
    """When a job runs."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    @classmethod
    def parse(cls, text: str) -> Times:
        """Read the five fields of a crontab: numbers, ``*``, ``*/n``, with commas."""
        fields = zip(text.split(), _RANGES, strict=True)
        return cls(*(_numbers(field, *limits) for field, limits in fields))

    def in_hour(self, t: time.struct_time) -> bool:
        """Tell whether the job may run in the hour of this time."""
        return (
            t.tm_hour in self.hours
            and t.tm_mday in self.days
            and t.tm_mon in self.months
            and (t.tm_wday + 1) % 7 in self.weekdays
        )

    def between(self, after: int, until: int) -> bool:
        """Tell whether a time lies in these minutes since 1970, the last included."""
        minute = after + 1
        while minute <= until:
            t = time.localtime(minute * 60)
            if not self.in_hour(t):
                minute += 60 - t.tm_min
            elif t.tm_min in self.minutes:
                return True
            else:
                minute += 1
        return False


def _numbers(field: str, low: int, high: int) -> frozenset[int]:
    found: set[int] = set()
    for word in field.split(','):
        if word.startswith('*'):
            found.update(range(low, high, int(word[2:] or 1)))
        else:
            found.add(int(word))
    return frozenset(found)


@dataclass
class Running:
    """A job in work."""

    name: str
    started: float
    output: IO[bytes]


class Jobs:
    """What is due, what runs, and what it said."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.times = {name: Times.parse(text) for name, text in JOBS.items()}
        self.running: dict[int, Running] = {}  # by process id
        self.waiting: list[str] = []
        self.started = self._load()
        # The minute up to which each job's times have been looked at.
        self._looked: dict[str, int] = {}
        self._minute = -1

    @property
    def path(self) -> Path:
        """The file with the times of the last starts."""
        return self.site.data_dir / 'cron-jobs.json'

    def work(self) -> None:
        """Start what is due.  Costs nothing most of the time; call it each second."""
        minute = int(self.site.now() // 60)
        if minute != self._minute:
            if self._minute < 0:
                self._save()  # what is missed from now on counts
            self._minute = minute
            self._look(minute)
            self._end_hanging()
        while self.waiting and len(self.running) < MOST:
            self._start(self.waiting.pop(0))

    def ended(self, pid: int, status: int) -> bool:
        """Take note of a process that ended; False if it was none of ours."""
        job = self.running.pop(pid, None)
        if job is None:
            return False
        with job.output:
            job.output.seek(0)
            text = job.output.read(MOST_OUTPUT).decode('utf-8', 'replace')
        for line in text.splitlines()[:MOST_LINES]:
            self._log(f'{job.name}: {line}')
        if code := os.waitstatus_to_exitcode(status):
            self._log(f'{job.name} ended with status {code}')
        return True

    # --- when -------------------------------------------------------------------

    def _load(self) -> dict[str, float]:
        """Read when jobs were started last; a job that is new counts from now."""
        now = self.site.now()
        try:
            known = json.loads(safefile.read(self.path))
            started = {name: float(known.get(name, now)) for name in JOBS}
        except (OSError, ValueError, TypeError, AttributeError):
            started = dict.fromkeys(JOBS, now)
        # A time in the future was written under a wrong clock.
        return {name: min(when, now) for name, when in started.items()}

    def _save(self) -> None:
        content = json.dumps(self.started, indent=1) + '\n'
        safefile.write(self.path, content.encode(), durable=False)

    def _look(self, minute: int) -> None:
        busy = {job.name for job in self.running.values()}
        for name, times in self.times.items():
            last = self._looked.get(name, int(self.started[name] // 60))
            self._looked[name] = minute
            due = times.between(max(last, minute - LOOK_BACK), minute)
            if due and name not in busy and name not in self.waiting:
                self.waiting.append(name)

    # --- processes --------------------------------------------------------------

    def _start(self, name: str) -> None:
        self.started[name] = self.site.now()
        self._save()
        script = self.site.prefix / 'cron' / name
        if not script.exists():
            self._log(f'{name}: there is no {script}')
            return
        output = tempfile.TemporaryFile()  # noqa: SIM115 closed when the job has ended
        try:
            pid = _spawn([sys.executable, '-IS', str(script)], output.fileno())
        except BaseException:
            output.close()
            raise
        self.running[pid] = Running(name, time.monotonic(), output)

    def _end_hanging(self) -> None:
        for pid, job in self.running.items():
            if time.monotonic() - job.started > LONGEST:
                self._log(f'{job.name}: still running after a day; ended')
                os.kill(pid, signal.SIGKILL)

    def _log(self, text: str) -> None:
        self.site.log.write('error', text, label='cron')


def _spawn(words: list[str], output: int) -> int:
    """Start a program as cron would: no input, few variables, signals as usual."""
    kept = {
        name: os.environ[name] for name in ('HOME', 'LANG', 'TZ') if name in os.environ
    }
    return os.posix_spawn(
        words[0],
        words,
        {'PATH': '/usr/local/bin:/usr/bin:/bin', **kept},
        file_actions=[
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, output, 1),
            (os.POSIX_SPAWN_DUP2, output, 2),
        ],
        setsigmask=[],
        setsigdef=[signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD],
    )
