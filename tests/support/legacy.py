"""A prefix as Mailman 2.1 leaves it: the sample site, and files named like its code.

The code is a stand-in of ours: a line of Python 2 that Python 3 cannot read.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from installer import upgrade

SAMPLE = Path(__file__).parents[1] / 'data' / 'legacy' / 'tree'
PYTHON_2 = 'print "this is Python 2"\n'
COMPILED = b'\x03\xf3\r\n not for Python 3'

OWN_HANDLER = """\
from Mailman import mm_cfg, Utils, Errors


def process(mlist, msg, msgdata):
    msg['X-Own'] = 'yes'
"""
OLD_HANDLER = 'def process(mlist, msg, msgdata):\n    print "old"\n'

# What must be there after the upgrade as it was before: the site's own.
OWN_FILES = {
    'Mailman/mm_local.py': 'LOCAL = 1\n',
    'Mailman/Handlers/Own.py': OWN_HANDLER,
    'Mailman/Handlers/Old.py': OLD_HANDLER,
    'bin/own_script.py': PYTHON_2,
    'cron/own_job': '#!/bin/sh\n',
    'scripts/own': '#!/bin/sh\n',
    'templates/site/en/verify.txt': 'Hello\n',
    'templates/tlh/verify.txt': 'nuqneH\n',
    'messages.local': 'x\n',
}


def make_prefix(prefix: Path) -> None:
    """Fill an empty folder with a Mailman 2.1 and its site."""
    shutil.copytree(SAMPLE, prefix, dirs_exist_ok=True)
    modules = [f'Mailman/{name}' for name in upgrade.MODULES]
    modules += [f'Mailman/Handlers/{name}' for name in upgrade.HANDLERS]
    modules += [f'Mailman/{name}/__init__' for name in upgrade.PACKAGES]
    for name in modules:
        write(prefix / f'{name}.py', PYTHON_2)
        write(prefix / f'{name}.pyc', COMPILED)
    write(prefix / 'Mailman/mm_cfg.pyc', COMPILED)
    write(prefix / 'Mailman/Defaults.py', "DEFAULT_EMAIL_HOST = 'old.example.com'\n")
    for name in ('paths.pyc', 'own_script.pyc'):
        write(prefix / 'bin' / name, COMPILED)
    for folder, names in {**upgrade.COMMANDS, 'scripts': upgrade.SCRIPTS}.items():
        for name in names:
            write(prefix / folder / name, f'#! /usr/bin/python\n{PYTHON_2}')
    for name in ('pythonlib/email/__init__.py', 'tests/test_all.py'):
        write(prefix / name, PYTHON_2)
    write(prefix / 'messages/fr/LC_MESSAGES/mailman.mo', b'')
    write(prefix / 'templates/en/verify.txt', 'changed in place\n')
    for name in ('mail/mailman', 'cgi-bin/admin'):
        write(prefix / name, b'\x7fELF of 2.1')
        (prefix / name).chmod(0o2755)
    for name, text in OWN_FILES.items():
        write(prefix / name, text)


def write(path: Path, content: str | bytes) -> None:
    """Write a file, and the folders it needs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    path.write_bytes(data)


def leave_lock(prefix: Path, name: str, host: str, pid: int) -> Path:
    """Leave a lock of 2.1 under both its names; answer the first."""
    path = prefix / 'locks' / name
    second = path.with_name(f'{name}.{host}.{pid}.0')
    write(path, str(second))
    second.hardlink_to(path)
    return path
