"""RetryRunner: moves mail whose waiting time is over back to ``out/``.

2.1 looked every 15 minutes; here the runner sleeps until the first entry is due, and
new entries wake it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from mailman.errors import MailmanError
from mailman.queue import Queue
from mailman.runners.base import Runner
from mailman.runners.outgoing import is_due

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message
    from mailman.site import Site

LONGEST_SLEEP = 15 * 60.0
SHORTEST_SLEEP = 0.1


class RetryRunner(Runner):
    """Empties qfiles/retry."""

    queue_name: ClassVar[str] = 'retry'

    def __init__(self, site: Site, slice_: int = 0, count: int = 1) -> None:
        super().__init__(site, slice_, count)
        self._out = Queue(site, 'out')
        self._due: dict[str, float] = {}  # filebase -> deliver_after

    def one_pass(self) -> bool:
        """Move what is due; entries that are not are only read, and once."""
        moved = False
        waiting = self.queue.files()
        self._due = {base: self._due[base] for base in waiting if base in self._due}
        for filebase in waiting:
            if self.should_stop():
                break
            if self._is_due(filebase):
                moved = self._one_entry(filebase) or moved
        return moved

    def _is_due(self, filebase: str) -> bool:
        if filebase not in self._due:
            try:
                msgdata = self.queue.read(filebase).msgdata
                self._due[filebase] = float(msgdata.get('deliver_after') or 0)
            except (MailmanError, OSError, TypeError, ValueError):
                return True  # take() knows what to do with it
        return is_due(self.site, {'deliver_after': self._due[filebase]})

    def sleep_time(self) -> float:
        """Seconds until the first entry is due."""
        soonest = min(self._due.values(), default=0.0) - self.site.now()
        if not self._due:
            return LONGEST_SLEEP
        return min(max(soonest, SHORTEST_SLEEP), LONGEST_SLEEP)

    def dispose(self, mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> bool:
        """Hand one entry to the outgoing runner."""
        if not is_due(self.site, msgdata):
            return True
        self._out.enqueue(msg, msgdata)
        return False
