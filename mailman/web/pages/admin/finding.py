"""?find=WORDS: look for a setting by its name, summary and help."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mailman.settings import PAGES, visible
from mailman.web.pages.admin import fields, frame
from mailman.web.pages.admin.frame import Place

if TYPE_CHECKING:
    from mailman.settings import Setting
    from mailman.web.answers import Response
    from mailman.web.view import View

_LONGEST = 200


class Hit(NamedTuple):
    """A setting that was found."""

    name: str
    summary: str
    help: str
    value: str
    page: str
    url: str


def respond(view: View, words: str) -> Response:
    """Show the settings that have all of the words, best ones first."""
    _, mlist = view._, view.mlist
    assert mlist is not None
    words = words[:_LONGEST]
    found = hits(view, words.casefold().split())
    title = _.plural(
        '%(n)s setting with “%(words)s”',
        '%(n)s settings with “%(words)s”',
        len(found),
        words=words,
    )
    return frame.page(view, 'found.html', title, hits=found)


def hits(view: View, words: list[str]) -> list[Hit]:
    """Give what is found: words in the name count most, in the help least."""
    ranked: list[tuple[int, int, Hit]] = []
    for page in PAGES:
        for one in visible(page, view.site):
            rank = _rank(view, one, words)
            if rank:
                ranked.append((-rank, len(ranked), _hit(view, one)))
    return [hit for _rank_, _place, hit in sorted(ranked)]


def _rank(view: View, one: Setting, words: list[str]) -> int:
    name = f'{one.name} {one.name.replace("_", " ")}'
    texts = [name]
    # English too: what people read elsewhere about 2.1 is in English.
    for text in (one.summary, one.help):
        texts.append(f'{text} {view._(text) if text else ""}'.casefold())
    total = 0
    for word in words:
        weights = (w for w, text in zip((9, 4, 1), texts, strict=True) if word in text)
        best = max(weights, default=0)
        if not best:
            return 0
        total += best
    return total


def _hit(view: View, one: Setting) -> Hit:
    _, mlist = view._, view.mlist
    assert mlist is not None and one.page is not None
    place = Place.named(one.page.category, one.page.subcategory or '')
    value = ''
    if not one.action:
        value = fields.in_words(one, getattr(mlist, one.name), mlist, _)
    return Hit(
        one.name,
        _(one.summary),
        _(one.help) if one.help else '',
        fields.short(value),
        _(one.page.title),
        f'{place.url(mlist)}#{one.name}',
    )
