"""search: words in the archive of a list, found and shown in their context.

``search/LIST?q=WORDS``, with ``sort`` (new, best) and ``page``.  A private archive is
searched by those who may read it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from mailman.archive.obscure import obscure
from mailman.archive.search import Index, SearchError
from mailman.site.i18n import N_
from mailman.web import notices, readers
from mailman.web.answers import Refused
from mailman.web.view import View, open_list

if TYPE_CHECKING:
    from mailman.archive.search import Hit, Result
    from mailman.lists import MailList
    from mailman.web.answers import Response
    from mailman.web.request import Request

PER_PAGE = 20
# Further pages are not counted out: nobody reads them, and each costs as much.
LAST_PAGE = 50
LONGEST = 500
NEW, BEST = 'new', 'best'


def respond(request: Request) -> Response:
    """Show the form, and what was found."""
    mlist = open_list(request)
    view = View(request, mlist)
    if mlist.archive_private:
        readers.require(view)
    if request.rest:
        raise Refused(404, N_('There is no such page here.'))
    query = request.query.text('q')[:LONGEST]
    best = request.query.get('sort') == BEST
    page = min(max(request.query.number('page') or 1, 1), LAST_PAGE)
    result = _find(view, mlist, query, page, best=best) if query else None
    return view.page(
        'search.html',
        view._('Search in %(list)s', list=mlist.real_name),
        action=mlist.url('search', absolute=False),
        archive=mlist.archive_url(),
        query=query,
        sort=BEST if best else NEW,
        total=result.total if result else None,
        at_least=bool(result and result.more),
        hits=[_shown(mlist, hit) for hit in result.hits] if result else [],
        first=(page - 1) * PER_PAGE + 1,
        pages=_links(mlist, query, page, result, best=best),
    )


def _find(
    view: View, mlist: MailList, query: str, page: int, *, best: bool
) -> Result | None:
    path = view.site.archives_private / mlist.name / 'database' / 'search.db'
    try:
        with Index(path) as index:
            return index.search(query, PER_PAGE, (page - 1) * PER_PAGE, by_rank=best)
    except FileNotFoundError:
        view.say(view._('Nothing is archived yet.'), notices.WARNING)
    except (SearchError, OSError) as error:
        mlist.log('error', f'search: {path}: {error}')
        text = view._(
            'The archive cannot be searched just now; its owner can say more.'
        )
        view.say(text, notices.ERROR)
    return None


def _shown(mlist: MailList, hit: Hit) -> dict[str, Any]:
    """Give what the page shows of a find; addresses as the archive shows them."""
    hidden = bool(mlist.site.cfg.ARCHIVER_OBSCURES_EMAILADDRS)

    def plain(text: str) -> str:
        return obscure(text) if hidden else text

    moment = time.gmtime(hit.date)
    return {
        'url': f'{mlist.archive_url()}{hit.volume}/{hit.number:06d}.html',
        'subject': plain(hit.subject),
        'author': plain(hit.author),
        'date': time.strftime('%Y-%m-%d', moment),
        'moment': time.strftime('%Y-%m-%dT%H:%M:%SZ', moment),
        'snippet': [(plain(text), found) for text, found in hit.snippet],
    }


def _links(
    mlist: MailList, query: str, page: int, result: Result | None, *, best: bool
) -> dict[str, str]:
    """Give the addresses of the pages before and after, where there are such."""
    if result is None:
        return {}
    last = min((result.total + PER_PAGE - 1) // PER_PAGE, LAST_PAGE)
    around = {'previous': page - 1, 'next': page + 1}
    base = mlist.url('search', absolute=False)
    return {
        name: f'{base}?'
        + urlencode({'q': query, 'sort': BEST if best else NEW, 'page': n})
        for name, n in around.items()
        if 1 <= n <= last
    }
