"""The Topics page: members get only what they are interested in."""

from __future__ import annotations

from mailman.settings.declare import setting
from mailman.settings.widgets import Number, Radio
from mailman.settings.widgets import Topics as TopicRows
from mailman.site.i18n import N_


class Topics:
    """Settings of the Topics page, in page order."""

    topics_enabled: int = setting(
        Radio((N_('Disabled'), N_('Enabled'))),
        default=0,
        summary=N_('Sort posts by topic'),
        help=N_(
            'Members choose topics among those below. Who chose some gets only posts'
            ' on them, and posts on no topic where the member asks for those too.'
            ' Digests are not affected.'
        ),
    )
    topics_bodylines_limit: int = setting(
        Number(width=5, minimum=None),
        default=5,
        summary=N_('Lines of text in which Subject and Keywords lines are sought'),
        help=N_('0 looks at the headers only; a negative number at the whole text.'),
    )
    topics: list[tuple[str, str, str, bool]] = setting(
        TopicRows(),
        default=[],
        summary=N_('Topics, with the patterns that tell them'),
        help=N_(
            'Each line of a pattern is a regular expression, case ignored; one that is'
            ' found in the Subject or Keywords header puts the post under the topic.'
        ),
    )
