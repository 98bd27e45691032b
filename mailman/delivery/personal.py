"""Copies that differ per recipient, made from one message rendered once.

The message is decorated, given its headers and turned into wire bytes with marks where
something personal goes.  A copy is those bytes with values put in: microseconds,
where rendering takes a millisecond.  A value that the text's charset lacks (a Greek
name on an English list) gets a rendering of its own, which then serves all such copies.
"""

from __future__ import annotations

import base64
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mailman.delivery import decorate
from mailman.delivery.decorate import Spot
from mailman.delivery.smtp import wire_text
from mailman.mail import addresses
from mailman.mail.message import Message

if TYPE_CHECKING:
    from mailman.lists import MailList

# Variables of header and footer (2.1), by the word that stands for them in a mark.
VARIABLES = {
    'address': 'user_address',
    'delivered': 'user_delivered_to',
    'password': 'user_password',
    'language': 'user_language',
    'name': 'user_name',
    'options': 'user_optionsurl',
}
FULL = 2  # personalize: the copy is addressed to its recipient
DUPLICATE_HEADER = 'X-Mailman-Copy'
_SOFT_BREAK_EVERY = 72


@dataclass
class Rendering:
    """The wire bytes, cut at the marks, and how values are written there."""

    spot: Spot
    pieces: list[bytes]  # text, value, text, value ... text
    words: list[str]  # which value comes between
    at_line_start: set[int] = field(default_factory=set)  # of words

    @classmethod
    def of(cls, raw: bytes, spot: Spot, nonce: str) -> Rendering:
        """Cut a message at its marks."""
        # The nonce keeps an author from writing marks.
        mark = re.compile(rb'zqMARK([a-z]+)%bqz' % nonce.encode())
        pieces = mark.split(wire_text(raw))
        starts = {n for n, text in enumerate(pieces[:-1:2]) if text.endswith(b'\n')}
        return cls(spot, pieces, [word.decode() for word in pieces[1::2]], starts)

    def fill(self, values: Mapping[str, bytes]) -> bytes:
        """Answer the copy with these values."""
        pieces = self.pieces.copy()
        pieces[1::2] = [values[word] for word in self.words]
        for index in self.at_line_start:
            if pieces[2 * index + 1].startswith(b'.'):
                pieces[2 * index + 1] = b'.' + pieces[2 * index + 1]
        return b''.join(pieces)


