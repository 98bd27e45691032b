"""A throw-away installation: our package as it is now, and what 2.1's admins know.

It looks like the result of ``make install`` as far as processes can tell; the package
is copied, so that a measurement sees one state of the code.
"""

from __future__ import annotations

import compileall
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
from pathlib import Path
from typing import Any

from installer.findings import WARNINGS
from installer.record import config_h
from mailman.lists import MailList
from mailman.site import Site, open_site
from mailman.site.layout import ROOTS
from tests.bench.machine import (
    TREE,
    BenchError,
    Cost,
    Sink,
    children_of,
    cpu_of,
    run,
)

HOST = 'lists.example.com'
CONFIG = """\
from Defaults import *
DEFAULT_EMAIL_HOST = {host!r}
DEFAULT_URL_HOST = {host!r}
MTA = None
SMTPHOST = '127.0.0.1'
SMTPPORT = {port}
{more}
"""


class Prefix:
    """An installation under ``path`` that sends to ``sink``."""

    def __init__(self, path: Path, sink: Sink, settings: str = '') -> None:
        self.path, self.sink = path, sink
        self._master: subprocess.Popen[bytes] | None = None
        self._make_folders()
        self._copy_package()
        config = CONFIG.format(host=HOST, port=sink.port, more=settings)
        (path / 'Mailman' / 'mm_cfg.py').write_text(config)
        self.site: Site = open_site(path, self._install())
        if self.site.config_error:
            raise BenchError(str(self.site.config_error))
        self._compile_mail_program()
        self.make_list('mailman', [])

    def _install(self) -> dict[str, Any]:
        group = str(os.getgid())
        return {
            **{name: str(self.path) for name in ROOTS},
            'python': sys.executable,
            'username': 'root',
            'groupname': 'root',
            'mail_gids': [group],
            'cgi_gids': [group],
            'cgiext': '',
            'mailhost': HOST,
            'urlhost': HOST,
        }

    def _make_folders(self) -> None:
        for table in ROOTS.values():
            for name in table:
                (self.path / name).mkdir(parents=True, exist_ok=True)
        for name in ('bin', 'cron', 'templates'):
            shutil.rmtree(self.path / name)
            shutil.copytree(TREE / name, self.path / name)

    def _copy_package(self) -> None:
        library = self.path / 'pythonlib'
        shutil.copytree(TREE / 'mailman', library / 'mailman')
        for package in Path(sysconfig.get_paths()['purelib']).iterdir():
            (library / package.name).symlink_to(package)
        (library / 'install.json').write_text(json.dumps(self._install()))
        compileall.compile_dir(library / 'mailman', quiet=2)
        compileall.compile_dir(self.path / 'bin', quiet=2)

    def _compile_mail_program(self) -> None:
        (self.path / 'config.h').write_text(config_h(self._install()))
        sources = sorted((TREE / 'mail').glob('*.c'))
        self.program = self.path / 'mail' / 'mailman'
        words = ['cc', *WARNINGS.split(), '-std=c11', '-O2', '-fPIE', '-static-pie']
        subprocess.run(
            [*words, f'-I{self.path}', '-o', self.program, *sources], check=True
        )

    def page_program(self, page: str) -> Path:
        """The C program of a page, that hands requests to the resident worker."""
        target = self.path / 'cgi-bin' / page
        target.parent.mkdir(exist_ok=True)
        own = [TREE / 'cgi-bin' / 'page.c', TREE / 'cgi-bin' / 'worker.c']
        words = ['cc', *WARNINGS.split(), '-std=c11', '-O2', '-fPIE', '-static-pie']
        include = [f'-I{self.path}', f'-I{TREE / "mail"}', f'-DPAGE="{page}"']
        shared = [TREE / 'mail' / name for name in ('frame.c', 'values.c')]
        sources = [*own, *shared]
        subprocess.run([*words, *include, '-o', target, *sources], check=True)
        return target

    def make_list(self, name: str, addresses: list[str], **settings: Any) -> None:
        """Make a list with members who do not want their own posts back, or do."""
        mlist = MailList.create(self.site, name, owner='owner@x.example', password='')
        for attribute, value in settings.items():
            setattr(mlist, attribute, value)
        for address in addresses:
            mlist.add_member(address)
        mlist.save()

    def command(self, name: str, *words: str | Path, stdin: Path | None = None) -> Cost:
        """Run a program of bin/."""
        script = self.path / 'bin' / name
        return run([sys.executable, '-IS', script, *words], stdin)

    # --- the runners ------------------------------------------------------------

    def start(self) -> None:
        """Start the master, and wait until all runners listen."""
        script = self.path / 'bin' / 'mailmanctl'
        words = [sys.executable, '-IS', script, '-u', '-q', '-F', 'start']
        self._master = subprocess.Popen(words, start_new_session=True)
        wake = self.path / 'locks' / 'wake'
        wanted = sum(count for _, count in self.site.cfg.QRUNNERS)
        deadline = time.monotonic() + 30
        while len(list(wake.iterdir())) < wanted:
            if self._master.poll() is not None or time.monotonic() > deadline:
                raise BenchError(f'the runners did not start: {self.logs()}')
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop the master and its runners."""
        if self._master is not None:
            self._master.send_signal(signal.SIGTERM)
            self._master.wait(30)
            self._master = None
            shutil.rmtree(self.path / 'locks' / 'wake')
            (self.path / 'locks' / 'wake').mkdir()

    @property
    def processes(self) -> list[int]:
        """The master and its runners."""
        assert self._master is not None
        return [self._master.pid, *children_of(self._master.pid)]

    def logs(self) -> str:
        """The ends of the logs that say why mail is not where it should be."""
        files = [self.path / 'logs' / name for name in ('error', 'vette')]
        return '\n'.join(f.read_text()[-2000:] for f in files if f.exists())

    # --- mail ---------------------------------------------------------------------

    def post(self, name: str, mail: Path) -> Cost:
        """Hand a mail to the mail program."""
        return run([self.program, 'post', name], mail)

    def await_rest(self) -> None:
        """Return when no queue holds anything."""
        deadline = time.monotonic() + 60
        while any((self.path / 'qfiles').glob('*/*')):
            kept = list((self.path / 'qfiles').glob('[sb][ha][ud]*/*'))
            if kept or time.monotonic() > deadline:
                raise BenchError(f'mail is left in the queues: {self.logs()}')
            time.sleep(0.01)

    def posts(self, name: str, mails: list[Path], recipients: int) -> Cost:
        """Post, and measure until all copies are out: all processes involved."""
        self.sink.reset()
        pids = self.processes
        before, began = cpu_of(pids), time.monotonic()
        cpu = sum(self.post(name, mail).cpu for mail in mails)
        try:
            self.sink.await_recipients(recipients)
        except BenchError as error:
            raise BenchError(f'{error}; {self.logs()}') from None
        wall = time.monotonic() - began
        self.await_rest()
        time.sleep(0.05)
        if self.processes != pids:
            raise BenchError(f'a runner died: {self.logs()}')
        return Cost(cpu + cpu_of(pids) - before, wall)
