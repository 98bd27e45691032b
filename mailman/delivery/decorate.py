"""Header and footer of a list, put into a post (2.1: the Decorate handler).

text/plain
    The texts go into the body, in the list's charset if that has every character, else
    in the message's.  Where the author's bytes can stay as they are, they stay.
multipart/mixed
    The texts become parts of their own, first and last.
anything else, and text that fits neither charset or does not decode
    The message becomes a part of a new multipart/mixed, between the two.

Texts may hold marks that are replaced per recipient later (see ``personal.py``); then
``sample`` names the characters that will stand there, and base64 is avoided, as nothing
can be spliced into it.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.charset import Charset
from typing import TYPE_CHECKING, Any

from mailman.mail import charsets
from mailman.mail.message import Message
from mailman.mail.text import fill

if TYPE_CHECKING:
    from mailman.lists import MailList

# Blanks before a line's end, except those of the signature mark "-- ".
_TRAILING = re.compile(r'(?m)(?<!^--) +$')
ASCII = 'us-ascii'
_PLAIN_LABELS = frozenset(['ascii', 'utf-8', 'iso8859-1'])
_TRANSPARENT = frozenset(['', '7bit', '8bit', 'binary'])


@dataclass(frozen=True)
class Spot:
    """Where the texts went: their charset, and whether quoted-printable."""

    charset: str = ASCII
    quoted: bool = False

    @property
    def codec(self) -> str:
        """Python's name of the charset."""
        return charsets.codec(self.charset) or 'ascii'


def wanted(msgdata: Mapping[str, Any]) -> bool:
    """Tell whether this message gets header and footer at all."""
    return not (msgdata.get('isdigest') or msgdata.get('nodecorate'))


def texts(mlist: MailList, extra: Mapping[str, Any]) -> tuple[str, str]:
    """Answer the list's header and footer, filled in; empty when there is nothing."""
    return fill_in(mlist, mlist.msg_header, extra), fill_in(
        mlist, mlist.msg_footer, extra
    )


def fill_in(
    mlist: MailList, template: str, extra: Mapping[str, Any] | None = None
) -> str:
    """Answer an owner's text about the list, filled in; empty if it says nothing."""
    values = {
        'real_name': mlist.real_name,
        'list_name': mlist.real_name,
        '_internal_name': mlist.name,
        'host_name': mlist.host_name,
        'web_page_url': mlist.web_page_url,
        'description': mlist.description,
        'info': mlist.info,
        'cgiext': mlist.site.cfg.CGIEXT,
        **(extra or {}),
    }
    text = fill(template, values, dollar=bool(mlist.use_dollar_strings))
    text = _TRAILING.sub('', text.replace('\r\n', '\n'))
    return text if text.strip() else ''


def decorate(
    msg: Message, header: str, footer: str, list_charset: str, sample: str | None = None
) -> Spot:
    """Put the texts into the message, in place.

    ``sample``: None, or what marks in the texts will be replaced with.
    """
    if not header and not footer:
        return Spot()
    content_type = msg.get_content_type()
    parts = msg.get_payload()
    if content_type == 'text/plain' and not isinstance(parts, list):
        spot = _into_text(msg, header, footer, list_charset, sample)
        if spot:
            return spot
    frame = _Frame(header, footer, list_charset, sample)
    if content_type == 'multipart/mixed' and isinstance(parts, list):
        msg.set_payload([*frame.before, *parts, *frame.after])
    else:
        _wrap(msg, frame)
    _add_mime_version(msg)
    return frame.spot


def _add_mime_version(msg: Message) -> None:
    if 'mime-version' not in msg:
        msg['MIME-Version'] = '1.0'


# --- into the text ---------------------------------------------------------


def _into_text(
    msg: Message, header: str, footer: str, list_charset: str, sample: str | None
) -> Spot | None:
    """Extend a text/plain body; None when no charset fits."""
    declared = _declared_charset(msg)
    body = msg.get_payload(decode=True)
    codec = charsets.codec(declared)
    if codec is None or not isinstance(body, bytes):
        return None
    try:
        text = body.decode(codec)
    except (UnicodeError, ValueError):
        return None
    header += '\n' * bool(header and not header.endswith('\n'))
    footer = '\n' * bool(footer and text and not text.endswith('\n')) + footer
    charset = _fitting(header + text + footer + (sample or ''), list_charset, declared)
    if charset is None:
        return None
    new = charsets.codec(charset) or 'ascii'
    kept = body if new == codec else text.encode(new)
    _relabel(msg, charset, declared, header + text + footer + (sample or ''))
    pieces = _Pieces(header.encode(new), kept, footer.encode(new), kept == body)
    spot = _store(msg, pieces, sample)
    _add_mime_version(msg)
    return spot


@dataclass(frozen=True)
class _Pieces:
    """The new body, in its charset; ``untouched``: the author's bytes are as before."""

    before: bytes
    body: bytes
    after: bytes
    untouched: bool


def _declared_charset(msg: Message) -> str:
    charset = msg.get_param('charset', ASCII)
    if isinstance(charset, tuple):  # RFC 2231
        charset = charset[2]
    return str(charset or ASCII).strip().lower()


