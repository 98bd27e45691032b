"""What the archive knows of its articles and volumes, as pages are made from it.

Rows come from ``articles.db`` (store.py) and go to the makers of pages (pages.py):
plain values that can be handed from process to process.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

# A page's address, and its link's end: where the subject is known, and where not.
LinkParts = tuple[bytes, bytes, bytes]
# Kinds of index pages, 2.1's names of their files.
KINDS = ('thread', 'subject', 'author', 'date')


@dataclass(slots=True)
class Row:
    """One article as indexes and neighbours show it."""

    number: int
    volume: str
    message_id: str
    subject: str
    sort_subject: str
    author: str
    email: str
    date: float
    zone: int | None = None
    depth: int = 0
    removed: bool = False
    has_attachments: bool = False
    # What pages of neighbours say of it, once it was made (navigation.py).
    markup: LinkParts | None = field(default=None, compare=False, repr=False)

    @property
    def file(self) -> str:
        """The page's path below the archive: ``VOLUME/NNNNNN.html``."""
        return f'{self.volume}/{self.number:06d}.html'

    @property
    def anchor(self) -> str:
        """The article's name in the four indexes, as 2.1 wrote it."""
        return str(self.number)


@dataclass(slots=True)
class Links:
    """An article's neighbours, list-wide: a volume does not end a thread."""

    row: Row
    previous: Row | None = None
    next: Row | None = None
    thread_previous: Row | None = None
    thread_next: Row | None = None
    parent: Row | None = None
    followups: list[Row] = field(default_factory=list)

    @property
    def anchor(self) -> str:
        """The article's name in the four indexes."""
        return self.row.anchor


@dataclass(slots=True)
class VolumeCount:
    """A volume in numbers: for its index pages and the front page."""

    name: str
    label: str
    count: int
    first: float
    last: float
    text_size: int = 0
    gz: bool = False

    @property
    def text_file(self) -> str:
        """The name of the volume's text, as it is there to be fetched."""
        return f'{self.name}.txt.gz' if self.gz else f'{self.name}.txt'


@dataclass(slots=True)
class Front:
    """What the front page of an archive shows."""

    volumes: list[VolumeCount]  # the newest first
    total: int
    threads: list[tuple[Row, int]]  # first article and number of replies
    activity: dict[str, int]  # '2026-11': posts


# The same people write again and again.
@lru_cache(1_000)
def sort_author(author: str) -> str:
    """Answer a name as 2.1 sorts it: the last word first."""
    words = author.casefold()[:200].replace(',', ' ').split()
    return ' '.join(words[-1:] + words[:-1])
