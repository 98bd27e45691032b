"""The General page: who runs the list, and its basic ways."""

from __future__ import annotations

from typing import Any

from mailman.mail.text import fill
from mailman.settings.declare import Refused, setting
from mailman.settings.texts import no_script, numbered_characters
from mailman.settings.widgets import (
    Email,
    EmailList,
    Flags,
    Host,
    Number,
    Radio,
    String,
    Text,
    Toggle,
)
from mailman.site.i18n import N_


def _real_name(mlist: Any) -> str:
    return str(mlist.name[:1].upper() + mlist.name[1:])


def _same_but_for_case(value: str, mlist: Any) -> str:
    if value.lower() != mlist.name.lower():
        raise Refused(
            value, N_("may differ from the list's name in upper and lower case only")
        )
    return value


def _somebody(value: list[str], mlist: Any) -> list[str]:
    if not value:
        raise Refused(value, N_('a list needs at least one owner'))
    return value


def _subject_prefix(mlist: Any) -> str:
    # Not the % operator: the site's text may hold a number format such as %05d.
    return fill(mlist.site.cfg.DEFAULT_SUBJECT_PREFIX, {'real_name': mlist.real_name})


def _host_name(mlist: Any) -> str:
    cfg = mlist.site.cfg
    return str(cfg.DEFAULT_HOST_NAME or cfg.DEFAULT_EMAIL_HOST)


def settle_reply_to(mlist: Any) -> list[str]:
    """Make replies go to the poster when the fixed address is missing."""
    if mlist.reply_goes_to_list != 2 or mlist.reply_to_address.strip():
        return []
    mlist.reply_goes_to_list, mlist.reply_to_address = 0, ''
    return [
        N_('Replies to a fixed address need that address; they go to the poster again.')
    ]


