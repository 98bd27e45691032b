"""Header values: RFC 2047 in and out, folding, and one line for a log.

Reading never raises and leaves what is broken as it stands.  Writing refuses what
would start a header of its own (SECURITY 3.11).
"""

from __future__ import annotations

import binascii
import re
from base64 import b64encode

from mailman import errors
from mailman.mail import charsets

LINE = 78  # RFC 5322 2.1.1: where a line should end
WORD = 75  # RFC 2047 2: the longest encoded word

_ENCODED_WORD = re.compile(r'=\?([!-<>@-~]{1,60})\?([bBqQ])\?([^?\n]*)\?=')
_FOLDS = re.compile(r'[ \t]*[\r\n]+[ \t]*')
_BREAKS = re.compile(r'[\r\n\0]+')
_CONTROLS = re.compile(r'[\0-\x1f\x7f-\x9f\u2028\u2029]+')
_Q_ESCAPE = re.compile(rb'=([0-9A-Fa-f]{2})')
_NOT_BASE64 = re.compile(r'[^A-Za-z0-9+/=\s]')
_BLANKS = re.compile(r'[ \t]+')
# Structured fields: quoted strings, <...>, blanks, signs, other runs.
_TOKENS = re.compile(
    r'"(?:[^"\\]|\\.?)*(?:"|\Z)|<[^<>]*>|[ \t]+|[(),:;<>]|[^\s(),:;<>"]+|\s', re.DOTALL
)

_STRUCTURED = frozenset(
    [
        'from',
        'sender',
        'reply-to',
        'to',
        'cc',
        'bcc',
        'list-id',
        'errors-to',
        'disposition-notification-to',
        'resent-from',
        'resent-sender',
        'resent-to',
        'resent-cc',
        'resent-bcc',
        'resent-reply-to',
        'x-original-from',
        'return-path',
    ]
)
_Q_PLAIN = frozenset(
    b'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/'
)


# --- reading ---------------------------------------------------------------


def unfold(value: object) -> str:
    """Return the value on one line; each fold becomes one blank."""
    text = str(value)
    if '\n' in text or '\r' in text:
        text = _FOLDS.sub(' ', text)
    return text.strip(' \t')


def decode(value: object) -> str:
    """Decode a header value to text on one line: RFC 2047, leniently; never raises.

    Broken encoded words and those of unknown charsets stay as written.  Raw 8-bit
    bytes are taken as UTF-8, else Latin-1.  CR, LF and NUL become blanks, also those
    that were hidden in an encoded word.
    """
    text = unfold(value)
    if '=?' in text:
        text = _decode_words(text)
    if not text.isascii():
        text = charsets.recover(text)
    return _BREAKS.sub(' ', text) if _BREAKS.search(text) else text


def _decode_words(text: str) -> str:
    """Replace the encoded words of one line."""
    out: list[str] = []
    pending, charset = b'', ''  # bytes of adjacent words in one charset
    place = 0
    for match in _ENCODED_WORD.finditer(text):
        gap = text[place : match.start()]
        name = match[1].partition('*')[0].lower()  # RFC 2231 5: a language after *
        data = _word_bytes(match[2], match[3]) if charsets.codec(name) else None
        if data is None:
            continue
        if charset and (gap.strip() or name != charset):
            out.append(charsets.decode(pending, charset))
            pending = b''
        if gap.strip() or not charset:
            out.append(gap)
        pending, charset = pending + data, name
        place = match.end()
    if charset:
        out.append(charsets.decode(pending, charset))
    return ''.join([*out, text[place:]])


def _word_bytes(encoding: str, text: str) -> bytes | None:
    """Return what an encoded word stands for, None for bad base64."""
    raw = text.encode('utf-8', 'surrogateescape_or_replace')
    if encoding in 'qQ':
        return _Q_ESCAPE.sub(lambda m: bytes([int(m[1], 16)]), raw.replace(b'_', b' '))
    if _NOT_BASE64.search(text):
        return None
    raw = raw.rstrip(b'= \t')
    try:
        return binascii.a2b_base64(raw + b'=' * (-len(raw) % 4))
    except binascii.Error:
        return None


def _escapable(text: str) -> bool:
    """Tell whether the text is ASCII and escaped bytes only."""
    return text.isascii() or all(c < '\x80' or '\udc80' <= c <= '\udcff' for c in text)


def one_line(text: object, limit: int = 0) -> str:
    """Make text safe as part of one log line: no control characters, no lone bytes.

    A run of blanks around a line break becomes one blank, other control characters
    show as ``\\x1b``; ``limit`` cuts, with three dots, at so many characters.
    """
    line = str(text)
    if limit and len(line) > limit:
        line = line[:limit] + '...'
    if line.isascii() and line.isprintable():
        return line
    line = _FOLDS.sub(' ', line)
    line = _CONTROLS.sub(lambda m: ascii(m[0])[1:-1], line)
    return line.encode('utf-8', 'backslashreplace').decode('utf-8')


# --- writing ---------------------------------------------------------------


