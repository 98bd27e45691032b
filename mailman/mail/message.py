"""The message of pipeline, queue and archive: read lazily, sent on byte for byte.

``Message`` answers like ``email.message.Message``, so that handlers written for 2.1
work, but shares little with it.  It keeps the bytes it was made from: a header that
nobody changed is emitted as it came, however oddly it was written, and so is a body
or a part.  The MIME structure is looked at only when somebody asks for the payload.

Rules of reading, as in 2.1:

- CRLF becomes LF; a bare CR, NUL and 8-bit bytes stay.
- The first line that is no header and no continuation ends the headers and
  belongs to the body; ``Subject : x`` is such a line.
- A multipart without boundary, or whose boundary never comes, is text.
- Values are str with surrogate-escaped bytes.  So is the text payload:
  ``get_payload()`` of an 8-bit part loses nothing, see ``mail.charsets.decode``.

Nothing that comes from bytes raises, recurses or takes more than linear time; see
``parts`` for the limits on depth and number of parts (``over_limits`` tells).
"""

from __future__ import annotations

import binascii
import email.header
import email.message
import os
import re
import time
from collections.abc import Callable, Container, Generator, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Self

from mailman import errors
from mailman.mail import addresses, charsets, headers, params, parts

if TYPE_CHECKING:
    _Base = email.message.Message[str, str]
else:
    _Base = email.message.Message

MAX_FIELDS = 10_000  # header lines; what follows is body

# A field: its name, then all that follows the colon.  `^` keeps junk linear.
_FIELD = re.compile(r'^([!-9;-~]+):([^\n]*(?:\n[ \t][^\n]*)*)\n', re.MULTILINE)
_NAME = re.compile(r'[!-9;-~]+')
_FROM_LINE = re.compile(rb'>?From [^\n]*(?:\n|\Z)')
_STRAY = re.compile(r'(?:>?From |[ \t])[^\n]*\n')
_BREAKS = re.compile(r'[ \t]*[\r\n\0]+[ \t]*')
_BIG = 1 << 18  # a header block that is read with care
_USUAL = 200  # shorter values of headers with parameters come again and again

_UNREAD: Any = object()


class _Written(str):
    """A value that code has set; it is encoded and folded when it is sent."""

    __slots__ = ()


class _Budget:
    """The parts that one message may still have."""

    __slots__ = ('exceeded', 'left')

    def __init__(self) -> None:
        self.left = parts.MAX_PARTS
        self.exceeded = False

    def copy(self) -> _Budget:
        """Return what a copy of the message may still have."""
        twin = _Budget()
        twin.left, twin.exceeded = self.left, self.exceeded
        return twin


