"""Tell the C mail program what mm_cfg.py says: ``EXEC_PREFIX/mail/mailman.conf``.

The mail program must work while Python does not, so it reads no mm_cfg.py but this
file of ``key=value`` lines, and has compiled-in values for when it is missing.  Every
start of a site compares and, if it may, rewrites it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailman.site.config import Site

FILE = 'mail/mailman.conf'
# The mail server's user reads it before our group is on.
MODE = 0o644

# Key: the variable it comes from.
KEYS = {
    'var_prefix': 'VAR_PREFIX',
    'list_data_dir': 'LIST_DATA_DIR',
    'inqueue_dir': 'INQUEUE_DIR',
    'cmdqueue_dir': 'CMDQUEUE_DIR',
    'bouncequeue_dir': 'BOUNCEQUEUE_DIR',
    'data_dir': 'DATA_DIR',
    'lock_dir': 'LOCK_DIR',
    'max_incoming_message_size': 'MAX_INCOMING_MESSAGE_SIZE',
}


def refresh(site: Site) -> None:
    """Write the file if it does not say what mm_cfg.py says now; never fail.

    With an error in mm_cfg.py the last good file stays.
    """
    path = site.exec_prefix / FILE
    wanted = _contents(site)
    if site.config_error or wanted is None or not os.access(path.parent, os.W_OK):
        return
    try:
        if _read(path) != wanted:
            # For start-up time: seldom needed.
            from mailman.storage import safefile

            safefile.write(path, wanted, mode=MODE)
    except OSError:
        # It is an accelerator of changes, not a state; who may write will come by.
        return


def _contents(site: Site) -> bytes | None:
    """Give the lines; None if a value does not fit on one."""
    values = {key: str(getattr(site.cfg, name)) for key, name in KEYS.items()}
    values['mm_cfg'] = _stamp(site.mm_cfg)
    if any('\n' in value or '\0' in value for value in values.values()):
        return None
    lines = [f'{key}={value}\n' for key, value in values.items()]
    return ''.join(lines).encode('utf-8', 'surrogateescape')


def _stamp(path: Path) -> str:
    """Give what changes whenever the file changes."""
    try:
        info = path.stat()
    except OSError:
        return 'none'
    return f'{info.st_mtime_ns} {info.st_size}'


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None
