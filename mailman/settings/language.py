"""The Language page."""

from __future__ import annotations

from typing import Any

from mailman.settings.declare import setting
from mailman.settings.widgets import Checkbox, Radio, Select
from mailman.site.i18n import N_


def _preferred_alone(mlist: Any) -> list[str]:
    return [mlist.preferred_language]


def _encode_ascii_prefixes(mlist: Any) -> int:
    # 2.1 looks at the site's language here, also when newlist -l names another.
    site = mlist.site
    charset = site.charset(site.cfg.DEFAULT_SERVER_LANGUAGE)
    return 0 if charset == 'us-ascii' else 2


class Languages:
    """Settings of the Language page, in page order."""

    preferred_language: str = setting(
        Select(),
        site_default='DEFAULT_SERVER_LANGUAGE',
        summary=N_('Language of this list'),
        help=N_(
            'Pages, notices and footers use it unless somebody chose another of the'
            ' languages offered.'
        ),
    )
    available_languages: list[str] = setting(
        Checkbox(),
        derive=_preferred_alone,
        derived_from=N_('the preferred language'),
        summary=N_('Languages that members may choose'),
        help=N_("The site's own language is offered in any case."),
    )
    encode_ascii_prefixes: int = setting(
        Radio((N_('Never'), N_('Always'), N_('As needed'))),
        derive=_encode_ascii_prefixes,
        derived_from=N_("0 where the site's language is written in ASCII, else 2"),
        summary=N_('Encode the subject prefix (RFC 2047) also when it is plain ASCII'),
        help=N_(
            'Never leaves a plain prefix readable in front of an encoded subject. As'
            ' needed encodes both together when the subject needs it. A prefix with'
            ' other characters is always encoded.'
        ),
    )
