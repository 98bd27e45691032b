"""The Non-digest page: posts as they go out one by one."""

from __future__ import annotations

from typing import Any

from mailman.settings.declare import Refused, setting
from mailman.settings.texts import complete, warn_header
from mailman.settings.widgets import EmailList, Radio, Text, Toggle
from mailman.site.i18n import N_

_NAMES = N_(
    'Filled in are: %(real_name)s, %(list_name)s, %(_internal_name)s, %(host_name)s,'
    ' %(web_page_url)s, %(cgiext)s, %(description)s, %(info)s; with personalised'
    ' delivery also %(user_address)s, %(user_delivered_to)s, %(user_name)s and'
    ' %(user_optionsurl)s.'
)


def _other_lists(value: list[str], mlist: Any) -> list[str]:
    own = f'{mlist.name}@{mlist.host_name}'.lower()
    for address in value:
        if address.lower() == own:
            raise Refused(address, N_('must name other lists than this one'))
    return value


class NonDigest:
    """Settings of the Non-digest page, in page order."""

    nondigestable: int = setting(
        Toggle(),
        site_default='DEFAULT_NONDIGESTABLE',
        summary=N_('Members may get posts one by one'),
        help=N_('No makes a list that sends digests only.'),
    )
    personalize: int = setting(
        Radio((N_('No'), N_('Yes'), N_('Full Personalization'))),
        default=0,
        shown_if='OWNERS_CAN_ENABLE_PERSONALIZATION',
        summary=N_('Send each member a copy of their own'),
        help=N_(
            'Header and footer may then hold names of the member, such as a link to'
            ' the own options. Full Personalization also puts the member into To. It'
            ' makes more work for the mail server: one message for each member.'
        ),
    )
    msg_header: str = setting(
        Text(),
        site_default='DEFAULT_MSG_HEADER',
        check=complete,
        warn=warn_header,
        summary=N_('Text at the top of each post'),
        help=_NAMES,
    )
    msg_footer: str = setting(
        Text(),
        site_default='DEFAULT_MSG_FOOTER',
        check=complete,
        warn=warn_header,
        summary=N_('Text at the end of each post'),
        help=_NAMES,
    )
    scrub_nondigest: int = setting(
        Toggle(),
        site_default='DEFAULT_SCRUB_NONDIGEST',
        summary=N_('Put attachments into the archive and send links to them'),
    )
    regular_exclude_lists: list[str] = setting(
        EmailList(),
        site_default='DEFAULT_REGULAR_EXCLUDE_LISTS',
        check=_other_lists,
        summary=N_('Lists of this site whose members get no second copy from here'),
        help=N_(
            'Full addresses, one per line. A post that names one of them in To or Cc'
            ' is not sent to members of both lists from here, as that list sends it.'
        ),
    )
    regular_exclude_ignore: int = setting(
        Toggle(),
        site_default='DEFAULT_REGULAR_EXCLUDE_IGNORE',
        summary=N_('Disregard those lists when the author may not post to them'),
        help=N_(
            'With Yes, a list above counts only if the author is a member there, so'
            ' that nobody misses a post which that list holds.'
        ),
    )
    regular_include_lists: list[str] = setting(
        EmailList(),
        site_default='DEFAULT_REGULAR_INCLUDE_LISTS',
        check=_other_lists,
        summary=N_('Lists of this site whose members also get posts from here'),
        help=N_(
            'Full addresses, one per line. Posts go to their regular members too,'
            ' unless the post names that list in To or Cc.'
        ),
    )
