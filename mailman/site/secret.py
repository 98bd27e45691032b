"""The default of SUBSCRIBE_FORM_SECRET: made once per installation, kept in a file.

It is no setting that an administrator must think of, and it may not stand in a file
that everybody can read, as mm_cfg.py is.
"""

from __future__ import annotations

import os
from pathlib import Path

FILE = 'subscribe-form.secret'
MODE = 0o660


def form_secret(data_dir: Path) -> str | None:
    """Read the installation's secret, making it first; None where one may not."""
    path = data_dir / FILE
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
        safefile.write(path, f'{secrets.token_hex(20)}\n'.encode(), mode=MODE)
        return path.read_text('ascii').strip()
    except OSError:
        return None
