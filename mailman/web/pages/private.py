"""private: the files of an archive, for its readers.

The path behind the list's name is one below archives/private/LIST, a folder meaning its
index.html; LIST.mbox/LIST.mbox is the whole archive.  A folder without the slash at its
end is redirected to the address with it, or links in it would lead elsewhere.  A file
that was compressed is served unpacked.

What a path leads to must really lie in that list's archive, whatever links there are;
the archive's own database is never served.
"""

from __future__ import annotations

import os
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING

from mailman.lists import catalog
from mailman.site.i18n import N_
from mailman.web import readers
from mailman.web.answers import HTML, Refused, Response
from mailman.web.view import View, open_list

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.web.request import Request

# Extension: type.  Whatever is missing is downloaded.
TYPES = {
    '.html': HTML,
    '.css': 'text/css; charset=utf-8',
    '.xml': 'application/atom+xml; charset=utf-8',
    '.txt': 'text/plain; charset=utf-8',
    '.mbox': 'text/plain; charset=utf-8',
    '.png': 'image/png',
    '.gif': 'image/gif',
    '.jpg': 'image/jpeg',
    '.jpeg': 'image/jpeg',
    '.webp': 'image/webp',
    '.svg': 'application/octet-stream',
}
BINARY = 'application/octet-stream'
# Old pages of 2.1 have one style of their own, which this hash allows.
OLD_STYLE = "'sha256-b91kUirVE65Hvs8Uwx5PRDeeGRGN8cTM9SECcRq3cjE='"
PAGE_POLICY = (
    f"default-src 'none'; style-src 'self' {OLD_STYLE}; img-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# What a sender attached is looked at, never run (SECURITY 3.9).
FILE_POLICY = "default-src 'none'; img-src 'self'; frame-ancestors 'none'; sandbox"
_HIDDEN = frozenset(('database',))
_PIECE = 65_536


def respond(request: Request) -> Response:
    """Serve a file of the archive to one of its readers."""
    request.pieces = _settle_name(request)
    mlist = open_list(request)
    view = View(request, mlist)
    parts = request.rest
    if any('\\' in part for part in parts):
        request.site.log.write(
            'mischief', f'private: odd path: {request.pieces} from {request.remote}'
        )
        raise Refused(404, N_('There is no such page here.'))
    readers.require(view)
    path = _find(mlist, parts)
    if path is None and parts in ([], ['index.html']):
        from mailman.archive.starting import start  # a list older than its archive

        start(mlist)
        path = _find(mlist, parts)
    if path is None:
        raise Refused(404, N_('There is no such page in this archive.'))
    if _lacks_slash(view, parts):
        return view.see(mlist.url('private', *parts, absolute=False) + '/')
    response = _send(request, path, attached='attachments' in parts[:1])
    response.headers += view.headers
    return response


def _settle_name(request: Request) -> list[str]:
    """Give the pieces with the list's name first, for ``LIST.mbox/LIST.mbox`` too."""
    pieces = request.pieces
    name = request.list_name
    if len(pieces) <= 2 and name.endswith('.mbox'):
        owner = name.removesuffix('.mbox')
        if catalog.exists(request.site, owner) and pieces[1:] in ([], [pieces[0]]):
            return [owner, f'{owner}.mbox']
    return pieces


def _lacks_slash(view: View, parts: list[str]) -> bool:
    """Tell whether a browser asks for a folder in a way that breaks links in it."""
    request, mlist = view.request, view.mlist
    assert mlist is not None
    sent = view.login is not None and view.login.sent
    slash = str(request.environ.get('PATH_INFO', '')).endswith('/')
    if sent or slash or request.method == 'POST':
        return False
    return os.path.isdir(mlist.site.archives_private.joinpath(mlist.name, *parts))


def _find(mlist: MailList, parts: list[str]) -> Path | None:
    """Give the file that a path means, None if there is none that may be seen."""
    private = mlist.site.archives_private
    mbox = f'{mlist.name}.mbox'
    root = private / (mbox if parts == [mbox] else mlist.name)
    if any(part.startswith('.') or part in _HIDDEN for part in parts):
        return None
    # The folder of the list may be a link; what is below must stay in it.
    inside = os.path.realpath(root)
    path = _inside(inside, root.joinpath(*parts))
    # Not of Path: that raises for names that are too long.
    if path is not None and os.path.isdir(path):
        # Of a volume it is a link to one of the four indexes.
        path = _inside(inside, path / 'index.html')
    if path is None:
        return None
    if os.path.isfile(path) or os.path.isfile(f'{path}.gz'):
        return path
    return None


def _inside(inside: str, path: Path) -> Path | None:
    """Give where a path leads, None if that is not in the archive, or is hidden."""
    real = os.path.realpath(path)
    if real != inside and not real.startswith(f'{inside}{os.sep}'):
        return None
    found = Path(real)
    return None if set(found.relative_to(inside).parts) & _HIDDEN else found


def _send(request: Request, path: Path, *, attached: bool) -> Response:
    packed = not os.path.isfile(path)
    source = path.with_name(f'{path.name}.gz') if packed else path
    try:
        stat = source.lstat()
    except OSError:
        raise Refused(404, N_('There is no such page in this archive.')) from None
    if not S_ISREG(stat.st_mode):
        raise Refused(404, N_('There is no such page in this archive.'))
    response = _described(path, attached)
    changed = time.strftime('%a, %d %b %Y %H:%M:%S GMT', time.gmtime(stat.st_mtime))
    response.headers.append(('Last-Modified', changed))
    if request.environ.get('HTTP_IF_MODIFIED_SINCE') == changed:
        response.status = 304
        return response
    if not packed:
        response.headers.append(('Content-Length', str(stat.st_size)))
    response.body = _unpacked(source) if packed else _pieces(source)
    return response


def _described(path: Path, attached: bool) -> Response:
    """Make the answer's type and rules from the file's name."""
    kind = TYPES.get(path.suffix.lower(), BINARY)
    headers = []
    if attached and kind == HTML:
        kind = TYPES['.txt']
    if kind == BINARY:
        name = ''.join(c if c.isalnum() or c in '-_.' else '_' for c in path.name)
        headers.append(('Content-Disposition', f'attachment; filename="{name}"'))
    return Response(
        content_type=kind,
        headers=headers,
        policy=FILE_POLICY if attached or kind == BINARY else PAGE_POLICY,
        # The browser may keep it, and asks each time whether it still may.
        cache='private, no-cache',
    )


def _pieces(path: Path) -> Iterator[bytes]:
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(descriptor, 'rb') as file:
        while piece := file.read(_PIECE):
            yield piece


def _unpacked(path: Path) -> Iterator[bytes]:
    """Unpack gzip, several members too; what is cut off or damaged ends it there."""
    unpacker = zlib.decompressobj(wbits=31)
    for piece in _pieces(path):
        try:
            while piece:
                yield unpacker.decompress(piece, 16 * _PIECE)
                piece = unpacker.unconsumed_tail
                if unpacker.eof:
                    piece = unpacker.unused_data
                    unpacker = zlib.decompressobj(wbits=31)
        except zlib.error:
            return
