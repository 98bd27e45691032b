"""Write a list's settings as a config_list file: Python source in 2.1's shape.

A comment tells what a setting is for, and the meaning of its numbers; 2.1 and ours
read what either writes.  Ours is always UTF-8.
"""

from __future__ import annotations

import textwrap
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mailman.settings import PAGES, visible
from mailman.settings.widgets import Radio

if TYPE_CHECKING:
    from mailman.settings import Page, Setting, Settings
    from mailman.site.i18n import Translator

WIDTH = 76


def source_lines(mlist: Settings) -> Iterator[str]:
    """Give the file's lines without line ends; a value's lines come as one."""
    _ = mlist.site.translator(mlist.preferred_language)
    yield '# -*- python -*-'
    yield '# -*- coding: utf-8 -*-'
    head = _('"%(name)s" mailing list configuration settings', name=mlist.name)
    yield f'## {head}'
    when = time.ctime(mlist.site.now())
    yield f'## {_("captured on %(date)s", date=when)}'
    yield ''
    for page in PAGES:
        yield from _page(mlist, page, _)


def _page(mlist: Settings, page: Page, _: Translator) -> Iterator[str]:
    settings = [one for one in visible(page, mlist.site) if not one.action]
    if not settings:
        return
    # 2.1's heading, but for those who read another language.
    english = f'{page.category.capitalize()} options'
    yield f'## {english if _.lang == "en" else _(page.title)}'
    yield '#'
    yield from comment(_(page.intro))
    yield ''
    for one in settings:
        yield from _setting(mlist, one, _)
        yield ''


def _setting(mlist: Settings, one: Setting, _: Translator) -> Iterator[str]:
    yield from comment(_(one.summary))
    if one.help:
        yield '#'
        yield from comment(_(one.help))
    if isinstance(one.widget, Radio):
        yield '#'
        for number, label in one.widget.choices(mlist.site):
            yield f'#    {number} = "{_(label)}"'
    yield f'{one.name} = {literal(one.shown(mlist))}'


def comment(text: str) -> list[str]:
    """Wrap a text into comment lines."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent='# ',
        subsequent_indent='# ',
        break_long_words=False,
        break_on_hyphens=False,
    )


def literal(value: Any) -> str:
    """Write a value as Python reads it; texts so that people can read them too."""
    return text_literal(value) if isinstance(value, str) else repr(value)


def text_literal(text: str) -> str:
    """Write a text: one line quoted, several between three double quotes."""
    if '\n' in text:
        return f'"""{_escaped(text)}"""'
    return repr(text) if text.isascii() else f'"{_escaped(text)}"'


def _escaped(text: str) -> str:
    # 2.1 wrote backslashes as they are, and read \b back as something else.
    text = text.replace('\\', '\\\\').replace('"', '\\"')
    return ''.join(c if c.isprintable() or c in '\n\t' else _escape(c) for c in text)


def _escape(character: str) -> str:
    return repr(character)[1:-1]
