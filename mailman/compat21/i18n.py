"""``Mailman.i18n``: texts in a current language.

Our own code has no current language and hands values over by name.  Code of 2.1's time
writes ``_('Post by %(member)s')`` and expects its local variables to be put in.
"""

from __future__ import annotations

import sys
from typing import Any

from mailman.compat21 import current
from mailman.mail.text import fill

_language: list[str] = []


def set_language(language: str | None = None) -> None:
    """Choose the language that ``_`` speaks; None: the site's."""
    _language[:] = [language] if language else []


def get_translation() -> str | None:
    """Answer what set_translation takes to come back here."""
    return _language[0] if _language else None


def set_translation(translation: str | None) -> None:
    """Go back to a language."""
    set_language(translation)


def _(text: str) -> str:
    """Translate, and put in the caller's variables that the text names."""
    frame = sys._getframe(1)
    values: dict[str, Any] = {**frame.f_globals, **frame.f_locals}
    translated = current.site().translator(get_translation())(text)
    return fill(translated, values)


def C_(text: str) -> str:  # noqa: N802 2.1's name
    """Translate for a terminal."""
    return _(text)


def D_(text: str) -> str:  # noqa: N802 2.1's name
    """Mark a text for translation."""
    return text
