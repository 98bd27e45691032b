"""The Archive page."""

from __future__ import annotations

from mailman.settings.declare import setting
from mailman.settings.digest import FREQUENCIES
from mailman.settings.widgets import Radio, Toggle
from mailman.site.i18n import N_


class Archive:
    """Settings of the Archive page, in page order."""

    archive: int = setting(
        Toggle(),
        site_default='DEFAULT_ARCHIVE',
        summary=N_('Keep an archive of the posts'),
        help=N_('Authors may leave a single post out with an X-No-Archive header.'),
    )
    archive_private: int = setting(
        Radio((N_('Public'), N_('Private'))),
        site_default='DEFAULT_ARCHIVE_PRIVATE',
        summary=N_('Who may read the archive'),
        help=N_('Everybody, search engines included; or members after they logged in.'),
    )
    archive_volume_frequency: int = setting(
        Radio(FREQUENCIES),
        site_default='DEFAULT_ARCHIVE_VOLUME_FREQUENCY',
        summary=N_('How often a new part of the archive begins'),
        help=N_('Pages that are there stay as they are when this changes.'),
    )
