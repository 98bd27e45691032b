"""The master: starts a runner process per queue slice and keeps them running, and the
workers that answer pages (mailman/web/worker.py).

2.1's mailmanctl.  The master imports everything once and forks its runners, so that
they share their memory.  State on disk:

============================  ====================================================
LOCK_DIR/master-qrunner       flock held exclusively as long as a master lives; the
                              mail program looks at it
DATA_DIR/master-qrunner.pid   the master's process id
DATA_DIR/stopped              the administrator wants no queue run: written by
                              ``mailmanctl stop`` and on SIGTERM, removed by ``start``
============================  ====================================================

Signals: SIGTERM stop, SIGINT restart with the site's present settings, SIGHUP
re-open the logs; as in 2.1.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import select
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from mailman.runners import full_name, make_runner, runner_class
from mailman.runners.base import serve
from mailman.runners.jobs import Jobs
from mailman.web import worker

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from mailman.site import Site

# A runner that dies at once is started again after this many seconds at most.
LONGEST_PAUSE = 30.0
WEB_WORKER = 'WebWorker'
# What the master answers to.
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD)
# Seconds a runner may take to put its work down before it is killed.  What it had in
# hand is taken up again at the next start.
GRACE = 10.0


def lock_path(site: Site) -> Path:
    """The file whose flock says that a master lives."""
    return site.locks_dir / 'master-qrunner'


def pid_path(site: Site) -> Path:
    """The file that holds the master's process id."""
    return site.data_dir / 'master-qrunner.pid'


def stopped_path(site: Site) -> Path:
    """The file whose presence says that mail is only to be queued."""
    return site.data_dir / 'stopped'


def take_lock(site: Site) -> int | None:
    """Become the only master: a descriptor that holds the lock, or None."""
    descriptor = _open_lock(site)
    for _ in range(5):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        time.sleep(0.05)  # somebody may just be looking, with a shared lock
    os.close(descriptor)
    return None


def _open_lock(site: Site) -> int:
    site.locks_dir.mkdir(parents=True, exist_ok=True)
    return os.open(lock_path(site), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)


def master_pid(site: Site) -> int | None:
    """Answer the living master's process id, None when there is none."""
    descriptor = _open_lock(site)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return None
    except BlockingIOError:
        pass
    finally:
        os.close(descriptor)
    try:
        return int(pid_path(site).read_text())
    except (OSError, ValueError):
        return None


def remember_stopped(site: Site, stopped: bool) -> None:
    """Write down whether the administrator wants the queues to stand still."""
    if stopped:
        stopped_path(site).touch(0o660)
    else:
        stopped_path(site).unlink(missing_ok=True)


def wanted_runners(site: Site) -> list[tuple[str, int]]:
    """Answer the runners of QRUNNERS and how many processes each is to have.

    One that does not exist (2.1's MaildirRunner, a site's own) is named in the error
    log: it must not keep the others from running.
    """
    found = []
    for entry in site.cfg.QRUNNERS:
        try:
            name, count = entry
            if int(count) < 1:
                raise ValueError
            found.append((full_name(name), int(count)))
        except (KeyError, TypeError, ValueError, AttributeError):
            site.log.write('error', f'Master qrunner: QRUNNERS: no runner {entry!r}')
    return found


@dataclass
class Child:
    """One runner or web worker, and how often it died young."""

    name: str
    slice: int
    count: int
    pid: int = 0
    started: float = 0.0
    deaths: int = 0
    not_before: float = field(default=0.0)
    # Web workers: wait with starting it until somebody comes.
    resting: bool = False

    def __str__(self) -> str:
        return f'{self.name}:{self.slice}:{self.count}'


