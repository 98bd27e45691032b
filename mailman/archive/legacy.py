"""Archives of 2.1: their articles keep their numbers, volumes and pages.

So do ours when ``articles.db`` is lost: what it knew is then read from the pages.

Read: ``pipermail.pck`` (the next number), ``database/VOLUME-article`` (marshal of a
dict, Message-ID -> pickle of an article), and pages that stand in no index because
their Message-ID came a second time.  Nothing of 2.1 is changed; paths in its files,
such as ``basedir``, are those of the machine it ran on and are not looked at.
"""

from __future__ import annotations

import calendar
import html
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_tz
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from mailman.archive import files, permalinks, volumes
from mailman.archive.rows import sort_author
from mailman.archive.store import FOREIGN, LONGEST, REMOVED, REPLY
from mailman.errors import CorruptFile, UnsafePickle
from mailman.storage import pickles, py2marshal, safefile

if TYPE_CHECKING:
    from mailman.archive.building import Archive

PICKLE = 'pipermail.pck'
_PAGE = re.compile(r'(\d{6,9})\.html', re.ASCII)
_TITLE = re.compile(r'<TITLE>(.*?)</TITLE>', re.IGNORECASE | re.DOTALL)
_MESSAGE_ID = re.compile(r'In-Reply-To=([^"&]*)"', re.IGNORECASE)
_AUTHOR = re.compile(
    r'<B>(.*?)</B>\s*<A HREF="[^"]*"\s*TITLE="[^"]*">(.*?)\s*</A>', re.S
)
_DATE = re.compile(r'<I>([^<]*)</I>')
# Pages of ours are read when the database of their numbers is lost.
_OUR_SUBJECT = re.compile(r'<h1 dir="auto">(.*?)</h1>', re.DOTALL)
_OUR_AUTHOR = re.compile(
    r'<p class="by"><b><bdi>(.*?)</bdi></b>(?: <span class="dim"><bdi>(.*?)</bdi>)?'
)
_OUR_DATE = re.compile(r'<time datetime="([^"]*)"')
# Where a link to another file of the same folder begins, in pages of 2.1.
_NEAR_LINK = re.compile(
    rb'(<(?:a|link|img)\b[^<>]{0,500}?\b(?:href|src)\s*=\s*")(?=[\w][\w.-]*["#])',
    re.IGNORECASE,
)


@dataclass
class Old:
    """An article of 2.1."""

    number: int
    volume: str
    message_id: str
    subject: str
    author: str
    email: str
    date: float
    zone: int | None = None
    references: list[str] = field(default_factory=list)
    removed: bool = False


def adopt(archive: Archive) -> int:
    """Put the articles of 2.1 into the database; answer how many there are."""
    count, following = 0, _sequence(archive)
    for volume in _volumes(archive.root):
        for old in sorted(_articles(archive, volume), key=lambda old: old.number):
            if archive.store.home(old.number) is not None:
                continue
            _insert(archive, old)
            count += 1
            following = max(following, old.number + 1)
        size = archive.text(volume).size()
        archive.store.set_text_size(volume, size)
    if following:
        archive.store.set('next', following)
    return count


def make_links(archive: Archive) -> None:
    """Give the articles their permanent addresses.

    Links in pages of 2.1 lead right from their own folder only.  So a copy stands
    there, with links into that folder, until a rebuild makes the page anew.
    """
    for number, message_id, *_ in archive.store.summaries():
        row = archive.store.row(number)
        path = archive.root / permalinks.file_of(message_id)
        if row is None or os.path.lexists(path):
            continue
        try:
            page = safefile.read(archive.root / row.file)
        except OSError:
            files.link(path, f'../{row.file}', replace=lambda: False)
            continue
        near = rf'\1../{row.volume}/'.encode()
        files.write_new(path, _NEAR_LINK.sub(near, page))


def make_index_links(archive: Archive) -> None:
    """Make ``index.html`` of the volumes links again, where a copy has files."""
    for volume in archive.store.all_volumes():
        path = archive.root / volume / 'index.html'
        files.link(path, 'thread.html', replace=lambda: True)


