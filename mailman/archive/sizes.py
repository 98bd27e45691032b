"""Sizes of files in words."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailman.site.i18n import Translator


def size_words(_: Translator, n: int) -> str:
    """Give a number of bytes for people."""
    if n < 1000:
        return _.plural('%(n)s byte', '%(n)s bytes', n)
    if n < 1_000_000:
        return _kilobytes(_, (n + 500) // 1000)
    return _('%(n)s MB', n=f'{n / 1_000_000:.1f}')


# Some thousand numbers at most, in the few languages of lists.
@lru_cache(2_000)
def _kilobytes(_: Translator, n: int) -> str:
    return _('%(n)s kB', n=n)
