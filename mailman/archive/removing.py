"""Taking one message out of an archive, or words out of one message.

In this order, so that after a crash nothing is shown again: the database says that the
article is removed and that its page is to be written; then the mbox loses the entry
(copied beside, fsynced, renamed); then the places of all entries behind it are put
right.  Between the last two a note in ``meta`` has the length that the new mbox has,
and which entry is meant, so that the next run knows whether the renaming took place.

The number stays: at both addresses stands a page that says so.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from email.message import Message as PlainMessage
from pathlib import Path
from typing import TYPE_CHECKING

from mailman.archive import attachments, legacy, mbox
from mailman.archive.store import NAVIGATION, PAGE
from mailman.errors import SearchError
from mailman.mail import headers
from mailman.mail.message import Message
from mailman.storage import safefile

if TYPE_CHECKING:
    from mailman.archive.building import Archive
    from mailman.archive.rows import Row

PLAN = 'cutting'
REDACTED = '[...]'
_COPY = 1 << 20
# Headers that are about the form of a mail: no words of people.
_STRUCTURE = ('content-', 'mime-', 'message-id', 'references', 'in-reply-to', 'date')


def numbers_of(archive: Archive, name: str) -> list[int]:
    """Answer the articles that a number or a Message-ID means."""
    if name.isascii() and name.isdigit() and len(name) < 10:
        number = int(name)
        return [number] if archive.store.row(number) else []
    from mailman.archive.permalinks import bare  # only here

    found = archive.store.by_message_id(bare(name))
    return [number for number in found if archive.store.row(number)]


def remove(archive: Archive, number: int) -> None:
    """Remove an article; a page that says so stays."""
    store = archive.store
    row = store.row(number)
    where = _place(archive, number)
    if row is None or (row.removed and where is None):
        return
    with store.transaction():
        store.blank(number)
        near = store.around(number)
        store.mark([number], PAGE)
        store.mark(near, NAVIGATION)
        if where is not None:
            plan(archive, number, where, b'')
    finish(archive)
    erase(archive, number)


def erase(archive: Archive, number: int) -> None:
    """Take a removed article out of files and search index; write its page."""
    row = archive.store.row(number)
    if row is None:
        return
    _out_of_search(archive, number)
    for path in _attachments(archive, number):
        shutil.rmtree(path)
    safefile.sweep(archive.root / row.volume, older_than=-safefile.DAY)
    _out_of_text(archive, row.volume, row.message_id)
    _show(archive, number, row.volume, '')


def redact(archive: Archive, number: int, texts: list[str]) -> bool:
    """Put ``[...]`` for these texts in a message; False when none of them is there."""
    store = archive.store
    row, where = store.row(number), _place(archive, number)
    content = archive.content(number)
    if row is None or where is None or content is None:
        return False
    new = _redacted(content, texts)
    if new is None:
        return False
    parsed, _ = archive.parse(new)
    with store.transaction():
        # So that an old copy of it is known again and not taken for a new mail.
        store.keep_old_digest(number)
        store.show_as(number, parsed.subject, parsed.sort_subject, parsed.author,
                      parsed.email, parsed.digest)  # fmt: skip
        store.mark([number], PAGE)
        store.mark(store.around(number), NAVIGATION)
        plan(archive, number, where, new)
    finish(archive)
    # The text in HTML is among the attachments.
    for path in _attachments(archive, number):
        shutil.rmtree(path)
    parsed, body = archive.parse(new)
    _out_of_search(archive, number)
    archive.find([(number, parsed)])
    size = archive.remake_text(row.volume)
    with store.transaction():
        store.set_text_size(row.volume, size)
    _show(archive, number, row.volume, body)
    return True


def _show(archive: Archive, number: int, volume: str, body: str) -> None:
    """Write the page, those of its neighbours, and the indexes."""
    store = archive.store
    archive.write_article(number, body)
    others = store.dirty(NAVIGATION)
    for other in others:
        archive.renew(other)
    legacy.rename_links(archive, number)
    archive.indexes.update(volume, [number])
    archive.write_front()
    with store.transaction():
        store.clean([number, *others])


# --- the mbox --------------------------------------------------------------------


def _place(archive: Archive, number: int) -> tuple[int, int] | None:
    """Answer where the mbox has an article; of 2.1's it is searched for."""
    store = archive.store
    if store.field(number, 'digest') is None:
        _search_mbox(archive, number)
    return store.where_in_mbox(number) if archive.content(number) is not None else None