class Message(_Base):
    """A mail, or a part of one."""

    _charset: Any = None
    _default_type = 'text/plain'
    _unixfrom: str | None = None
    _depth = 0
    _changed = False  # a header was
    _plain = False  # headers, one empty line, body: nothing was dropped on reading
    _sliced = False  # the body still is raw[body:end]
    _kids: tuple[Any, ...] = ()  # the parts as they were read
    _boundary: str | None = None  # the one they were read with
    _preamble: Any = None
    _epilogue: Any = None
    _framed = False  # preamble or epilogue was set
    _raw = b''
    _begin = _body = _end = 0

    def __init__(self, policy: Any = None) -> None:
        self.defects: list[Any] = []
        self._keys: list[str] = []
        self._fields: list[tuple[str, str]] = []
        self._content: Any = None
        self._budget = _Budget()

    policy = email.message.Message().policy  # type: ignore[assignment,unused-ignore]

    # --- reading --------------------------------------------------------------

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """Read a message; any bytes will do."""
        if b'\r' in raw:
            raw = raw.replace(b'\r\n', b'\n')
        return cls._over(bytes(raw), 0, len(raw), 0, _Budget())

    @classmethod
    def from_string(cls, text: str) -> Self:
        """Read a message from text: UTF-8, with escaped bytes for what is none."""
        return cls.from_bytes(_to_bytes(text))

    @classmethod
    def _over(
        cls, raw: bytes, begin: int, end: int, depth: int, budget: _Budget
    ) -> Self:
        """Make a message of a slice: read its headers, leave its body."""
        self = cls.__new__(cls)
        self.defects = []
        self._raw, self._begin, self._end = raw, begin, end
        self._depth, self._budget = depth, budget
        self._content, self._sliced = _UNREAD, True
        if raw.startswith((b'From ', b'>From '), begin, end):
            begin = self._read_from_line()
        gap = (
            begin - 1
            if raw.startswith(b'\n', begin, end)
            else raw.find(b'\n\n', begin, end)
        )
        stop = end if gap < 0 else gap + 1
        if stop - begin > _BIG:
            self._read_odd_fields(begin)
            return self
        text = raw[begin:stop].decode('ascii', 'surrogateescape')
        if text and text[-1] != '\n':
            text += '\n'
        self._fields = fields = _FIELD.findall(text)
        if sum([len(n) + len(v) for n, v in fields]) + 2 * len(fields) != len(text):
            self._read_odd_fields(begin)
            return self
        self._keys = [name.lower() for name, _ in fields]
        self._body = end if gap < 0 else gap + 2
        self._plain = gap >= 0 and begin == self._begin
        return self

    def _read_from_line(self) -> int:
        """Read the envelope line of an mbox; answer where the headers start."""
        place = self._begin
        while match := _FROM_LINE.match(self._raw, place, self._end):
            line = match[0].decode('ascii', 'surrogateescape').rstrip('\n')
            if self._unixfrom is None and line[0] == 'F':
                self._unixfrom = line
            place = match.end()
        return place

    def _read_odd_fields(self, place: int) -> None:
        """Read headers line by line: strays among them, junk after them, or endless.

        A ``From `` line, and a continuation that continues nothing, are dropped.
        """
        stop = self._raw.find(b'\n\n', place, self._end)
        stop = self._end if stop < 0 else stop + 1
        text = self._raw[place:stop].decode('ascii', 'surrogateescape')
        text += '' if text.endswith('\n') else '\n'
        self._fields = []
        at = 0
        while at < len(text) and len(self._fields) < MAX_FIELDS:
            match = _FIELD.match(text, at)
            if match:
                self._fields.append((match[1], match[2]))
            else:
                match = _STRAY.match(text, at)
                if not match:
                    break
            at = match.end()
        self._keys = [name.lower() for name, _ in self._fields]
        self._body = min(place + at, self._end)
        if self._raw.startswith(b'\n', self._body, self._end):
            self._body += 1

    # --- headers --------------------------------------------------------------

    @property
    def _headers(self) -> list[tuple[str, str]]:
        """The pairs as email.message keeps them, for code that looks inside."""
        return self.items()

    @_headers.setter
    def _headers(self, pairs: list[tuple[str, Any]]) -> None:
        self._fields = [(str(name), _written(value)) for name, value in pairs]
        self._keys = [name.lower() for name, _ in self._fields]
        self._changed = True

    def __len__(self) -> int:
        return len(self._fields)

    def __bool__(self) -> bool:
        return True

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._keys

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __getitem__(self, name: str) -> Any:
        return self.get(name)

    def __setitem__(self, name: str, val: Any) -> None:
        """Append a header.  Line breaks in the value become blanks.

        Raises BadHeader for a name that is none.
        """
        if not _NAME.fullmatch(name):
            raise errors.BadHeader(headers.one_line(name, 80))
        self._settle(name)
        self._keys.append(name.lower())
        self._fields.append((name, _written(val)))
        self._changed = True

    def __delitem__(self, name: str) -> None:
        key = name.lower()
        self._settle(key)
        if key in self._keys:
            self._fields = [
                f for f, k in zip(self._fields, self._keys, strict=True) if k != key
            ]
            self._keys = [k for k in self._keys if k != key]
            self._changed = True

    def get(self, name: str, failobj: Any = None) -> Any:
        """Return the first value of a header."""
        key = name.lower()
        if key in self._keys:
            return _value(self._fields[self._keys.index(key)][1])
        return failobj

    def get_all(self, name: str, failobj: Any = None) -> Any:
        """Return all values of a header, or ``failobj`` where there is none."""
        key = name.lower()
        if key not in self._keys:
            return failobj
        return [
            _value(field[1])
            for field, k in zip(self._fields, self._keys, strict=True)
            if k == key
        ]

    def keys(self) -> list[str]:
        """Return the names, in order, with repetitions."""
        return [name for name, _ in self._fields]

    def values(self) -> list[Any]:
        """Return the values, in order."""
        return [_value(source) for _, source in self._fields]

    def items(self) -> list[tuple[str, Any]]:
        """Return names and values, in order."""
        return [(name, _value(source)) for name, source in self._fields]

    def raw_items(self) -> Iterator[tuple[str, Any]]:
        """Give names and values (for the generators of the email package)."""
        return iter(self.items())

    def set_raw(self, name: str, value: Any) -> None:
        """Append a header (for the parsers of the email package)."""
        self[name] = value

    def replace_header(self, _name: str, _value: Any) -> None:
        """Exchange the first value of a header in its place; KeyError without one."""
        key = _name.lower()
        if key not in self._keys:
            raise KeyError(_name)
        self._settle(key)
        at = self._keys.index(key)
        self._fields[at] = (self._fields[at][0], _written(_value))
        self._changed = True

    def _settle(self, name: str) -> None:
        """Find the parts before the header changes that they were sent with."""
        if self._content is _UNREAD and name.lower() == 'content-type':
            self._read_body()

    def add_header(self, _name: str, _value: Any, **_params: Any) -> None:
        """Append a header with parameters; ``_`` in their names stands for ``-``."""
        pieces = [] if _value is None else [str(_value)]
        for name, value in _params.items():
            name = name.replace('_', '-')
            if value is None:
                pieces.append(name)
            else:
                text = value if isinstance(value, str) else params.text(value)
                pieces.append(params.written(name, text))
        self[_name] = '; '.join(pieces)

    def set_header(self, name: str, value: Any) -> None:
        """Leave exactly one header of this name, in the place of the first."""
        if name not in self:
            self[name] = value
            return
        self.replace_header(name, value)
        if self._keys.count(name.lower()) > 1:
            first = self._keys.index(name.lower())
            keep = [
                i for i, k in enumerate(self._keys) if k != name.lower() or i == first
            ]
            self._fields = [self._fields[i] for i in keep]
            self._keys = [self._keys[i] for i in keep]

    def retain(self, names: Container[str]) -> None:
        """Leave only headers of these names, which are in lower case, as they are."""
        self._settle('content-type')
        kept = [i for i, key in enumerate(self._keys) if key in names]
        self._fields = [self._fields[i] for i in kept]
        self._keys = [self._keys[i] for i in kept]
        self._changed = True

    # --- parameters -----------------------------------------------------------

    def _get_params_preserve(self, failobj: Any, header: str) -> Any:
        value = self.get(header)
        if value is None:
            return failobj
        return list(_usual_params(value) if len(value) < _USUAL else _params(value))

    def get_param(
        self,
        param: str,
        failobj: Any = None,
        header: str = 'content-type',
        unquote: bool = True,
    ) -> Any:
        """Return a parameter: text, or by RFC 2231 (charset, language, Latin-1)."""
        param = param.lower()
        for name, value in self._get_params_preserve([], header):
            if name.lower() == param:
                if isinstance(value, tuple) or not unquote:
                    return value
                return params.unquote(value)
        return failobj

    def set_param(
        self,
        param: str,
        value: Any,
        header: str = 'Content-Type',
        requote: bool = True,
        charset: str | None = None,
        language: str = '',
        replace: bool = True,
    ) -> None:
        """Set a parameter; the rest of the header stays as it was written."""
        text = value if isinstance(value, str) else params.text(value)
        old = self.get(header)
        if old is None:
            old = 'text/plain' if header.lower() == 'content-type' else ''
        new = params.replaced(headers.unfold(old), param, text)
        self.set_header(header, new.lstrip('; ') if not old else new)

    def del_param(
        self, param: str, header: str = 'content-type', requote: bool = True
    ) -> None:
        """Take a parameter out of a header, if it is there."""
        old = self.get(header)
        if old is not None:
            new = params.removed(headers.unfold(old), param)
            if new != headers.unfold(old):
                self.set_header(header, new)

    def get_content_type(self) -> str:
        """Return ``main/sub`` in lower case; something for every message."""
        value = self.get('content-type')
        if value is None:
            return self._default_type
        return _usual_kind(value) if len(value) < _USUAL else _kind(value)

    def get_boundary(self, failobj: Any = None) -> Any:
        """Return the boundary, None where there is none or an empty one."""
        value = self.get_param('boundary')
        return (params.text(value).rstrip() if value is not None else '') or failobj

    def set_boundary(self, boundary: str) -> None:
        """Set the boundary parameter in its place."""
        self.set_param('boundary', boundary)

    def get_filename(self, failobj: Any = None) -> Any:
        """Return the name a part gives itself; harmful signs are not removed."""
        for name, header in (
            ('filename', 'content-disposition'),
            ('name', 'content-type'),
        ):
            value = self.get_param(name, header=header)
            if value is not None:
                return params.text(value).strip()
        return failobj

    def get_content_charset(self, failobj: Any = None) -> Any:
        """Return the declared charset in lower case, whether known or not."""
        value = self.get_param('charset')
        if value is None:
            return failobj
        name = params.text(value).strip().lower()
        return name if name.isascii() else failobj

    # --- payload --------------------------------------------------------------

    @property
    def _payload(self) -> Any:
        if self._content is _UNREAD:
            self._read_body()
        return self._content

    @_payload.setter
    def _payload(self, value: Any) -> None:
        self._content = value
        self._sliced = False
        self._kids = ()

    @property
    def preamble(self) -> Any:
        """The text before the first part."""
        if self._content is _UNREAD:
            self._read_body()
        return self._text_of(self._preamble)

    @preamble.setter
    def preamble(self, value: str | None) -> None:
        if self._content is _UNREAD:
            self._read_body()
        self._preamble, self._framed = value, True

    @property
    def epilogue(self) -> Any:
        """The text behind the last part."""
        if self._content is _UNREAD:
            self._read_body()
        return self._text_of(self._epilogue)

    @epilogue.setter
    def epilogue(self, value: str | None) -> None:
        if self._content is _UNREAD:
            self._read_body()
        self._epilogue, self._framed = value, True

    def _text_of(self, piece: Any) -> Any:
        if isinstance(piece, tuple):
            return self._raw[piece[0] : piece[1]].decode('ascii', 'surrogateescape')
        return piece

    def _read_body(self) -> None:
        """Find out what the body is: parts, or text."""
        main, _, sub = self.get_content_type().partition('/')
        found: list[Message] | None = None
        if main in ('multipart', 'message') and self._sliced:
            if self._depth >= parts.MAX_DEPTH:
                self._budget.exceeded = True
            else:
                found = self._read_parts(main, sub)
        if found is None:
            body = self._raw[self._body : self._end]
            self._content = body.decode('ascii', 'surrogateescape')
        else:
            self._content, self._kids = found, tuple(found)

    def _read_parts(self, main: str, sub: str) -> list[Message] | None:
        """Return the parts; None when the body is text after all."""
        raw, start, end, budget = self._raw, self._body, self._end, self._budget
        try:
            if sub == 'delivery-status' and main == 'message':
                spans = parts.blocks(raw, start, end, budget.left)
            elif main == 'message':
                spans = [(start, end)] if budget.left else []
            else:
                boundary = self.get_boundary()
                if boundary is None:
                    return None
                layout = parts.multipart(
                    raw, start, end, _to_bytes(boundary), budget.left
                )
                if layout is None:
                    return None
                self._boundary = boundary
                self._preamble, spans, self._epilogue = layout
        except parts.TooMany:
            budget.exceeded = True
            return None
        budget.left -= len(spans)
        found = [self._over(raw, b, e, self._depth + 1, budget) for b, e in spans]
        if main == 'multipart' and sub == 'digest':
            for part in found:
                part._default_type = 'message/rfc822'
        return found

    @property
    def over_limits(self) -> bool:
        """Whether the message has more parts, or deeper ones, than we look at."""
        for _ in self.walk():
            if self._budget.exceeded:
                return True
        return self._budget.exceeded

    def is_multipart(self) -> bool:
        """Tell whether the payload is a list of messages."""
        if self._content is _UNREAD and not self._may_have_parts():
            return False  # and its text need not be made for that
        return isinstance(self._payload, list)

    def walk(self) -> Generator[Any, None, None]:
        """Give this message and all its parts, parents first, in order."""
        todo: list[Any] = [self]
        while todo:
            msg = todo.pop()
            yield msg
            if isinstance(msg, Message) and not msg.is_multipart():
                continue
            payload = getattr(msg, '_payload', None)
            if isinstance(payload, list):
                todo.extend(reversed(payload))

    def get_payload(self, i: int | None = None, decode: bool = False) -> Any:
        """Return the list of parts, or the text; with ``decode`` its bytes."""
        if decode and self._content is _UNREAD and not self._may_have_parts():
            return self._decoded(self._raw[self._body : self._end])
        payload = self._payload
        if isinstance(payload, list):
            if decode:
                return None
            return payload if i is None else payload[i]
        if i is not None:
            raise TypeError(f'no list of parts: {self.get_content_type()}')
        if not decode or payload is None:
            return payload
        return self._decoded(self._content_bytes())

    def _may_have_parts(self) -> bool:
        return self.get_content_type().startswith(('multipart/', 'message/'))

    def _content_bytes(self) -> bytes:
        """Return a text payload as it is sent."""
        if self._sliced:
            return self._raw[self._body : self._end]
        text = (
            self._content
            if isinstance(self._content, str)
            else str(self._content or '')
        )
        if text.isascii():
            return text.encode('ascii')
        name = charsets.codec(self.get_content_charset()) or 'utf-8'
        for attempt in ('ascii', name):
            try:
                return text.encode(attempt, 'surrogateescape')
            except (UnicodeError, ValueError):
                continue
        return _to_bytes(text)

    def _decoded(self, data: bytes) -> bytes:
        """Undo the transfer encoding; what is broken comes out as far as it goes."""
        encoding = str(self.get('content-transfer-encoding', '')).strip().lower()
        if encoding == 'quoted-printable':
            return binascii.a2b_qp(data)
        if encoding == 'base64':
            return _from_base64(data)
        if encoding in ('x-uuencode', 'uuencode', 'uue', 'x-uue'):
            return _from_uu(data)
        return data

    def set_payload(self, payload: Any, charset: Any = None) -> None:
        """Replace the body; with a charset, text is encoded and declared in it."""
        if isinstance(payload, bytes):
            payload = payload.decode('ascii', 'surrogateescape')
        self._preamble = self._epilogue = None
        self._payload = payload
        if charset is not None:
            self.set_charset(charset)

    def set_charset(self, charset: Any) -> None:
        """Declare a charset and encode text for it; None takes it away."""
        if charset is None:
            self.del_param('charset')
            self._charset = None
            return
        self._charset = charset
        name = getattr(charset, 'input_charset', None) or str(charset)
        payload = self._payload
        if isinstance(payload, str) and not self._sliced:
            self.set_text(payload, name)
        else:
            self.set_param('charset', name)
            self._add_mime_version()

    def set_text(
        self, text: str, charset: str | None = None, encoding: str = ''
    ) -> None:
        """Make text the body, with all headers it needs.

        The charset is us-ascii, the given one or utf-8, whatever has the letters.
        The transfer encoding is 7bit, else the shorter of quoted-printable and
        base64; ``encoding='8bit'`` sends letters as they are where lines allow.
        Raw bytes in the text stay bytes, and the charset what was given.
        """
        if _has_escapes(text):
            name = charset or 'unknown-8bit'
            data = _to_bytes(text)
        else:
            name = charsets.choose(text, charset)
            data = text.encode(charsets.codec(name) or 'utf-8', 'replace')
        chosen = _transfer_encoding(data, encoding)
        self._payload = _ENCODERS[chosen](data).decode('ascii', 'surrogateescape')
        self._add_mime_version()
        if not self.get_content_type().startswith('text/'):
            del self['content-type']
        if 'content-type' not in self:
            self['Content-Type'] = f'text/plain; charset="{name}"'
        else:
            self.set_param('charset', name)
        self.set_header('Content-Transfer-Encoding', chosen)

    def _add_mime_version(self) -> None:
        if 'mime-version' not in self:
            self['MIME-Version'] = '1.0'

    # --- sending on -----------------------------------------------------------

    def as_bytes(self, unixfrom: bool = False, policy: Any = None) -> bytes:
        """Return the message as it goes on: what is unchanged, byte for byte."""
        if self._sliced and (
            self._content is _UNREAD or isinstance(self._content, str)
        ):
            if self._plain and not self._changed:
                whole = self._raw[self._begin : self._end]
            else:
                whole = self._head() + self._raw[self._body : self._end]
        else:
            whole = _flatten(self)
        if unixfrom:
            line = self._unixfrom or f'From nobody {time.ctime()}'
            return _to_bytes(line) + b'\n' + whole
        return whole

    def __bytes__(self) -> bytes:
        return self.as_bytes()

    def as_string(
        self, unixfrom: bool = False, maxheaderlen: int = 0, policy: Any = None
    ) -> str:
        """Return ``as_bytes`` with bytes that are not ASCII surrogate-escaped."""
        return self.as_bytes(unixfrom).decode('ascii', 'surrogateescape')

    def __str__(self) -> str:
        return self.as_string()

    def _head(self) -> bytes:
        """Return the headers and the empty line."""
        lines = [
            f'{name}:{source}\n'
            if source.__class__ is str
            else headers.field(name, str(source))
            for name, source in self._fields
        ]
        lines.append('\n')
        return _to_bytes(''.join(lines))

    def _reframed(self) -> bool:
        """Tell whether list, boundary or the text around the parts were changed."""
        if self._framed or not self._sliced or len(self._kids) != len(self._content):
            return True
        if any(a is not b for a, b in zip(self._kids, self._content, strict=True)):
            return True
        if self._changed and self.get_content_maintype() == 'multipart':
            return bool(self.get_boundary() != self._boundary)
        return False

    def _pieces(self, reframed: bool) -> list[Any]:
        """Return what is to be sent: bytes, and the parts that follow in turn."""
        if not isinstance(self._content, list):
            return [self._head(), self._content_bytes()]
        if not reframed:
            return [self._head(), self._raw[self._body : self._end]]
        if self.get_content_maintype() == 'message':
            return [self._head(), *_between(self._content, b'\n')]
        boundary = self._new_boundary()
        line = b'--' + _to_bytes(boundary)
        pieces: list[Any] = [self._head()]
        if self.preamble is not None:
            pieces.append(_to_bytes(self.preamble) + b'\n')
        for part in self._content:
            pieces += (line + b'\n', part, b'\n')
        pieces.append(line + b'--\n')
        pieces.append(_to_bytes(self.epilogue or ''))
        return pieces

    def _new_boundary(self) -> str:
        """Return the boundary; if there is none, make it, and the type."""
        boundary = self.get_boundary()
        if boundary is None or self.get_content_maintype() != 'multipart':
            if self.get_content_maintype() != 'multipart':
                self.set_header('Content-Type', 'multipart/mixed')
            boundary = f'==============={int.from_bytes(os.urandom(8)):020d}=='
            self.set_boundary(boundary)
            self._add_mime_version()
        return str(boundary)

    # --- copying --------------------------------------------------------------

    def _twin(self) -> Self:
        """Return a copy that shares the raw bytes and the list of parts."""
        twin = self.__class__.__new__(self.__class__)
        twin.__dict__.update(self.__dict__)
        twin._keys, twin._fields = self._keys[:], self._fields[:]
        twin.defects = self.defects[:]
        return twin

    def __copy__(self) -> Self:
        return self._twin()

    def __deepcopy__(self, memo: Any) -> Self:
        twin = self._twin()
        twin._budget = budget = self._budget.copy()
        todo: list[Message] = [twin]
        while todo:
            msg = todo.pop()
            if not isinstance(msg._content, list):
                continue
            copies = [
                part._twin() if isinstance(part, Message) else _foreign_copy(part, memo)
                for part in msg._content
            ]
            known = {id(a): b for a, b in zip(msg._content, copies, strict=True)}
            msg._kids = tuple(known.get(id(kid), kid) for kid in msg._kids)
            msg._content = copies
            inner = [part for part in copies if isinstance(part, Message)]
            for part in inner:
                part._budget = budget
            todo.extend(inner)
        return twin

    # --- who sent it ----------------------------------------------------------

    def get_sender(
        self, use_envelope: bool | None = None, preserve_case: bool = False
    ) -> str:
        """Return the author's address, '' if there is none.

        From, else Sender, else the envelope line; with ``use_envelope`` (the site's
        USE_ENVELOPE_SENDER) Sender comes first.  In lower case unless asked.
        """
        for name in ('sender', 'from') if use_envelope else ('from', 'sender'):
            address = _first_address(self.get(name))
            if address:
                break
        else:
            address = self._envelope_sender()
        return address if preserve_case else address.lower()

    def get_senders(
        self,
        preserve_case: bool = False,
        headers: tuple[str | None, ...] = ('from', None, 'reply-to', 'sender'),
    ) -> list[str]:
        """Return all addresses of the headers named (the site's SENDER_HEADERS).

        None stands for the envelope line.
        """
        found: list[str] = []
        for name in headers:
            if name is None:
                found.append(self._envelope_sender())
            else:
                values = self.get_all(name, [])
                found += [address for _, address in addresses.parse_all(values)]
        return [one if preserve_case else one.lower() for one in found if one]

    def _envelope_sender(self) -> str:
        words = (self._unixfrom or '').split()
        return words[1].strip('<>') if len(words) > 1 else ''


