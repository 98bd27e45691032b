"""What this machine has: Python, a C compiler, users and groups, its name."""

from __future__ import annotations

import grp
import os
import pwd
import re
import shlex
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

from installer.options import Options
from installer.upgrade import Legacy

OLDEST = (3, 11)
SYSTEM_PYTHONS = ('/usr/bin/python3', '/usr/local/bin/python3')
COMPILERS = ('cc', 'gcc', 'clang')
WARNINGS = (
    '-std=c11 -O2 -Wall -Wextra -Wformat-security -Wshadow -Wstrict-prototypes '
    '-Wmissing-prototypes -Wpointer-arith -Wwrite-strings -Wcast-qual -Wconversion '
    '-Wundef -Wvla -Werror'
)
# Taken where the compiler knows them, in this order.
HARDENING = ('-fstack-protector-strong', '-D_FORTIFY_SOURCE=2')
HARDENED_LINKING = '-Wl,-z,relro,-z,now'
# A static program starts without a descriptor or memory for libraries, and quicker.
LINKING = (('-fPIE', '-static-pie'), ('-static',), ())

# What to install where something is missing: (Debian and Ubuntu, Fedora, others).
PACKAGES = {
    'compiler': ('gcc libc6-dev', 'gcc glibc-devel'),
    'venv': ('python3-venv', 'python3'),
    'make': ('make', 'make'),
    'static': ('libc6-dev', 'glibc-static'),
}


def package_hint(what: str) -> str:
    """Tell which package brings WHAT, in the words of the two package managers."""
    debian, fedora = PACKAGES[what]
    return f'Debian, Ubuntu: apt install {debian};  Fedora: dnf install {fedora}'


class Findings:
    """What was found, told as it is found; ``problems`` keep one from building."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.told: list[str] = []
        self.notes: list[str] = []
        self.problems: list[str] = []
        self.cc: list[str] = []
        self.cflags = f'{WARNINGS} {os.environ.get("CFLAGS", "")}'.strip()
        self.ldflags = os.environ.get('LDFLAGS', '')

    def look(self) -> None:
        """Look at everything."""
        self.find_python()
        self.find_venv()
        self.find_make()
        self.find_compiler()
        self.find_hosts()
        if not self.options.trial:
            self.find_account()
            self.find_callers()
            self.find_prefix()

    # --- programs ----------------------------------------------------------

    def find_python(self) -> None:
        """Settle by which path Mailman finds its Python."""
        options = self.options
        if options.trial and options.python:
            return  # the venv's own
        own = sys.executable if options.trial else default_python()
        given = options.python or own
        version, path = ask_python(given)
        if path is None:
            self.problems.append(f'{given} is not a Python (--with-python)')
            options.python = None
            return
        number = '.'.join(map(str, version))
        self.told.append(f'Python {number}: {path}')
        if version < OLDEST:
            self.problems.append(
                f'{path} is Python {number}, Mailman needs 3.11 or newer'
            )
        if not options.trial and not open_to_all(path):
            self.notes.append(
                f'{path} lies in a folder that not every user may enter, so the user '
                f'{options.username} and the servers cannot run it; see --with-python'
            )
        options.python = path

    def find_venv(self) -> None:
        """The dependencies are fetched by a pip in a venv of its own."""
        python = self.options.python
        if python and run([python, '-I', '-c', 'import venv, ensurepip']) is None:
            self.problems.append(f'{python} has no venv module. {package_hint("venv")}')

    def find_make(self) -> None:
        """Make builds the C programs."""
        make = shutil.which('make') or shutil.which('gmake')
        if make:
            self.told.append(f'make: {make}')
        else:
            self.problems.append(f'make is missing. {package_hint("make")}')

    def find_compiler(self) -> None:
        """A C compiler that makes a program, and which of our flags it knows."""
        given = self.options.gcc or os.environ.get('CC')
        wanted = [shlex.split(given)] if given else [[name] for name in COMPILERS]
        for words in wanted:
            if words and shutil.which(words[0]) and compiles(words, []):
                self.cc = words
                break
        else:
            tried = given or ', '.join(COMPILERS)
            self.problems.append(
                f'no C compiler that works ({tried}). {package_hint("compiler")}'
            )
            return
        for flag in HARDENING:
            if compiles(self.cc, [*self.cflags.split(), flag]):
                self.cflags += ' ' + flag
        if compiles(self.cc, [*self.cflags.split(), HARDENED_LINKING]):
            self.ldflags = f'{self.ldflags} {HARDENED_LINKING}'.strip()
        self._find_linking()

    def _find_linking(self) -> None:
        for flags in LINKING:
            if compiles(self.cc, [*self.cflags.split(), *flags]):
                break
        self.cflags += ''.join(f' {flag}' for flag in flags if flag == '-fPIE')
        linking = [flag for flag in flags if flag != '-fPIE']
        self.ldflags = ' '.join([*self.ldflags.split(), *linking])
        kind = ' '.join(linking) or 'with shared libraries'
        self.told.append(f'C compiler: {" ".join(self.cc)}, {kind}')
        if not flags:
            self.notes.append(
                'no static C library: mail/mailman will need more time and '
                f'descriptors to start. {package_hint("static")}'
            )

    # --- names ---------------------------------------------------------------

    def find_hosts(self) -> None:
        """The names of this machine for mail and web, where none were given."""
        options = self.options
        if not options.mailhost:
            name = socket.getfqdn()
            options.mailhost = os.uname().nodename if 'localhost' in name else name
        options.urlhost = options.urlhost or options.mailhost
        self.told.append(f'hosts: mail {options.mailhost}, web {options.urlhost}')
        if '.' not in options.mailhost:
            self.notes.append(
                f'{options.mailhost} is not a full host name; give --with-mailhost, '
                'or set DEFAULT_EMAIL_HOST in mm_cfg.py'
            )

    def find_account(self) -> None:
        """User and group that own the installation."""
        options = self.options
        user, group = user_id(options.username), group_id(options.groupname)
        if user is None or group is None:
            self.notes.append('before `make install`: ' + account_hint(options))
        if group == 0 or user == 0:
            self.notes.append('Mailman should not run as root; see --with-username')
        self.told.append(f'user {options.username}, group {options.groupname}')

    def find_callers(self) -> None:
        """The groups of the servers.  Those outside /etc/group go in by number."""
        # Our own group may put files into the queues anyway.
        if self.options.groupname not in self.options.mail_gids:
            self.options.mail_gids.append(self.options.groupname)
        local = local_groups()
        for option, names in (
            ('--with-mail-gid', self.options.mail_gids),
            ('--with-cgi-gid', self.options.cgi_gids),
        ):
            known = [name for name in names if group_id(name) is not None]
            self.told.append(f'{option}: {" ".join(names)}')
            if not known:
                self.notes.append(
                    f'none of these groups is on this machine: {" ".join(names)}; '
                    f'see {option}'
                )
            for name in known:
                number = str(group_id(name))
                if name not in local and number not in names:
                    names.append(number)

    def find_prefix(self) -> None:
        """An existing prefix: may we write there, is it the group's?"""
        options = self.options
        prefix = options.prefix
        self.find_legacy()
        if not options.permcheck or not prefix.exists():
            return
        about = prefix.stat()
        wanted = group_id(options.groupname)
        setgid = bool(about.st_mode & stat.S_ISGID)
        if wanted is not None and (about.st_gid != wanted or not setgid):
            self.notes.append(
                f'{prefix} is there, but not a set-gid folder of group '
                f'{options.groupname}; `make install` will make it one'
            )

    def find_legacy(self) -> None:
        """A Mailman 2.1 in the prefix, and what it was configured with."""
        options = self.options
        legacy = Legacy(options.prefix, options.exec_prefix, options.var_prefix)
        if not legacy.found():
            return
        self.told.append(f'Mailman 2.1 in {options.prefix}: see docs/upgrade.md')
        ours = {
            '--with-var-prefix': str(options.var_prefix),
            '--with-username': options.username,
            '--with-groupname': options.groupname,
            '--with-mailhost': options.mailhost,
            '--with-urlhost': options.urlhost,
            '--with-cgi-ext': options.cgiext,
        }
        for option, value in legacy.options().items():
            if value != ours[option]:
                self.notes.append(
                    f'that Mailman 2.1 was made with {option}={value}, and this one '
                    f'will be with {ours[option] or "nothing"}'
                )