class Master:
    """Keeps one process per runner slice alive until told to stop."""

    def __init__(
        self,
        site: Site,
        lock: int,
        *,
        restart: bool = True,
        re_exec: Callable[[], None] | None = None,
    ) -> None:
        self.site, self.lock, self.restart = site, lock, restart
        self.re_exec = re_exec
        self.wanted: str | None = None  # 'stop' or 'restart'
        # Nobody writes: its end tells the runners that the master is gone.
        self.lifeline, self._our_end = os.pipe()
        # Signals are written into it, so that one ends the master's sleep.
        self._bell, self._ringer = os.pipe()
        os.set_blocking(self._bell, False)
        os.set_blocking(self._ringer, False)
        self.children = [
            Child(name, number, count)
            for name, count in wanted_runners(site)
            for number in range(count)
        ]
        self.jobs = Jobs(site) if site.cfg.RUN_CRON_JOBS else None
        self.door: socket.socket | None = None

    def run(self) -> int:
        """Start the runners and watch over them; returns when all have ended."""
        self._write_pid()
        self._handle_signals()
        for child in self.children:
            runner_class(child.name)  # imported here once, shared by all children
        self._open_door()
        import_module('ctypes')  # likewise: runners name their processes with it
        # What we made so far stays: no collection touches it, so it stays shared.
        gc.collect()
        gc.freeze()
        while self.wanted is None:
            self._start_missing()
            self._run_jobs()
            self._reap(block_for=1.0)
        self._close_door()
        self._end_children()
        if self.wanted == 'restart' and self.re_exec is not None:
            self._log('restarting')
            os.set_inheritable(self.lock, True)
            self.re_exec()
        with contextlib.suppress(OSError):
            pid_path(self.site).unlink()
        os.close(self.lock)
        return 0

    # --- pages ---------------------------------------------------------------

    def _open_door(self) -> None:
        """Make the socket of the web workers; without it each page starts Python."""
        count = worker.wanted(self.site)
        if count < 1:
            return
        try:
            self.door = worker.listen(self.site)
        except OSError as error:
            path = worker.socket_path(self.site)
            self.site.log.write('error', f'Master qrunner: {path}: {error}')
            return
        self.children += [
            Child(WEB_WORKER, number, count, resting=True) for number in range(count)
        ]

    def _close_door(self) -> None:
        """From now on pages start Python; what was accepted is answered still."""
        if self.door is not None:
            with contextlib.suppress(OSError):
                worker.socket_path(self.site).unlink()
            self.door.close()

    # --- signals -------------------------------------------------------------

    def _handle_signals(self) -> None:
        signal.signal(signal.SIGTERM, self._on_term)
        signal.signal(signal.SIGINT, self._on_int)
        signal.signal(signal.SIGHUP, self._on_hup)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # rings, no more
        signal.set_wakeup_fd(self._ringer, warn_on_full_buffer=False)

    def _on_term(self, signum: int, frame: object) -> None:
        self.wanted = 'stop'
        # Whoever ends the master wants mail to wait (ARCHITECTURE: counts as stop).
        with contextlib.suppress(OSError):
            remember_stopped(self.site, True)

    def _on_int(self, signum: int, frame: object) -> None:
        self.wanted = self.wanted or ('restart' if self.re_exec else 'stop')

    def _on_hup(self, signum: int, frame: object) -> None:
        self.site.log.reopen()
        self._signal_children(signal.SIGHUP)

    # --- children ------------------------------------------------------------

    def _start_missing(self) -> None:
        now = time.monotonic()
        for child in self.children:
            if child.pid == 0 and child.not_before <= now and not child.resting:
                web = child.name == WEB_WORKER
                if child.started and not self.restart and not web:
                    continue
                self._fork(child)

    def _run_jobs(self) -> None:
        """Start the cron jobs that are due; those in work outlive a stop."""
        if self.jobs is None:
            return
        try:
            self.jobs.work()
        except Exception:
            self.site.log.exception('Master qrunner: cron jobs')

    def _fork(self, child: Child) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        # A signal for the child must not meet the master's handlers in it.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            pid = os.fork()
            if pid == 0:
                _forget_handlers()
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
                self._become(child, parent)
            child.pid, child.started = pid, time.monotonic()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _become(self, child: Child, parent: int) -> None:
        """Be the runner (in the child process); never returns."""
        status = 1
        try:
            # The lock is the master's: a runner that outlives it must not hold it.
            os.close(self.lock)
            for descriptor in (self._our_end, self._bell, self._ringer):
                os.close(descriptor)
            if child.name == WEB_WORKER and self.door is not None:
                worker.become(self.site, self.door, self.lifeline)
            runner = make_runner(self.site, child.name, child.slice, child.count)
            runner.parent, runner.lifeline = parent, self.lifeline
            status = serve(runner)
        except BaseException:
            self.site.log.exception(f'{child}: died')
        finally:
            os._exit(status)

    def _reap(self, block_for: float) -> None:
        if not self._collect():
            # A signal, SIGCHLD too, ends it early; one that came before is in the pipe.
            watched: list[Any] = [self._bell]
            # Where a worker is up, who comes to the door is its business.
            resting = self._nobody_at_door()
            if resting:
                watched.append(self.door)
            ready, _, _ = select.select(watched, [], [], block_for)
            if self.door in ready:
                for child in resting:
                    child.resting = False
            with contextlib.suppress(BlockingIOError):
                while os.read(self._bell, 4096):
                    pass
            self._collect()

    def _nobody_at_door(self) -> list[Child]:
        """Answer the web workers, where all of them rest."""
        workers = [child for child in self.children if child.name == WEB_WORKER]
        at_rest = self.door is not None and all(one.resting for one in workers)
        return workers if at_rest else []

    def _collect(self) -> bool:
        found = False
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return found
            if pid == 0:
                return found
            found = True
            for child in self.children:
                if child.pid == pid:
                    self._buried(child, status)
            if self.jobs is not None:
                self.jobs.ended(pid, status)

    def _buried(self, child: Child, status: int) -> None:
        lived = time.monotonic() - child.started
        child.pid = 0
        code = os.waitstatus_to_exitcode(status)
        web = child.name == WEB_WORKER
        child.resting = web and code == worker.IDLE_STATUS
        # A web worker that ends by itself wants to be started anew.
        well = web and (code == 0 or child.resting)
        child.deaths = child.deaths + 1 if lived < 10 and not well else 0
        pause = min(LONGEST_PAUSE, 2.0 ** (child.deaths - 2)) if child.deaths > 2 else 0
        child.not_before = time.monotonic() + pause
        if self.wanted is None and not child.resting:
            self._log(f'{child} ended with status {code} after {lived:.1f} seconds')

    def _signal_children(self, signum: int) -> None:
        for child in self.children:
            if child.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(child.pid, signum)

    def _end_children(self) -> None:
        self._signal_children(signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        while any(child.pid for child in self.children):
            if time.monotonic() > deadline:
                self._signal_children(signal.SIGKILL)
            self._reap(block_for=0.05)

    # --- bookkeeping -----------------------------------------------------------

    def _write_pid(self) -> None:
        from mailman.storage import safefile

        safefile.write(pid_path(self.site), b'%d\n' % os.getpid(), durable=False)

    def _log(self, text: str) -> None:
        self.site.log.write('qrunner', f'Master qrunner: {text}')


def _forget_handlers() -> None:
    """Meet signals as any new process does, until the runner has its own handlers."""
    signal.set_wakeup_fd(-1)
    for signum in SIGNALS:
        signal.signal(signum, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # no log is open yet
