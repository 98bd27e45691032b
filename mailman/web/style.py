"""The style sheet and script of all pages: one file each, with the site's colours.

Their addresses name their content, ``assets/style.HASH.css``, so browsers keep them for
good.  The program ``assets`` serves them; a web server may do so itself.
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mailman.site import defaults

if TYPE_CHECKING:
    from mailman.site import Site

STYLE, SCRIPT = 'style.css', 'script.js'
TYPES = {STYLE: 'text/css; charset=utf-8', SCRIPT: 'text/javascript; charset=utf-8'}
# 2.1's setting: the custom property of style.css.
COLOURS = {
    'WEB_BG_COLOR': '--page',
    'WEB_LINK_COLOR': '--link',
    'WEB_VLINK_COLOR': '--visited',
    'WEB_HEADER_COLOR': '--head',
    'WEB_SUBHEADER_COLOR': '--subhead',
    'WEB_ADMINITEM_COLOR': '--item',
    'WEB_ERROR_COLOR': '--error',
    'WEB_HIGHLIGHT_COLOR': '--highlight',
}


def content(site: Site, name: str) -> bytes:
    """Give the file's content, with the colours that the site has changed."""
    path = site.templates_dir / 'web' / name
    stat = path.stat()
    own = _own_colours(site) if name == STYLE else ''
    return _read(str(path), stat.st_mtime_ns, own)


@lru_cache(maxsize=4)
def _read(path: str, stamp: int, own: str) -> bytes:
    with open(path, 'rb') as file:
        return file.read() + own.encode()


@lru_cache(maxsize=4)
def _digest(data: bytes) -> str:
    # No secret depends on it, and hashlib would cost start-up time.
    return f'{zlib.crc32(data):08x}{len(data):x}'


def _own_colours(site: Site) -> str:
    """Give a rule for those of 2.1's colours that are not 2.1's.

    They were chosen for dark letters: a dark page keeps its own.
    """
    rules = []
    for name, custom in COLOURS.items():
        value = str(getattr(site.cfg, name))
        safe = value.lstrip('#').isalnum() and value.isascii()
        if safe and value != getattr(defaults, name):
            rules.append(f'{custom}:{value}')
    if not rules:
        return ''
    scheme = '@media not all and (prefers-color-scheme:dark)'
    return f'\n{scheme}{{:root{{{";".join(rules)}}}}}\n'


def url(site: Site, base: str, name: str = STYLE) -> str:
    """Give the path of a file, below the page programs at ``base``."""
    stem, _, suffix = name.partition('.')
    digest = _digest(content(site, name))
    path = urlsplit(base).path.rstrip('/')
    return f'{path}/assets{site.cfg.CGIEXT}/{stem}.{digest}.{suffix}'
