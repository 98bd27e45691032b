"""The commands: one module each, ``main(site, argv=None) -> exit status``.

``bin/NAME`` finds the installation (bin/paths.py) and calls `run`, which holds what
every command has in common around its main: a broken mm_cfg.py is shown, and files of
others that it may not touch; Ctrl-C and a closed pipe end it quietly.  A command that
must work with a broken mm_cfg.py says so in its module: ``WORKS_WITH_BROKEN_CONFIG =
True``.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailman.site import Site

# What a shell reports of a program that SIGINT or SIGPIPE ended.
INTERRUPTED = 130
PIPE_CLOSED = 141
# The disk is full, read-only or broken: no error of ours, so no traceback.
MACHINE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)
# Our files are the group's business and nobody else's; what is public says so itself.
UMASK = 0o007


def run(site: Site, name: str) -> int:
    """Run a command by its module's name and give its exit status."""
    os.umask(UMASK)
    for stream in (sys.stdout, sys.stderr):
        _let_pass_any_character(stream)
    try:
        status = _main(site, name)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _forget_output()
        return PIPE_CLOSED
    except EOFError:
        _ = site.translator(None)
        print(
            _(
                '%(command)s had a question, and nobody to answer it: say all on the '
                'command line (-h tells how).',
                command=name,
            ),
            file=sys.stderr,
        )
        return 1
    except PermissionError as error:
        print(_permission_text(site, error), file=sys.stderr)
        return 1
    except OSError as error:
        if error.errno not in MACHINE:
            raise
        # Nothing half done: files are replaced whole.
        print(f'{error.filename}: {error.strerror}', file=sys.stderr)
        return 1


def _permission_text(site: Site, error: PermissionError) -> str:
    """Say what may not be touched, and who may."""
    what = f'{error.filename}: {error.strerror}' if error.filename else str(error)
    return site.translator(None)(
        '%(error)s\nRun this as root or as user %(user)s; bin/check_perms -f, as root, '
        'repairs what should be theirs.',
        error=what,
        user=site.cfg.MAILMAN_USER,
    )


def _main(site: Site, name: str) -> int:
    module = import_module(f'mailman.cli.{name}')
    if site.config_error and not getattr(module, 'WORKS_WITH_BROKEN_CONFIG', False):
        print(config_error_text(site), file=sys.stderr)
        if not sys.stderr.isatty():  # a runner, cron: nobody may see stderr
            site.log.write('error', str(site.config_error), label=name)
        return 1
    try:
        return int(module.main(site) or 0)
    except SystemExit as ending:  # argparse's way to end, after -h or a usage error
        return _status(ending.code)


def config_error_text(site: Site) -> str:
    """Say what is wrong with mm_cfg.py and what to do; '' if nothing is."""
    if site.config_error is None:
        return ''
    return site.translator(None)(
        '%(error)s\nNothing was done. Correct that line and try again; meanwhile mail '
        'is accepted and kept.',
        error=site.config_error,
    )


def _status(code: object) -> int:
    """Treat the argument of sys.exit() as Python does."""
    if code is None or isinstance(code, int):
        return code or 0
    print(code, file=sys.stderr)
    return 1


def _let_pass_any_character(stream: object) -> None:
    """Write what the terminal's character set lacks as an escape, rather than fail."""
    with suppress(AttributeError, ValueError):
        stream.reconfigure(errors='backslashreplace')  # type: ignore[attr-defined]


def _forget_output() -> None:
    """Keep Python from writing into the closed pipe once more when it ends."""
    null = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError, ValueError):
        os.dup2(null, sys.stdout.fileno())
    os.close(null)
