"""The text of docs/settings.md, from the declarations in mailman/settings."""

from __future__ import annotations

from collections.abc import Iterator

from mailman.settings import INTERNAL, PAGES, Page, Setting
from mailman.settings.widgets import Flags, Radio, Widget
from mailman.site.defaults import namespace

INTRO = """\
# Settings of a list

Made by `make docs` from the declarations in `mailman/settings/`; do not edit it.

These are the attributes of a list, under the names that 2.1 gave them, page by page as
they stand in the web interface. `bin/config_list -o FILE LIST` writes them into a file,
`bin/config_list -i FILE LIST` sets them from one. A default that is called
`DEFAULT_SOMETHING` is a variable of the site and can be set in `mm_cfg.py`; a list
copies it when it is made, and keeps its value when the site changes its mind.
"""
# What each kind of control takes in a config_list file.
TAKES = {
    'String': 'one line of text',
    'Text': 'text',
    'FileUpload': 'text',
    'Radio': 'the number of a choice',
    'Toggle': 'the number of a choice',
    'Number': 'a number',
    'Email': 'an address, or empty',
    'Host': 'a domain',
    'EmailList': 'a list of addresses',
    'EmailListEx': 'a list of addresses and patterns',
    'Select': 'a language code',
    'Checkbox': 'a list of language codes',
    'Topics': 'a list of `(name, pattern, description, False)`',
    'HeaderFilter': 'a list of `(pattern, action, False)`; actions: 0 defer, 2 reject,'
    ' 3 discard, 6 accept, 7 hold',
}
DEFAULTS = namespace({'prefix': ''})


def text() -> str:
    """Answer the page."""
    return '\n'.join(_lines()).rstrip('\n') + '\n'


def _lines() -> Iterator[str]:
    yield INTRO
    for page in PAGES:
        if page.settings:
            yield from _page(page)
    yield '## On no page\n'
    yield 'What the program keeps about a list; config_list sets it, and says so.\n'
    yield '| name | what it is | default |'
    yield '|---|---|---|'
    for one in INTERNAL:
        words = ' '.join(filter(None, (_end(one.summary), one.help)))
        yield f'| `{one.name}` | {_plain(words)} | {_default(one)} |'


def _page(page: Page) -> Iterator[str]:
    yield f'## {page.title}\n'
    if page.intro:
        yield f'{page.intro}\n'
    for one in page.settings:
        yield from _setting(one)


def _setting(one: Setting) -> Iterator[str]:
    yield f'### `{one.name}`\n'
    yield _plain(' '.join(filter(None, (_end(one.summary), one.help)))) + '\n'
    if one.action:
        yield '- a button of the page; nothing is stored\n'
        return
    if one.widget is not None:
        yield f'- takes: {_takes(one.widget)}' + (f', in {one.unit}' * bool(one.unit))
    if isinstance(one.widget, Radio):
        yield f'- choices: {_choices(one.widget)}'
    if one.shown_if:
        yield f'- on the page where `{one.shown_if}` is on'
    yield f'- default: {_default(one)}\n'


def _takes(widget: Widget) -> str:
    if isinstance(widget, Flags):
        return 'the sum of hide 16, ack 4, notmetoo 2, nodupes 256'
    return TAKES[widget.kind]


def _choices(widget: Radio) -> str:
    return ', '.join(
        f'{number} {label}'
        + (f' (where `{widget.needs[number]}` is on)' if number in widget.needs else '')
        for number, label in enumerate(widget.labels)
    )


def _default(one: Setting) -> str:
    if one.derived_from:
        return _plain(one.derived_from)
    if not one.site_default:
        return f'`{one.default!r}`'
    value = DEFAULTS[one.site_default]
    if one.widget is not None:
        value = one.widget.show(value)
    return f'`{one.site_default}`, {_value(value)}'


def _value(value: object) -> str:
    if isinstance(value, bool):
        return 'Yes' if value else 'No'
    shown = repr(value)
    return f'`{shown}`' if len(shown) < 200 else 'a longer text'


def _end(summary: str) -> str:
    return summary if summary.endswith('.') else f'{summary}.'


def _plain(words: str) -> str:
    """Keep Markdown from reading anything into text."""
    for sign in ('*', '<', '|'):
        words = words.replace(sign, f'\\{sign}')
    return words
