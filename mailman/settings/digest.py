"""The Digest page: several posts in one mail."""

from __future__ import annotations

from mailman.settings.declare import action, setting
from mailman.settings.texts import complete, warn_digest
from mailman.settings.widgets import Number, Radio, Text, Toggle
from mailman.site.i18n import N_

_NAMES = N_(
    'Filled in are: %(real_name)s, %(list_name)s, %(_internal_name)s, %(host_name)s,'
    ' %(web_page_url)s, %(cgiext)s, %(description)s, %(info)s.'
)
FREQUENCIES = (
    N_('Yearly'),
    N_('Monthly'),
    N_('Quarterly'),
    N_('Weekly'),
    N_('Daily'),
)


class Digest:
    """Settings of the Digest page, in page order."""

    digestable: int = setting(
        Toggle(),
        site_default='DEFAULT_DIGESTABLE',
        summary=N_('Members may get digests'),
    )
    digest_is_default: int = setting(
        Radio((N_('Regular'), N_('Digest'))),
        site_default='DEFAULT_DIGEST_IS_DEFAULT',
        summary=N_('What new members get unless they choose'),
    )
    mime_is_default_digest: int = setting(
        Radio((N_('Plain'), N_('MIME'))),
        site_default='DEFAULT_MIME_IS_DEFAULT_DIGEST',
        summary=N_('Kind of digest for new members'),
        help=N_(
            'Plain is one text without attachments; MIME keeps each post whole, as a'
            ' message of its own.'
        ),
    )
    digest_size_threshhold: int = setting(
        Number(width=3),
        site_default='DEFAULT_DIGEST_SIZE_THRESHHOLD',
        unit=N_('KB'),
        summary=N_(
            'Send a digest when it reaches this size in KB; 0 for no such limit'
        ),
    )
    digest_send_periodic: int = setting(
        Radio(),
        site_default='DEFAULT_DIGEST_SEND_PERIODIC',
        summary=N_('Send a digest each day, however small'),
    )
    digest_header: str = setting(
        Text(rows=4),
        site_default='DEFAULT_DIGEST_HEADER',
        check=complete,
        warn=warn_digest,
        summary=N_('Text at the top of each digest'),
        help=_NAMES,
    )
    digest_footer: str = setting(
        Text(rows=4),
        site_default='DEFAULT_DIGEST_FOOTER',
        check=complete,
        warn=warn_digest,
        summary=N_('Text at the end of each digest'),
        help=_NAMES,
    )
    digest_volume_frequency: int = setting(
        Radio(FREQUENCIES),
        site_default='DEFAULT_DIGEST_VOLUME_FREQUENCY',
        summary=N_('How often a new volume begins'),
        help=N_('Digests have a volume and an issue; each volume starts at issue 1.'),
    )
    _new_volume: int = action(
        Toggle(),
        summary=N_('Begin a new volume now'),
        help=N_('The next digest is issue 1 of the next volume.'),
    )
    _send_digest_now: int = action(
        Toggle(),
        summary=N_('Send what was collected for the next digest now'),
    )