def run(words: list[str]) -> str | None:
    """Run a program; its output, or None when it failed."""
    environment = {'PATH': os.environ.get('PATH', os.defpath), 'LC_ALL': 'C'}
    try:
        done = subprocess.run(  # noqa: S603  (words are ours or the administrator's)
            words,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env=environment,
            stdin=subprocess.DEVNULL,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def compiles(cc: list[str], flags: list[str]) -> bool:
    """Try whether these flags make a program that runs."""
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder, 'try.c'), Path(folder, 'try')
        source.write_text(
            '#include <unistd.h>\nint main(void) { return getpid() < 0; }\n'
        )
        words = [*cc, *flags, '-o', str(program), str(source)]
        return run(words) is not None and run([str(program)]) is not None


def ask_python(program: str) -> tuple[tuple[int, int], str | None]:
    """Ask a Python for its version and real path; ((0, 0), None) where it is none.

    Version managers put shell scripts in the PATH, and a venv's Python goes away with
    the venv: the path answered is the one behind these.
    """
    code = (
        'import sys; print(*sys.version_info[:2], '
        "getattr(sys, '_base_executable', None) or sys.executable)"
    )
    found = re.fullmatch(r'(\d+) (\d+) (/.+)', run([program, '-I', '-c', code]) or '')
    if not found:
        return (0, 0), None
    return (int(found[1]), int(found[2])), found[3]


def default_python() -> str:
    """The Python that runs this, or the system's where others cannot run this one."""
    if not open_to_all(ask_python(sys.executable)[1] or sys.executable):
        for path in SYSTEM_PYTHONS:
            if ask_python(path)[0] >= OLDEST:
                return path
    return sys.executable


def open_to_all(path: str) -> bool:
    """Tell whether every user may run the program."""
    places = [Path(os.path.realpath(path)), Path(os.path.abspath(path))]
    return all(
        part.stat().st_mode & stat.S_IXOTH
        for place in places
        for part in (place, *place.parents)
    )


def user_id(name: str) -> int | None:
    """The number of a user, given by name or number; None where there is none."""
    if name.isdigit():
        return int(name)
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def group_id(name: str) -> int | None:
    """The number of a group, given by name or number; None where there is none."""
    if name.isdigit():
        return int(name)
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None


def local_groups(path: str = '/etc/group') -> set[str]:
    """The group names that the C programs can look up, and all numbers."""
    names = set()
    for line in Path(path).read_text(errors='surrogateescape').splitlines():
        name, *rest = line.split(':')
        names.add(name)
        if len(rest) > 1:
            names.add(rest[1])
    return names


def account_hint(options: Options) -> str:
    """The line that makes the user and group."""
    user, group = options.username, options.groupname
    return (
        f'groupadd -r {group}; useradd -r -g {group} -d {options.prefix} '
        f'-s /usr/sbin/nologin {user}'
    )
