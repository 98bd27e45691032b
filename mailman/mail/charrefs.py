"""Character references of HTML: ``&amp;``, ``&#233;``, ``&#xE9;``.

html.unescape of the library raises ValueError for a number of some thousand digits,
because Python refuses to read one.  Nothing here raises, and time grows with the length
of the text alone.
"""

from __future__ import annotations

import html
import re

_NUMBER = r'#[0-9]++;?|#[xX][0-9a-fA-F]++;?'
_NAME = r'[A-Za-z][A-Za-z0-9]{1,31}'
_IN_TEXT = re.compile(rf'&(?:{_NUMBER}|{_NAME};?)')
# Without semicolon only where a browser would: not inside ?a=1&copy=2.
_IN_ATTRIBUTE = re.compile(rf'&(?:{_NUMBER}|{_NAME}(?:;|(?![=A-Za-z0-9;])))')
# U+10FFFF has seven digits; zeros before a number do not count.
_MAX_DIGITS = 7
# Nearly all that stand in mails.
_USUAL = {'&lt;': '<', '&gt;': '>', '&amp;': '&', '&quot;': '"', '&nbsp;': '\xa0'}


def unescape(text: str) -> str:
    """Read the references in a text."""
    return _IN_TEXT.sub(_character, text) if '&' in text else text


def unescape_attribute(value: str) -> str:
    """Read the references in the value of an attribute."""
    return _IN_ATTRIBUTE.sub(_character, value) if '&' in value else value


def _character(found: re.Match[str]) -> str:
    reference = found[0]
    usual = _USUAL.get(reference)
    if usual:
        return usual
    if reference[1] != '#':
        return html.unescape(reference)
    mark = reference[1:3] if reference[2] in 'xX' else '#'
    digits = reference[1 + len(mark) :].rstrip(';').lstrip('0')
    if len(digits) > _MAX_DIGITS:
        return '\ufffd'
    return html.unescape(f'&{mark}{digits or "0"};')
