"""Catches what the lists send: one file per copy, one line per copy on the terminal."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mailman.mail import headers
from mailman.mail.message import Message


@dataclass(frozen=True)
class Copy:
    """One delivered copy."""

    recipient: str
    sender: str
    subject: str
    message_id: str
    path: Path
    arrived: float


class Outbox:
    """An aiosmtpd handler that keeps every copy in a folder."""

    def __init__(self, folder: Path, tell: Callable[[Copy], None]) -> None:
        self.folder, self.tell = folder, tell
        self.copies: list[Copy] = []
        self.arrival = threading.Condition()
        self._number = 0
        folder.mkdir(exist_ok=True)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Store one file per recipient (aiosmtpd's hook)."""
        for recipient in envelope.rcpt_tos:
            self._keep(envelope.mail_from, recipient, envelope.original_content)
        return '250 kept in the outbox'

    def _keep(self, sender: str, recipient: str, raw: bytes) -> None:
        self._number += 1
        stamp = time.strftime('%Y%m%d-%H%M%S')
        safe = ''.join(c if c.isalnum() or c in '@.-_=' else '_' for c in recipient)
        path = self.folder / f'{stamp}-{self._number:04d}-{safe[:100]}.eml'
        path.write_bytes(raw)
        msg = Message.from_bytes(raw)
        copy = Copy(
            recipient,
            sender,
            headers.decode(msg.get('subject', '')),
            str(msg.get('message-id', '')),
            path,
            time.monotonic(),
        )
        with self.arrival:
            self.copies.append(copy)
            self.arrival.notify_all()
        self.tell(copy)

    def wait_for(self, message_id: str, count: int, seconds: float) -> list[Copy]:
        """Answer the copies of a message, once COUNT are there or time is up."""
        deadline = time.monotonic() + seconds
        with self.arrival:
            while True:
                found = [c for c in self.copies if c.message_id == message_id]
                left = deadline - time.monotonic()
                if len(found) >= count or left <= 0:
                    return found
                self.arrival.wait(left)
