"""Secrets of an installation: made once, each kept in a file of its own.

They are no settings that an administrator must think of, and may not stand in a file
that everybody can read, as mm_cfg.py is.
"""

from __future__ import annotations

import os
from pathlib import Path

FORM_FILE = 'subscribe-form.secret'
SESSION_FILE = 'session.secret'
MODE = 0o660
BYTES = 32


def form_secret(data_dir: Path) -> str | None:
    """Read the default of SUBSCRIBE_FORM_SECRET, or make it; None if one may not."""
    return _secret(data_dir / FORM_FILE)


def session_key(data_dir: Path) -> bytes:
    """Read the key of log-ins and form tokens, making it first.

    Raises PermissionError where it can be neither read nor made.
    """
    word = _secret(data_dir / SESSION_FILE)
    if not word or len(word) < 2 * BYTES:
        raise PermissionError(f'{data_dir / SESSION_FILE} cannot be read or made')
    return word.encode('ascii')


def _secret(path: Path) -> str | None:
    try:
        return path.read_text('ascii').strip() or None
    except FileNotFoundError:
        return _make(path)
    except (OSError, ValueError):
        return None


def _make(path: Path) -> str | None:
    if not os.access(path.parent, os.W_OK):
        return None
    # For start-up time: this happens once.
    import secrets

    from mailman.storage import safefile

    try:
        # Of two processes that make it now, the later wins; the other's value serves
        # for one page.
        safefile.write(path, f'{secrets.token_hex(BYTES)}\n'.encode(), mode=MODE)
        return path.read_text('ascii').strip()
    except OSError:
        return None