def _search_mbox(archive: Archive, number: int) -> None:
    """Note where an article of 2.1 is, which bin/arch never looked for."""
    row, found = archive.store.row(number), []
    if row is None or not archive.mbox.is_file():
        return
    with safefile.open_regular(archive.mbox) as descriptor:
        for place, size in mbox.places(archive.mbox):
            content = mbox.read_entry(descriptor, place, size)
            if _is_of(archive, content, row):
                found.append((place, size, mbox.digest_of(content)))
    store = archive.store
    free = [one for one in found if store.at_place(one[0]) is None]
    twins = store.by_message_id(row.message_id)
    unknown = [n for n in twins if store.field(n, 'digest') is None]
    if number in unknown[: len(free)]:
        place, size, digest = free[unknown.index(number)]
        store.found_at(number, digest, place, size)


def _is_of(archive: Archive, content: bytes, row: Row) -> bool:
    if row.message_id.startswith('mailman.'):
        # Made by 2.1, and not in the mbox.
        if b'\nmessage-id:' in content.lower():
            return False
        one = archive.read(content)
        return (int(one.date), one.email.lower()) == (int(row.date), row.email.lower())
    wanted = row.message_id.encode('utf-8', 'surrogateescape')
    return wanted in content and archive.read(content).message_id == row.message_id


def plan(archive: Archive, number: int, where: tuple[int, int], new: bytes) -> None:
    """Note that an entry is about to be cut, or exchanged; within a transaction."""
    size = archive.mbox.stat().st_size - where[1] + len(new)
    old = _digest(archive, *where)
    what = [number, *where, size, new.decode('latin-1'), old]
    archive.store.set(PLAN, json.dumps(what))


def finish(archive: Archive) -> None:
    """Do what is noted; also what a crash left half done."""
    noted = archive.store.get(PLAN)
    if noted is None:
        return
    number, place, length, size, text, *digest = json.loads(noted)
    new = text.encode('latin-1')
    store, longer = archive.store, len(new) - length
    is_cut = longer and archive.mbox.stat().st_size == size
    # Whatever happened to the mbox meanwhile: no other entry is cut out of it.
    if not is_cut and digest in ([], [_digest(archive, place, length)]):
        _exchange(archive.mbox, place, length, new)
    with store.transaction():
        store.shift(place, longer)
        store.set('end', int(store.get('end', 0)) + longer)
        if new:
            store.found_at(number, mbox.digest_of(new), place, len(new))
        store.unset(PLAN)


def _digest(archive: Archive, place: int, length: int) -> str:
    with safefile.open_regular(archive.mbox) as descriptor:
        return mbox.digest_of(mbox.read_entry(descriptor, place, length)).hex()


