"""docs/configure.md: how to build and install, with the options from their parser."""

from __future__ import annotations

from installer.findings import PACKAGES
from installer.options import NOTE, build_parser

INTRO = """\
<!-- Made by `make docs` from installer/manual.py; edit that. -->

# Build and install

    python3 configure.py OPTIONS
    make
    sudo make install

`configure.py` looks at the machine, tells what it found and what is missing, and writes
that to `build/configured/`. `make` compiles the C programs there and fetches the Python
packages that Mailman needs, so `make install` works without network. `make install
DESTDIR=/stage` puts everything below another folder, for packagers; owners and groups
that cannot be set there are told, and `bin/check_perms -f` sets them later.

Installing again, also over Mailman 2.1 ([upgrade](upgrade.md)), keeps lists, archives,
queues, data, logs and `Mailman/mm_cfg.py`. Programs are exchanged by rename, so mail is
accepted meanwhile; afterwards `bin/mailmanctl restart` makes the queue runners use the
new ones.

The user and the group must be there before: `groupadd -r mailman; useradd -r -g mailman
-d /usr/local/mailman -s /usr/sbin/nologin mailman`.

`make run`, `make demo` and `make test` need none of this: they use the checkout itself
as their prefix, and your own user and group.
"""

PYTHON = """\
## Which Python

Any from 3.11 on. `configure.py` takes the one that runs it, unless that lies where only
you may enter; `--with-python` names another, and `make PYTHON=...` the one that make
itself uses. Commands are started with `-I -S`, so nothing in a user's environment and
no package installed elsewhere changes what they do.
"""


def text() -> str:
    """The page."""
    parts = [INTRO, '## Options\n', _options(), NOTE, PYTHON]
    return '\n'.join([*parts, '## What is needed\n', _packages()])


def _options() -> str:
    rows = ['| option | meaning [default] |', '|---|---|']
    for action in build_parser()._actions:
        if action.dest != 'help':
            name = ' '.join([action.option_strings[-1], str(action.metavar or '')])
            rows.append(f'| `{name.strip()}` | {action.help} |')
    return '\n'.join(rows) + '\n'


def _packages() -> str:
    rows = ['| for | Debian, Ubuntu | Fedora |', '|---|---|---|']
    for what, (debian, fedora) in PACKAGES.items():
        rows.append(f'| {what} | {debian} | {fedora} |')
    rows += [
        '',
        'Without the static C library the C programs are linked with shared ones:',
    ]
    rows += [
        'they then start more slowly, and not at all without a free descriptor.',
        '',
    ]
    return '\n'.join(rows)
