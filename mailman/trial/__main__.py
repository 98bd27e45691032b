"""``make run`` and ``make demo``: start the trial site, post once, say what happened.

Everything lives in the checkout, which is its own prefix.  The first start makes
Mailman/mm_cfg.py, the site list and a list ``test`` with three members.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from mailman.archive import starting
from mailman.lists import MailList, catalog
from mailman.master import master_pid
from mailman.security.passwords import hash_password
from mailman.site import Site, open_site
from mailman.storage import safefile
from mailman.trial import MEMBERS, PASSWORD, web
from mailman.trial.door import Door
from mailman.trial.outbox import Copy, Outbox

TREE = Path(__file__).resolve().parents[2]
HOST = 'lists.example.com'
CONFIG = """\
# -*- python -*-
# The trial site's settings, made by `make run`; yours to edit.  Restart to apply.
from Defaults import *

DEFAULT_EMAIL_HOST = {host!r}
DEFAULT_URL_HOST = {host!r}
add_virtualhost(DEFAULT_URL_HOST, DEFAULT_EMAIL_HOST)
MTA = None
# Digests, reminders to moderators and so on, without a crontab.
RUN_CRON_JOBS = Yes

# What the lists send is caught on this port and kept in the folder outbox/.
SMTPHOST = '127.0.0.1'
SMTPPORT = {outbox}
# Mail for the lists is taken on this port.
TRIAL_DOOR_PORT = {door}
"""
WEB_CONFIG = """
# The pages and archives are on this port of 127.0.0.1.
TRIAL_WEB_PORT = 8080
DEFAULT_URL_HOST = '127.0.0.1'
DEFAULT_URL_PATTERN = f'http://%s:{TRIAL_WEB_PORT}/mailman/'
VIRTUAL_HOSTS.clear()
add_virtualhost(DEFAULT_URL_HOST, DEFAULT_EMAIL_HOST)
add_virtualhost('localhost', DEFAULT_EMAIL_HOST)
# They are answered by `make run` itself.
WEB_WORKERS = 0
"""


def main(argv: list[str] | None = None) -> int:
    """Run the trial site; 0 when the post reached all members."""
    parser = argparse.ArgumentParser(prog='make run', description=__doc__)
    parser.add_argument(
        '--once', action='store_true', help='post once, stop, tell by exit status'
    )
    options = parser.parse_args(argv)
    # SIGTERM ends like Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    began = time.monotonic()
    site = set_up()
    if site.config_error is not None:
        print(site.config_error, file=sys.stderr)
        return 1
    trial = Trial(site)
    try:
        trial.start(pages=not options.once)
        print(f'The trial site is up after {time.monotonic() - began:.1f} seconds.')
        good = trial.post_once()
        if not options.once:
            trial.explain()
            trial.wait()
        return 0 if good else 1
    except TrialError as error:
        print(f'make run: {error}', file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print()
        return 0
    finally:
        trial.stop()


def _is_read(fifo: Path) -> bool:
    """Tell whether a runner listens; a FIFO may be there from an earlier run."""
    try:
        os.close(os.open(fifo, os.O_WRONLY | os.O_NONBLOCK))
    except OSError:
        return False
    return True


class TrialError(Exception):
    """The trial site cannot start; the text says why and what to do."""


def set_up() -> Site:
    """Make what a first start needs; answer the site."""
    config = TREE / 'Mailman' / 'mm_cfg.py'
    if not config.exists():
        config.parent.mkdir(exist_ok=True)
        (config.parent / 'Handlers').mkdir(exist_ok=True)
        text = CONFIG.format(host=HOST, door=8025, outbox=8026)
        config.write_text(text + WEB_CONFIG)
        print(f'First start: made {config.relative_to(TREE)}.')
    elif 'TRIAL_WEB_PORT' not in config.read_text():
        with config.open('a') as file:  # it was made before there were pages
            file.write(WEB_CONFIG)
    site = open_site(TREE)
    for folder in _state_folders(site):
        folder.mkdir(parents=True, exist_ok=True)
    if site.config_error is None:
        for name in (site.cfg.MAILMAN_SITE_LIST, 'test'):
            if not catalog.exists(site, name):
                _make_list(site, name)
        _set_site_password(site)
    return site


def _set_site_password(site: Site) -> None:
    path = Path(site.cfg.SITE_PW_FILE)
    if not path.exists():
        safefile.write(path, f'{hash_password(PASSWORD)}\n'.encode(), mode=0o640)
        print(f'First start: the site password is {PASSWORD}.')


def _state_folders(site: Site) -> list[Path]:
    """The folders that ``make install`` makes in a real prefix."""
    return [
        site.data_dir,
        site.locks_dir,
        site.logs_dir,
        site.lists_dir,
        site.qfiles_dir,
        site.archives_private,
        site.archives_public,
    ]


def _make_list(site: Site, name: str) -> None:
    mlist = MailList.create(site, name, owner='you@owner.example', password=PASSWORD)
    if name == 'test':
        mlist.description = 'The list of the trial site'
        for address in MEMBERS:
            mlist.add_member(address)
        mlist.generic_nonmember_action = 0  # anyone may try it
        mlist.save()
        print(f'First start: made the list {name} with {len(MEMBERS)} members.')
    starting.start(mlist)


class Trial:
    """The running parts: door, outbox, master and web server."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.door_port = int(getattr(site.cfg, 'TRIAL_DOOR_PORT', 8025))
        self.web_port = int(getattr(site.cfg, 'TRIAL_WEB_PORT', 8080))
        self.outbox = Outbox(TREE / 'outbox', self._tell)
        self._web: web.Server | None = None
        self._servers: list[Any] = []
        self._master: subprocess.Popen[bytes] | None = None
        self._quiet = threading.Event()

    # --- start and stop ------------------------------------------------------

    def start(self, *, pages: bool = True) -> None:
        """Start outbox, door, web server (unless it is not wanted) and runners."""
        from aiosmtpd.controller import Controller

        outgoing = (self.outbox, int(self.site.cfg.SMTPPORT), 'SMTPPORT')
        incoming = (Door(self.site), self.door_port, 'TRIAL_DOOR_PORT')
        for handler, port, setting in (outgoing, incoming):
            _need_free(port, setting)
            server = Controller(
                handler,
                hostname='127.0.0.1',
                port=port,
                server_kwargs={'decode_data': False, 'enable_SMTPUTF8': True},
            )
            server.start()
            self._servers.append(server)
        if pages:
            _need_free(self.web_port, 'TRIAL_WEB_PORT')
            self._web = web.serve(self.site, self.web_port)
        self._start_master()

    def _start_master(self) -> None:
        self._end_left_over()
        # An own session: Ctrl-C is for us, and we stop the master in order.
        self._master = subprocess.Popen(
            [sys.executable, TREE / 'bin' / 'mailmanctl', '-u', '-F', 'start'],
            start_new_session=True,
        )
        wake = self.site.locks_dir / 'wake'
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self._master.poll() is not None:
                raise TrialError(
                    'the runners did not start; is another `make run` still there? '
                    f'{self.site.logs_dir}/error may say more.'
                )
            if all(_is_read(wake / f'{queue}.0') for queue in ('in', 'out')):
                return
            time.sleep(0.02)
        raise TrialError('the runners did not come up within 20 seconds')

    def _end_left_over(self) -> None:
        """End the runners of a `make run` that was killed; its ports are free."""
        pid = master_pid(self.site)
        deadline = time.monotonic() + 15
        while pid and master_pid(self.site) == pid:
            if time.monotonic() > deadline:
                raise TrialError(f'runners of an earlier `make run`: end process {pid}')
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            time.sleep(0.05)

    def stop(self) -> None:
        """End everything this process started; mail that is queued stays queued."""
        if self._master is not None and self._master.poll() is None:
            self._master.send_signal(signal.SIGTERM)
            try:
                self._master.wait(15)
            except subprocess.TimeoutExpired:
                self._master.kill()
        if self._web is not None:
            self._web.shutdown()
            self._web.server_close()
        for server in self._servers:
            server.stop()
        if self._servers:
            print('Stopped. What was not delivered waits in qfiles/.')

    # --- the post --------------------------------------------------------------

    def post_once(self) -> bool:
        """Post through the pipe; print who got it, and how long that took."""
        mark = f'{time.time():.6f}.{os.getpid()}@trial.example'
        text = (
            f'From: Anne <{MEMBERS[0]}>\nTo: test@{self.site.cfg.DEFAULT_EMAIL_HOST}\n'
            f'Subject: Hello from the trial site\nMessage-ID: <{mark}>\n\n'
            "This post went through the mail server's pipe into the queue,\n"
            'through the pipeline, and out by SMTP.\n'
        )
        program = self.site.exec_prefix / 'mail' / 'mailman'
        print(f'\nPosting: {program.relative_to(TREE)} post test < a mail')
        self._quiet.set()
        began = time.monotonic()
        done = subprocess.run(
            [program, 'post', 'test'], input=text.encode(), check=False
        )
        if done.returncode:
            raise TrialError(f'mail/mailman ended with status {done.returncode}')
        expected = len(MailList.open(self.site, 'test').recipients())
        copies = self.outbox.wait_for(f'<{mark}>', expected, 30)
        for copy in copies:
            self._show(copy, f'after {1000 * (copy.arrived - began):.0f} ms')
        self._quiet.clear()
        if len(copies) < expected:
            print(f'Only {len(copies)} of {expected} copies arrived; see logs/error.')
            return False
        print(f'All {expected} members have their copy.')
        return True

    def _tell(self, copy: Copy) -> None:
        if not self._quiet.is_set():
            self._show(copy, time.strftime('%H:%M:%S'))

    def _show(self, copy: Copy, when: str) -> None:
        path = copy.path.relative_to(TREE)
        print(f'  {copy.recipient:24} {when}: {copy.subject}  ({path})', flush=True)

    # --- words -------------------------------------------------------------------

    def explain(self) -> None:
        """Say how to go on."""
        address = f'test@{self.site.cfg.DEFAULT_EMAIL_HOST}'
        print(f"""
Look at the pages:   http://127.0.0.1:{self.web_port}/
  The first one says what there is.  The site password, which opens all lists, is
  {PASSWORD} (bin/mmsitepass changes it).

Send the next mail, from another terminal, in one of these ways:

  mail/mailman post test < FILE
  swaks --server 127.0.0.1:{self.door_port} --from {MEMBERS[0]} --to {address}
  python3 -c "import smtplib; smtplib.SMTP('127.0.0.1', {self.door_port}).sendmail(
    '{MEMBERS[0]}', '{address}',
    'From: {MEMBERS[0]}\\nTo: {address}\\nSubject: hi\\n\\nHello!\\n')"

Copies: outbox/   queues: qfiles/   logs: logs/   settings: Mailman/mm_cfg.py
Commands: bin/list_members test, bin/newlist ..., each with -h.
Every copy that goes out is shown here.  Ctrl-C stops the site.
""")

    def wait(self) -> None:
        """Stay up until Ctrl-C, or until the master ends."""
        assert self._master is not None
        status = self._master.wait()
        raise TrialError(f'the master ended with status {status}; see logs/error')


def _need_free(port: int, setting: str) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(('127.0.0.1', port))
        except OSError:
            raise TrialError(
                f'port {port} on 127.0.0.1 is in use; end what uses it, or choose '
                f'another {setting} in Mailman/mm_cfg.py'
            ) from None


if __name__ == '__main__':
    sys.exit(main())
