"""The options of configure.py: those of 2.1's configure script, and ``--trial``."""

from __future__ import annotations

import argparse
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

# 2.1's defaults.
PREFIX = '/usr/local/mailman'
MAIL_GROUPS = 'mailman other mail daemon'
CGI_GROUPS = 'www www-data nobody'

NOTE = """\
GROUPS: names or numbers, separated by blanks or commas. Numbers also serve groups that
are not in /etc/group. Every --with-X VALUE can be written --with-X=VALUE.
"""


@dataclass
class Options:
    """What was asked for; the names are those of install.json."""

    prefix: Path = Path(PREFIX)
    exec_prefix: Path = Path(PREFIX)
    var_prefix: Path = Path(PREFIX)
    python: str | None = None
    username: str = 'mailman'
    groupname: str = 'mailman'
    mail_gids: list[str] = field(default_factory=MAIL_GROUPS.split)
    cgi_gids: list[str] = field(default_factory=CGI_GROUPS.split)
    cgiext: str = ''
    mailhost: str | None = None
    urlhost: str | None = None
    gcc: str | None = None
    permcheck: bool = True
    trial: bool = False
    words: list[str] = field(default_factory=list)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        """Name the mistake in one line, and the way out."""
        self.exit(2, f'configure: {message}\nSee: python3 configure.py --help\n')


def _directory(text: str) -> Path:
    path = Path(text)
    if not path.is_absolute() or '..' in path.parts:
        raise argparse.ArgumentTypeError(f'{text!r} is not an absolute path')
    if any(c in text for c in '"\\\n$ '):
        raise argparse.ArgumentTypeError(f'{text!r} has a blank or a quote in it')
    return path


def _word(text: str) -> str:
    if not text or not all(c.isalnum() or c in '._-+' for c in text):
        raise argparse.ArgumentTypeError(f'{text!r} is no name')
    return text


def _groups(text: str) -> list[str]:
    names = [_word(name) for name in text.replace(',', ' ').split()]
    if not names:
        raise argparse.ArgumentTypeError('name at least one group')
    return names


# Each option and how argparse is to read it, in the order of --help.
OPTIONS: list[tuple[str, dict[str, Any]]] = [
    (
        '--prefix',
        {
            'type': _directory,
            'metavar': 'DIR',
            'help': f'where to install [{PREFIX}]',
        },
    ),
    (
        '--exec-prefix',
        {
            'type': _directory,
            'metavar': 'DIR',
            'help': 'where the compiled programs go [the prefix]',
        },
    ),
    (
        '--with-var-prefix',
        {
            'dest': 'var_prefix',
            'type': _directory,
            'metavar': 'DIR',
            'help': 'where lists, archives, queues, logs and data go [the prefix]',
        },
    ),
    (
        '--with-python',
        {
            'dest': 'python',
            'metavar': 'PATH',
            'help': 'the Python to run with, 3.11 or newer [the one running this]',
        },
    ),
    (
        '--with-username',
        {
            'dest': 'username',
            'type': _word,
            'metavar': 'USER',
            'help': 'user, by name or number, whom the queue runners run as [mailman]',
        },
    ),
    (
        '--with-groupname',
        {
            'dest': 'groupname',
            'type': _word,
            'metavar': 'GROUP',
            'help': 'group, by name or number, that owns all files [mailman]',
        },
    ),
    (
        '--with-mail-gid',
        {
            'dest': 'mail_gids',
            'type': _groups,
            'metavar': 'GROUPS',
            'help': 'groups that the mail server calls mail/mailman as, besides the '
            f'group above [{MAIL_GROUPS}]',
        },
    ),
    (
        '--with-cgi-gid',
        {
            'dest': 'cgi_gids',
            'type': _groups,
            'metavar': 'GROUPS',
            'help': f'groups that the web server calls the pages as [{CGI_GROUPS}]',
        },
    ),
    (
        '--with-cgi-ext',
        {
            'dest': 'cgiext',
            'metavar': 'EXT',
            'help': "ending of the page programs' names, such as .cgi []",
        },
    ),
    (
        '--with-mailhost',
        {
            'dest': 'mailhost',
            'type': _word,
            'metavar': 'HOST',
            'help': "the lists' host in mail addresses [this machine's name]",
        },
    ),
    (
        '--with-urlhost',
        {
            'dest': 'urlhost',
            'type': _word,
            'metavar': 'HOST',
            'help': "the lists' host in web addresses [the mail host]",
        },
    ),
    (
        '--with-gcc',
        {
            'dest': 'gcc',
            'nargs': '?',
            'const': 'gcc',
            'metavar': 'PROGRAM',
            'help': 'the C compiler [cc, gcc or clang, whichever is found]',
        },
    ),
    (
        '--without-gcc',
        {
            'dest': 'gcc',
            'action': 'store_const',
            'const': 'cc',
            'help': 'compile with cc',
        },
    ),
    (
        '--with-permcheck',
        {
            'dest': 'permcheck',
            'action': 'store_true',
            'help': 'look at the permissions of an existing prefix (the default)',
        },
    ),
    (
        '--without-permcheck',
        {'dest': 'permcheck', 'action': 'store_false', 'help': 'do not'},
    ),
    (
        '--trial',
        {
            'action': 'store_true',
            'help': 'what `make run` uses: this folder is the prefix, you are the user',
        },
    ),
]


def build_parser() -> argparse.ArgumentParser:
    """Make the parser; docs and tests read it too."""
    parser = _Parser(
        prog='configure.py',
        description='Write down where and how Mailman is to be built.',
        epilog=NOTE,
        allow_abbrev=False,
    )
    for flag, words in OPTIONS:
        parser.add_argument(flag, **words)
    parser.set_defaults(permcheck=True)
    return parser


def parse(words: list[str]) -> Options:
    """Read the command line; exits with status 2 and a sentence on a mistake."""
    given = vars(build_parser().parse_args(words))
    options = Options(words=words)
    prefix = given['prefix'] or options.prefix
    for name, value in given.items():
        if value is not None:
            setattr(options, name, value)
    options.exec_prefix = given['exec_prefix'] or prefix
    options.var_prefix = given['var_prefix'] or prefix
    return options
