"""Charset names from mail, and bytes to text with them: nothing here raises.

The names come from strangers.  A name only counts when it looks like a name and
Python's codec for it turns bytes into text and nothing else (no ``zlib``, no
``unicode_escape``).
"""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

_NAME = re.compile(r'[A-Za-z0-9][A-Za-z0-9_:+-]{0,39}', re.ASCII)

_SURROGATES = re.compile('[\ud800-\udfff]+')

# Known to mail, not to Python; and names whose users mean the larger set.
_ALIASES = {
    'gb2312': 'gb18030',
    'gbk': 'gb18030',
    'x-gbk': 'gb18030',
    'ks_c_5601-1987': 'cp949',
    'ks_c_5601': 'cp949',
    'ksc5601': 'cp949',
    'x-sjis': 'cp932',
    'windows-31j': 'cp932',
    'x-euc-jp': 'euc_jp',
    'iso-8859-8-i': 'iso8859-8',
    'iso-8859-8-e': 'iso8859-8',
    'iso-8859-6-i': 'iso8859-6',
    'windows-874': 'cp874',
    'x-windows-1252': 'cp1252',
    'cp-850': 'cp850',
    'x-mac-roman': 'mac_roman',
    'macintosh': 'mac_roman',
    'utf8mb4': 'utf-8',
    'ansi_x3.110-1983': 'latin-1',
    'x-ascii': 'ascii',
}

# Codecs for text that still are no charsets of mail.
_NO_CHARSET = frozenset(
    [
        'idna',
        'punycode',
        'unicode_escape',
        'raw_unicode_escape',
        'undefined',
        'mbcs',
        'oem',
    ]
)


@lru_cache(maxsize=256)
def codec(name: str | None) -> str | None:
    """Return Python's name for a charset, or None for what is none."""
    name = (name or '').strip().strip('"\'').lower()
    name = _ALIASES.get(name, name)
    if not _NAME.fullmatch(name):
        return None
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    if not getattr(info, '_is_text_encoding', True):
        return None
    canonical = info.name.replace('-', '_')
    return None if canonical in _NO_CHARSET else info.name


def same(one: str | None, other: str | None) -> bool:
    """Tell whether two names mean one charset; unknown names are equal to none."""
    known = codec(one)
    return known is not None and known == codec(other)


def decode(data: bytes, charset: str | None = None, fallback: str = 'latin-1') -> str:
    """Decode bytes with the declared charset, else by looking at them.

    Where the declared charset is missing, unknown or wrong, UTF-8 is tried (text
    that passes as UTF-8 is UTF-8).  Then a known declared charset is used with
    U+FFFD for what it lacks; with none, or only ASCII, ``fallback`` decides.
    """
    name = codec(charset)
    for attempt in (name, 'utf-8'):
        text = _strict(data, attempt)
        if text is not None:
            return text
    if name is None or name == 'ascii':
        name = codec(fallback) or 'latin-1'
    try:
        return data.decode(name, 'replace')
    except (UnicodeError, ValueError, LookupError):
        return data.decode('latin-1')


def recover(text: str) -> str:
    """Return text whose surrogate-escaped bytes are decoded as UTF-8, else Latin-1."""
    if text.isascii():
        return text
    return _SURROGATES.sub(_recover, text)


def _recover(match: re.Match[str]) -> str:
    return decode(match[0].encode('utf-8', 'surrogateescape_or_replace'))


def encodes(text: str, charset: str | None) -> bool:
    """Tell whether the charset has every character of the text."""
    name = codec(charset)
    if name is None:
        return False
    try:
        text.encode(name)
    except (UnicodeError, ValueError):
        return False
    return True


def choose(text: str, preferred: str | None = None) -> str:
    """Return the charset to send text in: us-ascii, the preferred one, or utf-8."""
    if text.isascii() and codec(preferred) not in _NOT_ASCII_BASED:
        return 'us-ascii'
    if preferred and codec(preferred) != 'ascii' and encodes(text, preferred):
        return preferred.lower()
    return 'utf-8'


# Here ASCII letters do not stand for themselves, or not always.
_NOT_ASCII_BASED = frozenset(
    ['utf-7', 'utf-16', 'utf-16-le', 'utf-16-be', 'utf-32', 'hz']
)


def _strict(data: bytes, name: str | None) -> str | None:
    if name is None:
        return None
    try:
        return data.decode(name)
    except (UnicodeError, ValueError, LookupError):
        return None


def _escape_or_replace(error: UnicodeError) -> tuple[bytes, int]:
    """Encode an escaped byte as itself and any other lone surrogate as ``?``."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    out = bytearray()
    for letter in error.object[error.start : error.end]:
        code = ord(letter)
        out.append(code - 0xDC00 if 0xDC80 <= code <= 0xDCFF else 0x3F)
    return bytes(out), error.end


codecs.register_error('surrogateescape_or_replace', _escape_or_replace)