def rename_links(archive: Archive, number: int) -> None:
    """Put an article's subject, which has changed, into links in pages of 2.1."""
    row = archive.store.row(number)
    if row is None:
        return
    link = re.compile(
        rf'(<a href="(?:\.\./{row.volume}/)?{number:06d}\.html">)[^<]*'.encode(),
        re.IGNORECASE,
    )
    subject = html.escape(archive.pages.subject_of(row), quote=False)
    shown = subject.encode('ascii', 'xmlcharrefreplace')
    for other in archive.store.foreign_in(row.volume):
        places = (other.file, permalinks.file_of(other.message_id))
        for path in (archive.root / place for place in places):
            if path.is_symlink() or not path.is_file():
                continue
            page = safefile.read(path)
            new = link.sub(lambda found: found[1] + shown + b'\n', page)
            if new != page and b'<!--nav-->' not in page:
                files.write(path, new)


def _insert(archive: Archive, old: Old) -> None:
    from mailman.archive.article import strip_subject  # start-up time

    store = archive.store
    about, is_reply = strip_subject(archive.reader, old.subject)
    key, parent, waits = store.threads.place(
        old.number, old.message_id, old.date, old.references, about, is_reply
    )
    store.add(
        {
            'number': old.number,
            'volume': store.volume_id(old.volume),
            'message_id': old.message_id,
            'subject': old.subject[:LONGEST],
            'sort_subject': about[:LONGEST],
            'author': old.author[:LONGEST],
            'sort_author': sort_author(old.author),
            'email': old.email[:LONGEST],
            'date': old.date,
            'zone': old.zone,
            'flags': FOREIGN | REPLY * is_reply | REMOVED * old.removed,
            'parent': parent,
            'waits': waits,
            'key': key,
        }
    )
    store.count(old.volume, old.date)


# --- what 2.1 wrote ----------------------------------------------------------------


def _sequence(archive: Archive) -> int:
    """Answer the next number by 2.1's count; 0 when it is not known."""
    try:
        known = pickles.loads(safefile.read(archive.root / PICKLE))
    except (OSError, CorruptFile, UnsafePickle) as error:
        if not isinstance(error, FileNotFoundError):
            archive.mlist.log('error', f'archive: {PICKLE}: {error}')
        return 0
    if not isinstance(known, dict):
        return 0
    number = known.get(b'sequence', known.get('sequence', 0))
    return number if isinstance(number, int) and 0 <= number < 10**9 else 0


def articles_in(path: Path) -> int:
    """Answer how many articles a database of 2.1 has.

    Raises OSError, CorruptFile, UnsafePickle when it, or one of them, cannot be read.
    """
    known = py2marshal.loads(safefile.read(path))
    if not isinstance(known, dict):
        raise CorruptFile(path, 'it holds no articles')
    for packed in known.values():
        pickles.loads(packed if isinstance(packed, bytes) else b'')
    return len(known)


def _volumes(root: Path) -> list[str]:
    """Answer the volumes that are there, the oldest first."""
    found = [
        path.name
        for path in root.iterdir()
        if not path.is_symlink() and path.is_dir() and volumes.is_name(path.name)
    ]
    return sorted(found, key=lambda name: (str(volumes.start(name)), name))


def _articles(archive: Archive, volume: str) -> Iterator[Old]:
    """Give the articles of a volume that have a page: of the index, then the others."""
    waiting = _pages(archive.root / volume)
    for values in _index(archive, volume):
        old = _from_index(volume, values)
        if old is not None and old.number in waiting:
            waiting.remove(old.number)
            yield old
    for number in sorted(waiting):
        old = _from_page(archive, volume, number)
        if old is not None:
            yield old


def _pages(folder: Path) -> set[int]:
    matches = (_PAGE.fullmatch(path.name) for path in folder.iterdir())
    return {int(match[1]) for match in matches if match}


