"""HTML that owners wrote, made harmless: a list's info text and its page templates.

The text is read as browsers read it and written anew: only elements, attributes and
kinds of address that are listed here come out, every attribute in quotes, every
element closed, all else escaped.  Nothing is looked for by name in order to take it
out (2.1 did, and leaked again and again); names of active elements serve only to drop
their content, and to tell the owner.

The result is a piece for the inside of one of our pages: ``<html>``, ``<head>``,
``<body>`` and the title do not come along.  ``clean(clean(x)) == clean(x)``, and the
time it takes grows with the length of the text alone: hence the reader below instead of
html.parser, which is quadratic for some broken texts in older Pythons.

With ``keep_tags`` 2.1's ``<MM-...>`` tags stay, in lower case, to be filled in by
mailman.web.mmtags: between elements, and inside attributes as in
``<a href="mailto:<mm-posting-addr>">``.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterator
from typing import NamedTuple

from markupsafe import Markup

from mailman.mail import charrefs


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# --- what may come out ----------------------------------------------------------------

_EVERYWHERE = _set('id class title lang dir role align')
_CELL = 'abbr bgcolor colspan headers height nowrap rowspan scope valign width'
_CONTROL = 'name value disabled readonly required autocomplete'
_BY_ELEMENT = {
    'a': 'href name target hreflang',
    'blockquote': '',
    'br': 'clear',
    'button': f'{_CONTROL} type',
    'col': 'span width valign',
    'colgroup': 'span width valign',
    'details': 'open',
    'fieldset': 'disabled',
    'font': 'color face size',
    'form': 'action method name enctype',
    'hr': 'color noshade size width',
    'img': 'alt border height hspace src vspace width',
    'input': f'{_CONTROL} type checked inputmode maxlength placeholder size'
    ' autocapitalize spellcheck',
    'label': 'for',
    'li': 'type value',
    'ol': 'compact start type',
    'optgroup': 'label disabled',
    'option': 'label value selected disabled',
    'pre': 'width',
    'select': 'name disabled multiple required size',
    'table': 'bgcolor border bordercolor cellpadding cellspacing frame height rules'
    ' summary width',
    'tbody': 'valign',
    'td': _CELL,
    'textarea': f'{_CONTROL} cols placeholder rows',
    'tfoot': 'valign',
    'th': _CELL,
    'thead': 'valign',
    'time': 'datetime',
    'tr': 'bgcolor height valign',
    'ul': 'compact type',
}
_PLAIN = (
    'abbr acronym address article aside b bdi bdo big caption center cite code dd del'
    ' dfn dir div dl dt em figcaption figure footer h1 h2 h3 h4 h5 h6 header i ins kbd'
    ' legend mark menu nav nobr p q rp rt ruby s samp section small span strike strong'
    ' sub summary sup tt u var wbr'
)
ELEMENTS = {name: _set(words) for name, words in _BY_ELEMENT.items()}
ELEMENTS |= dict.fromkeys(_PLAIN.split(), _set(''))
_ARIA = re.compile(r'aria-[a-z]{1,30}')
_VALUES = {
    ('input', 'type'): 'text password checkbox radio submit reset button hidden email'
    ' search url tel number',
    ('button', 'type'): 'submit reset button',
    ('form', 'method'): 'get post',
    ('form', 'enctype'): 'application/x-www-form-urlencoded multipart/form-data',
    ('a', 'target'): '_blank _top _self _parent',
}
VALUES = {where: _set(words) for where, words in _VALUES.items()}
ADDRESSES = frozenset({'href', 'src', 'action'})
LINK_SCHEMES = _set('http https mailto ftp news nntp tel')
IMAGE_SCHEMES = frozenset({'http', 'https'})

# --- what goes, with its content ------------------------------------------------------

# In these, browsers see no tags.
_RAW = _set('script style xmp iframe noembed noframes noscript')
_DROPPED = _RAW | _set('applet audio canvas frameset math object svg template video')
_ACTIVE = _set('applet base embed frame frameset iframe math object portal script svg')
# Said nothing about: they are the frame that our pages have already.
_FRAME = _set('html head body meta link title main noscript noframes')

# --- how elements nest ----------------------------------------------------------------

_VOID = _set('br col hr img input wbr')
_SCOPE = _set('table td th caption button')
_TABLE_PARTS = _set('caption colgroup tbody td tfoot th thead tr')
_P = frozenset({'p'})
_BLOCKS = (
    'address article aside blockquote center details dir div dl fieldset figcaption'
    ' figure footer h1 h2 h3 h4 h5 h6 header hr menu nav ol p pre section summary'
    ' table ul'
)
# A start tag ends these (the outermost of them) when open, looked for up to those.
_IMPLIED = {name: (_P, _SCOPE) for name in _BLOCKS.split()} | {
    'a': (frozenset({'a'}), _SCOPE),
    'button': (frozenset({'button'}), frozenset({'table', 'td', 'th', 'caption'})),
    'li': (frozenset({'li', 'p'}), _SCOPE | {'ul', 'ol', 'menu', 'dir'}),
    'dt': (frozenset({'dt', 'dd', 'p'}), _SCOPE | {'dl'}),
    'dd': (frozenset({'dt', 'dd', 'p'}), _SCOPE | {'dl'}),
    'option': (frozenset({'option'}), frozenset({'select'})),
    'optgroup': (frozenset({'option', 'optgroup'}), frozenset({'select'})),
    'select': (frozenset({'select'}), _SCOPE),
    'input': (frozenset({'select'}), _SCOPE),
    'textarea': (frozenset({'select'}), _SCOPE),
    'td': (frozenset({'td', 'th', 'caption', 'colgroup'}), frozenset({'table'})),
    'th': (frozenset({'td', 'th', 'caption', 'colgroup'}), frozenset({'table'})),
    'tr': (_TABLE_PARTS - {'tbody', 'thead', 'tfoot'}, frozenset({'table'})),
    'tbody': (_TABLE_PARTS, frozenset({'table'})),
    'thead': (_TABLE_PARTS, frozenset({'table'})),
    'tfoot': (_TABLE_PARTS, frozenset({'table'})),
    'colgroup': (_TABLE_PARTS, frozenset({'table'})),
    'caption': (_TABLE_PARTS, frozenset({'table'})),
}
# In what clean() wrote: a line's end that is neither inside <pre> nor beside a block.
_BLOCK = (
    rf'</?(?:{"|".join([*_BLOCKS.split(), "br", "li", "dd", "dt", *_TABLE_PARTS])})'
)
_LINES = re.compile(
    rf'<pre[ >].*?</pre>|<textarea[ >].*?</textarea>|{_BLOCK}\b[^<>]*+>\n|<[^<>]*+>'
    rf'|(?P<end>\n)(?![ \t]*+{_BLOCK}\b)',
    re.DOTALL,
)
# Deeper ones are left out: no page needs them, and browsers slow down.
_MAX_DEPTH = 100
# The one tag of 2.1 with an end tag.
_PAIRED = 'mm-archive'

# --- reading --------------------------------------------------------------------------

_BLANK = ' \t\n\f\r'
_MARKUP = re.compile(r'<(?=[A-Za-z/!?])')
_COMMENT_END = re.compile(r'--!?>')
_NAME = re.compile(rf'[A-Za-z][^{_BLANK}/>]*')
_TO_ATTRIBUTE = re.compile(rf'[{_BLANK}/]*')
_ATTRIBUTE = re.compile(rf'=?[^{_BLANK}/>=]+|=')
_EQUALS = re.compile(rf'[{_BLANK}]*=[{_BLANK}]*')
# Old templates have <a href=mailto:<MM-Posting-Addr>>: the tag belongs to the value.
_UNQUOTED = re.compile(rf'(?:<[Mm][Mm]-[^<>]*>|[^{_BLANK}>])*+')
_MM = re.compile(r'(<mm-[a-z0-9-]{1,60}>)', re.IGNORECASE)
_MM_NAME = re.compile(r'mm-[a-z0-9-]{1,60}')
# Tabs and line ends are the only controls that texts need.
_CONTROLS = re.compile('[\x00-\x08\x0b-\x1f\x7f-\x9f\ufeff\ufffe\uffff]')
_SURROGATES = re.compile('[\ud800-\udfff]')
# What browsers skip in an address, and what hides in one.
_HIDDEN = re.compile(
    '[\x00-\x20\x7f-\xa0\xad\u034f\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f'
    '\u205f-\u206f\u3000\ufeff]'
)

Attributes = dict[str, str]


class Token(NamedTuple):
    """A piece of HTML: text (``name`` is '' then), a start tag or an end tag."""

    name: str
    text: str = ''
    attributes: Attributes | None = None
    is_end: bool = False


# Kinds of findings that could run something.
RUNS = frozenset({'element', 'handler', 'address', 'refresh'})


class Finding(NamedTuple):
    """What is not let through.  ``kind``: element, handler, address, form, refresh,
    and those that only look different without it: ignored.
    """

    kind: str
    what: str


def clean(
    source: str, *, keep_tags: bool = False, hosts: Collection[str] = ()
) -> Markup:
    """Give the harmless part of a text; ``hosts`` are those that forms may send to."""
    return _Cleaner(keep_tags, hosts).run(source)


def clean_text(source: str, *, hosts: Collection[str] = ()) -> Markup:
    """Give the harmless part of a text whose line ends are seen, as 2.1's info is.

    Those beside a block such as a list or a heading are not: it ends the line anyway.
    """
    return Markup(_LINES.sub(_line, clean(source.strip(), hosts=hosts)))  # noqa: S704


def _line(found: re.Match[str]) -> str:
    return '<br>\n' if found['end'] else found[0]


def findings(source: str, *, hosts: Collection[str] = ()) -> list[Finding]:
    """Tell what clean() takes out of a text, each thing once, in order."""
    cleaner = _Cleaner(True, hosts)
    cleaner.run(source)
    return list(dict.fromkeys(cleaner.findings))


def title_of(source: str) -> str:
    """Give the title of a whole document, ``<MM-...>`` tags in it as they are."""
    for token in _tokens(source):
        if token.name == 'title' and not token.is_end:
            return ' '.join(_tidy(token.text).split())
    return ''


def unescape(text: str) -> str:
    """Read the character references in a text, and drop control characters."""
    return _tidy(charrefs.unescape(text))


def is_safe_url(url: str, schemes: Collection[str] = LINK_SCHEMES) -> bool:
    """Tell whether an address is relative or has one of these schemes."""
    plain = _HIDDEN.sub('', url)
    head = re.split(r'[/?#]', plain, maxsplit=1)[0]
    scheme, colon, _ = head.partition(':')
    return not colon or scheme.lower() in schemes


def is_own_url(url: str, hosts: Collection[str]) -> bool:
    """Tell whether a form may send there: to a relative address, or to these hosts."""
    plain = _HIDDEN.sub('', url).replace('\\', '/')
    if not is_safe_url(plain, IMAGE_SCHEMES):
        return False
    found = re.match(r'(?:(https?:)/*|//+)([^/?#]*)', plain, re.IGNORECASE)
    if not found:
        return True
    return found[2].lower() in {host.lower() for host in hosts}


# --- tokens ---------------------------------------------------------------------------


def _tokens(source: str) -> Iterator[Token]:
    """Read HTML; comments, declarations and instructions are left out."""
    place, unended = 0, set[str]()
    while found := _MARKUP.search(source, place):
        if found.start() > place:
            yield Token('', source[place : found.start()])
        start = found.end()
        is_end = source.startswith('/', start)
        name = _NAME.match(source, start + is_end)
        if name is None:
            place = _after_other(source, start)
            continue
        attributes, place = _attributes(source, name.end())
        if place < 0:
            return
        token = Token(name[0].lower(), '', attributes, is_end)
        if not is_end and (token.name in _DROPPED or token.name in _TEXT_ONLY):
            text, place = _content(source, token.name, place, unended)
            token = token._replace(text=text)
        yield token
    yield Token('', source[place:])


_TEXT_ONLY = frozenset({'textarea', 'title', 'plaintext'})


def _after_other(source: str, start: int) -> int:
    """Give the end of a comment, declaration or instruction."""
    if source.startswith('!--', start):
        found = _COMMENT_END.search(source, start + 1)
        return found.end() if found else len(source)
    end = source.find('>', start)
    return end + 1 if end >= 0 else len(source)


def _attributes(source: str, place: int) -> tuple[Attributes, int]:
    """Read up to the end of a tag; -1 when the text ends before."""
    found: Attributes = {}
    while True:
        place = _skip(_TO_ATTRIBUTE, source, place)
        if place >= len(source):
            return {}, -1
        if source[place] == '>':
            return found, place + 1
        if tag := _MM.match(source, place):
            place = tag.end()
            continue
        name = _ATTRIBUTE.match(source, place)
        assert name is not None
        value, place = _value(source, name.end())
        if place < 0:
            return {}, -1
        # The first one counts.
        found.setdefault(name[0].lower(), value)


def _value(source: str, place: int) -> tuple[str, int]:
    equals = _EQUALS.match(source, place)
    if not equals:
        return '', place
    place = equals.end()
    quote = source[place : place + 1]
    if quote in ('"', "'"):
        end = source.find(quote, place + 1)
        return source[place + 1 : end], end + 1 if end >= 0 else -1
    end = _skip(_UNQUOTED, source, place)
    return source[place:end], end


def _skip(pattern: re.Pattern[str], source: str, place: int) -> int:
    found = pattern.match(source, place)
    assert found is not None
    return found.end()


def _content(source: str, name: str, place: int, unended: set[str]) -> tuple[str, int]:
    """Read what is inside an element without tags of its own; give it and its end."""
    # Looked for once only: a text full of <svg> must not cost its square.
    if name not in unended and name != 'plaintext':
        found = _end_tag(name).search(source, place)
        if found:
            return source[place : found.start()], found.start()
        unended.add(name)
    if name in _RAW or name in _TEXT_ONLY:
        return source[place:], len(source)
    return '', place


def _end_tag(name: str) -> re.Pattern[str]:
    return re.compile(rf'</{name}(?=[{_BLANK}/>])', re.IGNORECASE)


# --- writing --------------------------------------------------------------------------


class _Cleaner:
    """Writes the tokens that may stay."""

    def __init__(self, keep_tags: bool, hosts: Collection[str]) -> None:
        self.keep_tags, self.hosts = keep_tags, hosts
        self.out: list[str] = []
        self.open: list[str] = []
        # Forms are no part of the nesting: old pages open them between table rows.
        self.in_form = False
        self.findings: list[Finding] = []

    def run(self, source: str) -> Markup:
        for token in _tokens(source.replace('\r\n', '\n').replace('\r', '\n')):
            if not token.name:
                self.out.append(_text(token.text))
            elif token.name.startswith('mm-'):
                self._tag(token)
            elif token.is_end:
                self._end(token.name)
            else:
                self._start(token)
        self._close(0)
        self._end_form()
        return Markup(''.join(self.out))  # noqa: S704 - this is what escapes

    def _tag(self, token: Token) -> None:
        """Keep one of 2.1's tags."""
        name = token.name
        if not self.keep_tags or token.attributes or not _MM_NAME.fullmatch(name):
            return
        if name == _PAIRED:
            self._end(name) if token.is_end else self._open(name, f'<{name}>')
        elif name == 'mm-form-end':
            self._end_form()
        elif not token.is_end:
            if name.endswith('form-start'):
                self._end_form()
                self.in_form = True
            self.out.append(f'<{name}>')

    def _start(self, token: Token) -> None:
        name = token.name
        if name not in ELEMENTS:
            self._find_element(token)
            return
        attributes = ''.join(self._kept(name, token.attributes or {}))
        if name == 'form':
            self._start_form(token, attributes)
        elif name == 'textarea':
            self._end_implied(name)
            self.out.append(f'<{name}{attributes}>{_text(token.text)}</{name}>')
        else:
            self._open(name, f'<{name}{attributes}>')

    def _open(self, name: str, tag: str) -> None:
        self._end_implied(name)
        if name in _VOID:
            self.out.append(tag)
        elif len(self.open) < _MAX_DEPTH:
            self.open.append(name)
            self.out.append(tag)

    def _end_implied(self, name: str) -> None:
        """End what the start of this element ends."""
        ended, scope = _IMPLIED.get(name, (_P, None))
        if scope is None:
            return
        last = None
        for place in range(len(self.open) - 1, -1, -1):
            if self.open[place] in ended:
                last = place
            elif self.open[place] in scope:
                break
        if last is not None:
            self._close(last)

    def _end(self, name: str) -> None:
        if name == 'form':
            self._end_form()
            return
        if name == 'table':
            scope = _set('')
        else:
            scope = frozenset({'table'}) if name in _TABLE_PARTS else _SCOPE
        for place in range(len(self.open) - 1, -1, -1):
            if self.open[place] == name:
                self._close(place)
                return
            if self.open[place] in scope:
                return

    def _close(self, place: int) -> None:
        """End the open elements from this one on."""
        for name in reversed(self.open[place:]):
            self.out.append(f'</{name}>')
        del self.open[place:]

    def _start_form(self, token: Token, attributes: str) -> None:
        # The controls of a form that may not be sent stay, and do nothing.
        action = _decoded((token.attributes or {}).get('action', ''))
        self._end_form()
        if is_own_url(action, self.hosts):
            self.in_form = True
            self.out.append(f'<form{attributes}>')

    def _end_form(self) -> None:
        if self.in_form:
            self.out.append('</form>')
        self.in_form = False

    # --- attributes -------------------------------------------------------------------

    def _kept(self, element: str, attributes: Attributes) -> Iterator[str]:
        """Give the attributes that may stay, as they are written."""
        allowed = ELEMENTS[element]
        for name, value in attributes.items():
            if name in allowed or name in _EVERYWHERE or _ARIA.fullmatch(name):
                known = VALUES.get((element, name))
                if known is not None:
                    value = value.strip().lower()
                if self._allows(element, name, value, known):
                    yield f' {name}="{self._quoted(name, value)}"'
            else:
                kind = 'handler' if name.startswith('on') else 'ignored'
                self.findings.append(Finding(kind, name))

    def _allows(
        self, element: str, name: str, value: str, known: Collection[str] | None
    ) -> bool:
        if known is not None:
            return value in known
        if name not in ADDRESSES:
            return True
        url = _decoded(value)
        if name == 'action':
            good, kind = is_own_url(url, self.hosts), 'form'
        else:
            good, kind = is_allowed_address(element, url), 'address'
        if not good:
            self.findings.append(Finding(kind, url.strip()[:80]))
        return good

    def _quoted(self, name: str, value: str) -> str:
        """Write a value; the tags in it stay, where tags are kept."""
        pieces = _MM.split(value) if self.keep_tags else [value]
        for place, piece in enumerate(pieces):
            if place % 2:
                pieces[place] = piece.lower()
            else:
                pieces[place] = quoted(_decoded(piece), in_address=name in ADDRESSES)
        return ''.join(pieces)

    def _find_element(self, token: Token) -> None:
        """Note an element that is left out."""
        attributes = token.attributes or {}
        for name in attributes:
            if name.startswith('on'):
                self.findings.append(Finding('handler', name))
        if token.name in _ACTIVE:
            self.findings.append(Finding('element', token.name))
        elif attributes.get('http-equiv', '').strip().lower() == 'refresh':
            self.findings.append(Finding('refresh', 'refresh'))
        elif token.name not in _FRAME and token.name.isalnum():
            self.findings.append(Finding('ignored', token.name))


def is_allowed_address(element: str, url: str) -> bool:
    """Tell whether a link or a picture may have this address."""
    return is_safe_url(url, IMAGE_SCHEMES if element == 'img' else LINK_SCHEMES)


def quoted(value: str, *, in_address: bool = False) -> str:
    """Escape a value for an attribute in double quotes."""
    # Browsers drop line ends and tabs inside addresses: so do we.
    text = re.sub(r'[\t\n]', '', value.strip()) if in_address else value
    return html.escape(text)


def _decoded(value: str) -> str:
    """Give an attribute's value as a browser reads it."""
    return _tidy(charrefs.unescape_attribute(value))


def _text(text: str) -> str:
    return html.escape(unescape(text), quote=False)


def _tidy(text: str) -> str:
    """Take out what is no text."""
    text = text.replace('\r\n', '\n').replace('\r', '\n')
    return _SURROGATES.sub('\ufffd', _CONTROLS.sub('', text))