def _value(source: str) -> str:
    """Return a field's value as code sees it: a plain str."""
    return source.strip(' \t\r\n') if source.__class__ is str else str(source)


def _params(value: str) -> list[tuple[str, params.Value]]:
    """Return what stands before the parameters, cut at ``=``, and the parameters."""
    value = headers.unfold(value)
    main = value[: params.MAX_VALUE].partition(';')[0].strip()
    name, _, rest = main.partition('=')
    return [(name.strip(), rest.strip()), *params.parse(value)]


def _kind(value: str) -> str:
    """Return ``main/sub`` of a Content-Type."""
    kind = params.main_value(value)
    return kind if kind.count('/') == 1 else 'text/plain'


_usual_params = lru_cache(256)(_params)
_usual_kind = lru_cache(256)(_kind)


def _written(value: Any) -> _Written:
    """Return a value that can be no more than one header."""
    if isinstance(value, bytes):
        value = value.decode('ascii', 'surrogateescape')
    elif isinstance(value, email.header.Header):
        value = value.encode()
    text = str(value)
    return _Written(text if text.isprintable() else _BREAKS.sub(' ', text).strip(' \t'))


def _to_bytes(text: str) -> bytes:
    return text.encode('utf-8', 'surrogateescape_or_replace')


def _has_escapes(text: str) -> bool:
    try:
        text.encode('utf-8')
    except UnicodeEncodeError:
        return True
    return False


