"""Attributes of a list that stand on no page: its members, counters and secrets.

They are declared like settings, so that each has its default, its place in
docs/settings.md and its name known to config_list; they have no control.
"""

from __future__ import annotations

from typing import Any

from mailman.settings.declare import setting
from mailman.site.i18n import N_


def _now(mlist: Any) -> float:
    return float(mlist.site.now())


def _web_page_url(mlist: Any) -> str:
    cfg = mlist.site.cfg
    url = str(cfg.DEFAULT_URL or cfg.DEFAULT_URL_PATTERN % cfg.DEFAULT_URL_HOST)
    return url if url.endswith('/') else url + '/'


class Internal:
    """What the program keeps about a list, by what it serves."""

    # --- the list
    web_page_url: str = setting(
        derive=_web_page_url,
        derived_from=N_('made of `DEFAULT_URL_PATTERN` and `DEFAULT_URL_HOST`'),
        summary=N_("Address of the site's pages, with a slash at the end"),
    )
    created_at: float = setting(
        derive=_now,
        derived_from=N_('the time when the list is made'),
        summary=N_('When the list was made, in seconds since 1970'),
    )
    data_version: int = setting(
        site_default='DATA_FILE_VERSION', summary=N_('Form of config.pck')
    )
    password: str | None = setting(summary=N_("Hash of the owners' password"))
    mod_password: str | None = setting(summary=N_("Hash of the moderators' password"))
    post_password: str | None = setting(
        summary=N_('Hash of the password that lets a post pass')
    )

    # --- members; keys are addresses in lower case
    members: dict[str, Any] = setting(
        default={}, summary=N_('Regular members: 0, or the address as it was written')
    )
    digest_members: dict[str, Any] = setting(
        default={}, summary=N_('Digest members, in the same form')
    )
    one_last_digest: dict[str, Any] = setting(
        default={}, summary=N_('Who left the digest and gets one more')
    )
    passwords: dict[str, str] = setting(
        default={}, summary=N_("Hashes of members' passwords")
    )
    usernames: dict[str, str] = setting(default={}, summary=N_("Members' names"))
    language: dict[str, str] = setting(default={}, summary=N_("Members' languages"))
    user_options: dict[str, int] = setting(
        default={}, summary=N_("Sums of members' option bits; absent means 0")
    )
    delivery_status: dict[str, tuple[int, float]] = setting(
        default={}, summary=N_('Members who get no mail: reason and time')
    )
    topics_userinterest: dict[str, list[str]] = setting(
        default={}, summary=N_('Topics that members chose')
    )
    bounce_info: dict[str, Any] = setting(
        default={}, summary=N_('Bounce scores of members')
    )

    # --- counters
    post_id: float = setting(default=1.0, summary=N_('Number of the next post'))
    last_post_time: float = setting(
        default=0, summary=N_('Time of the last post; 0 for none')
    )
    next_post_number: int = setting(default=1, summary=N_('Left over from 2.0; unused'))
    next_request_id: int = setting(
        default=1, summary=N_('Number of the next held request')
    )
    volume: int = setting(default=1, summary=N_('Volume of the next digest'))
    next_digest_number: int = setting(default=1, summary=N_('Issue of the next digest'))
    digest_last_sent_at: float = setting(
        default=0, summary=N_('Time of the last digest; 0 for none')
    )

    # --- who was answered automatically
    hold_and_cmd_autoresponses: dict[str, Any] = setting(
        default={}, summary=N_('Per sender: day, and automatic answers on it')
    )
    postings_responses: dict[str, float] = setting(
        default={}, summary=N_('Per sender: no automatic answer to posts until then')
    )
    admin_responses: dict[str, float] = setting(
        default={}, summary=N_('The same for mail to the owners')
    )
    request_responses: dict[str, float] = setting(
        default={}, summary=N_('The same for mail commands')
    )

    # --- what a list has only once somebody set it
    pipeline: list[str] | None = setting(
        stored=False,
        summary=N_("Handlers for posts to this list, instead of the site's"),
        help=N_(
            'A list of handler names as in GLOBAL_PIPELINE; set with config_list -i or'
            ' withlist. None uses the pipeline of the site.'
        ),
    )
    archive_subject_threads: int | None = setting(
        stored=False,
        summary=N_('Archive: answers that name no message are threaded by subject'),
        help=N_(
            '0 never, 1 those that begin with Re: and the like, 2 always; set with'
            ' config_list -i or withlist. None does as ARCHIVE_SUBJECT_THREADS.'
        ),
    )
    use_dollar_strings: int = setting(
        default=0,
        stored=False,
        summary=N_('Headers, footers and automatic answers say $name, not %(name)s'),
    )
    usenet_watermark: int | None = setting(
        stored=False, summary=N_('Last news article that was gated')
    )
    useropts_version: int = setting(
        default=0, stored=False, summary=N_('Mark left by an upgrade of very old lists')
    )


# Names that a config.pck from before 2.1, or from before 2.1.16, may hold; reading
# such a list turns them into the settings of today.
OLD_NAMES = (
    'forbidden_posters',
    'posters',
    'member_posting_only',
    'bad_posters',
    'auto_subscribe',
    'open_subscribe',
    'closed',
    'reminders_to_admins',
    'automatically_remove',
    'moderated',
    'author_is_list',
)
