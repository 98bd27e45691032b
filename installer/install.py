"""`make install`: put what was configured and built into its place.

An earlier installation keeps its lists, archives, queues, data, its Mailman/mm_cfg.py
and all files that are not ours.  Programs are replaced by rename, so that mail is
accepted all the while.  The code of a Mailman 2.1 is moved aside: installer/upgrade.py.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from installer.findings import account_hint, group_id, user_id
from installer.options import Options
from installer.record import TREE, build_dir
from installer.upgrade import Legacy, StillRunning

# The same tables that bin/check_perms goes by.
LAYOUT = runpy.run_path(str(TREE / 'mailman' / 'site' / 'layout.py'))
SCRIPTS = ('bin', 'cron', 'scripts')
TEXTS = ('templates', 'icons')
PAGES = 'templates/web'  # for all languages
COMPILED_PAGES = 'templates/web-compiled'
CATALOGUES = 'messages'  # a folder for each language
# Compiles a catalogue; a file of the program that may run on its own.
PO = runpy.run_path(str(TREE / 'mailman' / 'site' / 'po.py'))

MM_CFG = """\
# -*- python -*-
# The settings of this site.  Every variable that can be set here, and what it is
# without being set, stands in docs/settings.md of the source, and in
# pythonlib/mailman/site/defaults.py.  Only write down what is to be different.
#
# Changes are seen by commands at once; for the queue runners, afterwards:
#     bin/mailmanctl restart

from Defaults import *

# The host in the lists' addresses, and the one in their web addresses.
#DEFAULT_EMAIL_HOST = {mailhost!r}
#DEFAULT_URL_HOST = {urlhost!r}
#add_virtualhost(DEFAULT_URL_HOST, DEFAULT_EMAIL_HOST)

# How the mail server learns of new lists: 'Manual' prints the lines for its alias
# file, 'Postfix' writes data/aliases, None leaves it alone (Exim finds lists itself).
#MTA = 'Manual'