def _first_address(value: Any) -> str:
    if not value:
        return ''
    return addresses.parse(value)[1]


def _between(items: list[Any], gap: bytes) -> list[Any]:
    """Return the items with something between them."""
    out: list[Any] = []
    for item in items:
        out += (item, gap)
    return out[:-1]


# --- flattening --------------------------------------------------------------


def _flatten(root: Message) -> bytes:
    """Return the bytes of a message whose parts were looked at, without recursion."""
    reframed, changed = _changes(root)
    out: list[bytes] = []
    todo: list[Any] = [root]
    while todo:
        item = todo.pop()
        if isinstance(item, bytes):
            out.append(item)
        elif not isinstance(item, Message):
            out.append(_foreign_bytes(item))
        elif id(item) in changed or item is root:
            todo.extend(reversed(item._pieces(id(item) in reframed)))
        else:
            out.append(item._raw[item._begin : item._end])
    return b''.join(out)


def _changes(root: Message) -> tuple[set[int], set[int]]:
    """Return the ids of messages whose body changed, and of all that changed."""
    nodes: list[Message] = []
    todo: list[Any] = [root]
    while todo:
        msg = todo.pop()
        nodes.append(msg)
        if isinstance(msg._content, list):
            todo.extend(part for part in msg._content if isinstance(part, Message))
    reframed: set[int] = set()
    changed: set[int] = set()
    for msg in reversed(nodes):  # parts before what holds them
        if isinstance(msg._content, list):
            body = msg._reframed() or any(id(part) in changed for part in msg._content)
        else:
            body = not msg._sliced
        if body:
            reframed.add(id(msg))
        if body or msg._changed:
            changed.add(id(msg))
    return reframed, changed


