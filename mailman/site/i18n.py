"""Texts for people in their language: 2.1's Mailman/i18n.py without its stack tricks.

A text is written in English, its values by name, and looked up where it is needed::

    _ = site.translator(lang)
    _('Post by %(member)s', member=address)

There is no current language: whoever speaks says to whom.  `N_` marks a text that is
translated later (a table's entry).  Catalogues lie where 2.1 has them,
``messages/LANG/LC_MESSAGES/mailman.mo``; a ``mailman.po`` beside serves without being
compiled.  A language without a catalogue speaks English.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from mailman.mail.text import fill

if TYPE_CHECKING:
    from gettext import NullTranslations

ENGLISH = 'en'
DOMAIN = 'mailman'


def N_(text: str) -> str:  # noqa: N802 - gettext's name for it
    """Mark a text for translation, without translating it yet."""
    return text


class Translator:
    """Speaks one language; call it with an English text and the values in it."""

    def __init__(self, lang: str, catalogue: NullTranslations | None = None) -> None:
        self.lang = lang
        self._catalogue = catalogue

    def __call__(self, text: str, /, **values: object) -> str:
        """Translate a text; with values, fill in each %(name)s (and write %% as %)."""
        # The empty text is gettext's name for the catalogue's own header.
        if self._catalogue is not None and text:
            text = self._catalogue.gettext(text)
        return fill(text, values) if values else text

    def plural(self, one: str, many: str, n: int, /, **values: object) -> str:
        """Translate one of two texts, by a number that they may use as %(n)s."""
        if self._catalogue is not None:
            text = self._catalogue.ngettext(one, many, n)
        else:
            text = one if n == 1 else many
        return fill(text, {'n': n, **values})


def load(messages_dir: Path, lang: str) -> Translator:
    """Make the translator of a language, from its catalogue if there is one."""
    # Codes come from requests too; only what add_language takes may become a path.
    if lang == ENGLISH or not lang.replace('_', '').replace('-', '').isalnum():
        return Translator(lang)
    folder = messages_dir / lang / 'LC_MESSAGES'
    for name, reader in ((f'{DOMAIN}.mo', _read_mo), (f'{DOMAIN}.po', _read_po)):
        try:
            with (folder / name).open('rb') as file:
                return Translator(lang, reader(file))
        except FileNotFoundError:
            continue
        except (OSError, ValueError):
            # A catalogue that cannot be read must not stop mail: English it is.
            break
    return Translator(lang)


def _read_mo(file: IO[bytes]) -> NullTranslations:
    # For start-up time: an English site never needs it.
    import gettext

    try:
        return gettext.GNUTranslations(file)
    except (struct.error, IndexError, LookupError) as reason:
        raise ValueError('not a catalogue') from reason


def _read_po(file: IO[bytes]) -> NullTranslations:
    import io

    return _read_mo(io.BytesIO(po_to_mo(file.read())))


# --- compiling ----------------------------------------------------------------


def po_to_mo(po: bytes) -> bytes:
    """Compile a catalogue's source, as msgfmt does.

    Entries marked fuzzy or obsolete are left out.  Raises ValueError where a string
    is not one.
    """
    messages: dict[bytes, bytes] = {}
    for lines in _entries(po):
        messages.update(_message(lines))
    return _mo_file(sorted(messages.items()))


def _entries(po: bytes) -> Iterator[list[bytes]]:
    """Give the lines of each entry; it ends with its translation."""
    lines: list[bytes] = []
    translated = False
    for line in map(bytes.strip, po.split(b'\n')):
        if translated and not line.startswith((b'msgstr', b'"')):
            yield lines
            lines, translated = [], False
        lines.append(line)
        translated = translated or line.startswith(b'msgstr')
    yield lines


def _message(lines: list[bytes]) -> dict[bytes, bytes]:
    """Read an entry: a catalogue's key and translation, or nothing."""
    texts = _fields(lines)
    source = texts.get('msgid')
    fuzzy = any(line.startswith(b'#,') and b'fuzzy' in line for line in lines)
    # The empty text is the catalogue's header, which counts even if marked so.
    if source is None or (fuzzy and source):
        return {}
    if 'msgid_plural' in texts:
        source += b'\0' + texts['msgid_plural']
    if 'msgctxt' in texts:
        source = texts['msgctxt'] + b'\x04' + source
    forms = [text for keyword, text in texts.items() if keyword.startswith('msgstr')]
    return {source: b'\0'.join(forms)} if forms and all(forms) else {}


def _fields(lines: list[bytes]) -> dict[str, bytes]:
    """Read the strings of an entry by their keywords."""
    fields: dict[str, list[bytes]] = {}
    current: list[bytes] = []
    for line in lines:
        if not line or line.startswith(b'#'):
            continue
        keyword, quote, rest = line.partition(b'"')
        if keyword.strip():
            current = fields.setdefault(keyword.strip().decode('ascii'), [])
        current.append(_unquote(quote + rest))
    return {keyword: b''.join(parts) for keyword, parts in fields.items()}


def _unquote(quoted: bytes) -> bytes:
    """Read one C string of a .po file."""
    if len(quoted) < 2 or not quoted.endswith(b'"'):
        raise ValueError('a string without its closing quote')
    # latin-1 keeps each byte as it is, whatever the catalogue's character set.
    text = quoted[1:-1].decode('latin-1')
    pieces = text.split('\\\\')
    for escape, character in (('\\n', '\n'), ('\\t', '\t'), ('\\"', '"')):
        pieces = [piece.replace(escape, character) for piece in pieces]
    return '\\'.join(pieces).encode('latin-1')


def _mo_file(messages: list[tuple[bytes, bytes]]) -> bytes:
    """Lay out a .mo file: magic, version, count, two tables, no hash, the strings."""
    count = len(messages)
    start = 28 + 16 * count
    strings = b''
    tables: list[list[int]] = [[], []]
    for side, table in enumerate(tables):
        for message in messages:
            table += [len(message[side]), start + len(strings)]
            strings += message[side] + b'\0'
    head = [0x950412DE, 0, count, 28, 28 + 8 * count, 0, start]
    numbers: list[Any] = [*head, *tables[0], *tables[1]]
    return struct.pack(f'<{len(numbers)}I', *numbers) + strings
