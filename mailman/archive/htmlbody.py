"""HTML of a mail as a text that reads well: no tag of the sender's is kept.

The text has the forms that people use in plain mail, and that ``quotes`` shows as what
they are: ``> `` before quotes, ``* `` before items, links in angle brackets behind
their words.  Linear: each ``<`` is looked at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from mailman.mail import charrefs

# Text, and the markup behind it: a tag, the beginning of something else, a mere ``<``,
# or the end.  It matches everywhere, so that each letter is looked at once.
_MARKUP = re.compile(
    r'([^<]*+)(?:<(/?)([A-Za-z][A-Za-z0-9]{0,20})([^<>]{0,5000}+)>?|(<!--|<[!?]?|\Z))'
)
_HREF = re.compile(
    r'\shref\s{0,5}=\s{0,5}["\']?\s{0,5}((?:https?|ftp)://[^\s"\'<>]{1,2000})', re.I
)
# What is not one blank already; beginning with a set, it is looked for quickly.
_SPACE = re.compile(
    r'[ \t\r\n\f\v\xa0](?:(?<! )|(?=[ \t\r\n\f\v\xa0]))[ \t\r\n\f\v\xa0]*+'
)
_DROPPED = frozenset(['script', 'style', 'head', 'title', 'noscript', 'template'])
_PARAGRAPHS = frozenset(
    ['p', 'ul', 'ol', 'dl', 'table', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6']
)
_LINES = frozenset(
    ['div', 'br', 'tr', 'dt', 'dd', 'section', 'article', 'header', 'footer']
    + ['body', 'center', 'address', 'form', 'option', 'caption']
)
_DEEPEST = 50


def readable(source: str) -> tuple[list[int], list[str]]:
    """Give the depth of quoting of each line of the text, and the lines."""
    reader = _Reader(source.replace('\0', ''))
    reader.read()
    return reader.depths, reader.lines


class _Reader:
    """One pass over an HTML text."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.depths: list[int] = []
        self.lines: list[str] = []
        self.pieces: list[str] = []
        self.depth = 0
        self.pre = False
        self.href = ''
        self.link_at = 0
        self.gone: set[str] = set()  # elements known to have no end

    def read(self) -> None:
        """Take the source apart."""
        place, end = 0, len(self.source)
        while place < end:
            place = self._read_from(place)
        self._line()
        while self.lines and not self.lines[-1]:
            self.lines.pop()
            self.depths.pop()

    def _read_from(self, place: int) -> int:
        """Read up to something to skip, or to the end; tell where to go on."""
        for found in _MARKUP.finditer(self.source, place):
            text, slash, name, attributes, mark = found.groups()
            if text:
                self._text(text)
            if name is None:
                if mark == '<':
                    self.pieces.append(mark)
                elif mark:
                    closing = '-->' if mark == '<!--' else '>'
                    return self._behind(closing, found.end())
                continue
            name = name.lower()
            act = _ACTIONS.get(name)
            if act is not None:
                act(self, name, slash, attributes)
            elif name in _DROPPED and not slash:
                return self._dropped(name, found.end())
        return len(self.source)

    def _text(self, text: str) -> None:
        if '&' in text:
            text = charrefs.unescape(text)
        if self.pre:
            first, *rest = text.replace('\r\n', '\n').split('\n')
            self.pieces.append(first)
            for line in rest:
                self._line()
                self.pieces.append(line)
            return
        if not self.pieces:
            text = text.lstrip()  # as the line will be
        # Most texts have one blank between words, and that is quickly seen.
        if '  ' in text or not text.isprintable():
            text = _SPACE.sub(' ', text)
        if text:
            self.pieces.append(text)

    def _behind(self, mark: str, at: int) -> int:
        if mark in self.gone:
            return at
        end = self.source.find(mark, at)
        if end < 0:
            self.gone.add(mark)
            return at
        return end + len(mark)

    def _dropped(self, name: str, at: int) -> int:
        """Skip an element with all that is in it, if it ends."""
        if name in self.gone:
            return at
        end = re.compile(f'</{name}[^<>]{{0,100}}>', re.IGNORECASE).search(
            self.source, at
        )
        if end is None:
            self.gone.add(name)
            return at
        return end.end()

    def _quote(self, name: str, slash: str, attributes: str) -> None:
        self._line()
        step = -1 if slash else 1
        self.depth = min(max(self.depth + step, 0), _DEEPEST)

    def _preformatted(self, name: str, slash: str, attributes: str) -> None:
        self._line()
        self.pre = not slash

    def _paragraph(self, name: str, slash: str, attributes: str) -> None:
        self._line()
        if self.lines and self.lines[-1]:
            self._put('')

    def _break(self, name: str, slash: str, attributes: str) -> None:
        self._line()

    def _item(self, name: str, slash: str, attributes: str) -> None:
        self._line()
        if not slash:
            self.pieces.append('* ')

    def _cell(self, name: str, slash: str, attributes: str) -> None:
        if not slash and self.pieces:
            self.pieces.append(' ')

    def _anchor(self, name: str, slash: str, attributes: str) -> None:
        """Put a link's address behind its words, where they are not the same."""
        if not slash:
            match = _HREF.search(attributes)
            self.href = charrefs.unescape_attribute(match[1]) if match else ''
            self.link_at = len(self.pieces)
        elif self.href:
            words = ''.join(self.pieces[self.link_at :]).strip()
            if words.rstrip('/') not in self.href:
                self.pieces.append(f' <{self.href}>')
            elif words:
                del self.pieces[self.link_at :]
                self.pieces.append(self.href)
            self.href = ''

    def _line(self) -> None:
        """End the line."""
        if self.pieces:
            text = ''.join(self.pieces)
            self.pieces.clear()
            self.link_at = 0
            text = text.rstrip() if self.pre else text.strip()
            if text or self.pre:
                self._put(text)

    def _put(self, text: str) -> None:
        self.depths.append(self.depth)
        self.lines.append(text)


_ACTIONS: dict[str, Callable[[_Reader, str, str, str], None]] = {
    **dict.fromkeys(_PARAGRAPHS, _Reader._paragraph),
    **dict.fromkeys(_LINES, _Reader._break),
    'a': _Reader._anchor,
    'blockquote': _Reader._quote,
    'li': _Reader._item,
    'pre': _Reader._preformatted,
    'td': _Reader._cell,
    'th': _Reader._cell,
}
