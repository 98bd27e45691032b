"""Reading and rendering many mails on all processors of the machine.

Each worker is a fork with its own reader.  It is handed batches of places in the mbox,
answers what the database needs, and keeps the bodies in a spool file of its own, in
the order of the batches, until the threads are known and pages can be written.
"""

from __future__ import annotations

import gc
import os
import signal
import sqlite3
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cached_property
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from mailman.archive import files, mbox
from mailman.archive.neighbours import Neighbours
from mailman.errors import ArchiveError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

    from mailman.archive.building import Archive
    from mailman.archive.search import Prepared

# Fewer than these are read faster than a fork is made (bytes of the mbox).
WORTH_FORKING = 400_000
BATCH_MESSAGES, BATCH_BYTES = 150, 1_000_000
_AHEAD = 3
_SPOOL = 1 << 17  # bytes of bodies gathered before they are written
# In the place of a number: the mail gets no page.
NO_PAGE = -1

Places = list[tuple[int, int]]
Unlinked = tuple[int, str, str]  # number, Message-ID, file


class Parsed(NamedTuple):
    """What the database, the text and the search index need of a mail."""

    message_id: str
    subject: str
    sort_subject: str
    is_reply: bool
    author: str
    email: str
    date: float
    zone: int | None
    references: list[str]
    text: Prepared
    entry: bytes
    has_attachments: bool
    digest: bytes
    skipped: bool
    folder: str  # of its attachments, DAY/HASH


class Worker:
    """What is done to a batch, in a fork or right here."""

    def __init__(self, archive: Archive, path: Path, *, forked: bool = False) -> None:
        self.archive, self.forked = archive, forked
        self.descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        self.spool: IO[bytes] = tempfile.TemporaryFile(  # noqa: SIM115
            buffering=_SPOOL, dir=archive.database
        )
        self.rewound = False

    def close(self) -> None:
        """Let go of the files."""
        os.close(self.descriptor)
        self.spool.close()

    def parse(self, places: Places) -> list[Parsed]:
        """Read mails; keep their bodies."""
        contents = mbox.read_entries(self.descriptor, places)
        found = self.archive.parse_all(contents)
        for _, body in found:
            data = files.encoded(body)
            self.spool.write(len(data).to_bytes(8, 'big') + data)
        return [parsed for parsed, _ in found]

    def render(self, numbers: list[int]) -> list[Unlinked]:
        """Write the pages of the batch that was read in the same turn.

        Answers which permanent addresses do not lead to them yet: processes that make
        links in one folder wait for each other, so the one that has time makes all.
        """
        if not self.rewound:
            self.rewound = True
            self.spool.seek(0)
        found = {number: self._next_body() for number in numbers}
        found.pop(NO_PAGE, None)
        if not self.forked:
            for number, body in found.items():
                self.archive.write_article(number, body)
            return []
        unlinked = []
        for links in self.neighbours.of(list(found)):
            row = links.row
            self.archive.write_page(links, found[row.number], files.write_new)
            unlinked.append((row.number, row.message_id, row.file))
        return unlinked

    def _next_body(self) -> bytes:
        return self.spool.read(int.from_bytes(self.spool.read(8), 'big'))

    @cached_property
    def neighbours(self) -> Neighbours:
        """The neighbours of all articles, once none is added any more."""
        return Neighbours(self.archive.store)

    def index(self, volume: str) -> None:
        """Write the index pages of a volume."""
        self.archive.indexes.rewrite(volume)


class Pool:
    """The workers; results come in the order of the batches."""

    def __init__(self, archive: Archive, path: Path, size: int) -> None:
        self.count = _processors() if size > WORTH_FORKING else 0
        self.here = Worker(archive, path) if not self.count else None
        self.pipes: list[Connection] = []
        self.processes: list[Any] = []
        if self.count:
            archive.get_ready()
        for _ in range(self.count):
            self._fork(archive, path)

    def _fork(self, archive: Archive, path: Path) -> None:
        import multiprocessing  # start-up time

        context = multiprocessing.get_context('fork')
        ours, theirs = context.Pipe()
        others = [*self.pipes, ours]
        process = context.Process(
            target=_serve, args=(theirs, others, archive, path), daemon=True
        )
        process.start()
        theirs.close()
        self.pipes.append(ours)
        self.processes.append(process)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *exc: object) -> None:
        if self.here is not None:
            self.here.close()
        for pipe in self.pipes:
            pipe.close()
        for process in self.processes:
            process.join(10)
            if process.is_alive():
                process.kill()
                process.join()

    def map(self, verb: str, batches: Iterable[Any]) -> Iterator[Any]:
        """Have batches worked on, each by the worker whose turn it is."""
        if self.here is not None:
            for batch in batches:
                yield getattr(self.here, verb)(batch)
            return
        waiting: deque[Connection] = deque()
        for turn, batch in enumerate(batches):
            pipe = self.pipes[turn % self.count]
            _send(pipe, (verb, batch))
            waiting.append(pipe)
            if len(waiting) > _AHEAD * self.count:
                yield _answer(waiting.popleft())
        while waiting:
            yield _answer(waiting.popleft())


def _processors() -> int:
    """Answer on how many processors we may run."""
    with suppress(AttributeError):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _send(pipe: Connection, task: Any) -> None:
    try:
        pipe.send(task)
    except OSError as error:
        raise ArchiveError('a process that reads mails has died') from error


def _answer(pipe: Connection) -> Any:
    try:
        good, answer = pipe.recv()
    except (EOFError, OSError) as error:
        raise ArchiveError('a process that reads mails has died') from error
    if not good:
        number, text, name = answer
        raise OSError(number, text, name) if number else ArchiveError(text)
    return answer


def _serve(
    pipe: Connection, others: list[Connection], archive: Archive, path: Path
) -> None:
    """Work until the other end of the pipe is closed, or its process is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.umask(0o002)
    for other in others:
        other.close()
    # Mails leave no garbage that refers to itself, or little: a look after each batch.
    gc.freeze()
    gc.disable()
    archive.forked()
    worker = Worker(archive, path, forked=True)
    while True:
        try:
            verb, batch = pipe.recv()
        except (EOFError, OSError):
            os._exit(0)
        try:
            answer = (True, getattr(worker, verb)(batch))
        except (OSError, sqlite3.Error, MemoryError) as error:
            number = getattr(error, 'errno', None) or 0
            text = getattr(error, 'strerror', None) or repr(error)
            answer = (False, (number, text, getattr(error, 'filename', None)))
        try:
            pipe.send(answer)
        except OSError:
            os._exit(1)
        gc.collect(1)


def batches(places: Iterable[tuple[int, int]]) -> Iterator[Places]:
    """Put places together to batches."""
    batch: Places = []
    size = 0
    for one in places:
        batch.append(one)
        size += one[1]
        if len(batch) >= BATCH_MESSAGES or size >= BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
