"""``Mailman.Queue.sbcache``: queues by their directories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mailman.compat21 import current
from mailman.mail.message import Message
from mailman.queue import Queue
from mailman.site.config import QUEUES


class Switchboard:
    """A queue, put into as 2.1 did it."""

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def whichq(self) -> str:
        """Answer the queue's directory."""
        return str(self._queue.directory)

    def files(self) -> list[str]:
        """Answer the entries that wait, oldest first."""
        return self._queue.files()

    def enqueue(
        self, msg: Any, _metadata: dict[str, Any] | None = None, **more: Any
    ) -> str:
        """Queue a message, ours, the email package's or its text; answer its name."""
        more.pop('_plaintext', None)
        return self._queue.enqueue(_bytes(msg), _metadata, **more)


def _bytes(msg: Any) -> bytes | Message:
    if isinstance(msg, Message | bytes):
        return msg
    if isinstance(msg, str):
        return msg.encode('utf-8', 'surrogateescape')
    return bytes(msg.as_bytes())


def get_switchboard(qdir: Any) -> Switchboard:
    """Answer the queue of a directory, such as mm_cfg.INQUEUE_DIR; KeyError if none."""
    site = current.site()
    for name in QUEUES:
        if site.queue_dir(name) == Path(qdir):
            return Switchboard(Queue(site, name))
    raise KeyError(qdir)
