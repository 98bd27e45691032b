"""Mail texts that sites and owners may replace: 2.1's Utils.findtext and maketext.

A text is looked for in each language, and there from the most special place to ours::

    lists/LIST/LANG/NAME            the list's owner
    templates/HOST/LANG/NAME        a virtual host
    templates/site/LANG/NAME        the site
    templates/LANG/NAME             ours
    messages/LANG/NAME              beside the language's catalogue, if it came as one
                                    folder (docs/translating.md)

Languages in turn: the one asked for, the list's, the site's, English.  What is found
is filled from a mapping, ``%(name)s`` for ``%(name)s``, and wrapped at 70 columns.  It
is never compiled as a Jinja2 template: owners write it.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mailman.mail import charsets
from mailman.mail.text import fill, wrap

COLUMN = 70
# Texts whose lines are laid out, such as a quoted header or a table of commands.
LAID_OUT = frozenset(['help.txt', 'postack.txt', 'postauth.txt'])


def places(
    templates_dir: Path,
    list_dir: Path | None,
    host: str | None,
    lang: str,
    messages_dir: Path | None = None,
) -> Iterator[Path]:
    """Give the directories of one language, in order."""
    if list_dir is not None:
        yield list_dir / lang
    if host and _is_name(host):
        yield templates_dir / host / lang
    yield templates_dir / 'site' / lang
    yield templates_dir / lang
    if messages_dir is not None:
        yield messages_dir / lang


def find(
    name: str,
    languages: Iterable[str],
    templates_dir: Path,
    list_dir: Path | None = None,
    host: str | None = None,
    messages_dir: Path | None = None,
) -> tuple[bytes, str]:
    """Read a text: its bytes and its language.

    Raises FileNotFoundError if it is nowhere, and what else keeps it from being read.
    """
    if not _is_name(name):
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)
    for lang in filter(_is_name, dict.fromkeys(languages)):
        for directory in places(templates_dir, list_dir, host, lang, messages_dir):
            try:
                return (directory / name).read_bytes(), lang
            except (FileNotFoundError, NotADirectoryError):
                continue
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), name)


def decode(data: bytes, charset: str) -> str:
    """Read a text file: UTF-8 as ours are, else the charset 2.1 wrote it in."""
    try:
        text = data.decode('utf-8')
    except UnicodeDecodeError:
        codec = charsets.codec(charset)
        # us-ascii cannot be it, and a text with accents is better than one with holes.
        if codec is None or codec == 'ascii':
            codec = 'latin-1'
        text = data.decode(codec, 'replace')
    return text.replace('\r\n', '\n')


def make(name: str, text: str, values: Mapping[str, Any], *, raw: bool) -> str:
    """Fill a text and wrap it, unless it is raw or laid out by hand."""
    filled = fill(text, values)
    return filled if raw or name in LAID_OUT else wrap(filled, COLUMN)


def _is_name(part: str) -> bool:
    """Tell whether this may be one step of a path."""
    return bool(part) and '/' not in part and '\0' not in part and part[0] != '.'
