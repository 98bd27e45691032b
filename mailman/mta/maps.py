"""Having Postfix make its maps of our alias files, and whose they are.

2.1 gave ``POSTFIX_ALIAS_CMD FILE`` to a shell; we run it without one.  Postfix runs a
pipe as the owner of the map, so owner and mode are set each time.
"""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mailman.errors import AliasError

if TYPE_CHECKING:
    from mailman.site import Site

# The same as site/layout.py wants; Postfix reads them as a user of its own.
MODE = 0o664
# What postalias and postmap write beside the text, whichever map type Postfix has.
ENDINGS = ('.db', '.lmdb', '.cdb', '.dir', '.pag')
# Map types that Postfix reads from the text itself.
TEXT_TYPES = ('texthash', 'regexp', 'pcre', 'inline', 'static')
PATIENCE = 120.0  # seconds for a map command


def update(site: Site, variable: str, path: Path) -> None:
    """Make the map of a file with the command that a site variable names.

    Raises AliasError: the text is there, the map is not.
    """
    try:
        command = shlex.split(getattr(site.cfg, variable) or '')
    except ValueError as error:
        raise _mapless(site, path, variable, f'{variable}: {error}') from error
    before = {index: index.stat().st_mtime for index in _indexes(path)}
    if command and _map_type(command) not in TEXT_TYPES:
        _run(site, command, variable, path)
    indexes = _indexes(path)
    for index in indexes:
        settle(site, index)
        _show_change(index, before.get(index))
    if indexes or not command:
        _warn_of_owner(site, indexes or [path])


def _indexes(path: Path) -> list[Path]:
    found = [path.with_name(path.name + ending) for ending in ENDINGS]
    return [index for index in found if index.exists()]


def _show_change(index: Path, before: float | None) -> None:
    """Make the new map newer by a whole second, the least that Postfix notices.

    Else the last of several lists made at once would stay unknown to it.
    """
    if before is None or int(index.stat().st_mtime) > int(before):
        return
    with suppress(OSError):
        os.utime(index, (int(before) + 1, int(before) + 1))


def _run(site: Site, command: list[str], variable: str, path: Path) -> None:
    """Run a map command with the file's name behind it."""
    try:
        done = _call([*command, str(path)])
    except (OSError, subprocess.TimeoutExpired) as error:
        _ = site.translator(None)
        why = error.strerror if isinstance(error, OSError) else _('it does not end')
        raise _mapless(site, path, variable, f'{command[0]}: {why}') from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        _ = site.translator(None)
        status = _(
            '%(program)s ended with status %(status)s',
            program=command[0],
            status=done.returncode,
        )
        raise _mapless(site, path, variable, f'{status}: {said}' if said else status)


def _map_type(command: list[str]) -> str:
    """Answer the type of map that postalias or postmap would make, '' if unknown."""
    program = Path(command[0])
    if program.name not in ('postalias', 'postmap'):
        return ''
    words = [str(program.with_name('postconf'))]
    if '-c' in command[:-1]:
        words += ['-c', command[command.index('-c') + 1]]
    try:
        done = _call([*words, '-h', 'default_database_type'])
    except (OSError, subprocess.TimeoutExpired):
        return ''
    return done.stdout.strip() if done.returncode == 0 else ''


def _call(words: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors='replace',
        timeout=PATIENCE,
        check=False,
    )


def settle(site: Site, path: Path) -> None:
    """Give a file to the mailman user, and its mode to it, as far as we may."""
    user, group = _account(site)
    with suppress(OSError):
        about = path.stat()
        if os.geteuid() == 0 and user is not None:
            os.chown(path, user, -1 if group is None else group)
        if about.st_mode & MODE != MODE:
            path.chmod(about.st_mode & 0o7777 | MODE)


def _account(site: Site) -> tuple[int | None, int | None]:
    user, group = str(site.cfg.MAILMAN_USER), str(site.cfg.MAILMAN_GROUP)
    uid = gid = None
    with suppress(KeyError):
        uid = int(user) if user.isdigit() else pwd.getpwnam(user).pw_uid
    with suppress(KeyError):
        gid = int(group) if group.isdigit() else grp.getgrnam(group).gr_gid
    return uid, gid


def _warn_of_owner(site: Site, paths: list[Path]) -> None:
    """Say so when Postfix would run the mail program as somebody else."""
    _ = site.translator(None)
    wanted = _account(site)[0]
    for path in paths:
        owner = path.stat().st_uid
        if wanted is not None and owner != wanted:
            text = _(
                '%(path)s belongs to user %(owner)s, not to %(user)s, and Postfix runs '
                'the mail program as its owner. As root: %(command)s',
                path=path,
                owner=owner,
                user=site.cfg.MAILMAN_USER,
                command=f'{site.bin_dir}/check_perms -f',
            )
            print(text, file=sys.stderr)


def _mapless(site: Site, path: Path, variable: str, reason: str) -> AliasError:
    return AliasError(
        path,
        site.translator(None)(
            '%(path)s is written, but Postfix does not see it yet.\n%(reason)s\n'
            'Mend that, or set %(variable)s in mm_cfg.py to the right program (to '
            "'' when main.cf reads the text itself, as texthash:); then run "
            'bin/genaliases.',
            path=path,
            reason=reason,
            variable=variable,
        ),
    )