def _fitting(text: str, list_charset: str, declared: str) -> str | None:
    """Answer the list's charset or the message's, whichever has every character."""
    for charset in (Charset(list_charset).get_output_charset() or ASCII, declared):
        if charsets.encodes(text, charset):
            return charset
    return None


def _relabel(msg: Message, charset: str, declared: str, text: str) -> None:
    """Say which charset it is now, unless what is said already is as true."""
    free = {charsets.codec(charset), charsets.codec(declared)} <= _PLAIN_LABELS
    if 'content-type' in msg:
        if charsets.same(charset, declared) or (text.isascii() and free):
            return
        msg.set_param('charset', charset)
    else:
        msg['Content-Type'] = f'text/plain; charset="{charset}"'


def _store(msg: Message, pieces: _Pieces, sample: str | None) -> Spot:
    """Set the body, in the transfer encoding it has if possible."""
    charset = _declared_charset(msg)
    encoding = str(msg.get('content-transfer-encoding', '')).strip().lower()
    whole = pieces.before + pieces.body + pieces.after
    if encoding in _TRANSPARENT:
        _set_raw(msg, whole)
        if whole.isascii() and (sample or '').isascii():
            return Spot()
        _set_encoding(msg, '8bit')
        return Spot(charset)
    if encoding == 'base64' and sample is None:
        _set_raw(msg, _base64(whole))
        return Spot(charset)
    raw = _raw(msg) if encoding == 'quoted-printable' and pieces.untouched else b'='
    if raw.rstrip(b' \t\n').endswith(b'='):
        _set_encoding(msg, 'quoted-printable')
        raw = _quoted(pieces.body)
    _set_raw(msg, _quoted(pieces.before) + raw + _quoted(pieces.after))
    return Spot(charset, quoted=True)


def _raw(msg: Message) -> bytes:
    return str(msg.get_payload()).encode('utf-8', 'surrogateescape')


def _set_raw(msg: Message, data: bytes) -> None:
    msg.set_payload(data.decode('ascii', 'surrogateescape'))


def _set_encoding(msg: Message, name: str) -> None:
    if 'content-transfer-encoding' in msg:
        msg.replace_header('Content-Transfer-Encoding', name)
    else:
        msg['Content-Transfer-Encoding'] = name


def _base64(data: bytes) -> bytes:
    lines = [data[i : i + 57] for i in range(0, len(data), 57)]
    return b''.join(map(binascii.b2a_base64, lines))


def _quoted(data: bytes) -> bytes:
    """Encode so that pieces can be joined; marks (see personal.py) stay whole.

    A mark stands alone between soft line breaks, so that whatever replaces it cannot
    make a line too long.
    """
    pieces = MARK.split(data)
    out = [_quoted_piece(pieces[0])]
    for mark, piece in zip(MARK.findall(data), pieces[1:], strict=True):
        out += [b'=\n', mark, b'=\n', _quoted_piece(piece)]
    return b''.join(out)


def _quoted_piece(piece: bytes) -> bytes:
    encoded = quopri.encodestring(piece)
    # quopri ends what has no line end with a soft break of its own, at times.
    return encoded.removesuffix(b'=\n') if not piece.endswith(b'\n') else encoded


# --- around the message ----------------------------------------------------


class _Frame:
    """The parts that go before and after the message."""

    def __init__(
        self, header: str, footer: str, list_charset: str, sample: str | None
    ) -> None:
        charset = Charset(list_charset).get_output_charset() or ASCII
        everything = header + footer + (sample or '')
        if not charsets.encodes(everything, charset):
            charset = 'utf-8'
        self.spot = Spot() if everything.isascii() else Spot(charset, quoted=True)
        self.before = [self._part(header)] if header else []
        self.after = [self._part(footer)] if footer else []

    def _part(self, text: str) -> Message:
        part = Message()
        part['Content-Type'] = f'text/plain; charset="{self.spot.charset}"'
        encoding = 'quoted-printable' if self.spot.quoted else '7bit'
        part['Content-Transfer-Encoding'] = encoding
        part['Content-Disposition'] = 'inline'
        data = text.encode(charsets.codec(self.spot.charset) or 'utf-8')
        _set_raw(part, _quoted(data) if self.spot.quoted else data)
        return part


def _wrap(msg: Message, frame: _Frame) -> None:
    """Make the message a part, with its Content-* headers, of a multipart/mixed.

    The part is cut out of the bytes: a signature in it must go on to fit.
    """
    inner = _content(msg.as_bytes())
    for name in {name.lower() for name in msg.keys()}:  # noqa: SIM118
        if name.startswith('content-'):
            del msg[name]
    msg.preamble = msg.epilogue = None
    msg['Content-Type'] = 'multipart/mixed'
    msg.set_payload([*frame.before, inner, *frame.after])


def _content(raw: bytes) -> Message:
    """Answer the message without the headers that are not about its content."""
    head, _, body = (b'\n' + raw).partition(b'\n\n')
    kept = b''.join(match[0] + b'\n' for match in _CONTENT_FIELD.finditer(head))
    return Message.from_bytes(kept + b'\n' + body)


_CONTENT_FIELD = re.compile(rb'(?mi)^content-[^\n]*(?:\n[ \t][^\n]*)*')

# A place in the bytes of a message where something personal goes.
MARK = re.compile(rb'zqMARK[a-z]+[0-9a-f]{16}qz')
