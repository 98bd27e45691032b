"""An archive that tests post to, in the bytes of an mbox."""

from __future__ import annotations

import time
from typing import Any

import pytest

from mailman.archive import building
from mailman.archive.article import Article, Reader, read
from mailman.archive.building import opened
from mailman.archive.pages import Pages
from mailman.archive.rows import Links, Row

NOON = 1_767_868_200  # Thu Jan  8 10:30:00 2026 UTC


def raw_entry(
    name: str, *lines: str, at: float = 0, body: str = '', **more: str
) -> bytes:
    """Make a post as it stands in an mbox; its Message-ID is ``<NAME@x.example>``."""
    when = time.gmtime(NOON + at)
    head = {
        'From': 'Anne Person <anne@x.example>',
        'Subject': f'about {name}',
        'Date': time.strftime('%a, %d %b %Y %H:%M:%S +0000', when),
        'Message-ID': f'<{name}@x.example>',
        **{key.replace('_', '-'): value for key, value in more.items()},
    }
    text = ''.join(f'{key}: {value}\n' for key, value in head.items() if value)
    text += ''.join(f'{line}\n' for line in lines)
    body = body or f'text {name}'
    text = f'From anne@x.example {time.asctime(when)}\n{text}\n{body}\n\n'
    return text.encode('utf-8', 'surrogateescape')


class Shelf:
    """The archive of one list, told in verbs."""

    def __init__(self, mlist: Any) -> None:
        self.mlist = mlist
        self.root = mlist.site.archives_private / mlist.name
        self.mbox = building.mbox_of(mlist)

    def add(self, *entries: bytes) -> None:
        """Archive posts in one go."""
        with opened(self.mlist) as archive:
            archive.add(list(entries))

    def post(self, name: str, *lines: str, **more: Any) -> None:
        """Archive one post."""
        self.add(raw_entry(name, *lines, **more))

    def arch(self, path: Any = None, **options: Any) -> int:
        """Build from an mbox."""
        with opened(self.mlist) as archive:
            return int(archive.build(path or self.mbox, **options))

    def page(self, name: str) -> str:
        """Answer a file's text."""
        return (self.root / name).read_text()

    def pages(self) -> dict[str, str]:
        """Answer all files that web servers show, but no attachments."""
        return {
            str(path.relative_to(self.root)): path.read_text()
            for path in sorted(self.root.rglob('*'))
            if path.is_file()
            and 'database' not in path.parts
            and 'attachments' not in path.parts
            and path.name not in ('style.css', '.htaccess', 'pipermail.pck')
        }

    def numbers(self) -> dict[str, str]:
        """Answer Message-ID: page."""
        with opened(self.mlist) as archive:
            found = archive.store.newest(10_000)
        return {row.message_id.partition('@')[0]: row.file for row in reversed(found)}

    def found(self, words: str) -> list[int]:
        """Search; answer numbers."""
        with opened(self.mlist) as archive:
            return sorted(
                hit.number for hit in archive.search.search(words, 50, 0).hits
            )

    def dirty(self) -> bool:
        """Tell whether something is still to be written."""
        with opened(self.mlist) as archive:
            return bool(archive.store.is_dirty())


@pytest.fixture
def shelf(mlist: Any) -> Shelf:
    """The archive of the list ``test``."""
    return Shelf(mlist)


@pytest.fixture
def entry() -> Any:
    """Make posts in the form of an mbox."""
    return raw_entry


# --- one mail, and its page ---------------------------------------------------

HEAD = (
    'From: Ann Lee <ann@example.com>\nSubject: Kick-off\n'
    'Date: Mon, 6 Jan 2020 11:00:00 +0100\nMessage-ID: <kick@example.com>\n'
)


@pytest.fixture
def reader(mlist: Any) -> Reader:
    """What reads the mails of a list."""
    return Reader(mlist, durable=False)


@pytest.fixture
def read_mail(reader: Reader) -> Any:
    """Read a mail from a body and more header lines, or from bytes."""

    def make(body: str = 'Hello.\n', *lines: str, raw: bytes | None = None) -> Article:
        if raw is None:
            names = {line.split(':')[0].lower() for line in lines}
            kept = [
                line
                for line in HEAD.splitlines()
                if line.split(':')[0].lower() not in names
            ]
            text = '\n'.join([*kept, *lines]) + '\n\n' + body
            raw = text.encode('utf-8', 'surrogateescape')
        return read(reader, raw)

    return make


@pytest.fixture
def page_of(mlist: Any) -> Any:
    """Make the page of an article."""

    def make(article: Article, **neighbours: Any) -> str:
        row = Row(
            1,
            '2020-January',
            article.message_id,
            article.subject,
            article.sort_subject,
            article.author,
            article.email,
            article.date,
            article.zone,
            has_attachments=bool(article.attachments),
        )
        body = article.body.encode('utf-8', 'replace')
        return Pages(mlist).article(row, body, Links(row, **neighbours)).decode()

    return make
