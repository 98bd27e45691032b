"""What pages of the archive may be made of, whatever mail they show."""

import re
from html.parser import HTMLParser

VOID = {'meta', 'link', 'br', 'hr', 'img', 'input', 'rect'}
TAGS = {
    *('html', 'head', 'meta', 'title', 'link', 'body', 'header', 'main', 'footer'),
    *('article', 'section', 'nav', 'form', 'label', 'input', 'button', 'h1', 'h2'),
    *('a', 'p', 'b', 'bdi', 'br', 'hr', 'i', 'small', 'span', 'div', 'time', 'img'),
    *('blockquote', 'details', 'summary', 'pre', 'dl', 'dt', 'dd', 'ul', 'li'),
    *('table', 'caption', 'thead', 'tbody', 'tr', 'th', 'td'),
    *('figure', 'figcaption', 'svg', 'rect'),
}
ATTRIBUTES = {
    *('lang', 'dir', 'charset', 'name', 'content', 'http-equiv', 'rel', 'type', 'href'),
    *('title', 'class', 'id', 'for', 'action', 'method', 'placeholder', 'datetime'),
    *('aria-label', 'aria-level', 'aria-current', 'role', 'tabindex', 'scope'),
    *('src', 'alt', 'loading', 'data-label', 'viewbox', 'preserveaspectratio'),
    *('x', 'y', 'width', 'height'),
}
URL = re.compile(r'(?:https?|ftp)://[^\s"<>]+|mailto:[^\s"<>]+|#\w+|[\w./%-]+(?:#\w+)?')


class Page(HTMLParser):
    """Takes a page apart and holds it to the rules."""

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.open, self.links, self.texts, self.seen = [], [], [], []
        self.feed(source)
        self.close()
        assert self.open == [], self.open

    def handle_starttag(self, tag, attrs):
        assert tag in TAGS, tag
        self.seen.append((tag, dict(attrs)))
        for name, value in attrs:
            assert name in ATTRIBUTES, (tag, name)
            if name in ('href', 'src', 'action'):
                assert URL.fullmatch(value), value
                self.links.append(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open, tag
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def handle_comment(self, data):
        assert data in (
            ('beginarticle', 'endarticle', 'threads', 'rest')
            + ('nav', '/nav', 'links', '/links')
        ), data

    @property
    def text(self):
        return ''.join(self.texts)

    def tags(self, name):
        return [attrs for tag, attrs in self.seen if tag == name]
