"""The Gateway page: mail to Usenet news and back."""

from __future__ import annotations

from typing import Any

from mailman.settings.declare import action, setting
from mailman.settings.widgets import Radio, String, Toggle
from mailman.site.i18n import N_


def settle_gateway(mlist: Any) -> list[str]:
    """Switch the gateway off while it lacks its server or its group."""
    if mlist.nntp_host.strip() and mlist.linked_newsgroup.strip():
        return []
    if not (mlist.gateway_to_news or mlist.gateway_to_mail):
        return []
    mlist.gateway_to_news = mlist.gateway_to_mail = 0
    return [N_('The gateway needs a news server and a newsgroup first; it is off.')]


class Gateway:
    """Settings of the Gateway page, in page order."""

    nntp_host: str = setting(
        String(),
        site_default='DEFAULT_NNTP_HOST',
        summary=N_('News server, as host or host:port'),
        help=N_('This machine must be allowed to read and post there.'),
    )
    linked_newsgroup: str = setting(
        String(),
        default='',
        summary=N_('Newsgroup that belongs to this list'),
    )
    gateway_to_news: int = setting(
        Toggle(),
        default=0,
        summary=N_('Send posts of the list to the newsgroup'),
    )
    gateway_to_mail: int = setting(
        Toggle(),
        default=0,
        summary=N_('Send articles of the newsgroup to the list'),
    )
    news_moderation: int = setting(
        Radio((N_('None'), N_('Open list, moderated group'), N_('Moderated'))),
        default=0,
        summary=N_('Who moderates the newsgroup'),
        help=N_(
            'None: nobody, and what comes from the group needs no approval here.'
            ' Moderated: the group has this list as its moderation address, and each'
            ' post is held for approval. Open list, moderated group: as Moderated for'
            ' the group, but the list takes posts like any other list.'
        ),
    )
    news_prefix_subject_too: int = setting(
        Toggle(),
        default=1,
        summary=N_('Keep the subject prefix in posts to the newsgroup'),
    )
    _mass_catchup: int = action(
        Toggle(),
        summary=N_('Skip the articles that are in the newsgroup now'),
        help=N_('The next look at the group starts with what arrives after it.'),
    )
