"""The Auto-responder page: answers that need nobody."""

from __future__ import annotations

from mailman.settings.declare import setting
from mailman.settings.texts import complete, warn_reply
from mailman.settings.widgets import FileUpload, Number, Radio, Toggle
from mailman.site.i18n import N_

_NAMES = N_(
    'Filled in are: %(listname)s, %(listurl)s, %(requestemail)s, %(adminemail)s,'
    ' %(owneremail)s. Paragraphs are wrapped; indented lines stay as they are.'
)


class AutoReply:
    """Settings of the Auto-responder page, in page order."""

    autorespond_postings: int = setting(
        Toggle(),
        default=0,
        summary=N_('Answer authors of posts automatically'),
    )
    autoresponse_postings_text: str = setting(
        FileUpload(),
        default='',
        check=complete,
        warn=warn_reply,
        summary=N_('The answer to posts'),
        help=_NAMES,
    )
    autorespond_admin: int = setting(
        Toggle(),
        default=0,
        summary=N_('Answer mail to the LIST-owner address automatically'),
    )
    autoresponse_admin_text: str = setting(
        FileUpload(),
        default='',
        check=complete,
        warn=warn_reply,
        summary=N_('The answer to mail for the owners'),
        help=_NAMES,
    )
    autorespond_requests: int = setting(
        Radio((N_('No'), N_('Yes, w/discard'), N_('Yes, w/forward'))),
        default=0,
        summary=N_('Answer mail to the LIST-request address automatically'),
        help=N_(
            'With discard, the commands in that mail are not carried out; with'
            ' forward, they are.'
        ),
    )
    autoresponse_request_text: str = setting(
        FileUpload(),
        default='',
        check=complete,
        warn=warn_reply,
        summary=N_('The answer to mail commands'),
        help=_NAMES,
    )
    autoresponse_graceperiod: int = setting(
        Number(width=3),
        default=90,
        unit=N_('days'),
        summary=N_('Days in which one sender gets each answer only once'),
        help=N_('0 answers each mail.'),
    )
