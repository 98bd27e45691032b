"""An installed Mailman for scenarios, told in verbs: newlist, post, run_queues ...

`install` makes one the way an administrator does (configure.py, make, make install),
from a copy of the checkout, with the packages of the Python that runs the tests, so
that nothing is fetched.  It needs root: the mail program is set-gid, and real mail
servers only work with real users.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from installer.dependencies import requirements
from installer.findings import default_python

TREE = Path(__file__).resolve().parents[2]
HOST = 'lists.example.com'
USER = GROUP = 'mailman'
ENVIRONMENT = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'LC_ALL': 'C.UTF-8'}
# What a checkout has that is no source.
NO_SOURCE = ('.git', '.venv', 'build', 'dist', '*_cache', '__pycache__', 'tests')
STATE = ('Mailman', 'data', 'locks', 'logs', 'qfiles', 'outbox', 'spam')


class Entry(NamedTuple):
    """One queued mail."""

    queue: str
    metadata: dict[str, Any]
    text: bytes


def wait_for(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Wait until the condition holds; answer its last value."""
    deadline = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return value


def install(folder: Path) -> Site:
    """Install into FOLDER/mailman; every user must be able to enter FOLDER."""
    python = default_python()
    source, prefix = folder / 'source', folder / 'mailman'
    ignore = shutil.ignore_patterns(*NO_SOURCE)

    def no_state(directory: str, names: list[str]) -> set[str]:
        top = STATE if Path(directory) == TREE else ()
        return {*ignore(directory, names), *(set(names) & set(top))}

    shutil.copytree(TREE, source, ignore=no_state, symlinks=True)
    _run(
        source, python, 'configure.py', f'--prefix={prefix}', f'--with-python={python}',
        f'--with-mailhost={HOST}', f'--with-urlhost={HOST}',
        f'--with-username={USER}', f'--with-groupname={GROUP}',
    )  # fmt: skip
    packages(source / 'build' / 'configured' / 'pythonlib')
    _run(source, 'make', f'PYTHON={python}')
    _run(source, 'make', 'install', f'PYTHON={python}')
    shutil.rmtree(source)
    return Site(prefix)


def packages(target: Path) -> None:
    """Copy what Mailman needs from the packages of the running Python."""
    wanted, seen = requirements('prefix'), set()
    while wanted:
        name = re.split(r'[^\w.-]', wanted.pop())[0].lower().replace('_', '-')
        if name in seen:
            continue
        seen.add(name)
        found = importlib.metadata.distribution(name)
        wanted += [x for x in found.requires or () if 'extra ==' not in x]
        for file in found.files or ():
            source = Path(str(found.locate_file(file)))
            if '..' not in file.parts and source.suffix != '.pyc':
                (target / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target / file)
    (target / '.complete').touch()


def _run(folder: Path, *words: str | os.PathLike[str]) -> None:
    done = subprocess.run(
        words, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f'{words}\n{done.stdout[-4000:]}{done.stderr[-4000:]}'


class Site:
    """An installation, and what an administrator or a mail server does with it."""

    def __init__(self, prefix: Path) -> None:
        self.prefix = prefix
        self.cfg: dict[str, Any] = {}

    # --- administrator -----------------------------------------------------------

    def command(
        self, name: str, *words: str, check: bool = True, folder: str = 'bin', **kw: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run bin/NAME as root; with check its failure fails the test."""
        done = subprocess.run(
            [self.prefix / folder / name, *words],
            env=ENVIRONMENT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            **kw,
        )
        assert done.returncode == 0 or not check, (name, done.stdout, done.stderr)
        return done

    def cron(self, name: str, *words: str) -> None:
        """Run cron/NAME as the user that crontab names; it must have nothing to say."""
        done = self.command(name, *words, folder='cron', user=USER, group=GROUP)
        assert done.stdout + done.stderr == '', (name, done.stdout, done.stderr)

    def configure(self, **settings: Any) -> None:
        """Write mm_cfg.py: these settings, over those of earlier calls."""
        self.cfg |= settings
        lines = [
            'from Defaults import *',
            *(f'{k} = {v!r}' for k, v in self.cfg.items()),
        ]
        (self.prefix / 'Mailman' / 'mm_cfg.py').write_text('\n'.join(lines) + '\n')

    def newlist(self, name: str, *members: str, **settings: Any) -> None:
        """Make a list with members; settings are written by config_list."""
        self.command('newlist', '-q', name, f'owner@{HOST}', 'secret')
        if members:
            words = ('add_members', '-w', 'n', '-a', 'n', '-r', '-', name)
            self.command(*words, input='\n'.join(members))
        self.set(name, **settings)

    def set(self, name: str, **settings: Any) -> None:
        """Change settings of a list."""
        text = ''.join(f'{key} = {value!r}\n' for key, value in settings.items())
        if text:
            self.command('config_list', '-i', '/dev/stdin', name, input=text)

    def start(self) -> None:
        """Start the runners, and wait until they listen."""
        self.command('mailmanctl', '-q', 'start')
        wake = self.prefix / 'locks' / 'wake'
        assert wait_for(lambda: (wake / 'in.0').exists() and (wake / 'out.0').exists())

    def stop(self) -> None:
        """Stop the runners; mail is only queued from now on."""
        self.command('mailmanctl', '-q', 'stop')

    def run_queues(self) -> None:
        """Run all queues until nothing moves."""
        self.command('qrunner', '-o', '-r', 'All', user=USER, group=GROUP)

    def reset(self) -> None:
        """Forget lists, queues and settings: a fresh installation.

        The alias files stay, as a mail server that runs does not like them to vanish.
        """
        self.stop()
        for pattern in ('lists/*', 'qfiles/*/*', 'data/*', 'logs/*', 'archives/*/*'):
            for path in self.prefix.glob(pattern):
                if path.name.startswith(('aliases', 'virtual-mailman')):
                    continue
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
        self.cfg = {}

    # --- mail server -------------------------------------------------------------

    def pipe(self, command: str, name: str, mail: bytes, group: str = GROUP) -> int:
        """Call the mail program as a mail server does; answer its exit status."""
        done = subprocess.run(
            [self.prefix / 'mail' / 'mailman', command, name],
            input=mail,
            user=USER,
            group=group,
            extra_groups=[],
            env={},
            check=False,
            timeout=120,
        )
        return done.returncode

    def queued(self, *queues: str) -> list[Entry]:
        """Answer what waits in these queues."""
        return [
            _entry(path)
            for queue in queues
            for path in sorted((self.prefix / 'qfiles' / queue).glob('*.msg'))
        ]

    def log(self, name: str) -> str:
        """Answer what a log file says."""
        path = self.prefix / 'logs' / name
        return path.read_text() if path.exists() else ''

    def master_pid(self) -> int | None:
        """Answer the process id of the master, None where none was started."""
        path = self.prefix / 'data' / 'master-qrunner.pid'
        return int(path.read_text()) if path.exists() else None


def _entry(path: Path) -> Entry:
    head, text = path.read_bytes().split(b'\n', 1)
    return Entry(path.parent.name, json.loads(head), text)


def accounts(names: Iterable[str]) -> list[str]:
    """Answer those of the accounts that this machine lacks."""
    import pwd

    known = {user.pw_name for user in pwd.getpwall()}
    return sorted(set(names) - known)


if __name__ == '__main__':  # for trying by hand: python -m tests.support.prefix FOLDER
    install(Path(sys.argv[1]))
