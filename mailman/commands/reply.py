"""The one answer to a command mail: Results, Unprocessed, Ignored, Done, the original.

How much comes back with it is the site's RESPONSE_INCLUDE_LEVEL: 0 nothing, 1 the
headers of the original, 2 all of it.  The sender may be forged, so that there are two
limits: what is quoted is short, and one address gets so many answers a day.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mailman.actions import autoreply
from mailman.actions.systemmail import UserNotification
from mailman.mail.message import Message
from mailman.mail.mimeparts import attached, cut, text_part
from mailman.mail.text import wrap

if TYPE_CHECKING:
    from mailman.commands.request import Request

# Bytes of the original, letters of lines that were not read: the whole answer, headers
# and results included, stays below 5 kB, since its address may be forged.
QUOTE_BYTES = 3000
LISTED_LETTERS = 1000
NOTHING, HEADERS, ALL = 0, 1, 2
_MASK = b'********'


def send(request: Request) -> bool:
    """Answer the mail; False where that is not wanted or was done often enough."""
    mlist, lang = request.mlist, request.lang
    to = request.return_address or request.sender
    if request.silent or not autoreply.may_answer(mlist, to, lang):
        return False
    _ = request.translator
    notice = UserNotification(
        mlist,
        to,
        mlist.address('owner'),
        _('The results of your mail commands'),
        compose(request),
        lang,
        parts=[*request.attachments, original(request)],
        auto='auto-replied',
    )
    notice.in_reply_to(request.msg)
    notice.send()
    return True


def compose(request: Request) -> str:
    """Return the text of the answer."""
    _ = request.translator
    level = int(request.mlist.site.cfg.RESPONSE_INCLUDE_LEVEL)
    text = [wrap(_('This is what became of the commands that you sent by mail.')), '']
    if request.results:
        text += [_('- Results:'), *_indented(request.results), '']
    elif not request.unprocessed:
        text += [
            wrap(
                _(
                    'There was no command in your mail. To be told which commands '
                    'there are, send a mail with the word "help" alone.'
                )
            ),
            '',
        ]
    if level >= ALL:
        for title, lines in (
            (_('- Unprocessed:'), request.unprocessed),
            (_('- Ignored:'), request.ignored),
        ):
            if lines:
                lines = _without(_beginning(lines), request.secrets)
                text += [title, *_indented(lines), '']
    return '\n'.join([*text, _('- Done.'), ''])


def _indented(lines: list[str]) -> list[str]:
    return [f'    {line}'.rstrip() for line in lines]


def _without(lines: list[str], secrets: set[str]) -> list[str]:
    """Return the lines with the passwords masked that the mail brought elsewhere."""
    mask = _MASK.decode()
    for secret in filter(None, secrets):
        lines = [line.replace(secret, mask) for line in lines]
    return lines


def _beginning(lines: list[str]) -> list[str]:
    """Return the first lines, and three dots where there are more."""
    kept: list[str] = []
    room = LISTED_LETTERS
    for line in lines:
        room -= len(line) + 1
        if room < 0:
            return [*kept, '...']
        kept.append(line)
    return kept


# --- the original ------------------------------------------------------------------


def original(request: Request) -> Message:
    """Return the part that holds what the site sends back of the mail."""
    _ = request.translator
    level = int(request.mlist.site.cfg.RESPONSE_INCLUDE_LEVEL)
    if level <= NOTHING:
        note = _('This site does not send back what it was sent.')
        return text_part(note)
    msg = _masked(request.msg, request.secrets) if level >= ALL else None
    if msg is None:
        note = _('[The text of your mail is not sent back.]')
        msg = cut(_headers_only(request, note), QUOTE_BYTES, note)
    return attached(cut(msg, QUOTE_BYTES, _('[The rest is not quoted.]')))


def _masked(msg: Message, secrets: set[str]) -> Message | None:
    """Return the mail without these passwords; None where they are not to be found."""
    if not any(secrets):
        return msg
    words = [re.escape(s.encode('utf-8', 'replace')) for s in secrets if s]
    words.sort(key=len, reverse=True)
    raw, count = re.subn(
        rb'(?<!\w)(?:' + b'|'.join(words) + rb')(?!\w)', _MASK, msg.as_bytes()
    )
    return Message.from_bytes(raw) if count else None


def _headers_only(request: Request, note: str) -> Message:
    """Return the mail's headers over a note; passwords in them are masked too."""
    short = Message()
    for name, value in request.msg.items():
        if not name.lower().startswith(('content-', 'mime-', 'approve', 'x-approve')):
            short[name] = value
    if any(request.secrets):
        # It may be encoded there.
        del short['subject']
    return text_part(note, part=short)
