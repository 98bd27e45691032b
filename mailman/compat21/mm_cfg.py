"""``Mailman.mm_cfg`` and ``Mailman.Defaults``: the site's variables, as they are."""

from __future__ import annotations

from typing import Any

from mailman.compat21 import current


def __getattr__(name: str) -> Any:
    """Answer a site variable; also the names that ``import *`` is to bring."""
    cfg = current.site().cfg
    if name == '__all__':
        return [known for known in vars(cfg) if known[0] != '_']
    if name[:2] == '__':
        raise AttributeError(name)
    return getattr(cfg, name)
