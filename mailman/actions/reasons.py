"""Why posts are held: kept in English, as in 2.1, and read in the reader's language.

What the entry of a held post has is the filled text, wrapped.  The texts that are
filled stand here, so that a reader can be told in another language.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.site.i18n import Translator

TOO_BIG = N_('Message body is too big: %(size)s bytes with a limit of %(limit)s KB')
FILTER_RULE = N_('The message headers matched a filter rule: %(pattern)s')
FILLED = (TOO_BIG, FILTER_RULE)

_NAME = re.compile(r'%\\\((\w+)\\\)s')


def translated(reason: str, _: Translator) -> str:
    """Answer the reason of a held post's entry in a language, on one line."""
    text = ' '.join(reason.split())
    for template in FILLED:
        if match := _filled(template).fullmatch(text):
            return _(template, **match.groupdict())
    return _(text)


@lru_cache
def _filled(template: str) -> re.Pattern[str]:
    return re.compile(_NAME.sub(r'(?P<\1>.*)', re.escape(template)))