def encode(text: str, charset: str = 'utf-8', name: str = '') -> str:
    """Return a header value in ASCII, with encoded words where needed.

    ``name`` is the field it is for: in address fields only the words of names are
    encoded, addresses never.  Raw 8-bit bytes of a mail stay what they were.
    Raises BadHeader for CR, LF and NUL.
    """
    if _BREAKS.search(text):
        raise errors.BadHeader(one_line(name), one_line(text, 200))
    if text.isascii() or _escapable(text):
        return text
    text = charsets.recover(text)
    if not charsets.encodes(text, charset) or charset.lower().startswith('utf-16'):
        charset = 'utf-8'
    room = LINE - 2 - len(name) if name else WORD
    if name.lower() in _STRUCTURED:
        return _encode_structured(text, charset, room)
    return _encode_runs(_BLANKS.split(text), _BLANKS.findall(text), charset, room)


def _encode_structured(text: str, charset: str, room: int) -> str:
    """Encode the words between the signs of an address field."""
    out: list[str] = []
    words: list[str] = []
    gaps: list[str] = []

    def flush() -> None:
        tail = gaps.pop() if len(gaps) == len(words) and gaps else ''
        if words:
            out.append(_encode_runs(words, gaps, charset, room))
        out.append(tail)
        words.clear()
        gaps.clear()

    for piece in _TOKENS.findall(text):
        if piece.isspace():
            if len(gaps) < len(words):
                gaps.append(piece)
            else:
                out.append(piece)
        elif _stays(piece):
            flush()
            out.append(piece)
        else:
            if len(gaps) < len(words):  # a word right behind a quoted one
                gaps.append(' ')
            words.append(_unquote(piece))
    flush()
    return ''.join(out)


def _stays(piece: str) -> bool:
    """Tell whether a piece of an address field goes as it is: a sign, an address."""
    if piece[0] == '"':
        return piece.isascii()
    return piece[0] in '(),:;<>' or '@' in piece


def _unquote(piece: str) -> str:
    if piece[0] != '"':
        return piece
    return re.sub(
        r'\\(.)', r'\1', piece[1 : -1 if len(piece) > 1 and piece[-1] == '"' else None]
    )


def _encode_runs(words: list[str], gaps: list[str], charset: str, room: int) -> str:
    """Encode each run of words that are not ASCII; the blanks in a run go with it."""
    out: list[str] = []
    run = ''
    for number, word in enumerate(words):
        gap = gaps[number - 1] if number else ''
        if word.isascii():
            if run:
                out.append(_encode_text(run, charset, room))
                run = ''
            out += (gap, word)
        elif run:
            run += gap + word
        else:
            out.append(gap)
            run = word
    if run:
        out.append(_encode_text(run, charset, room))
    return ''.join(out)


def encode_phrase(text: str, charset: str = 'utf-8', name: str = '') -> str:
    """Return text that is not ASCII wholly in encoded words, as a display name is."""
    text = charsets.recover(text)
    if not charsets.encodes(text, charset) or charset.lower().startswith('utf-16'):
        charset = 'utf-8'
    return _encode_text(text, charset, LINE - 2 - len(name))


def _encode_text(text: str, charset: str, room: int) -> str:
    """Return encoded words for the text, each short enough, parted by blanks."""
    codec = charsets.codec(charset) or 'utf-8'
    data = text.encode(codec, 'replace')
    plain = sum(byte in _Q_PLAIN or byte == 32 for byte in data)
    q = plain + 3 * (len(data) - plain) <= (len(data) + 2) // 3 * 4
    overhead = len(charset) + 7
    words: list[str] = []
    chunk, size = bytearray(), 0
    limit = max(min(room, WORD), overhead + 12)
    start = 0
    for place, letter in enumerate(text):
        piece = letter.encode(codec, 'replace')
        cost = len(_q_encode(piece)) if q else len(piece)
        full = overhead + (size + cost if q else (size + cost + 2) // 3 * 4)
        if chunk and full > limit:
            words.append(_word(text[start:place], codec, charset, q))
            chunk, size, start, limit = bytearray(), 0, place, WORD
        chunk += piece
        size += cost
    words.append(_word(text[start:], codec, charset, q))
    return ' '.join(words)


def _word(text: str, codec: str, charset: str, q: bool) -> str:
    data = text.encode(codec, 'replace')
    if q:
        return f'=?{charset.lower()}?q?{_q_encode(data)}?='
    return f'=?{charset.lower()}?b?{b64encode(data).decode()}?='


def _q_encode(data: bytes) -> str:
    return ''.join(
        chr(b) if b in _Q_PLAIN else '_' if b == 32 else f'={b:02X}' for b in data
    )


def fold(name: str, value: str) -> str:
    """Return the whole field, ``Name: value`` and a newline, in lines of 78 or less.

    Lines break at blanks only, so a longer word stays whole; values that hold line
    breaks already are made one line first.
    """
    value = _BREAKS.sub(' ', unfold(value))
    if len(name) + 2 + len(value) <= LINE:
        return f'{name}: {value}\n'
    lines: list[str] = []
    line = f'{name}: '
    gap = ''
    for chunk in re.findall(r'[ \t]+|[^ \t]+', value):
        if chunk[0] in ' \t':
            gap = chunk
            continue
        if gap and len(line) + len(gap) + len(chunk) > LINE:
            lines.append(line)
            line = gap + chunk
        else:
            line += gap + chunk
        gap = ''
    return '\n'.join([*lines, line]) + '\n'


def field(name: str, value: str) -> str:
    """Return a field as it is sent: encoded, folded; never more than one field."""
    if value.isascii() and len(name) + len(value) < LINE - 1 and value.isprintable():
        return f'{name}: {value}\n'
    return fold(name, encode(_BREAKS.sub(' ', unfold(value)), name=name))
