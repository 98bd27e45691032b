"""``Mailman.MailList``: lists that are loaded, and locked, when they are made."""

from __future__ import annotations

from mailman import lists
from mailman.compat21 import current


class MailList(lists.MailList):
    """A list of this site; with ``lock`` it is ours until ``Unlock``."""

    def __init__(self, name: str, lock: int = 1) -> None:
        super().__init__(current.site(), name)
        self.load()
        if lock:
            self.Lock()