class General:
    """Settings of the General page, in page order."""

    real_name: str = setting(
        String(),
        derive=_real_name,
        derived_from=N_("the list's name with a capital letter"),
        check=_same_but_for_case,
        summary=N_('Name of the list as people see it'),
        help=N_(
            "The list's name with the upper-case letters you like. Mail addresses are"
            ' not affected: they ignore case.'
        ),
    )
    owner: list[str] = setting(
        EmailList(),
        default=[],
        check=_somebody,
        summary=N_('Addresses of the list owners, one per line'),
        help=N_(
            'Owners may change every setting. Mail to LIST-owner reaches them and the'
            ' moderators. There must be at least one.'
        ),
    )
    moderator: list[str] = setting(
        EmailList(),
        default=[],
        summary=N_('Addresses of the moderators, one per line'),
        help=N_(
            'Moderators decide about held posts and requests, and change nothing else.'
            ' They log in with the moderator password, which is set on the Passwords'
            ' page.'
        ),
    )
    description: str = setting(
        String(),
        default='',
        summary=N_('What the list is about, in one line'),
        help=N_(
            'Shown in the overview of all lists, on the pages of this list, and in the'
            " List-Id header of each post. Don't repeat the list's name."
        ),
    )
    info: str = setting(
        Text(rows=7),
        default='',
        check=no_script,
        summary=N_('Introduction on the information page of the list'),
        help=N_(
            'Some paragraphs of text; simple HTML is allowed, scripts and frames'
            ' are not. It is also part of the welcome mail.'
        ),
    )
    subject_prefix: str = setting(
        String(),
        derive=_subject_prefix,
        derived_from=N_('`DEFAULT_SUBJECT_PREFIX`, which puts real_name in brackets'),
        check=numbered_characters,
        summary=N_('Text put in front of each Subject'),
        help=N_(
            'Leave it empty and subjects stay as written, which also keeps the'
            " authors' DKIM signatures valid. %d in it becomes the number of the post;"
            ' %05d writes that with five digits. Usually ends with a blank.'
        ),
    )
    from_is_list: int = setting(
        Radio((N_('No'), N_('Munge From'), N_('Wrap Message'))),
        site_default='DEFAULT_FROM_IS_LIST',
        summary=N_("Write the list's address into From, for all posts"),
        help=N_(
            'Some domains publish a DMARC policy that makes receivers refuse posts'
            ' forwarded by a list. Munge From sends the post as "Anne via List" from'
            " the list's address and puts the author into Reply-To or Cc. Wrap Message"
            ' attaches the untouched post to a message from the list. To do this only'
            ' where an author needs it, leave No here and see dmarc_moderation_action'
            ' on the Privacy pages.'
        ),
    )
    anonymous_list: int = setting(
        Radio(),
        site_default='DEFAULT_ANONYMOUS_LIST',
        summary=N_('Hide who wrote a post'),
        help=N_(
            'From, Sender and Reply-To are replaced by the list, and headers that tell'
            ' the author are removed. What authors write in the text remains.'
        ),
    )
    first_strip_reply_to: int = setting(
        Radio(),
        site_default='DEFAULT_FIRST_STRIP_REPLY_TO',
        summary=N_("Remove the author's own Reply-To"),
        help=N_('Done whatever reply_goes_to_list says below.'),
    )
    reply_goes_to_list: int = setting(
        Radio((N_('Poster'), N_('This list'), N_('Explicit address'))),
        site_default='DEFAULT_REPLY_GOES_TO_LIST',
        summary=N_('Where a plain reply to a post goes'),
        help=N_(
            'Poster is recommended: Reply-To is not touched, and a private answer'
            ' stays private. This list adds the list to Reply-To. Explicit address'
            ' adds reply_to_address, for instance a discussion list beside a list of'
            ' announcements.'
        ),
    )
    reply_to_address: str = setting(
        Email(),
        default='',
        summary=N_('The address for "Explicit address" above'),
        help=N_('Without it that choice is put back to Poster.'),
    )
    umbrella_list: int = setting(
        Radio(),
        site_default='DEFAULT_UMBRELLA_LIST',
        summary=N_('Members of this list are lists themselves'),
        help=N_(
            'Notices that are meant for a person, such as confirmations, then go to'
            " the member's address with umbrella_member_suffix added to its local part."
        ),
    )
    umbrella_member_suffix: str = setting(
        String(),
        site_default='DEFAULT_UMBRELLA_MEMBER_ADMIN_SUFFIX',
        summary=N_('What to add to member addresses of an umbrella list'),
        help=N_('With -owner, a notice for devel@example.com goes to devel-owner.'),
    )
    send_reminders: int = setting(
        Radio(),
        site_default='DEFAULT_SEND_REMINDERS',
        summary=N_('Remind members of their membership each month'),
        help=N_(
            'The mail says which lists somebody is on and has a link to log in with.'
            ' Members may opt out of it.'
        ),
    )
    welcome_msg: str = setting(
        Text(rows=4),
        default='',
        summary=N_('Text at the beginning of the welcome mail'),
        help=N_(
            'The rest of that mail tells how to post, how to change options and how to'
            ' leave. Paragraphs are wrapped; indented lines stay as they are.'
        ),
    )
    send_welcome_msg: int = setting(
        Radio(),
        site_default='DEFAULT_SEND_WELCOME_MSG',
        summary=N_('Send the welcome mail to new members'),
        help=N_('Switch it off while you move members here from another list.'),
    )
    goodbye_msg: str = setting(
        Text(rows=4),
        default='',
        summary=N_('Text of the mail to members who left'),
    )
    send_goodbye_msg: int = setting(
        Radio(),
        site_default='DEFAULT_SEND_GOODBYE_MSG',
        summary=N_('Send the goodbye mail to members who left'),
    )
    admin_immed_notify: int = setting(
        Radio(),
        site_default='DEFAULT_ADMIN_IMMED_NOTIFY',
        summary=N_('Tell owners and moderators at once about each held request'),
        help=N_('A daily mail with all that waits is sent in any case.'),
    )
    admin_notify_mchanges: int = setting(
        Radio(),
        site_default='DEFAULT_ADMIN_NOTIFY_MCHANGES',
        summary=N_('Tell owners when somebody joins, leaves or changes the address'),
    )
    respond_to_post_requests: int = setting(
        Radio(),
        site_default='DEFAULT_RESPOND_TO_POST_REQUESTS',
        summary=N_('Tell authors that their post is held'),
        help=N_(
            'The mail says why it waits and lets the author take it back. Spam has'
            ' forged authors: consider No for lists that get a lot of it.'
        ),
    )
    emergency: int = setting(
        Toggle(),
        default=0,
        summary=N_('Hold every post, whoever wrote it'),
        help=N_('Lets a heated discussion cool down. Remember to switch it off.'),
    )
    new_member_options: int = setting(
        Flags(
            words=('hide', 'ack', 'notmetoo', 'nodupes'), attribute='new_member_options'
        ),
        site_default='DEFAULT_NEW_MEMBER_OPTIONS',
        summary=N_('Options that new members start with'),
        help=N_(
            'hide: not shown in the list of members; ack: gets a receipt for posts;'
            ' notmetoo: does not get own posts; nodupes: no second copy when named in'
            ' To or Cc.'
        ),
    )
    administrivia: int = setting(
        Radio(),
        site_default='DEFAULT_ADMINISTRIVIA',
        summary=N_('Hold posts that look like mail commands'),
        help=N_(
            'Catches an "unsubscribe" that was sent to everybody instead of to the'
            ' LIST-request address.'
        ),
    )
    max_message_size: int = setting(
        Number(),
        site_default='DEFAULT_MAX_MESSAGE_SIZE',
        unit=N_('KB'),
        summary=N_('Largest post that is not held, in KB; 0 for any size'),
    )
    admin_member_chunksize: int = setting(
        Number(minimum=1, whole=True),
        site_default='DEFAULT_ADMIN_MEMBER_CHUNKSIZE',
        summary=N_('Members per page in membership management'),
    )
    host_name: str = setting(
        Host(),
        derive=_host_name,
        derived_from=N_('`DEFAULT_EMAIL_HOST`, or `DEFAULT_HOST_NAME` if it is set'),
        summary=N_("Domain of the list's mail addresses"),
        help=N_(
            'Change it only when the mail server takes mail for that domain too: all'
            ' addresses in posts and notices are made with it.'
        ),
    )
    include_rfc2369_headers: int = setting(
        Radio(),
        default=1,
        summary=N_('Add List-Help, List-Subscribe, List-Unsubscribe and so on'),
        help=N_(
            'Mail programs show their buttons by these (RFC 2369), and large providers'
            ' demand them. Leave it at Yes.'
        ),
    )
    include_list_post_header: int = setting(
        Radio(),
        default=1,
        summary=N_('Add List-Post'),
        help=N_('Choose No for a list where only few may post.'),
    )
    include_sender_header: int = setting(
        Radio(),
        default=1,
        summary=N_("Write the list's address into Sender"),
        help=N_(
            'Some mail programs then show "on behalf of"; without it, some mail'
            ' systems send their error reports to authors instead of to the list.'
        ),
    )
    drop_cc: int = setting(
        Radio(),
        site_default='DEFAULT_DROP_CC',
        summary=N_('Take members out of Cc who do not want a second copy'),
        help=N_(
            'Members with the nodupes option who stand in Cc get no copy from the'
            ' list; Yes also removes them from Cc, so that the list of names does not'
            ' grow from reply to reply. No leaves that header as it was written.'
        ),
    )
    max_days_to_hold: int = setting(
        Number(),
        site_default='DEFAULT_MAX_DAYS_TO_HOLD',
        unit=N_('days'),
        summary=N_('Days after which held posts are discarded; 0 for never'),
    )
