"""What waits for a moderator: request.pck and the held posts (2.1: ListAdmin).

The dict has ``id: (type, data)``, 2.1's tuples.  A held post lies beside it as
``data/heldmsg-LIST-ID.txt``, the message with its envelope line; 2.1 pickled it.
The post is written before the entry that names it and removed after it.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from mailman.constants import RequestType
from mailman.errors import CorruptFile, UnsafePickle
from mailman.lists import statefile
from mailman.storage import pickles, safefile

# For start-up time: pages that list what waits touch no message.  What reads and
# writes one is imported where that is done.
if TYPE_CHECKING:
    from mailman.lists.mailing_list import MailList
    from mailman.mail.message import Message

FILE = 'request.pck'
VERSION = (0, 1)
_HELD_NAME = re.compile(r'heldmsg-[^/]+-\d+\.(?:pck|txt)')


class HeldMessage(NamedTuple):
    """A post that waits; ``reason`` is untranslated, ``subject`` a raw header."""

    time: float
    sender: str
    subject: str
    reason: str
    filename: str
    msgdata: dict[str, Any]


class HeldSubscription(NamedTuple):
    """Somebody who wants to join."""

    time: float
    address: str
    fullname: str
    password: str
    digest: int
    language: str


class HeldUnsubscription(NamedTuple):
    """Somebody who wants to leave; 2.1 stored the address alone."""

    address: str


Request = HeldMessage | HeldSubscription | HeldUnsubscription
_FIELDS: dict[int, tuple[Any, int]] = {
    RequestType.HELD_MESSAGE: (HeldMessage, 6),
    RequestType.SUBSCRIPTION: (HeldSubscription, 6),
}


class Requests:
    """The held requests of a list; what changes them is for the holder of its lock."""

    def __init__(self, mlist: MailList) -> None:
        self.mlist = mlist
        # The file as it was read last: hundreds of decisions look at it.
        self._stamp: tuple[int, ...] | None = None
        self._entries: dict[int, tuple[int, Any]] = {}

    # --- looking --------------------------------------------------------------

    def held_messages(self) -> list[int]:
        """Return the ids of held posts, in order."""
        return self._ids(RequestType.HELD_MESSAGE)

    def subscriptions(self) -> list[int]:
        """Return the ids of those who want to join, in order."""
        return self._ids(RequestType.SUBSCRIPTION)

    def unsubscriptions(self) -> list[int]:
        """Return the ids of those who want to leave, in order."""
        return self._ids(RequestType.UNSUBSCRIPTION)

    def count(self) -> int:
        """Return how many requests wait."""
        return len(self._load())

    def _ids(self, kind: RequestType) -> list[int]:
        return sorted(n for n, entry in self._load().items() if entry[0] == kind)

    def get(self, request_id: int) -> tuple[RequestType, Request] | None:
        """Return the type and data of a request; None when it is gone."""
        entry = self._load().get(request_id)
        return None if entry is None else _read(entry)

    def all(self) -> dict[int, tuple[RequestType, Request]]:
        """Return type and data of all requests by their ids, in order."""
        entries = self._load()
        return {number: _read(entries[number]) for number in sorted(entries)}

    def size(self, held: HeldMessage) -> int | None:
        """Return the bytes of a held post; None when its file is gone."""
        try:
            return self._held_path(held).stat().st_size
        except (CorruptFile, OSError):
            return None

    def all_held(self) -> dict[int, HeldMessage]:
        """Return all held posts by their ids."""
        return {
            number: HeldMessage(*data)
            for number, (kind, data) in self._load().items()
            if kind == RequestType.HELD_MESSAGE
        }

    def message(self, request_id: int) -> Message | None:
        """Return a held post; None when the request or its file is gone.

        Raises CorruptFile, UnsafePickle for a file that cannot be read.
        """
        from mailman.mail.message import Message  # start-up time, as above

        path = self.path(request_id)
        if path is None:
            return None
        try:
            content = safefile.read(path)
        except FileNotFoundError:
            return None
        if path.suffix == '.pck':
            content = _unpickled(path, content)
        return Message.from_bytes(content)

    def path(self, request_id: int) -> Path | None:
        """Return where a held post lies."""
        found = self.get(request_id)
        if found is None or not isinstance(found[1], HeldMessage):
            return None
        return self._held_path(found[1])

    def _held_path(self, held: HeldMessage) -> Path:
        if not _HELD_NAME.fullmatch(held.filename):
            raise CorruptFile(held.filename, 'not the name of a held post')
        return self.mlist.site.data_dir / held.filename

    # --- holding ----------------------------------------------------------------

    def hold_message(
        self, msg: Message, reason: str, msgdata: Mapping[str, Any] | None = None
    ) -> int:
        """Keep a post for the moderators; return the request's id.

        ``reason`` is untranslated English.
        """
        from mailman.queue.entryfile import plain  # start-up time, as above

        request_id = self._next_id()
        now = self.mlist.site.now()
        name = f'heldmsg-{self.mlist.name}-{request_id}.txt'
        sender = msg.get_sender()
        self._write_held(name, _with_envelope(msg, sender, now))
        # 2.1's text where there is none.
        subject = str(msg.get('subject', '(no subject)'))
        data = (now, sender, subject, reason, name, plain(msgdata or {}))
        return self._add(request_id, RequestType.HELD_MESSAGE, data)

    def _write_held(self, name: str, content: bytes) -> None:
        from mailman.lists import archive_links  # start-up time, as above

        directory = self.mlist.site.data_dir
        archive_links.make_directory(directory, 0o2775)
        safefile.write(directory / name, content)

    def hold_subscription(
        self,
        address: str,
        *,
        name: str = '',
        password: str = '',
        digest: bool = False,
        language: str | None = None,
    ) -> int:
        """Keep a wish to join; ``password`` is stored as it is; return the id."""
        language = language or self.mlist.preferred_language
        now = self.mlist.site.now()
        data = (now, address, name, password, int(digest), language)
        return self._add(self._next_id(), RequestType.SUBSCRIPTION, data)

    def hold_unsubscription(self, address: str) -> int:
        """Keep a wish to leave; return the request's id."""
        return self._add(self._next_id(), RequestType.UNSUBSCRIPTION, address)

    def remove(self, *request_ids: int) -> None:
        """Forget requests, and with them the held posts; one write for all of them."""
        entries = dict(self._load())
        gone = [entries.pop(number) for number in request_ids if number in entries]
        if gone:
            self._save(entries)
        for kind, data in gone:
            if kind == RequestType.HELD_MESSAGE:
                with suppress(CorruptFile, FileNotFoundError):
                    os.unlink(self._held_path(HeldMessage(*data)))

    # --- the file -----------------------------------------------------------------

    def _next_id(self) -> int:
        """Return an id above all used ones, also in a file left by a crash."""
        used = [0, *self._load()]
        number = max(int(self.mlist.next_request_id), max(used) + 1)
        while any(
            os.path.lexists(
                self.mlist.site.data_dir
                / f'heldmsg-{self.mlist.name}-{number}.{ending}'
            )
            for ending in ('txt', 'pck')
        ):
            number += 1
        return number

    def _add(self, request_id: int, kind: RequestType, data: Any) -> int:
        entries = dict(self._load())
        entries[request_id] = (int(kind), data)
        self._save(entries)
        self.mlist.next_request_id = request_id + 1
        return request_id

    def _load(self) -> dict[int, tuple[int, Any]]:
        """Return the good entries; whoever changes them takes a copy."""
        stamp = self._stamp_now()
        if stamp is None or stamp != self._stamp:
            entries = statefile.load(self.mlist, FILE)
            self._entries = {
                number: entry
                for number, entry in entries.items()
                if isinstance(number, int) and _is_good(entry)
            }
            self._stamp = stamp
        return self._entries

    def _stamp_now(self) -> tuple[int, ...] | None:
        """Return what tells one state of the file from the next; None for no file."""
        try:
            found = os.stat(self.mlist.directory / FILE)
        except OSError:
            return None
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _save(self, entries: dict[int, tuple[int, Any]]) -> None:
        statefile.save(self.mlist, FILE, {**entries, 'version': VERSION})


