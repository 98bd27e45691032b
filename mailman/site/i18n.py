"""Texts for people in their language: 2.1's Mailman/i18n.py without its stack tricks.

A text is written in English, its values by name, and looked up where it is needed::

    _ = site.translator(lang)
    _('Post by %(member)s', member=address)

There is no current language: whoever speaks says to whom.  `N_` marks a text that is
translated later (a table's entry).  Catalogues lie where 2.1 has them,
``messages/LANG/LC_MESSAGES/mailman.mo``.  A ``mailman.po`` beside it serves without
being compiled, where there is no other or it is newer.  A language without a catalogue
speaks English.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import IO, TYPE_CHECKING

from mailman.mail.text import fill

if TYPE_CHECKING:
    from gettext import NullTranslations

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


ENGLISH = Translator('en')


def load(messages_dir: Path, lang: str) -> Translator:
    """Make the translator of a language, from its catalogue if there is one."""
    # Codes come from requests too; only what add_language takes may become a path.
    if lang == ENGLISH.lang or not lang.replace('_', '').replace('-', '').isalnum():
        return Translator(lang)
    for path in _catalogues(messages_dir / lang / 'LC_MESSAGES'):
        try:
            with path.open('rb') as file:
                return Translator(lang, _READERS[path.suffix](file))
        except FileNotFoundError:
            continue
        except (OSError, ValueError):
            # A catalogue that cannot be read must not stop mail: English it is.
            break
    return Translator(lang)


def _catalogues(folder: Path) -> list[Path]:
    """Give the compiled catalogue and its source, the newer one first."""
    mo, po = folder / f'{DOMAIN}.mo', folder / f'{DOMAIN}.po'
    try:
        newer = po.stat().st_mtime > mo.stat().st_mtime
    except OSError:
        newer = False
    return [po, mo] if newer else [mo, po]


def _read_mo(file: IO[bytes]) -> NullTranslations:
    # For start-up time: an English site never needs it.
    import gettext

    try:
        return gettext.GNUTranslations(file)
    except (struct.error, IndexError, LookupError) as reason:
        raise ValueError('not a catalogue') from reason


def _read_po(file: IO[bytes]) -> NullTranslations:
    # For start-up time, as above: a compiled catalogue does not need it.
    import io

    from mailman.site import po

    return _read_mo(io.BytesIO(po.to_mo(file.read())))


_READERS = {'.mo': _read_mo, '.po': _read_po}
