"""Links in texts become live, and nothing but links of the web does.

Works on escaped text, where ``&``, ``<`` and ``>`` are entities already.  Linear: each
``://`` is looked at once, to the left for the scheme and to the right for the rest.
"""

from __future__ import annotations

import re

from mailman.archive.obscure import unlinked

SCHEMES = ('https', 'http', 'ftp')
# What people put behind a link without meaning it.
_TRAILING = ".,;:!?'*_)]>-~"
_REST = re.compile(
    r'[\w\[][^\s&<>"`{|}\\^\u3001\u3002\uff09\u300d\u300f]{0,20000}+'
    r'(?:&amp;[^\s&<>"`{|}\\^\u3001\u3002\uff09\u300d\u300f]{0,20000}+){0,40}+'
)
# The same for a text in ASCII, of which no control is left; twice as quick.
_REST_ASCII = re.compile(
    r"[A-Za-z0-9_\[][!#-%'-;=?-\[\]_a-z~]{0,20000}+"
    r"(?:&amp;[!#-%'-;=?-\[\]_a-z~]{0,20000}+){0,40}+"
)
_CLOSERS = {')': '(', ']': '['}
# How nearly all of them begin.
_USUAL = (' https', '\nhttps', ';https')


def live(html: str) -> str:
    """Make the web addresses in escaped text links."""
    at = html.find('://')
    if at < 0:
        return html
    rest_at = (_REST_ASCII if html.isascii() else _REST).match
    out: list[str] = []
    place = 0
    while at >= 0:
        start = at - 5
        if start < place or html[start - 1 : at] not in _USUAL:
            start = _scheme_start(html, place, at)
        end = at + 3
        if start >= 0:
            rest = rest_at(html, end)
            stop = _trimmed(html, end, rest.end()) if rest else end
            if stop > end:
                link = _link(html[start:stop], at + 3 - start)
                out += (html[place:start], link)
                place = end = stop
        at = html.find('://', end)
    out.append(html[place:])
    return ''.join(out)


def _scheme_start(html: str, place: int, at: int) -> int:
    """Give where a scheme of the web that ends here begins, else -1."""
    before = html[max(place, at - 6) : at].lower()
    for scheme in SCHEMES:
        if before.endswith(scheme):
            start = len(before) - len(scheme)
            if start and (before[start - 1].isalnum() or before[start - 1] in '+.-'):
                return -1
            return at - len(scheme)
    return -1


def _trimmed(html: str, start: int, end: int) -> int:
    """Take punctuation off the end; a closing bracket stays if the link opens one."""
    if html[end - 1] not in _TRAILING:
        return end
    spare = {
        closer: html.count(closer, start, end) - html.count(opener, start, end)
        for closer, opener in _CLOSERS.items()
    }
    while end > start and (sign := html[end - 1]) in _TRAILING:
        if sign in spare:
            if spare[sign] <= 0:
                break
            spare[sign] -= 1
        end -= 1
    return end


def _link(url: str, host_at: int) -> str:
    """Make the link, or leave text where a name stands before the host."""
    if '@' in url:
        if '@' in url[host_at:].partition('/')[0]:
            return url
        url = unlinked(url)
    return f'<a href="{url}" rel="nofollow noopener ugc">{url}</a>'
