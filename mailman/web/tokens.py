"""Form tokens (CSRF): proof that a change was asked for from one of our own forms.

A token is ``ISSUED.MAC``: seconds, and an HMAC-SHA256 by the installation's key over
these, the program, the list, and who is logged in: role, member, session.  So the token
of one person, role, list, program or session is good for no other.  Forms live for
FORM_LIFETIME seconds.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from mailman.web.sessions import Login, sign

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.web.request import Request

FIELD = 'csrf_token'


def make(request: Request, mlist: MailList, login: Login) -> str:
    """Make the token for forms of this page."""
    issued = str(int(request.site.now()))
    return f'{issued}.{_mac(request, mlist, login, issued)}'


def is_good(request: Request, mlist: MailList, login: Login) -> bool:
    """Tell whether the request brought a token of this page, not too old."""
    issued, _, mac = request.fields.get(FIELD).partition('.')
    if not (issued.isascii() and issued.isdecimal() and len(issued) < 16):
        return False
    good = _mac(request, mlist, login, issued)
    if not hmac.compare_digest(mac.encode('utf-8', 'replace'), good.encode()):
        return False
    age = request.site.now() - int(issued)
    return -60 < age <= float(request.site.cfg.FORM_LIFETIME)


def _mac(request: Request, mlist: MailList, login: Login, issued: str) -> str:
    who = (login.name, login.user.lower(), login.session)
    made = mlist.created_at
    return sign(request.site, 'form', request.program, mlist.name, made, *who, issued)
