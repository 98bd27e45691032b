"""Writing the files of an archive: pages, texts, links.

A page is replaced whole, and not forced to the disk: whatever a crash loses, the notes
in ``articles.db`` have written again.  Modes are 2.1's: directories 02775, files 0664,
``database`` 02770.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from mailman.lists.archive_links import make_directory
from mailman.storage import safefile

MODE = 0o664
DIRECTORY, CLOSED = 0o2775, 0o2770
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def encoded(text: str) -> bytes:
    """Give text as pages have it."""
    return text.encode('utf-8', 'replace')


def write(path: safefile.PathName, text: str | bytes) -> None:
    """Replace a file that everybody may read."""
    data = encoded(text) if isinstance(text, str) else text
    try:
        safefile.write(path, data, mode=MODE, durable=False)
    except FileNotFoundError:
        make_directory(Path(path).parent, DIRECTORY)
        safefile.write(path, data, mode=MODE, durable=False)


def write_new(path: safefile.PathName, text: str | bytes) -> None:
    """Write a file that is not there, quickly; replace it if it is.

    A crash may leave a part of it: for rebuilds, which would write it again.
    """
    data = encoded(text) if isinstance(text, str) else text
    try:
        descriptor = os.open(path, _NEW, MODE)
    except (FileExistsError, FileNotFoundError):
        write(path, data)
        return
    try:
        if os.write(descriptor, data) != len(data):
            write(path, data)
        elif os.fstat(descriptor).st_mode & 0o777 != MODE:
            os.fchmod(descriptor, MODE)
    finally:
        os.close(descriptor)


def write_if_other(path: Path, data: bytes) -> bool:
    """Write a file unless it holds this already; tell whether it was written."""
    with suppress(OSError):
        if safefile.read(path) == data:
            return False
    write(path, data)
    return True


def link(path: safefile.PathName, target: str, *, replace: Callable[[], bool]) -> None:
    """Make a relative link; ``replace`` is asked when the name leads elsewhere.

    A copied archive may have files in the places of links (``cp -L``): replaced, too.
    """
    try:
        os.symlink(target, path)
        return
    except FileNotFoundError:
        make_directory(Path(path).parent, DIRECTORY)
    except FileExistsError:
        if os.path.islink(path):
            if os.readlink(path) == target:
                return
        elif os.path.isdir(path):
            return
        if not replace():
            return
    temporary = safefile.temporary_name(path)
    os.symlink(target, temporary)
    os.rename(temporary, path)


# --- the text of a volume --------------------------------------------------------


class Text:
    """``VOLUME.txt``, or with GZIP_ARCHIVE_TXT_FILES only ``VOLUME.txt.gz``.

    The packed form grows by a gzip member for each time that something is added.
    """

    def __init__(self, root: Path, volume: str, packed: bool) -> None:
        self.plain = root / f'{volume}.txt'
        self.gz = root / f'{volume}.txt.gz'
        self.packed = packed
        self.path = self.gz if packed else self.plain

    def size(self) -> int:
        """Answer how large the file is."""
        try:
            return self.path.lstat().st_size
        except FileNotFoundError:
            return 0

    def append(self, content: bytes, known: int) -> int | None:
        """Add entries behind the first ``known`` bytes; answer the new size.

        What is there beyond them was left by a crash.  None when the file is shorter
        than that: it has to be made anew.
        """
        if self._turn():
            known = self.size()
        if self.packed:
            content = gzip.compress(content, 6)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(self.path, flags, MODE)
        try:
            size = os.fstat(descriptor).st_size
            if size < known:
                return None
            if size == 0:
                os.fchmod(descriptor, MODE)
            if size > known:
                os.ftruncate(descriptor, known)
            view = memoryview(content)
            place = known
            while view:
                done = os.pwrite(descriptor, view, place)
                place, view = place + done, view[done:]
            return place
        finally:
            os.close(descriptor)

    def adopt(self, path: Path) -> int | None:
        """Make a file the text where there is none yet; answer its size."""
        if self.packed or self.plain.exists() or self.gz.exists():
            return None
        os.chmod(path, MODE)
        os.rename(path, self.plain)
        return self.size()

    def _turn(self) -> bool:
        """Bring the text into the form that the site wants now."""
        if self.packed and self.plain.is_file():
            write(self.gz, gzip.compress(safefile.read(self.plain), 6))
            self.plain.unlink()
            return True
        if not self.packed and not self.plain.exists() and self.gz.is_file():
            # What nightly_gzip made has its text beside it; this has none.
            write(self.plain, gzip.decompress(safefile.read(self.gz)))
            return True
        return False

    def read(self) -> bytes:
        """Answer the whole text; nothing if there is none."""
        self._turn()
        with suppress(FileNotFoundError):
            content = safefile.read(self.path)
            return gzip.decompress(content) if self.packed else content
        return b''

    def pack_twin(self) -> None:
        """Make the packed twin that nightly_gzip made before."""
        if not self.packed:
            write(self.gz, gzip.compress(self.read(), 6))

    def replace(self, content: bytes) -> int:
        """Write the whole text anew, and its packed twin where there is one."""
        write(self.path, gzip.compress(content, 6) if self.packed else content)
        if not self.packed and self.gz.exists():
            write(self.gz, gzip.compress(content, 6))
        return self.size()
