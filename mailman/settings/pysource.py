"""Read a config_list file: Python source, as 2.1, its owners and we write it.

Such a file is run.  It may come from Python 2, so three things are put right before:

* it is decoded with its coding line (PEP 263), else as UTF-8, else as ISO-8859-1;
* ``0644`` and ``10L`` become numbers of today;
* in Python 2 a literal is a row of bytes: ``'caf\\xc3\\xa9'`` in a UTF-8 file is café.
  Literals with escapes above 0x7F are decoded so, unless they say ``u'...'``.
"""

from __future__ import annotations

import ast
import codecs
import re
import warnings
from collections.abc import Iterable
from contextlib import suppress
from types import CodeType
from typing import Any

from mailman.mail.charsets import codec

# A comment, a literal, a number or a word: each in one bite, so that no piece of one
# is taken for another.
_TOKEN = re.compile(
    r"""
    (?P<comment> \#[^\n]* )
  | (?P<literal>
        (?P<prefix> \b[bBrRuUfF]{1,2} | ) (?=["'])
        (?: \"{3} (?: [^\\] | \\. )*? \"{3}  |  '{3} (?: [^\\] | \\. )*? '{3}
          | " (?: [^"\\\n] | \\. )* "        |  ' (?: [^'\\\n] | \\. )* '
        )
    )
  | (?P<number> \b\d[\w.]* )
  | \b[^\W\d]\w*
    """,
    re.VERBOSE | re.DOTALL,
)
_HIGH_ESCAPE = re.compile(r'\\(?:x[89a-fA-F][0-9a-fA-F]|[23][0-7]{2})')
# No escapes in Python 2's plain literals: 'C:\Users' was fine there.
_WIDE_ESCAPE = re.compile(r'(?<!\\)((?:\\\\)*)\\([uUN])')
_CODING = re.compile(rb'^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)')
_OCTAL = re.compile(r'0+([0-7]+)[lL]?')
_LONG = re.compile(r'(0[xXbBoO][0-9a-fA-F]+|\d+)[lL]')


def compile_file(content: bytes, filename: str) -> CodeType:
    """Compile a file's content; raises SyntaxError, ValueError for a NUL byte."""
    charset = _declared_charset(content)
    source = modernise(decode(content, charset), charset or 'utf-8')
    with warnings.catch_warnings():
        # Owners write '\.' into patterns; it means what they think it means.
        warnings.simplefilter('ignore')
        return compile(source, filename, 'exec', dont_inherit=True)


def decode(content: bytes, charset: str | None) -> str:
    """Decode a file as CHARSET, UTF-8 or ISO-8859-1, whichever fits first."""
    content = content.removeprefix(codecs.BOM_UTF8)
    return _first_that_fits(content, [charset, 'utf-8']) or content.decode('latin-1')


def modernise(source: str, charset: str) -> str:
    """Rewrite what only Python 2 reads, or reads otherwise."""

    def rewritten(token: re.Match[str]) -> str:
        if token['number']:
            return _number(token[0])
        # r'' has no escapes; u'' and f'' mean what they mean today.
        if token['literal'] and not token['prefix']:
            return _literal(token[0], charset)
        return token[0]

    return _TOKEN.sub(rewritten, source)


def _declared_charset(content: bytes) -> str | None:
    for line in content.split(b'\n', 2)[:2]:
        if found := _CODING.match(line.removeprefix(codecs.BOM_UTF8)):
            return found[1].decode('ascii', 'replace')
    return None


def _first_that_fits(content: bytes, charsets: Iterable[str | None]) -> str | None:
    for charset in charsets:
        known = codec(charset) if charset else None
        if known:
            with suppress(UnicodeError):
                return content.decode(known)
    return None


def _number(token: str) -> str:
    if found := _OCTAL.fullmatch(token):
        return f'0o{found[1]}'
    found = _LONG.fullmatch(token)
    return found[1] if found else token


def _literal(token: str, charset: str) -> str:
    if not _HIGH_ESCAPE.search(token):
        return token if _reads(token) else _WIDE_ESCAPE.sub(r'\1\\\\\2', token)
    # Characters that stand in the file itself become escapes of their bytes too.
    try:
        encoded = token.encode(charset)
    except (UnicodeError, LookupError):
        return token
    plain = ''.join(chr(b) if b < 0x80 else f'\\x{b:02x}' for b in encoded)
    try:
        value = _evaluated('b' + plain)
    except (SyntaxError, ValueError):
        return token
    text = _first_that_fits(value, [charset, 'utf-8'])
    return token if text is None else repr(text)


def _reads(token: str) -> bool:
    if not _WIDE_ESCAPE.search(token):
        return True
    try:
        _evaluated(token)
    except (SyntaxError, ValueError):
        return False
    return True


def _evaluated(token: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        return ast.literal_eval(token)