def _read(entry: tuple[int, Any]) -> tuple[RequestType, Request]:
    kind, data = RequestType(entry[0]), entry[1]
    if kind == RequestType.UNSUBSCRIPTION:
        return kind, HeldUnsubscription(data)
    return kind, _FIELDS[kind][0](*data)


def _is_good(entry: Any) -> bool:
    if not isinstance(entry, tuple) or len(entry) != 2:
        return False
    kind, data = entry
    if kind == RequestType.UNSUBSCRIPTION:
        return isinstance(data, str)
    if kind not in _FIELDS or not isinstance(data, tuple):
        return False
    return len(data) == _FIELDS[kind][1]


def _with_envelope(msg: Message, sender: str, now: float) -> bytes:
    from mailman.queue.directory import raw_bytes  # start-up time, as above

    raw = raw_bytes(msg)
    if raw.startswith(b'From '):
        return raw
    stamp = time.asctime(time.gmtime(now))
    address = sender.replace('\n', ' ').encode('utf-8', 'surrogateescape')
    return b'From ' + (address or b'<>') + b'  ' + stamp.encode() + b'\n' + raw


def _unpickled(path: Path, content: bytes) -> bytes:
    """Return the message that 2.1 pickled."""
    try:
        value = pickles.loads(content)
    except (CorruptFile, UnsafePickle) as error:
        raise CorruptFile(path, str(error)) from error
    if isinstance(value, str):
        value = value.encode('utf-8', 'surrogateescape')
    if not isinstance(value, bytes):
        raise CorruptFile(path, 'it holds no message')
    return bytes(value)
