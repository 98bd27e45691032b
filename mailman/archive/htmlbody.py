"""HTML of a mail as a text that reads well: no tag of the sender's is kept.

The text has the forms that people use in plain mail, and that ``quotes`` shows as what
they are: ``> `` before quotes, ``* `` before items, links in angle brackets behind
their words.  Linear: each ``<`` is looked at once.
"""

from __future__ import annotations

import re

from mailman.mail import charrefs

_TAG = re.compile(r'<(/?)([A-Za-z][A-Za-z0-9]{0,20})([^<>]{0,5000}+)>?')
_HREF = re.compile(
    r'\shref\s{0,5}=\s{0,5}["\']?\s{0,5}((?:https?|ftp)://[^\s"\'<>]{1,2000})', re.I
)
_SPACE = re.compile(r'[ \t\r\n\f\v\xa0]+')
_DROPPED = frozenset(['script', 'style', 'head', 'title', 'noscript', 'template'])
_PARAGRAPHS = frozenset(
    ['p', 'ul', 'ol', 'dl', 'table', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'pre']
)
_LINES = frozenset(
    ['div', 'br', 'tr', 'li', 'dt', 'dd', 'section', 'article', 'header', 'footer']
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
        self.depth = self.pre = 0
        self.href = ''
        self.link_at = 0
        self.gone: set[str] = set()  # elements known to have no end

    def read(self) -> None:
        """Take the source apart."""
        source, place = self.source, 0
        while (at := source.find('<', place)) >= 0:
            self._text(source[place:at])
            place = self._markup(at)
        self._text(source[place:])
        self._line()
        while self.lines and not self.lines[-1]:
            self.lines.pop()
            self.depths.pop()

    def _text(self, text: str) -> None:
        if not text:
            return
        text = charrefs.unescape(text)
        if self.pre:
            first, *rest = text.replace('\r\n', '\n').split('\n')
            self.pieces.append(first)
            for line in rest:
                self._line()
                self.pieces.append(line)
        else:
            self.pieces.append(_SPACE.sub(' ', text))

    def _markup(self, at: int) -> int:
        """Read what begins with a ``<``; tell where the text goes on."""
        source = self.source
        if source.startswith('<!--', at):
            return self._behind('-->', at + 4)
        if source.startswith(('<!', '<?'), at):
            return self._behind('>', at + 2)
        match = _TAG.match(source, at)
        if match is None:
            self.pieces.append('<')
            return at + 1
        name = match[2].lower()
        if not match[1] and name in _DROPPED:
            return self._dropped(name, match.end())
        self._tag(name, bool(match[1]), match[3])
        return match.end()

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

    def _tag(self, name: str, closing: bool, attributes: str) -> None:
        if name == 'blockquote':
            self._line()
            step = -1 if closing else 1
            self.depth = min(max(self.depth + step, 0), _DEEPEST)
        elif name == 'pre':
            self._line()
            self.pre = 0 if closing else 1
        elif name == 'a':
            self._anchor(closing, attributes)
        elif name in _PARAGRAPHS:
            self._line()
            if self.lines and self.lines[-1]:
                self._put('')
        elif name in _LINES:
            self._line()
            if name == 'li' and not closing:
                self.pieces.append('* ')
        elif name in ('td', 'th') and not closing and self.pieces:
            self.pieces.append(' ')

    def _anchor(self, closing: bool, attributes: str) -> None:
        """Put a link's address behind its words, where they are not the same."""
        if not closing:
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
