"""A queue as a list sees it: what goes in carries the list's name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from mailman.queue import Queue

if TYPE_CHECKING:
    from mailman.mail.message import Message
    from mailman.site import Site


class ListQueue:
    """One of the site's queues, for the mail of one list."""

    def __init__(self, site: Site, name: str, listname: str) -> None:
        self._queue = Queue(site, name)
        self.listname = listname

    def enqueue(
        self,
        msg: Message | bytes,
        msgdata: Mapping[str, Any] | None = None,
        **extra: Any,
    ) -> str:
        """Store a message durably; return the entry's filebase."""
        extra.setdefault('listname', self.listname)
        return self._queue.enqueue(msg, msgdata, **extra)

    @property
    def messages(self) -> list[tuple[Message, dict[str, Any]]]:
        """The waiting messages of this list with their metadata, oldest first."""
        entries = map(self._queue.read, self._queue.files())
        return [
            (entry.msg, entry.msgdata)
            for entry in entries
            if entry.msgdata.get('listname') == self.listname
        ]
