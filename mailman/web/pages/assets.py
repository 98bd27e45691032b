"""assets/style.HASH.css: files that all pages share, kept by browsers for good."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.site.i18n import N_
from mailman.web import style
from mailman.web.answers import Refused, Response

if TYPE_CHECKING:
    from mailman.web.request import Request

FOREVER = 'public, max-age=31536000, immutable'


def respond(request: Request) -> Response:
    """Give the file; an address of an older content gives today's, for a short time."""
    wanted = request.pieces[0] if len(request.pieces) == 1 else ''
    for name, kind in style.TYPES.items():
        stem, _, suffix = name.partition('.')
        if wanted.startswith(f'{stem}.') and wanted.endswith(f'.{suffix}'):
            current = style.url(request.site, '', name).endswith(f'/{wanted}')
            return Response(
                style.content(request.site, name),
                content_type=kind,
                cache=FOREVER if current else 'public, max-age=60',
            )
    raise Refused(404, N_('There is no such page here.'))