def _index(archive: Archive, volume: str) -> Iterator[dict[str, Any]]:
    path = archive.database / f'{volume}-article'
    if not path.exists() and not (archive.root / PICKLE).exists():
        return  # no archive of 2.1
    try:
        known = py2marshal.loads(safefile.read(path))
    except (OSError, CorruptFile) as error:
        archive.mlist.log('error', f'archive: {path.name}: {error}')
        return
    for packed in known.values() if isinstance(known, dict) else ():
        try:
            values = pickles.loads(packed if isinstance(packed, bytes) else b'')
        except (CorruptFile, UnsafePickle) as error:
            archive.mlist.log('error', f'archive: {path.name}: {error}')
            continue
        values = pickles.decode_strings(values, archive.mlist.charset)
        if isinstance(values, dict):
            yield values


def _from_index(volume: str, values: dict[str, Any]) -> Old | None:
    """Make an article of what 2.1 stored; None where that makes no sense."""
    decoded = values.get('decoded')
    shown = {**values, **(decoded if isinstance(decoded, dict) else {})}
    number, message_id = values.get('sequence'), permalinks.bare(_text(values, 'msgid'))
    try:
        date = float(values.get('date', ''))
    except (TypeError, ValueError):
        return None
    if not isinstance(number, int) or not message_id:
        return None
    references = values.get('references')
    above = [str(x) for x in references] if isinstance(references, list) else []
    parent = permalinks.bare(_text(values, 'in_reply_to'))
    if parent:
        above = [*(x for x in above if x != parent), parent]
    # Also where 2.1 went by the subject, which it kept without its Re:.
    if not above and (parent := _text(values, 'parentID')):
        above = [permalinks.bare(parent)]
    email = _text(shown, 'email')
    author = _text(shown, 'author')
    zone = parsedate_tz(_text(values, 'datestr')[:100])
    return Old(
        number,
        volume,
        message_id,
        ' '.join(_text(shown, 'subject').split()),
        _address(author) if author == email else author,
        _address(email),
        date,
        zone[9] // 60 if zone and zone[9] is not None else None,
        above,
    )


def _text(values: dict[str, Any], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ''


def _address(text: str) -> str:
    """Take 2.1's disguise off an address; our pages put theirs on."""
    return re.sub(r'(?<=\S) at (?=\S)', '@', text)


def _from_page(archive: Archive, volume: str, number: int) -> Old | None:
    """Make an article of a page that is in no index."""
    path = archive.root / volume / f'{number:06d}.html'
    try:
        raw = safefile.read(path)[:20_000]
    except OSError:
        return None
    try:
        page = raw.decode(archive.mlist.charset)
    except (UnicodeError, LookupError):
        page = raw.decode('latin-1')
    ours = '<!--nav-->' in page
    title, ident = _TITLE.search(page), _MESSAGE_ID.search(page)
    who, when = _AUTHOR.search(page), _DATE.search(page)
    if ours:
        title, when = _OUR_SUBJECT.search(page), _OUR_DATE.search(page)
        who = _OUR_AUTHOR.search(page)
    subject = ' '.join(html.unescape(title[1]).split()) if title else ''
    message_id = permalinks.bare(unquote(html.unescape(ident[1]))) if ident else ''
    date = _page_date(when[1]) if when else None
    if date is None:
        begins = volumes.start(volume)
        date = 0.0 if begins is None else (begins.toordinal() - 719_163) * 86_400.0
    return Old(
        number,
        volume,
        message_id or f'{volume}.{number}@{archive.mlist.host_name}',
        subject,
        html.unescape(who[1]).strip() if who else '',
        _address(html.unescape(who[2] or '').strip()) if who else '',
        date,
        removed=ours and '<!--beginarticle-->' not in page,
    )


def _page_date(text: str) -> float | None:
    """Read the date of a page, ``Mon Jan  6 12:30:00 UTC 2020``; zones are names.

    Ours is in the form of ISO 8601.
    """
    words = text.split()
    if len(words) == 1:
        try:
            return datetime.fromisoformat(text).timestamp()
        except ValueError:
            return None
    try:
        day = ' '.join((*words[1:4], words[-1]))
        return float(calendar.timegm(time.strptime(day, '%b %d %H:%M:%S %Y')))
    except (ValueError, OverflowError):
        return None
