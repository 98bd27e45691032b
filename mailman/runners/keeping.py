"""A runner whose work is not built yet: it is there, and its mail waits untouched."""

from __future__ import annotations

from mailman.runners.base import Runner


class KeepingRunner(Runner):
    """Leaves the entries of its queue where they are."""

    def one_pass(self) -> bool:
        """Touch nothing: the mail is for the version that can work on it."""
        return False
