"""Log-in forms that owners, a host or the site wrote in 2.1's way, with ``%(name)s``.

Only such copies count: the forms that come with us are Jinja2 templates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailman.web.answers import Response
    from mailman.web.view import View


def answer(
    view: View,
    name: str,
    values: Mapping[str, str],
    box: str,
    *,
    title: str,
    status: int,
) -> Response | None:
    """Answer with somebody's own form; None if there is none.

    One that lacks the field ``box`` counts as none: nobody shall be locked out.
    """
    if not _is_there(view, name):
        return None
    from mailman.web import mmtags  # start-up time: few lists have one

    assert view.mlist is not None
    made = mmtags.make_percent(view.mlist, name, view.lang, values)
    if not made.is_owners or f'name="{box}"' not in made.body:
        return None
    page = made._asdict() | {'title': made.title or title}
    return view.page('owner.html', status=status, **page)


def _is_there(view: View, name: str) -> bool:
    """Tell whether somebody wrote a form: a look at a few files, no more."""
    mlist, site = view.mlist, view.site
    assert mlist is not None
    places = [mlist.directory, site.templates_dir / 'site']
    host = str(mlist.host_name)
    if host and '/' not in host and host[0] != '.':
        places.append(site.templates_dir / host)
    default = str(site.cfg.DEFAULT_SERVER_LANGUAGE)
    languages = {view.lang, str(mlist.preferred_language), default, 'en'}
    return any((p / lang / name).is_file() for p in places for lang in languages)