def _foreign_bytes(part: Any) -> bytes:
    """Return the bytes of a part of the email package, or of text."""
    if hasattr(part, 'as_bytes'):
        return bytes(part.as_bytes())
    return part if isinstance(part, bytes) else _to_bytes(str(part))


def _foreign_copy(part: Any, memo: Any) -> Any:
    import copy

    return copy.deepcopy(part, memo)


# --- transfer encodings ------------------------------------------------------


# The first line with something in it holds nothing else.
_BASE64_LINE = re.compile(rb'\s*+[A-Za-z0-9+/]++={0,2}+[ \t\r]*+(?:\n|\Z)')


def _from_base64(data: bytes) -> bytes:
    """Decode base64 as far as it is any; text that only claims to be stays as it is."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        pass
    if not _BASE64_LINE.match(data):
        return data
    data = re.sub(rb'[^A-Za-z0-9+/]', b'', data)
    data = data[: len(data) - (len(data) % 4 == 1)]
    try:
        return binascii.a2b_base64(data + b'=' * (-len(data) % 4))
    except binascii.Error:
        return b''


def _from_uu(data: bytes) -> bytes:
    """Decode uuencoded lines between ``begin`` and ``end``, or nothing."""
    start = re.search(rb'^begin [0-7]{1,4} [^\n]*\n', data, re.MULTILINE)
    if not start:
        return data
    out: list[bytes] = []
    for line in data[start.end() :].split(b'\n'):
        if line.strip() in (b'end', b'`', b''):
            break
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Encoders that pad too much: as many characters as the count says.
            count = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out.append(binascii.a2b_uu(line[:count]))
            except binascii.Error:
                return data
    return b''.join(out)


_QP_PLAIN = bytes([9, 10, *range(32, 61), *range(62, 127)])


def _transfer_encoding(data: bytes, wanted: str) -> str:
    """Choose how data goes over the wire (RFC 2045 6)."""
    long_line = max(map(len, data.split(b'\n')), default=0) > 998
    if data.isascii() and not long_line and b'\0' not in data and b'\r' not in data:
        return wanted if wanted in ('quoted-printable', 'base64') else '7bit'
    if wanted == '8bit' and not long_line and b'\0' not in data:
        return '8bit'
    if wanted in ('quoted-printable', 'base64'):
        return wanted
    escaped = len(data.translate(None, _QP_PLAIN))
    return 'quoted-printable' if escaped * 6 <= len(data) else 'base64'


def _quoted_printable(data: bytes) -> bytes:
    return binascii.b2a_qp(data, istext=b'\r' not in data)


def _base64(data: bytes) -> bytes:
    lines = [binascii.b2a_base64(data[at : at + 57]) for at in range(0, len(data), 57)]
    return b''.join(lines)


_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    '7bit': bytes,
    '8bit': bytes,
    'quoted-printable': _quoted_printable,
    'base64': _base64,
}


def make_text(
    text: str, charset: str | None = None, subtype: str = 'plain', encoding: str = ''
) -> Message:
    """Return a text part, or the start of a notice: see ``Message.set_text``."""
    msg = Message()
    msg['MIME-Version'] = '1.0'
    msg['Content-Type'] = f'text/{subtype}'
    msg.set_text(text, charset, encoding)
    return msg


def make_multipart(subtype: str = 'mixed', *contents: Any) -> Message:
    """Return a multipart of the given parts, with a boundary of its own."""
    msg = Message()
    msg['MIME-Version'] = '1.0'
    msg['Content-Type'] = f'multipart/{subtype}'
    msg._payload = list(contents)
    msg._new_boundary()
    return msg
