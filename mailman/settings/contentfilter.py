"""The Content filtering page: which parts of a post go out."""

from __future__ import annotations

from mailman.settings.declare import setting
from mailman.settings.widgets import Lines, Radio
from mailman.site.i18n import N_

_ORDER = N_(
    'One per line, as maintype or maintype/subtype. A part'
    ' goes when its type is among filter_mime_types, or when pass_mime_types is not'
    ' empty and lacks it.'
)


class ContentFilter:
    """Settings of the Content filtering page, in page order."""

    filter_content: int = setting(
        Radio(),
        site_default='DEFAULT_FILTER_CONTENT',
        summary=N_('Filter posts by the settings below'),
    )
    filter_mime_types: list[str] = setting(
        Lines(),
        site_default='DEFAULT_FILTER_MIME_TYPES',
        summary=N_('MIME types whose parts are removed'),
        help=_ORDER,
    )
    pass_mime_types: list[str] = setting(
        Lines(),
        site_default='DEFAULT_PASS_MIME_TYPES',
        summary=N_('MIME types whose parts stay; empty lets all pass'),
        help=N_(
            'One per line. When it is not empty, add multipart, or posts with several'
            ' parts are removed whole.'
        ),
    )
    filter_filename_extensions: list[str] = setting(
        Lines(),
        site_default='DEFAULT_FILTER_FILENAME_EXTENSIONS',
        summary=N_('File name extensions whose attachments are removed'),
        help=N_('One per line, without the dot.'),
    )
    pass_filename_extensions: list[str] = setting(
        Lines(),
        site_default='DEFAULT_PASS_FILENAME_EXTENSIONS',
        summary=N_('File name extensions that stay; empty lets all pass'),
        help=N_('One per line, without the dot.'),
    )
    collapse_alternatives: int = setting(
        Radio(),
        site_default='DEFAULT_COLLAPSE_ALTERNATIVES',
        summary=N_('Of the same text in several forms, keep the first one left'),
        help=N_('Usually that is the plain text of a mail which came as HTML too.'),
    )
    convert_html_to_plaintext: int = setting(
        Radio(),
        site_default='DEFAULT_CONVERT_HTML_TO_PLAINTEXT',
        summary=N_('Turn HTML into plain text'),
        help=N_('Done last, with what the other filters left.'),
    )
    filter_action: int = setting(
        Radio(
            (N_('Discard'), N_('Reject'), N_('Forward to List Owner'), N_('Preserve')),
            needs={3: 'OWNERS_CAN_PRESERVE_FILTERED_MESSAGES'},
        ),
        site_default='DEFAULT_FILTER_ACTION',
        summary=N_('What becomes of a post of which nothing is left'),
        help=N_('Preserve keeps it in a queue for the people who run this site.'),
    )
