"""The Bounce page: what to do about members whose mail comes back."""

from __future__ import annotations

from mailman.settings.declare import setting
from mailman.settings.widgets import Days, Number, Toggle
from mailman.site.i18n import N_


class Bounce:
    """Settings of the Bounce page, in page order."""

    bounce_processing: int = setting(
        Toggle(),
        site_default='DEFAULT_BOUNCE_PROCESSING',
        summary=N_('Look after returned mail automatically'),
        help=N_(
            'Each day with a bounce adds 1 to the score of a member. Warnings that mail'
            ' is late add nothing, and neither do refusals that are not about the'
            ' member, such as one by a DMARC policy. At the threshold delivery is'
            ' switched off and the member is asked by mail to confirm; after some such'
            ' mails without an answer the membership ends. With No, returned mail is'
            ' thrown away.'
        ),
    )
    bounce_score_threshold: float = setting(
        Number(width=5),
        site_default='DEFAULT_BOUNCE_SCORE_THRESHOLD',
        summary=N_('Score at which delivery to a member is switched off'),
    )
    bounce_info_stale_after: int = setting(
        Days(width=5),
        site_default='DEFAULT_BOUNCE_INFO_STALE_AFTER',
        unit=N_('days'),
        summary=N_('Days without a bounce after which the score starts at 0 again'),
    )
    bounce_you_are_disabled_warnings: int = setting(
        Number(width=5),
        site_default='DEFAULT_BOUNCE_YOU_ARE_DISABLED_WARNINGS',
        summary=N_('Mails to a switched-off member before the membership ends'),
        help=N_('0 ends it at once when the threshold is reached.'),
    )
    bounce_you_are_disabled_warnings_interval: int = setting(
        Days(width=5),
        site_default='DEFAULT_BOUNCE_YOU_ARE_DISABLED_WARNINGS_INTERVAL',
        unit=N_('days'),
        summary=N_('Days between these mails'),
    )
    bounce_unrecognized_goes_to_list_owner: int = setting(
        Toggle(),
        site_default='DEFAULT_BOUNCE_UNRECOGNIZED_GOES_TO_LIST_OWNER',
        summary=N_('Forward to the owners what came back and was not understood'),
        help=N_('Among it may be mail from people who wrote to the wrong address.'),
    )
    bounce_notify_owner_on_bounce_increment: int = setting(
        Toggle(),
        site_default='DEFAULT_BOUNCE_NOTIFY_OWNER_ON_BOUNCE_INCREMENT',
        summary=N_("Tell owners each time a member's score rises"),
    )
    bounce_notify_owner_on_disable: int = setting(
        Toggle(),
        site_default='DEFAULT_BOUNCE_NOTIFY_OWNER_ON_DISABLE',
        summary=N_('Tell owners when bounces switch off delivery to a member'),
    )
    bounce_notify_owner_on_removal: int = setting(
        Toggle(),
        site_default='DEFAULT_BOUNCE_NOTIFY_OWNER_ON_REMOVAL',
        summary=N_('Tell owners when bounces end a membership'),
    )
