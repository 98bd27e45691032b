"""The four Privacy pages: who may subscribe, who may post, to whom, and spam."""

from __future__ import annotations

from typing import Any

from mailman.settings.declare import Refused, setting
from mailman.settings.widgets import (
    EmailListEx,
    HeaderFilter,
    Number,
    Radio,
    Text,
    check_patterns,
)
from mailman.site.i18n import N_

_ENTRIES = N_(
    'One per line: an address, or a regular expression that begins with ^ and is'
    ' matched against addresses, case ignored.'
)
_ENTRIES_AND_LISTS = N_(
    'One per line: an address; or a regular expression that begins with ^ and is'
    ' matched against addresses, case ignored; or @name for the members of that list of'
    ' this site.'
)


def _at_least_the_sites(value: int, mlist: Any) -> int:
    return max(value, int(mlist.site.cfg.DEFAULT_DMARC_MODERATION_ACTION))


def _header_patterns(value: str, mlist: Any) -> str:
    for line in value.split('\n'):
        if not line.strip() or line.startswith('#'):
            continue
        header, colon, pattern = line.partition(':')
        if not colon:
            raise Refused(line, N_('must read "header: pattern"'))
        check_patterns([pattern.strip()])
    return value


class Subscribing:
    """Settings of the Subscription page, in page order."""

    advertised: int = setting(
        Radio(),
        site_default='DEFAULT_LIST_ADVERTISED',
        summary=N_('Show this list to people who ask which lists there are'),
        help=N_('Without it, only who knows the name finds the pages.'),
    )
    subscribe_policy: int = setting(
        Radio(
            (
                N_('None'),
                N_('Confirm'),
                N_('Require approval'),
                N_('Confirm and approve'),
            ),
            needs={0: 'ALLOW_OPEN_SUBSCRIBE'},
        ),
        site_default='DEFAULT_SUBSCRIBE_POLICY',
        summary=N_('What it takes to become a member'),
        help=N_(
            'Confirm mails a link to the address, so that nobody is subscribed by'
            ' somebody else. Require approval asks a moderator. None lets anybody'
            ' subscribe anybody, and is offered only where the site allows it.'
        ),
    )
    subscribe_auto_approval: list[str] = setting(
        EmailListEx(sibling_lists=True),
        site_default='DEFAULT_SUBSCRIBE_AUTO_APPROVAL',
        summary=N_('Addresses that need no approval'),
        help=_ENTRIES_AND_LISTS,
    )
    unsubscribe_policy: int = setting(
        Radio(),
        site_default='DEFAULT_UNSUBSCRIBE_POLICY',
        summary=N_('Leaving needs approval by a moderator'),
        help=N_(
            'Meant for lists somebody must be on. Think twice: who cannot leave marks'
            ' posts as spam, and laws of some countries forbid it.'
        ),
    )
    ban_list: list[str] = setting(
        EmailListEx(),
        default=[],
        summary=N_('Addresses that may not subscribe'),
        help=_ENTRIES,
    )
    private_roster: int = setting(
        Radio((N_('Anyone'), N_('List members'), N_('List admin only'))),
        site_default='DEFAULT_PRIVATE_ROSTER',
        summary=N_('Who may see the list of members'),
        help=N_('Members who chose to be hidden are shown to owners only.'),
    )
    obscure_addresses: int = setting(
        Radio(),
        site_default='DEFAULT_OBSCURE_ADDRESSES',
        summary=N_('Write "anne at example.com" on web pages'),
        help=N_('It makes harvesting addresses a little harder for robots.'),
    )


