"""Compile the C programs for a throw-away prefix, with the warnings of the build."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from installer.findings import COMPILERS, WARNINGS
from installer.record import config_h

TREE = Path(__file__).resolve().parents[3]
MAIL = [TREE / 'mail' / f'{name}.c' for name in ('frame', 'values', 'store', 'runners')]
PAGE = [*MAIL[:2], TREE / 'cgi-bin' / 'worker.c']
WRAPPED = [
    'read',
    'write',
    'fsync',
    'mkdir',
    'renameat',
    'unlinkat',
    'stat',
    'open',
    'openat',
]
QUEUES = ('in', 'bounces', 'commands')

# Stands in for Python: notes how it was called, and does nothing else.
STAND_IN = """\
#!/bin/sh
{ echo "$@"; env; } > "${0%/*}/called.new"
mv "${0%/*}/called.new" "${0%/*}/called"
[ -e "${0%/*}/hang" ] && exec sleep 30
exit 1
"""


@dataclass
class Prefix:
    """A prefix with one list, `test`, and what can be done with its mail program."""

    path: Path
    program: Path
    flags: list[str] = field(default_factory=list)

    def run(
        self, *words: str | bytes, mail: bytes = b'', **kw: Any
    ) -> subprocess.CompletedProcess[bytes]:
        """Call the mail program as a mail server does."""
        kw.setdefault('env', {})
        if 'stdin' not in kw:
            kw['input'] = mail
        done = subprocess.run(
            [self.program, *words], capture_output=True, timeout=30, check=False, **kw
        )
        assert done.stdout == b''
        assert done.stderr.count(b'\n') == (done.returncode != 0)
        return done

    def code(self, *words: str | bytes, **kw: Any) -> int:
        """Call it and answer its exit code."""
        return self.run(*words, **kw).returncode

    def files(self) -> list[Path]:
        """Everything that lies in a queue."""
        return sorted(self.path.glob('qfiles/*/*'))

    def entry(self) -> tuple[str, dict[str, Any], bytes]:
        """The only entry there is: queue, metadata, mail."""
        (path,) = self.files()
        head, mail = path.read_bytes().split(b'\n', 1)
        return path.parent.name, json.loads(head), mail

    def called(self) -> list[str]:
        """How the stand-in for Python was called: words, then environment."""
        path = self.path / 'called'
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture(scope='session')
def compiler() -> str:
    """A C compiler, or skip."""
    for name in COMPILERS:
        if shutil.which(name):
            return name
    pytest.skip('no C compiler: the C programs are not tested')


@pytest.fixture(scope='session')
def build(compiler: str, tmp_path_factory: Any) -> Callable[..., Path]:
    """Compile a program: ``build(prefix, ['mail/mailman.c'], groups, *flags)``."""

    def build(prefix: Path, main: str, groups: list[str], *flags: str) -> Path:
        folder = tmp_path_factory.mktemp('program')
        facts = {name: str(prefix) for name in ('prefix', 'exec_prefix', 'var_prefix')}
        facts |= {'python': str(prefix / 'python')}
        (folder / 'config.h').write_text(
            config_h(facts | {'mail_gids': groups, 'cgi_gids': groups})
        )
        parts = MAIL if 'mail/' in main else PAGE
        sources = [*parts, TREE / main]
        sources += [TREE / flag for flag in flags if flag.endswith('.c')]
        others = [flag for flag in flags if not flag.endswith('.c')]
        words = [compiler, *WARNINGS.split(), '-O0', f'-I{folder}', f'-I{TREE}/mail']
        subprocess.run(
            [*words, *others, '-o', folder / 'program', *sources],
            check=True,
            cwd=folder,
        )
        return folder / 'program'

    return build


@pytest.fixture(scope='session')
def home(tmp_path_factory: Any) -> Path:
    """Where the compiled programs think they are installed."""
    return Path(tmp_path_factory.mktemp('home')) / 'prefix'


def fill(home: Path) -> None:
    """Make the prefix anew."""
    shutil.rmtree(home, ignore_errors=True)
    for folder in ('lists/test', 'data', 'locks/wake', 'mail', 'qfiles', 'bin'):
        (home / folder).mkdir(parents=True)
    (home / 'lists/test/config.pck').touch()
    for queue in QUEUES:
        (home / 'qfiles' / queue).mkdir()
    (home / 'python').write_text(STAND_IN)
    (home / 'python').chmod(0o755)
    # As after `mailmanctl stop`: mail is only queued.
    (home / 'data/stopped').touch()


@pytest.fixture(scope='session')
def own_group() -> list[str]:
    """The group of this test run, by number."""
    return [str(os.getgid())]


@pytest.fixture(scope='session')
def mail_program(build: Any, home: Path, own_group: list[str]) -> Path:
    """mail/mailman, letting this test run call it."""
    # Nobody wants to wait a minute for the minute.
    return build(home, 'mail/mailman.c', own_group, '-DLONGEST_RUN=1')  # type: ignore[no-any-return]


@pytest.fixture(scope='session')
def faulty_program(build: Any, home: Path, own_group: list[str]) -> Path:
    """mail/mailman over file operations that fail when told to."""
    wraps = [f'-Wl,--wrap={name}' for name in WRAPPED]
    return build(  # type: ignore[no-any-return]
        home, 'mail/mailman.c', own_group, '-w', 'tests/unit/wrapper/faults.c', *wraps
    )


@pytest.fixture
def prefix(home: Path, mail_program: Path) -> Iterator[Prefix]:
    """A fresh prefix and its mail program."""
    fill(home)
    yield Prefix(home, mail_program)


@pytest.fixture
def faulty(home: Path, faulty_program: Path) -> Iterator[Prefix]:
    """A fresh prefix and the mail program that can be made to fail."""
    fill(home)
    yield Prefix(home, faulty_program)


def limit(kind: int, value: int) -> Callable[[], None]:
    """A preexec_fn that sets a resource limit."""
    return lambda: resource.setrlimit(kind, (value, value))
