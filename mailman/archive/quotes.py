"""The text of a mail as HTML: paragraphs, quotes, code, patches, signature.

Line ends of prose that a mail program wrapped are no line ends here, so that it reads
well on a phone; whatever was laid out by its author, code and tables keep theirs.  The
text comes in as depths of quoting and lines (see ``flowed``).  One pass over the lines;
nothing is nested deeper than MAX_DEPTH.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from mailman.archive import links

MAX_DEPTH = 8
# A quote with more lines than this can be folded behind so many lines.
FOLD_AFTER = 12
_LONGEST_SIGNATURE = 20

_CODE_STARTS = ('    ', '\t', '  |', '+--', '+==', '| ')
_GAP = '   '
_LIST_ITEM = re.compile(r'(?:[-*+\u2022]|\(?[\w]{1,3}[.)])\s')
_IN_PATCHES = ('@@ ', '---', '*** ')
_PATCH_STARTS = ('diff ', '--- ', '*** ', 'Index: ')
_PATCH_LINES = (
    (' ', '+', '-', '@', '\\', '!', '*', '=', 'diff ', 'index ', 'Index: ')
    + ('new file ', 'deleted file ', 'old mode ', 'new mode ', 'similarity ')
    + ('dissimilarity ', 'rename ', 'copy ', 'Binary ', 'GIT binary ', 'literal ')
    + ('delta ', 'Only in ')
)
# The table of files that git format-patch puts before a patch.
_STAT = re.compile(r' \S[^|\n]{0,200}\|')
_MARKED = {'+': 'add', '-': 'del', '@': 'hunk'}
_PGP_SIGNED = '-----BEGIN PGP SIGNED MESSAGE-----'
_PGP = re.compile(r'-----BEGIN PGP (?:SIGNATURE|MESSAGE|PUBLIC KEY BLOCK)-----')
_PGP_HEADERS = 6
_PRE = '<pre class="code" tabindex="0">'


def escape(text: str) -> str:
    """Escape text for HTML content (attributes need more)."""
    return text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')


class Writer:
    """Makes HTML of texts; made once per list.

    ``conceal`` obscures addresses in escaped text; ``more`` words how many lines a
    quote goes on for.
    """

    def __init__(
        self, conceal: Callable[[str], str], more: Callable[[int], str]
    ) -> None:
        self.conceal, self.more = conceal, more

    def html(self, depths: list[int], lines: list[str]) -> str:
        """Make HTML of the lines of a text."""
        source = '\n'.join(lines)
        return _Text(self, depths, lines, source, self._live(source)).html()

    def _live(self, source: str) -> list[str]:
        html = escape(source)
        if '://' in html:
            html = links.live(html)
        if '@' in html:
            html = self.conceal(html)
        return html.split('\n')

    def code(self, source: str, is_patch: bool = False) -> str:
        """Make HTML of a text that is a patch or a program."""
        html = self.conceal(escape(source))
        if is_patch:
            html = '\n'.join(map(_patch_line, html.split('\n')))
        return f'{_PRE}{html}</pre>\n'


class _Text:
    """One text on its way to HTML."""

    def __init__(
        self,
        writer: Writer,
        depths: list[int],
        lines: list[str],
        source: str,
        html: list[str],
    ) -> None:
        self.writer, self.depths, self.lines, self.rich = writer, depths, lines, html
        self.source = source
        self.out: list[str] = []
        self.patches = any([line.startswith(_IN_PATCHES) for line in lines[1:]])
        self.fences = '`' in source and '```' in source
        self.columns = _GAP in source or '\t' in source

    def html(self) -> str:
        """Make the whole."""
        end = len(self.lines)
        signature = self._signature(end)
        if any(self.depths):
            self._quoted_and_not(signature)
        else:
            self._unquoted(0, signature)
        if signature < end:
            text = '\n'.join(self.rich[signature:end]).rstrip('\n')
            self.out.append(f'<p class="keep sig">{text}</p>\n')
        return ''.join(self.out)

    def _signature(self, end: int) -> int:
        """Tell where the signature begins; at the end if there is none."""
        if '\n--' not in self.source and not self.source.startswith('-- '):
            return end
        lines, depths = self.lines, self.depths
        while end and not lines[end - 1].strip():
            end -= 1
        for at in range(end - 1, max(-1, end - _LONGEST_SIGNATURE), -1):
            if lines[at] in ('-- ', '--') and not depths[at]:
                return at
            if depths[at]:
                break
        return len(lines)

    def _quoted_and_not(self, end: int) -> None:
        """Write the stretches of quotes and of own text in turn."""
        depths = self.depths
        at = 0
        while at < end:
            start, quoted = at, depths[at] > 0
            while at < end and (depths[at] > 0) == quoted:
                at += 1
            if not quoted:
                self._unquoted(start, at)
            elif at - start > FOLD_AFTER + 2:
                self._quote(start, start + FOLD_AFTER)
                more = self.writer.more(at - start - FOLD_AFTER)
                self.out.append(f'<details><summary>{more}</summary>\n')
                self._quote(start + FOLD_AFTER, at)
                self.out.append('</details>\n')
            else:
                self._quote(start, at)

    def _quote(self, start: int, end: int) -> None:
        """Write lines that all are quoted, as deep as each is."""
        out, depths = self.out, self.depths
        open_, at = 0, start
        while at < end:
            begin, depth = at, depths[at]
            while at < end and depths[at] == depth:
                at += 1
            level = min(depth, MAX_DEPTH)
            for number in range(open_ + 1, level + 1):
                out.append(f'<blockquote class="q{number}">')
            if open_ > level:
                out.append('</blockquote>' * (open_ - level))
            open_ = level
            if depth > MAX_DEPTH:
                out.append(f'<p class="depth">{depth}&gt;</p>')
            self._paragraphs(begin, at)
        out.append('</blockquote>' * open_ + '\n')

    # --- without quotes -----------------------------------------------------------

    def _unquoted(self, start: int, end: int) -> None:
        """Write own text; what is in a patch or a PGP block is found first."""
        if not (self.patches or self.fences or '-----BEGIN PGP ' in self.source):
            self._paragraphs(start, end)
            return
        at = done = start
        while at < end:
            stop, what = self._block(at, end)
            if stop:
                self._paragraphs(done, at)
                self.out.append(what)
                at = done = stop
            else:
                at += 1
        self._paragraphs(done, end)

    def _block(self, at: int, end: int) -> tuple[int, str]:
        """Tell where a block that begins here ends, and its HTML; 0 without one."""
        line = self.lines[at]
        if line.startswith(_PATCH_STARTS) and self._starts_patch(at, end):
            stop = self._patch_end(at, end)
            return stop, self._pre(at, stop, True)
        if line.startswith('```') and self.fences:
            for stop in range(at + 1, end):
                if self.lines[stop].rstrip() == '```':
                    return stop + 1, self._pre(at + 1, stop)
            self.fences = False
        if line.startswith('-----BEGIN PGP '):
            return self._pgp(at, end)
        if line == '---' and at + 1 < end and _STAT.match(self.lines[at + 1]):
            stop = at + 1
            while stop < end and self.lines[stop].startswith(' '):
                stop += 1
            return stop, self._pre(at, stop)
        return 0, ''

    def _starts_patch(self, at: int, end: int) -> bool:
        lines = self.lines[at : min(end, at + 2)]
        if lines[0].startswith('diff '):
            return lines[0].startswith(('diff --git ', 'diff -'))
        if lines[0].startswith('Index: '):
            return len(lines) > 1 and lines[1].startswith('=====')
        other = '+++ ' if lines[0].startswith('--- ') else '--- '
        return len(lines) > 1 and lines[1].startswith(other)

    def _patch_end(self, at: int, end: int) -> int:
        """Find the line behind a patch: neither of it nor empty within it."""
        lines = self.lines
        stop = at
        while at < end:
            line = lines[at]
            if line in ('-- ', '--'):
                break
            if line:
                if not line.startswith(_PATCH_LINES):
                    break
                stop = at + 1
            at += 1
        return stop

    def _pgp(self, at: int, end: int) -> tuple[int, str]:
        """Dim what a PGP program added: the lines above the text, and blocks."""
        lines = self.lines
        if lines[at].rstrip() == _PGP_SIGNED:
            stop = at + 1
            while stop < end and stop - at <= _PGP_HEADERS and lines[stop].strip():
                stop += 1
            if stop - at > _PGP_HEADERS:
                return 0, ''
        elif _PGP.match(lines[at]):
            stop = at + 1
            while stop < end and not lines[stop - 1].startswith('-----END PGP '):
                stop += 1
        else:
            return 0, ''
        text = '\n'.join(self.rich[at:stop])
        return stop, f'<pre class="code pgp" tabindex="0">{text}</pre>\n'

    # --- paragraphs ---------------------------------------------------------------

    def _paragraphs(self, start: int, end: int) -> None:
        """Write the paragraphs between two lines; code in a row is one block."""
        lines, out = self.lines, self.out
        code_from = code_to = -1
        at = start
        while at < end:
            if not lines[at] or lines[at].isspace():
                at += 1
                continue
            begin = at
            while at < end and lines[at] and not lines[at].isspace():
                at += 1
            if _is_code(lines, begin, at, self.columns):
                code_from = begin if code_from < 0 else code_from
                code_to = at
                continue
            if code_from >= 0:
                out.append(self._pre(code_from, code_to))
                code_from = -1
            text = '\n'.join(self.rich[begin:at])
            wrapped = at - begin == 1 or _was_wrapped(lines, begin, at)
            out.append(
                f'<p>{text}</p>\n' if wrapped else f'<p class="keep">{text}</p>\n'
            )
        if code_from >= 0:
            out.append(self._pre(code_from, code_to))

    def _pre(self, start: int, end: int, is_patch: bool = False) -> str:
        rich = self.rich[start:end]
        if is_patch:
            return f'{_PRE}{chr(10).join(map(_patch_line, rich))}</pre>\n'
        used = [line for line in self.lines[start:end] if line.strip()]
        indent = min((len(line) - len(line.lstrip(' ')) for line in used), default=0)
        return f'{_PRE}{chr(10).join([line[indent:] for line in rich])}</pre>\n'


def _patch_line(line: str) -> str:
    """Mark a line of a patch by what it does."""
    name = _MARKED.get(line[:1])
    return f'<span class="{name}">{line}</span>' if name else line


def _is_code(lines: list[str], start: int, end: int, columns: bool) -> bool:
    """Tell whether the lines of a paragraph are laid out in columns, if any are."""
    if lines[start].startswith(_CODE_STARTS):
        # A list item's further lines, or a poem, have no such first line.
        return all(line.startswith((' ', '\t', '|', '+')) for line in lines[start:end])
    if end - start < 2 or not columns:
        return False
    count = sum(
        _GAP in (text := line.strip()) or '\t' in text for line in lines[start:end]
    )
    return count * 2 > end - start


def _was_wrapped(lines: list[str], start: int, end: int) -> bool:
    """Tell whether a mail program, not the author, ended these lines.

    Then no line has room for the first word of the next one.
    """
    some = lines[start:end]
    width = max(map(len, some))
    if width < 40:
        return False
    for line, following in pairwise(some):
        # Most lines have not even room for a letter.
        room = width - 3 - len(line.rstrip())
        if room > 0 and len(following[: width + 1].partition(' ')[0]) <= room:
            return False
    return not any(line[0] in ' \t' or _LIST_ITEM.match(line) for line in some)