class Sender:
    """Settings of the Sender page, in page order."""

    default_member_moderation: int = setting(
        Radio(),
        site_default='DEFAULT_DEFAULT_MEMBER_MODERATION',
        summary=N_('New members are moderated'),
        help=N_(
            'Sets the moderation flag of members who join from now on; it is changed'
            ' per member in membership management.'
        ),
    )
    member_verbosity_threshold: int = setting(
        Number(width=5),
        site_default='DEFAULT_MEMBER_VERBOSITY_THRESHOLD',
        summary=N_('Posts in the time below that make a member moderated; 0 for never'),
        help=N_('A guard against mail programs that answer themselves.'),
    )
    member_verbosity_interval: int = setting(
        Number(width=5),
        site_default='DEFAULT_MEMBER_VERBOSITY_INTERVAL',
        unit=N_('seconds'),
        summary=N_("Seconds over which a member's posts are counted"),
    )
    member_moderation_action: int = setting(
        Radio((N_('Hold'), N_('Reject'), N_('Discard'))),
        default=0,
        summary=N_('What becomes of posts by moderated members'),
    )
    member_moderation_notice: str = setting(
        Text(),
        default='',
        summary=N_('Text for moderated members whose post is rejected'),
    )
    dmarc_moderation_action: int = setting(
        Radio(
            (
                N_('Accept'),
                N_('Munge From'),
                N_('Wrap Message'),
                N_('Reject'),
                N_('Discard'),
            )
        ),
        site_default='DEFAULT_DMARC_MODERATION_ACTION',
        check=_at_least_the_sites,
        summary=N_('What becomes of posts from domains with a strict DMARC policy'),
        help=N_(
            'Receivers refuse forwarded posts of such domains (p=reject). Munge From'
            " and Wrap Message write the list's address into From, as from_is_list on"
            ' the General page does, but for these authors only. The site may demand'
            ' more than Accept; a lower choice is then raised.'
        ),
    )
    dmarc_quarantine_moderation_action: int = setting(
        Radio(),
        site_default='DEFAULT_DMARC_QUARANTINE_MODERATION_ACTION',
        summary=N_('The same for domains with p=quarantine'),
    )
    dmarc_none_moderation_action: int = setting(
        Radio(),
        site_default='DEFAULT_DMARC_NONE_MODERATION_ACTION',
        summary=N_('The same for domains with p=none'),
        help=N_('Works only together with the setting for p=quarantine.'),
    )
    dmarc_moderation_notice: str = setting(
        Text(),
        default='',
        summary=N_('Text for authors whose post is rejected because of DMARC'),
    )
    dmarc_moderation_addresses: list[str] = setting(
        EmailListEx(),
        default=[],
        summary=N_('Authors treated as if their domain had a strict policy'),
        help=_ENTRIES,
    )
    dmarc_wrapped_message_text: str = setting(
        Text(),
        site_default='DEFAULT_DMARC_WRAPPED_MESSAGE_TEXT',
        summary=N_('Text in front of a wrapped post'),
    )
    equivalent_domains: str = setting(
        Text(),
        site_default='DEFAULT_EQUIVALENT_DOMAINS',
        summary=N_('Domains that stand for each other when members post'),
        help=N_(
            'Groups of domains: commas between the domains of a group, semicolons'
            ' between groups. A member anne@ one of them may post as anne@ any other'
            ' of its group.'
        ),
    )
    accept_these_nonmembers: list[str] = setting(
        EmailListEx(sibling_lists=True),
        default=[],
        summary=N_('Others who may post without being members'),
        help=_ENTRIES_AND_LISTS,
    )
    hold_these_nonmembers: list[str] = setting(
        EmailListEx(sibling_lists=True),
        default=[],
        summary=N_('Others whose posts are held'),
        help=_ENTRIES_AND_LISTS,
    )
    reject_these_nonmembers: list[str] = setting(
        EmailListEx(sibling_lists=True),
        default=[],
        summary=N_('Others whose posts are sent back'),
        help=_ENTRIES_AND_LISTS,
    )
    discard_these_nonmembers: list[str] = setting(
        EmailListEx(sibling_lists=True),
        default=[],
        summary=N_('Others whose posts are thrown away'),
        help=_ENTRIES_AND_LISTS,
    )
    generic_nonmember_action: int = setting(
        Radio((N_('Accept'), N_('Hold'), N_('Reject'), N_('Discard'))),
        site_default='DEFAULT_GENERIC_NONMEMBER_ACTION',
        summary=N_('What becomes of posts by all other non-members'),
    )
    forward_auto_discards: int = setting(
        Radio(),
        site_default='DEFAULT_FORWARD_AUTO_DISCARDS',
        summary=N_('Forward to the owners what is thrown away automatically'),
    )
    nonmember_rejection_notice: str = setting(
        Text(),
        default='',
        summary=N_('Text for non-members whose post is rejected'),
        help=N_('%(listowner)s in it becomes the address of the owners.'),
    )


class Recipient:
    """Settings of the Recipient page, in page order."""

    require_explicit_destination: int = setting(
        Radio(),
        site_default='DEFAULT_REQUIRE_EXPLICIT_DESTINATION',
        summary=N_('Hold posts that do not name the list in To or Cc'),
        help=N_('Much spam is sent that way, and so is a Bcc to the list.'),
    )
    acceptable_aliases: str = setting(
        Text(rows=4),
        site_default='DEFAULT_ACCEPTABLE_ALIASES',
        summary=N_('Other names of the list that count there'),
        help=N_(
            'One per line: an address; or a regular expression, best with ^ in front,'
            ' that is matched from the start of the addresses in To and Cc. One'
            ' without @ is matched against local parts too.'
        ),
    )
    max_num_recipients: int = setting(
        Number(width=5),
        site_default='DEFAULT_MAX_NUM_RECIPIENTS',
        summary=N_('Hold posts with this many addresses in To and Cc; 0 for never'),
    )


class Spam:
    """Settings of the Spam page, in page order."""

    header_filter_rules: list[tuple[str, int, bool]] = setting(
        HeaderFilter(),
        default=[],
        summary=N_('Rules on mail headers; the first that matches decides'),
        help=N_(
            'Each line of a rule is a regular expression that is sought in all headers'
            ' of a post and of its parts, case ignored; lines beginning with # are'
            ' comments. ^subject:.*lottery finds that word in a subject. A rule that'
            ' says Defer is skipped.'
        ),
    )
    bounce_matching_headers: str = setting(
        Text(rows=6),
        site_default='DEFAULT_BOUNCE_MATCHING_HEADERS',
        check=_header_patterns,
        summary=N_('Hold posts with such a header'),
        help=N_(
            'The older form: one "header: pattern" per line, lines beginning with #'
            ' are comments. Prefer the rules above.'
        ),
    )