# The server that takes our mail.
#SMTPHOST = 'localhost'
#SMTPPORT = 0
"""


class InstallError(Exception):
    """The installation cannot be made; the text says why and what to do."""


class Installer:
    """One run of `make install`."""

    def __init__(self, facts: dict[str, Any], destdir: str) -> None:
        self.facts, self.destdir = facts, destdir
        self.uid = user_id(facts['username'])
        self.gid = group_id(facts['groupname'])
        # What keeps the installation from being right, and what is good to know.
        self.troubles: list[str] = []
        self.notes: list[str] = []
        self.legacy = Legacy(
            self.place('prefix'), self.place('exec_prefix'), self.place('var_prefix')
        )
        self.upgrading = self.legacy.found()

    def place(self, root: str, path: str = '.') -> Path:
        """Where a path below one of the three prefixes is to be written."""
        return Path(f'{self.destdir}{self.facts[root]}', path)

    def run(self) -> None:
        """Install everything.  Raises InstallError."""
        os.umask(0o022)
        self.check()
        if self.upgrading:
            self.legacy.before_programs(languages())
        self.directories()
        for folder in SCRIPTS[:-1]:
            self.scripts(folder)
        for folder in TEXTS:
            self.texts(folder)
        self.catalogues()
        self.programs()
        if self.upgrading:
            self.legacy.after_programs(self.program_names())
        self.scripts(SCRIPTS[-1])
        self.library()
        self.settings()
        self.pages()
        self.compile()
        if self.upgrading:
            self.notes += self.legacy.told()
        if not self.destdir and master_runs(self.place('var_prefix')):
            self.notes.append(
                'the queue runners still use the old programs: '
                f'{self.place("prefix", "bin/mailmanctl")} restart'
            )

    def check(self) -> None:
        """Stop before anything is written that would have to be undone."""
        if Path(self.facts['prefix']).resolve() == TREE.resolve():
            raise InstallError(
                'the prefix is this folder itself, where nothing needs installing'
            )
        if self.upgrading and not self.destdir:
            self.legacy.check_stopped()
        missing = self.uid is None or self.gid is None
        if not missing:
            return
        hint = account_hint(
            Options(
                prefix=self.facts['prefix'],
                username=self.facts['username'],
                groupname=self.facts['groupname'],
            )
        )
        text = (
            f'there is no user {self.facts["username"]} or no group '
            f'{self.facts["groupname"]} on this machine; make them with\n  {hint}'
        )
        if os.geteuid() == 0 and not self.destdir:
            raise InstallError(text)
        self.troubles.append(text)

    # --- the parts -----------------------------------------------------------

    def directories(self) -> None:
        """Make the folders; what holds state belongs to the runners' user.

        State that is there already stays as it is: some sites give archives/private
        to the web server.
        """
        for root, table in LAYOUT['ROOTS'].items():
            for path, mode in table.items():
                folder = self.place(root, path)
                state = root == 'var_prefix' and path != '.'
                if state and folder.exists():
                    continue
                folder.mkdir(parents=True, exist_ok=True)
                self.own(folder, mode, state=state)

    def library(self) -> None:
        """Our package and what it needs, in one exchange of folders."""
        new = self.place('prefix', 'pythonlib.new')
        old = self.place('prefix', 'pythonlib.old')
        now = self.place('prefix', 'pythonlib')
        for left_over in (new, old):
            shutil.rmtree(left_over, ignore_errors=True)
        ignore = shutil.ignore_patterns('__pycache__', '.complete', 'bin')
        shutil.copytree(build_dir(False) / 'pythonlib', new, ignore=ignore)
        ignore = shutil.ignore_patterns('__pycache__')
        shutil.copytree(TREE / 'mailman', new / 'mailman', ignore=ignore)
        shutil.copy(build_dir(False) / 'install.json', new)
        self.own_tree(new)
        if now.exists():
            now.rename(old)
        new.rename(now)
        shutil.rmtree(old, ignore_errors=True)

    def scripts(self, folder: str) -> None:
        """Commands, with the configured Python in their first line."""
        for source in plain_files(TREE / folder):
            text = source.read_bytes()
            if text.startswith(b'#!') and b'python' in text.split(b'\n', 1)[0]:
                first = f'#!{self.facts["python"]} -IS\n'.encode()
                text = first + text.split(b'\n', 1)[1]
            for key in ('prefix', 'exec_prefix', 'var_prefix', 'python'):
                text = text.replace(f'@{key}@'.encode(), self.facts[key].encode())
            mode = 0o755 if source.stat().st_mode & 0o100 else 0o644
            self.write(self.place('prefix', folder) / source.name, text, mode)

    def texts(self, folder: str) -> None:
        """Templates and the like; files of the site beside ours stay."""
        for source in sorted((TREE / folder).rglob('*')):
            if (TREE / COMPILED_PAGES) in (source, *source.parents):
                continue  # the checkout's, by another Jinja2 perhaps
            target = self.place('prefix', folder) / source.relative_to(TREE / folder)
            if source.is_dir():
                target.mkdir(exist_ok=True)
                self.own(target, LAYOUT['DIRECTORY'])
            else:
                self.write(target, source.read_bytes(), 0o644)

    def catalogues(self) -> None:
        """The languages: catalogues, compiled and as sources, and texts beside them."""
        for language in sorted((TREE / CATALOGUES).glob('*/LC_MESSAGES')):
            for source in (language.parent, *sorted(language.parent.rglob('*'))):
                self.part_of_language(source)

    def part_of_language(self, source: Path) -> None:
        """A folder, a catalogue or a mail text."""
        target = self.place('prefix', str(source.relative_to(TREE)))
        if source.is_dir():
            target.mkdir(exist_ok=True)
            self.own(target, LAYOUT['DIRECTORY'])
        elif source.suffix in ('.po', '.txt'):
            self.write(target, source.read_bytes(), 0o644)
        if source.suffix == '.po':
            # After its source: the newer of the two is read.
            compiled = PO['to_mo'](source.read_bytes())
            self.write(target.with_suffix('.mo'), compiled, 0o644)

    def programs(self) -> None:
        """The set-gid programs.

        By name: beside them may lie what was built with another --with-cgi-ext.
        """
        for name in self.program_names():
            content = (build_dir(False) / name).read_bytes()
            self.write(self.place('exec_prefix', name), content, LAYOUT['PROGRAM'])

    def program_names(self) -> list[str]:
        """The programs, as they are called below the prefix."""
        ending = self.facts.get('cgiext', '')
        pages = [f'cgi-bin/{page}{ending}' for page in LAYOUT['PAGES']]
        return [LAYOUT['MAIL_PROGRAM'], *pages]

    def settings(self) -> None:
        """A first mm_cfg.py, when there is none, and one to compare with."""
        text = MM_CFG.format(**self.facts).encode()
        ours = self.place('prefix', 'Mailman')
        if not (ours / 'mm_cfg.py').exists():
            self.write(ours / 'mm_cfg.py', text, 0o664)
        self.write(ours / 'mm_cfg.py.dist', text, 0o664)

    def pages(self) -> None:
        """The templates of pages, as Python modules made by the installed program."""
        done = subprocess.run(  # noqa: S603
            [
                *(self.facts['python'], '-S', '-m', 'mailman.site.pages'),
                str(self.place('prefix', 'templates')),
            ],
            check=False,
            cwd='/',
            env={
                'PYTHONPATH': str(self.place('prefix', 'pythonlib')),
                'PYTHONDONTWRITEBYTECODE': '1',
            },
        )
        if done.returncode:
            self.troubles.append(
                'the templates of pages could not be compiled: pages are slow'
            )
        folder = self.place('prefix', COMPILED_PAGES)
        if folder.is_dir():
            self.own_tree(folder)

    def compile(self) -> None:
        """Compile all modules now: later nobody may be allowed to write them."""
        # Not all of bin: a site's own scripts may be of any Python.
        folders = [
            self.place('prefix', name)
            for name in ('pythonlib', 'bin/paths.py', 'cron/paths.py', COMPILED_PAGES)
        ]
        words = [self.facts['python'], '-I', '-m', 'compileall', '-q']
        if self.destdir:
            words += ['-s', self.destdir, '-p', '/']
        done = subprocess.run(  # noqa: S603
            [*words, *map(str, folders)], check=False, stdout=subprocess.DEVNULL
        )
        if done.returncode:
            self.troubles.append('some modules could not be compiled beforehand')
        for folder in ('pythonlib', 'bin', 'cron', COMPILED_PAGES):
            for cache in self.place('prefix', folder).rglob('__pycache__'):
                self.own_tree(cache)

    # --- files ------------------------------------------------------------------

    def write(self, path: Path, content: bytes, mode: int) -> None:
        """Replace a file by rename, so that nobody meets half of it."""
        temporary = path.with_name(path.name + '.new')
        temporary.unlink(missing_ok=True)
        temporary.write_bytes(content)
        self.own(temporary, mode)
        temporary.rename(path)

    def own_tree(self, folder: Path) -> None:
        """Give a tree of code to its owners."""
        self.own(folder, LAYOUT['DIRECTORY'])
        for path in folder.rglob('*'):
            if not path.is_symlink():
                self.own(path, LAYOUT['DIRECTORY'] if path.is_dir() else 0o644)

    def own(self, path: Path, mode: int, *, state: bool = False) -> None:
        """Set group and mode; as root also the owner.  What fails is told at the end.

        The mode comes last: a change of owner takes the set-gid bit away.
        """
        owner = -1
        if os.geteuid() == 0:
            owner = self.uid if state and self.uid is not None else 0
        try:
            os.chown(path, owner, -1 if self.gid is None else self.gid)
        except PermissionError:
            text = (
                f'files could not be given to the group {self.facts["groupname"]}; '
                'as root: bin/check_perms -f'
            )
            if text not in self.troubles:
                self.troubles.append(text)
        os.chmod(path, mode)


def languages() -> list[str]:
    """The languages that we bring texts in."""
    pages = (TREE / PAGES, TREE / COMPILED_PAGES)
    return sorted(
        path.name
        for path in (TREE / 'templates').iterdir()
        if path.is_dir() and path not in pages
    )


def master_runs(var_prefix: Path) -> bool:
    """Tell whether a master of ours runs: it keeps this file locked."""
    try:
        with (var_prefix / 'locks' / 'master-qrunner').open('rb') as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        pass
    return False


def plain_files(folder: Path) -> Iterator[Path]:
    """The files right in a folder that are worth installing."""
    for path in sorted(folder.iterdir()):
        if path.is_file() and not path.name.endswith(('.pyc', '.o', '.h', '.md', '~')):
            yield path


def configured() -> dict[str, Any]:
    """What configure.py wrote down.  Raises InstallError."""
    try:
        facts: dict[str, Any] = json.loads(
            (build_dir(False) / 'install.json').read_text()
        )
    except FileNotFoundError:
        raise InstallError('first: python3 configure.py, then make') from None
    return facts


def main() -> int:
    """Install; 0 when all is in place, told what is not."""
    parser = argparse.ArgumentParser(prog='make install')
    parser.add_argument('--destdir', default='')
    destdir = parser.parse_args().destdir.rstrip('/')
    try:
        installer = Installer(configured(), destdir)
        installer.run()
    except (InstallError, StillRunning, OSError) as error:
        print(f'make install: {error}', file=sys.stderr)
        return 1
    print(f'Mailman is installed in {installer.place("prefix")}.')
    for line in [*installer.notes, *installer.troubles]:
        print(f'  * {line}')
    if destdir or installer.troubles:
        return 0
    return subprocess.run(  # noqa: S603  (the command just installed looks at it all)
        [installer.place('prefix', 'bin/check_perms')], check=False
    ).returncode


if __name__ == '__main__':
    sys.exit(main())
