"""members/export: all members as a table (CSV, RFC 4180), for spreadsheets.

A cell that a spreadsheet would take for a formula gets an apostrophe in front.
"""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailman.constants import DeliveryStatus, MemberFlag
from mailman.web.answers import Response

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.web.view import View

COLUMNS = (
    'address',
    'name',
    'delivery',
    'since',
    'bounce_score',
    'digest',
    'moderated',
    'hidden',
    'ack',
    'notmetoo',
    'nodupes',
    'language',
)
# The wide ones are the same to a spreadsheet that speaks Chinese or Japanese.
_FORMULA = tuple('=+-@\t\r\n|%\uff1d\uff0b\uff0d\uff20')
_DELIVERY = {
    DeliveryStatus.ENABLED: 'enabled',
    DeliveryStatus.UNKNOWN: 'unknown',
    DeliveryStatus.BY_USER: 'user',
    DeliveryStatus.BY_ADMIN: 'admin',
    DeliveryStatus.BY_BOUNCE: 'bounce',
}
# Rows that go out together.
_STEP = 500


def respond(view: View) -> Response:
    """Send the table."""
    mlist = view.mlist
    assert mlist is not None
    name = ''.join(c for c in mlist.name if c.isalnum() or c in '-_.') or 'list'
    return Response(
        _pieces(mlist),
        content_type='text/csv; charset=utf-8',
        headers=[
            *view.headers,
            ('Content-Disposition', f'attachment; filename="{name}-members.csv"'),
        ],
    )


def _pieces(mlist: MailList) -> Iterator[bytes]:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    for count, key in enumerate(sorted(mlist.member_keys()), 1):
        writer.writerow(map(_safe, _row(mlist, key)))
        if count % _STEP == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode('utf-8', 'replace')


def _row(mlist: MailList, key: str) -> list[str]:
    bits = mlist.user_options.get(key, 0)
    status = mlist.delivery_status_of(key)
    plain = bits & MemberFlag.DISABLE_MIME
    kind = ('plain' if plain else 'mime') if mlist.is_digest(key) else 'no'
    score = (mlist.bounce_info.get(key) or {}).get('score', '')
    flags = (
        MemberFlag.MODERATE,
        MemberFlag.CONCEAL_SUBSCRIPTION,
        MemberFlag.ACKNOWLEDGE_POSTS,
        MemberFlag.DONT_RECEIVE_OWN_POSTS,
        MemberFlag.DONT_RECEIVE_DUPLICATES,
    )
    return [
        mlist.address_of(key),
        mlist.usernames.get(key) or '',
        _DELIVERY[status],
        _date(mlist.delivery_changed_at(key)),
        str(score),
        kind,
        *('yes' if bits & flag else 'no' for flag in flags),
        mlist.language_of(key),
    ]


def _date(when: float) -> str:
    try:
        return time.strftime('%Y-%m-%d', time.gmtime(when)) if when > 0 else ''
    except (OverflowError, ValueError, OSError):
        return ''


def _safe(cell: str) -> str:
    cell = cell.replace('\0', '')
    computed = cell.startswith(_FORMULA) or cell.lstrip().startswith(_FORMULA)
    return f"'{cell}" if computed else cell
