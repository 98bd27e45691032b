"""The text of a mail as HTML: paragraphs, quotes, code, patches, signature.

Line ends of prose that a mail program wrapped are no line ends here, so that it reads
well on a phone; whatever was laid out by its author, code and tables keep theirs.  The
text comes in as depths of quoting and lines (see ``flowed``).  One pass over the lines;
nothing is nested deeper than MAX_DEPTH.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice, pairwise

from mailman.archive import links

MAX_DEPTH = 8
# A quote with more lines than this can be folded behind so many lines.
FOLD_AFTER = 12
_LONGEST_SIGNATURE = 20

_CODE_STARTS = ('    ', '\t', '  |', '+--', '+==', '| ')
_GAP = '   '
_ODD = ' \t-*+\u2022'
_LIST_ITEM = re.compile(r'(?:[-*+\u2022]|\(?[\w]{1,3}[.)])\s')
_IN_PATCHES = ('\n@@ ', '\n---', '\n*** ')
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
# Lines in a row: the first, the one behind the last, and how deep they are quoted.
Run = tuple[int, int, int]


def escape(text: str) -> str:
    """Escape text for HTML content (attributes need more)."""
    # To look first is the cheaper way: most texts have none of them.
    if '&' in text:
        text = text.replace('&', '&amp;')
    if '<' in text:
        text = text.replace('<', '&lt;')
    if '>' in text:
        text = text.replace('>', '&gt;')
    return text


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
        return _Text(self, depths, lines).html()

    def rich(self, lines: list[str]) -> str:
        """Escape lines, make their links live and obscure addresses."""
        html = escape('\n'.join(lines))
        if '://' in html:
            html = links.live(html)
        return self.conceal(html) if '@' in html else html

    def code(self, source: str, is_patch: bool = False) -> str:
        """Make HTML of a text that is a patch or a program."""
        html = self.conceal(escape(source))
        if is_patch:
            html = '\n'.join(map(_patch_line, html.split('\n')))
        return f'{_PRE}{html}</pre>\n'


class _Text:
    """One text on its way to HTML."""

    def __init__(self, writer: Writer, depths: list[int], lines: list[str]) -> None:
        self.rich, self.more = writer.rich, writer.more
        self.depths, self.lines = depths, lines
        self.source = source = '\n'.join(lines)
        self.out: list[str] = []
        self.patches = any([start in source for start in _IN_PATCHES])
        self.fences = '```' in source
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
            text = self.rich(self.lines[signature:end]).rstrip('\n')
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
        stretch: list[Run] = []
        for run in self._runs(end):
            if run[2]:
                stretch.append(run)
                continue
            if stretch:
                self._foldable(stretch)
                stretch = []
            self._unquoted(run[0], run[1])
        if stretch:
            self._foldable(stretch)

    def _runs(self, end: int) -> list[Run]:
        """Find the lines in a row that are quoted equally deep."""
        runs: list[Run] = []
        start, before = 0, -1
        for at, depth in enumerate(islice(self.depths, end)):
            if depth != before:
                if at:
                    runs.append((start, at, before))
                start, before = at, depth
        if end:
            runs.append((start, end, before))
        return runs

    def _foldable(self, runs: list[Run]) -> None:
        """Write a quote, whose later part can be folded if it is long."""
        start, end = runs[0][0], runs[-1][1]
        if end - start <= FOLD_AFTER + 2:
            self._quote(runs)
            return
        fold = start + FOLD_AFTER
        self._quote([(a, min(b, fold), depth) for a, b, depth in runs if a < fold])
        more = self.more(end - fold)
        self.out.append(f'<details><summary>{more}</summary>\n')
        self._quote([(max(a, fold), b, depth) for a, b, depth in runs if b > fold])
        self.out.append('</details>\n')

    def _quote(self, runs: list[Run]) -> None:
        """Write lines that all are quoted, as deep as each is."""
        out, open_ = self.out, 0
        for start, end, depth in runs:
            level = min(depth, MAX_DEPTH)
            for number in range(open_ + 1, level + 1):
                out.append(f'<blockquote class="q{number}">')
            if open_ > level:
                out.append('</blockquote>' * (open_ - level))
            open_ = level
            if depth > MAX_DEPTH:
                out.append(f'<p class="depth">{depth}&gt;</p>')
            self._paragraphs(start, end)
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
        text = self.rich(lines[at:stop])
        return stop, f'<pre class="code pgp" tabindex="0">{text}</pre>\n'

    # --- paragraphs ---------------------------------------------------------------

    def _paragraphs(self, start: int, end: int) -> None:
        """Write the paragraphs between two lines; code in a row is one block."""
        lines, out, columns = self.lines, self.out, self.columns
        gaps = [n for n in range(start, end) if not lines[n] or lines[n].isspace()]
        gaps.append(end)
        code_from = code_to = -1
        begin = start
        for at in gaps:
            if at == begin:
                begin += 1
                continue
            some = lines[begin:at]
            if (columns or some[0].startswith(_CODE_STARTS)) and _is_code(some):
                code_from = begin if code_from < 0 else code_from
                code_to = at
            else:
                if code_from >= 0:
                    out.append(self._pre(code_from, code_to))
                    code_from = -1
                tag = 'p' if at - begin == 1 or _was_wrapped(some) else 'p class="keep"'
                out.append(f'<{tag}>{self.rich(some)}</p>\n')
            begin = at + 1
        if code_from >= 0:
            out.append(self._pre(code_from, code_to))

    def _pre(self, start: int, end: int, is_patch: bool = False) -> str:
        lines = self.lines[start:end]
        if is_patch:
            html = '\n'.join(map(_patch_line, self.rich(lines).split('\n')))
            return f'{_PRE}{html}</pre>\n'
        used = [line for line in lines if line.strip()]
        indent = min((len(line) - len(line.lstrip(' ')) for line in used), default=0)
        return f'{_PRE}{self.rich([line[indent:] for line in lines])}</pre>\n'


def _patch_line(line: str) -> str:
    """Mark a line of a patch by what it does."""
    name = _MARKED.get(line[:1])
    return f'<span class="{name}">{line}</span>' if name else line


def _is_code(lines: list[str]) -> bool:
    """Tell whether the lines of a paragraph are laid out in columns."""
    if lines[0].startswith(_CODE_STARTS):
        # A list item's further lines, or a poem, have no such first line.
        return all(line.startswith((' ', '\t', '|', '+')) for line in lines)
    if len(lines) < 2:
        return False
    count = sum(_GAP in (text := line.strip()) or '\t' in text for line in lines)
    return count * 2 > len(lines)


def _was_wrapped(lines: list[str]) -> bool:
    """Tell whether a mail program, not the author, ended these lines.

    Then no line has room for the first word of the next one.
    """
    width = max(map(len, lines))
    if width < 40:
        return False
    for line, following in pairwise(lines):
        # Most lines have not even room for a letter.
        room = width - 3 - len(line.rstrip())
        if room > 0:
            word = following.find(' ')
            if (word if word >= 0 else len(following)) <= room:
                return False
    # Few lines begin like an item, and a look costs less than a pattern.
    odd = [x for x in lines if x[0] in _ODD or '.' in x[:5] or ')' in x[:5]]
    return not any(line[0] in ' \t' or _LIST_ITEM.match(line) for line in odd)
