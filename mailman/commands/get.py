"""get FILE: sends a file of the list, or a volume of its archive (Majordomo's word)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from mailman.commands import files
from mailman.commands.majordomo import own_arguments
from mailman.commands.request import STOP
from mailman.mail.message import Message
from mailman.mail.mimeparts import text_part
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.commands.request import Request, Stop

HELP = N_("""\
get <FILE>
    Sends you one of the files that "index" names.
""")


def process(request: Request, args: list[str]) -> Stop | None:
    """Attach a file to the answer."""
    rest = own_arguments(request, args)
    if rest is None:
        return STOP
    if len(rest) != 1:
        return request.usage(HELP)
    if not files.allowed(request):
        request.say('The files of this list are for its members only.')
        return STOP
    path = files.offered(request.mlist).get(rest[0])
    if path is None:
        request.say(
            'There is no file "%(name)s": the word "index" shows which there are.',
            name=rest[0][:100],
        )
        return None
    data = files.read(path, files.limit(request) - request.attached_bytes)
    if data is None:
        _too_large(request, path.name)
        return None
    request.attached_bytes += len(data)
    request.attachments.append(_part(path.name, data))
    request.say('Attached: %(name)s', name=path.name)
    return None


def _too_large(request: Request, name: str) -> None:
    request.say('%(name)s is too large to be mailed.', name=name)
    request.say('The archive is here: %(url)s', url=request.mlist.archive_url())


def _part(name: str, data: bytes) -> Message:
    """Make a part of a file: text where it is one."""
    part = Message()
    part['Content-Disposition'] = f'attachment; filename="{name}"'
    try:
        text = data.decode('utf-8')
    except UnicodeDecodeError:
        text = '\0'
    if '\0' not in text:
        return text_part(text, 'utf-8', part)
    part['Content-Type'] = f'application/octet-stream; name="{name}"'
    part['Content-Transfer-Encoding'] = 'base64'
    part.set_payload(base64.encodebytes(data).decode('ascii'))
    return part
