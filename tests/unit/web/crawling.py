"""Reads pages as a browser would: links, forms and their fields, what could run."""

from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit


class Form:
    """A form: where it goes, how, and its fields as ``(name, value, kind)``."""

    def __init__(self, action, method):
        self.action, self.method, self.fields = action, method, []

    @property
    def names(self):
        """The names of all fields, buttons too."""
        return list(dict.fromkeys(name for name, _value, _kind in self.fields))

    @property
    def buttons(self):
        return [(n, v) for n, v, kind in self.fields if kind == 'submit'] or [('x', '')]

    def pairs(self):
        """What is sent when every box is ticked, without buttons."""
        return [(n, v) for n, v, kind in self.fields if kind != 'submit']

    def filled(self, value):
        """The same with a value typed wherever one can type or choose."""
        kept = ('hidden', 'submit')
        return [
            (n, v if k in kept else value) for n, v, k in self.fields if k != kept[1]
        ]


class Page(HTMLParser):
    """A page taken apart; ``active`` is what a browser would run."""

    def __init__(self, text):
        super().__init__()
        self.links, self.forms, self.active, self.text = [], [], [], text
        self._open, self._area = None, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = {name: value or '' for name, value in attrs}
        self._judge(tag, values)
        if tag == 'a' and 'href' in values:
            self.links.append(values['href'])
        elif tag == 'form':
            method = values.get('method', 'get').upper()
            self._open = Form(values.get('action', ''), method)
            self.forms.append(self._open)
        elif tag in ('input', 'button', 'select', 'textarea') and 'name' in values:
            self._field(tag, values)
        elif tag == 'option' and self._area and 'selected' in values:
            name, _value, kind = self._open.fields[-1]
            self._open.fields[-1] = (name, values.get('value', ''), kind)

    def _judge(self, tag, values):
        ours = tag == 'script' and '/assets/script.' in values.get('src', '')
        if tag in ('script', 'iframe', 'object', 'embed', 'base') and not ours:
            self.active.append(tag)
        for name, value in values.items():
            url = ''.join(value.split()).lower()
            if name.startswith('on') or url.startswith(('javascript:', 'vbscript:')):
                self.active.append((tag, name, value))

    def _field(self, tag, values):
        kind = values.get('type', 'submit' if tag == 'button' else 'text')
        kind = tag if tag in ('select', 'textarea') else kind
        self._area = tag if tag == 'select' else None
        if self._open is not None:
            field = (values['name'], values.get('value', ''), kind)
            self._open.fields.append(field)

    def handle_endtag(self, tag):
        if tag == 'form':
            self._open = None


def place(url):
    """Give a path below the page programs, as the test browser takes it; '' if none."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    if not path.startswith('/mailman/') or '/assets/' in path:
        return ''
    return path.removeprefix('/mailman/') + (f'?{parts.query}' if parts.query else '')


def crawl(browser, starts, most=400):
    """Give ``{path: Page}`` of all that links lead to, without logging out."""
    found, waiting = {}, list(starts)
    while waiting and len(found) < most:
        path = waiting.pop(0)
        if path in found or 'logout' in path:
            continue
        answer = browser.get(path)
        assert answer.status < 500, path
        if not (answer.header('Content-Type') or '').startswith('text/html'):
            continue
        found[path] = Page(answer.text)
        waiting += filter(None, map(place, found[path].links))
    return found
