"""The stamp of a subscribe form: when it was made, for which list and network.

The field is 2.1's ``sub_form_token``, ``TIME:QUESTION:MAC``: seconds, the number of the
question on the form (empty without CAPTCHAS), and an HMAC-SHA256 by
SUBSCRIBE_FORM_SECRET over these, the list and the network of whoever asked.  2.1 had a
SHA-1 there.  Without that setting a form needs no stamp.
"""

from __future__ import annotations

import hmac
import re
from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from mailman.security.ratelimit import network_of

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.web.request import Request

FIELD = 'sub_form_token'
_FORM = re.compile(r'([0-9]{1,12}):([0-9A-Za-z_.]{0,20}):([0-9a-f]{64})')


class Verdict(Enum):
    """What a stamp is worth."""

    GOOD = 'good'
    TOO_SOON = 'too soon'
    TOO_OLD = 'too old'
    NONE = 'none'


class Stamp(NamedTuple):
    """A stamp as it came with a form."""

    verdict: Verdict
    # Which question was asked, as ``LANG.NUMBER``.
    question: str = ''


def is_needed(mlist: MailList) -> bool:
    """Tell whether subscribe forms of this site have stamps."""
    return bool(mlist.site.cfg.SUBSCRIBE_FORM_SECRET)


def make(request: Request, mlist: MailList, question: str = '') -> str:
    """Make the stamp of a form that is shown now."""
    issued = str(int(request.site.now()))
    return f'{issued}:{question}:{_mac(request, mlist, issued, question)}'


def read(request: Request, mlist: MailList) -> Stamp:
    """Judge the stamp that came with a form."""
    found = _FORM.fullmatch(request.fields.get(FIELD))
    if found is None:
        return Stamp(Verdict.NONE)
    issued, question, mac = found.groups()
    if not hmac.compare_digest(mac, _mac(request, mlist, issued, question)):
        return Stamp(Verdict.NONE)
    age = request.site.now() - int(issued)
    cfg = request.site.cfg
    if not -60 < age <= float(cfg.FORM_LIFETIME):
        return Stamp(Verdict.TOO_OLD)
    if age < float(cfg.SUBSCRIBE_FORM_MIN_TIME):
        return Stamp(Verdict.TOO_SOON, question)
    return Stamp(Verdict.GOOD, question)


def _mac(request: Request, mlist: MailList, issued: str, question: str) -> str:
    network = network_of(request.remote) or request.remote
    secret = str(request.site.cfg.SUBSCRIBE_FORM_SECRET or '')
    text = '\0'.join(['subscribe', issued, question, mlist.name, network])
    return hmac.digest(secret.encode(), text.encode('utf-8', 'replace'), 'sha256').hex()