class Personalizer:
    """Makes each recipient's copy of one message.

    ``sender_of`` gives the envelope sender for a recipient.  What is sent one by one
    for VERP alone gets personal texts and headers too, as in 2.1, but keeps its To.
    """

    def __init__(
        self,
        mlist: MailList,
        msg: Message,
        msgdata: Mapping[str, Any],
        sender_of: Callable[[str], str],
        set_headers: Callable[[Message, str], None],
    ) -> None:
        self.mlist, self.msgdata = mlist, msgdata
        self.sender_of = sender_of
        self._set_headers = set_headers
        self._raw = msg.as_bytes()
        self._nonce = secrets.token_hex(8)
        self._renderings: dict[bool, list[Rendering]] = {False: [], True: []}
        self._duplicates: Mapping[str, Any] = msgdata.get('add-dup-header') or {}
        self._header_name = mlist.site.cfg.RCPT_BASE64_HEADER_NAME
        self._full = mlist.personalize == FULL
        self._options_page = mlist.options_url()
        self._texts = self._decoration()
        used = ''.join(self._texts)
        self._used = [word for word in VARIABLES if self.mark(word) in used]

    def mark(self, word: str) -> str:
        """Answer what stands for a value in the rendered message."""
        return f'zqMARK{word}{self._nonce}qz'

    def copy(self, recipient: str) -> bytes:
        """Answer this recipient's copy, as it goes over the wire."""
        values = self._header_values(recipient)
        texts = self._text_values(recipient) if self._used else {}
        duplicate = recipient in self._duplicates
        for rendering in self._renderings[duplicate]:
            encoded = _encode_all(texts, rendering.spot)
            if encoded is not None:
                return rendering.fill({**values, **encoded})
        rendering = self._render(duplicate, ''.join(texts.values()))
        self._renderings[duplicate].append(rendering)
        return rendering.fill({**values, **(_encode_all(texts, rendering.spot) or {})})

    # --- rendering -----------------------------------------------------------

    def _decoration(self) -> tuple[str, str]:
        if self.msgdata.get('decorated') or not decorate.wanted(self.msgdata):
            return '', ''
        marks = {name: self.mark(word) for word, name in VARIABLES.items()}
        extra = self.msgdata.get('decoration-data') or {}
        return decorate.texts(self.mlist, {**marks, **extra})

    def _render(self, duplicate: bool, sample: str) -> Rendering:
        msg = Message.from_bytes(self._raw)
        given = sample if self._used else None
        spot = decorate.decorate(msg, *self._texts, self.mlist.charset, given)
        self._set_headers(msg, self.mark('sender'))
        if self._full:
            del msg['to']
            msg['To'] = self.mark('to')
        del msg[DUPLICATE_HEADER]
        if duplicate:
            msg[DUPLICATE_HEADER] = 'yes'
        if self._header_name:
            del msg[self._header_name]
            msg[self._header_name] = self.mark('base')
        return Rendering.of(msg.as_bytes(), spot, self._nonce)

    # --- values ---------------------------------------------------------------

    def _header_values(self, recipient: str) -> dict[str, bytes]:
        values = {'sender': _bytes(self.sender_of(recipient))}
        if self._full:
            values['to'] = _bytes(self._to(recipient))
        if self._header_name:
            values['base'] = base64.b64encode(_bytes(recipient))
        return values

    def _to(self, recipient: str) -> str:
        name = self.mlist.name_of(recipient) if self._is_member(recipient) else ''
        # Not folded: the name is short, and the header stands on one line.
        return addresses.format_address(name or '', recipient, self.mlist.charset)

    def _is_member(self, recipient: str) -> bool:
        return self.mlist.is_member(recipient)

    def _text_values(self, recipient: str) -> dict[str, str]:
        values = {}
        member = self._is_member(recipient)
        for word in self._used:
            value = getattr(self, f'_{word}')(recipient, member)
            values[word] = ' '.join(value.split())
        return values

    def _address(self, recipient: str, member: bool) -> str:
        return recipient.lower()

    def _delivered(self, recipient: str, member: bool) -> str:
        return self.mlist.address_of(recipient) if member else recipient

    def _password(self, recipient: str, member: bool) -> str:
        # Only a hash of it is kept.
        _ = self.mlist.translator()
        return str(_('(not shown: use the page below to get in without it)'))

    def _language(self, recipient: str, member: bool) -> str:
        code = (
            self.mlist.language_of(recipient)
            if member
            else self.mlist.preferred_language
        )
        described = self.mlist.site.cfg.LC_DESCRIPTIONS.get(code)
        return str(described[0]) if described else str(code)

    def _name(self, recipient: str, member: bool) -> str:
        name = self.mlist.name_of(recipient) if member else ''
        return name or recipient.lower()

    def _options(self, recipient: str, member: bool) -> str:
        # The page's address is the same for all: most of the work, done once.
        return f'{self._options_page}/{quote(recipient.lower(), safe="")}'


def _encode_all(texts: Mapping[str, str], spot: Spot) -> dict[str, bytes] | None:
    """Write values as the text around them is; None when its charset lacks one."""
    try:
        values = {word: text.encode(spot.codec) for word, text in texts.items()}
    except UnicodeError:
        return None
    if spot.quoted:
        return {word: _quoted(value) for word, value in values.items()}
    return values


def _quoted(value: bytes) -> bytes:
    """Encode as quoted-printable; a soft break stands before and after already."""
    out: list[bytes] = []
    length = 0
    for byte in value:
        letter = bytes([byte])
        plain = 33 <= byte <= 126 and byte != 0x3D
        piece = letter if plain else b'=%02X' % byte
        if length + len(piece) > _SOFT_BREAK_EVERY:
            out.append(b'=\r\n')
            length = 0
        out.append(piece)
        length += len(piece)
    return b''.join(out)


def _bytes(text: str) -> bytes:
    return text.encode('utf-8', 'surrogateescape')