def _exchange(path: Path, place: int, length: int, new: bytes) -> None:
    """Put other bytes in the place of an entry, in a copy that replaces the file."""
    temporary = Path(safefile.temporary_name(path))
    mode = path.stat().st_mode & 0o7777
    try:
        with open(path, 'rb') as old, open(temporary, 'xb') as copy:
            _copy(old, copy, place)
            copy.write(new)
            old.seek(place + length)
            shutil.copyfileobj(old, copy, _COPY)
            copy.flush()
            os.fchmod(copy.fileno(), mode)
            os.fsync(copy.fileno())
        os.rename(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    safefile.fsync_dir(path.parent)


def _copy(old: object, copy: object, length: int) -> None:
    while length:
        chunk = old.read(min(length, _COPY))  # type: ignore[attr-defined]
        if not chunk:
            raise OSError(5, 'the mbox is shorter than it was')
        copy.write(chunk)  # type: ignore[attr-defined]
        length -= len(chunk)


# --- text and attachments -----------------------------------------------------------


def _out_of_text(archive: Archive, volume: str, message_id: str) -> None:
    """Take a message out of its volume's text, packed or not."""
    text = archive.text(volume)
    content = text.read()
    wanted = f'\nMessage-ID: <{message_id}>\n'.encode('utf-8', 'replace')
    kept = [
        entry
        for entry in re.split(rb'(?:(?<=\n\n)|\A)(?=From )', content)
        if wanted not in entry.partition(b'\n\n')[0] + b'\n'
    ]
    size = text.replace(b''.join(kept))
    with archive.store.transaction():
        archive.store.set_text_size(volume, size)


def _out_of_search(archive: Archive, number: int) -> None:
    try:
        archive.search.remove(number)
        archive.search.commit()
    except SearchError as error:
        archive.mlist.log('error', f'archive: search index: {error}')


def _attachments(archive: Archive, number: int) -> list[Path]:
    """Answer the folders with what was attached to an article, and to no other.

    Found by its Message-ID; those of 2.1, which made some up, by its page too.
    """
    row = archive.store.row(number)
    if row is None or _has_twin(archive, row):
        return []
    root = archive.root / 'attachments'
    mine = attachments.folder_of(f'<{row.message_id}>')
    found = {*root.glob(f'[0-9]*/{mine}')}
    if linked := _linked(archive, row) - {path.name for path in found}:
        for other, message_id, *_ in archive.store.summaries():
            if other != number:
                linked.discard(attachments.folder_of(f'<{message_id}>'))
        found.update(path for name in linked for path in root.glob(f'[0-9]*/{name}'))
    return [path for path in found if path.is_dir() and not path.is_symlink()]


def _has_twin(archive: Archive, row: Row) -> bool:
    """Tell whether another article that is there has the same Message-ID."""
    found = map(archive.store.row, archive.store.by_message_id(row.message_id))
    return any(x and x.number != row.number and not x.removed for x in found)


def _linked(archive: Archive, row: Row) -> set[str]:
    """Answer the names of the folders that a page links to."""
    try:
        page = safefile.read(archive.root / row.file).decode('utf-8', 'replace')
    except OSError:
        return set()
    return set(re.findall(r'attachments/\d{8}/([0-9a-f]{8})/', page))


# --- words -----------------------------------------------------------------------


def _redacted(content: bytes, texts: list[str]) -> bytes | None:
    """Answer an entry without these words; None when they are not in it."""
    line, _, _rest = content.partition(b'\n')
    msg = Message.from_bytes(mbox.message_of(content))
    found = False
    for name, value in msg.items():
        if name.lower().startswith(_STRUCTURE):
            continue
        told = headers.decode(value)
        new = _without(told, texts)
        if new != told:
            msg.replace_header(name, headers.encode(new, name=name))
            found = True
    for part in msg.walk():
        found = _redact_part(part, texts) or found
    if not found:
        return None
    raw = msg.as_bytes()
    return line + b'\n' + mbox.quoted(raw)


def _redact_part(part: PlainMessage, texts: list[str]) -> bool:
    if part.is_multipart() or part.get_content_maintype() != 'text':
        return False
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return False
    charset = part.get_content_charset() or 'utf-8'
    try:
        text = payload.decode(charset)
    except (UnicodeError, LookupError):
        charset, text = 'utf-8', payload.decode('utf-8', 'replace')
    new = _without(text, texts)
    if new == text:
        return False
    del part['content-transfer-encoding']
    part.set_payload(new.encode(charset, 'replace').decode(charset), charset)
    return True


def _without(text: str, words: list[str]) -> str:
    for word in filter(None, words):
        text = re.sub(re.escape(word), REDACTED, text, flags=re.IGNORECASE)
    return text
