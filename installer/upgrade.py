"""Make room in a prefix where Mailman 2.1 lives.

2.1 kept its code where sites keep theirs: ``PREFIX/Mailman``, ``bin``, ``pythonlib``.
Left there, its Python 2 handlers would be taken for the site's own and stop all mail.
So 2.1's own files move to ``PREFIX/Mailman-2.1``, which only root can enter: some of
the programs in it are set-gid.  Nothing is deleted but stale locks.

What is 2.1's is told by name.  All else is the site's and stays where it is: mm_cfg.py
and modules beside it, handlers and scripts of its own, texts in languages that we do
not bring.

The order matters, because mail comes in all the while: 2.1's mail program runs
``scripts/post``, which imports ``Mailman`` and ``pythonlib``.  These move after that
program was replaced.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FOLDER = 'Mailman-2.1'

# By either of these 2.1 is known.  They move last, so that an upgrade that was
# interrupted is taken up again.
MARKS = ('MailList', 'Defaults')
MODULES = (
    '__init__', 'Autoresponder', 'Bouncer', 'CSRFcheck', 'Deliverer', 'Digester',
    'Errors', 'GatewayManager', 'HTMLFormatter', 'ListAdmin', 'LockFile', 'Mailbox',
    'MemberAdaptor', 'Message', 'OldStyleMemberships', 'Pending', 'Post', 'SafeDict',
    'SecurityManager', 'Site', 'TopicMgr', 'UserDesc', 'Utils', 'Version', 'htmlformat',
    'i18n', 'versions', *MARKS,
)  # fmt: skip
PACKAGES = (
    'Archiver', 'Bouncers', 'Cgi', 'Commands', 'Gui', 'Logging', 'MTA', 'Queue',
)  # fmt: skip
HANDLERS = (
    '__init__', 'Acknowledge', 'AfterDelivery', 'Approve', 'AvoidDuplicates',
    'CalcRecips', 'Cleanse', 'CleanseDKIM', 'CookHeaders', 'Decorate', 'Emergency',
    'FileRecips', 'Hold', 'MimeDel', 'Moderate', 'OwnerRecips', 'Replybot',
    'SMTPDirect', 'Scrubber', 'Sendmail', 'SpamDetect', 'Tagger', 'ToArchive',
    'ToDigest', 'ToOutgoing', 'ToUsenet', 'WrapMessage',
)  # fmt: skip
COMMANDS = {
    'bin': (
        'add_members', 'arch', 'b4b5-archfix', 'change_pw', 'check_db', 'check_perms',
        'cleanarch', 'clone_member', 'config_list', 'convert.py', 'discard', 'dumpdb',
        'export.py', 'find_member', 'fix_url.py', 'genaliases', 'inject',
        'list_admins', 'list_lists', 'list_members', 'list_owners', 'mailman-config',
        'mailmanctl', 'mmsitepass', 'msgfmt.py', 'newlist', 'paths.py', 'pygettext.py',
        'qrunner', 'rb-archfix', 'remove_members', 'reset_pw.py', 'rmlist',
        'show_qfiles', 'sync_members', 'transcheck', 'unshunt', 'update', 'version',
        'withlist',
    ),
    'cron': (
        'bumpdigests', 'checkdbs', 'crontab.in', 'cull_bad_shunt', 'disabled',
        'gate_news', 'mailpasswds', 'nightly_gzip', 'paths.py', 'senddigests',
    ),
}  # fmt: skip
PAGES = (
    'admin', 'admindb', 'confirm', 'create', 'edithtml', 'listinfo', 'options',
    'private', 'rmlist', 'roster', 'subscribe',
)  # fmt: skip
SCRIPTS = (
    'admin', 'bounces', 'confirm', 'driver', 'join', 'leave', 'mailman', 'mailowner',
    'owner', 'paths.py', 'post', 'request', 'subscribe', 'unsubscribe',
)  # fmt: skip

# What its queue runners are processes of.
RUNNERS = ('bin/mailmanctl', 'bin/qrunner')

# What 2.1 was configured with, by its name in Defaults.py, and our option for it.
RECORDED = {
    'VAR_PREFIX': '--with-var-prefix',
    'MAILMAN_USER': '--with-username',
    'MAILMAN_GROUP': '--with-groupname',
    'DEFAULT_EMAIL_HOST': '--with-mailhost',
    'DEFAULT_URL_HOST': '--with-urlhost',
    'CGIEXT': '--with-cgi-ext',
}


class StillRunning(Exception):
    """Mailman 2.1 is at work; the text says which process, and what to do."""


@dataclass(frozen=True)
class Lock:
    """A lock file of 2.1: who took it, and until when it was good."""

    path: Path
    host: str
    pid: int
    expires: float


class Legacy:
    """The Mailman 2.1 in a prefix, if there is one."""

    def __init__(self, prefix: Path, exec_prefix: Path, var_prefix: Path) -> None:
        self.prefix, self.exec_prefix = prefix, exec_prefix
        self.var_prefix = var_prefix
        self.aside = prefix / FOLDER

    def found(self) -> bool:
        """Tell whether there is a Mailman 2.1, or what an interrupted upgrade left."""
        return any(
            os.path.lexists(self.prefix / 'Mailman' / f'{mark}{ending}')
            for mark in MARKS
            for ending in ('.py', '.pyc', '.pyo')
        )

    def options(self) -> dict[str, str]:
        """What this 2.1 was configured with, by option of configure.py."""
        try:
            text = (self.prefix / 'Mailman' / 'Defaults.py').read_text(errors='replace')
        except OSError:
            return {}
        found = re.findall(r"^(\w+)\s*=\s*(['\"])([^'\"\n$]*)\2", text, re.MULTILINE)
        values = {name: value for name, _, value in found}
        return {
            option: values[name] for name, option in RECORDED.items() if name in values
        }

    # --- before anything is touched ----------------------------------------

    def check_stopped(self) -> None:
        """Raise StillRunning when a process of 2.1 works on the lists."""
        runners = {os.path.realpath(self.prefix / name) for name in RUNNERS}
        for pid, command in processes():
            if command in runners:
                raise StillRunning(
                    f'Mailman runs here (process {pid}: {command}). Stop it first: '
                    f'{self.prefix}/bin/mailmanctl stop; what is left of it after '
                    f'that, with kill {pid}'
                )
        for lock in self.locks():
            if is_held(lock):
                raise StillRunning(
                    f'{lock.path} is held by process {lock.pid} on {lock.host}, '
                    'which works on the lists with Mailman 2.1. Wait for it, or, when '
                    'you know that it is gone, remove that file; then install again'
                )

    def locks(self) -> Iterator[Lock]:
        """The lock files that 2.1 left, each under both its names."""
        folder = self.var_prefix / 'locks'
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            if lock := read_lock(path):
                yield lock

    # --- making room ---------------------------------------------------------

    def before_programs(self, languages: list[str]) -> None:
        """Move what taking in mail does not need; LANGUAGES are those of our texts."""
        for folder, names in COMMANDS.items():
            self._named(self.prefix / folder, names)
        for path in ('tests', 'messages', *(f'templates/{each}' for each in languages)):
            self._move(self.prefix / path)
        for folder in ('mail', 'cgi-bin'):
            for program in _entries(self.exec_prefix / folder):
                self._keep(program)

    def after_programs(self, replaced: list[str]) -> None:
        """Move the rest of 2.1: nothing runs it any more.

        Of its page programs, those with another --with-cgi-ext were not REPLACED; they
        would go on to run with our group.
        """
        for program in _entries(self.exec_prefix / 'cgi-bin'):
            name = str(program.relative_to(self.exec_prefix))
            if name not in replaced and program.name.partition('.')[0] in PAGES:
                program.unlink()  # it was kept aside
        self._move(self.prefix / 'pythonlib')
        self._named(self.prefix / 'scripts', SCRIPTS)
        for package in PACKAGES:
            self._move(self.prefix / 'Mailman' / package)
        for folder, names in (('Handlers', HANDLERS), ('.', MODULES)):
            files = [f'{name}.py' for name in names]
            self._named(self.prefix / 'Mailman' / folder, files)
        for lock in self.locks():
            lock.path.unlink(missing_ok=True)

    def _named(self, folder: Path, names: list[str] | tuple[str, ...]) -> None:
        """Move entries by name, and all that Python 2 compiled.  MARKS come last."""
        compiled = [
            path.name
            for path in _entries(folder)
            if path.suffix in ('.pyc', '.pyo') and path.name not in names
        ]
        for name in sorted([*compiled, *names], key=_marks_last):
            self._move(folder / name)

    def _move(self, path: Path) -> None:
        if os.path.lexists(path):
            shutil.move(path, self._target(path, self.prefix))

    def _keep(self, program: Path) -> None:
        """Keep a program under a second name: the first is about to be replaced."""
        target = self._target(program, self.exec_prefix)
        try:
            os.link(program, target, follow_symlinks=False)
        except OSError:
            shutil.copy2(program, target, follow_symlinks=False)

    def _target(self, path: Path, root: Path) -> Path:
        self.aside.mkdir(mode=0o700, exist_ok=True)
        target = self.aside / path.relative_to(root)
        target.parent.mkdir(parents=True, exist_ok=True)
        plain, number = target, 0
        while os.path.lexists(target):
            number += 1
            target = plain.with_name(f'{plain.name}.{number}')
        return target

    # --- afterwards ------------------------------------------------------------

    def told(self) -> list[str]:
        """What the administrator has to know, a line each."""
        lines = [
            f"Mailman 2.1's own files now lie in {self.aside}; "
            'what to do next: docs/upgrade.md'
        ]
        return lines + self.complaints()

    def complaints(self) -> list[str]:
        """The files of the site that Python 3 cannot read."""
        folder = self.prefix / 'Mailman'
        ours = sorted((folder / 'Handlers').glob('*.py'))
        found = [complaint(path) for path in [folder / 'mm_cfg.py', *ours]]
        return [each for each in found if each]


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _marks_last(name: str) -> tuple[bool, str]:
    return name.partition('.')[0] in MARKS, name


def complaint(path: Path) -> str:
    """Say in which line Python 3 cannot read a file; '' when it can."""
    try:
        compile(path.read_bytes(), str(path), 'exec', dont_inherit=True)
    except FileNotFoundError:
        return ''
    except (SyntaxError, ValueError) as error:
        line = getattr(error, 'lineno', None)
        where = f'{path}, line {line}' if line else str(path)
        said = getattr(error, 'msg', None) or error
        what = 'commands refuse to work, and mail waits,'
        if path.parent.name == 'Handlers':
            what = 'posts that meet this handler are set aside (bin/unshunt)'
        return f'{where}: {said}. This is no Python 3; {what} until it is mended'
    except OSError as error:
        return f'{path}: {error.strerror}'
    return ''


# --- processes and locks ------------------------------------------------------


def processes() -> Iterator[tuple[int, str]]:
    """Each running process with each path in its command line (from /proc)."""
    for folder in Path('/proc').glob('[0-9]*'):
        try:
            words = (folder / 'cmdline').read_bytes().split(b'\0')
        except OSError:
            continue
        for word in words:
            if word.startswith(b'/'):
                yield int(folder.name), os.path.realpath(os.fsdecode(word))


def read_lock(path: Path) -> Lock | None:
    """Read a lock file of 2.1's kind; None for any other file.

    It holds the path of its second name, ``NAME.HOST.PID.COUNTER``; under that name
    the host is not told from the rest, and stays empty.
    """
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > 4096:
            return None
        second = Path(path.read_text(errors='surrogateescape').strip()).name
        expires = path.stat().st_mtime
    except (OSError, ValueError):
        return None
    match = re.fullmatch(r'(.+)\.(\d+)\.\d+', second)
    if not match:
        return None
    if path.name == second:
        return Lock(path, '', int(match[2]), expires)
    if not match[1].startswith(f'{path.name}.'):
        return None
    return Lock(path, match[1].removeprefix(f'{path.name}.'), int(match[2]), expires)


def is_held(lock: Lock) -> bool:
    """Tell whether whoever took the lock may still be at work.

    On this machine the process tells, elsewhere the time until which the lock is good.
    """
    if not lock.host:
        return False  # its first name tells, if it was ever given
    if lock.host in (socket.gethostname(), socket.getfqdn()):
        return is_python(lock.pid)
    return lock.expires > time.time()


def is_python(pid: int) -> bool:
    """Tell whether a process lives; not one that got the number of a dead one.

    2.1's programs were Python; where there is no /proc, any process counts.
    """
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        pass
    try:
        return b'python' in Path(f'/proc/{pid}/cmdline').read_bytes()
    except OSError:
        return not Path('/proc/self').exists()
