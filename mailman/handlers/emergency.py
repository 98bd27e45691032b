"""Hold every post while the list's emergency switch is on.

Pipeline name: ``Emergency``.  Posts approved by password or by a moderator pass.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailman.errors import HoldMessage
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Hold the post in silence, unless it was approved."""
    if mlist.emergency and not msgdata.get('adminapproved'):
        raise HoldMessage(
            'EmergencyHold',
            N_('Emergency hold on all list traffic is in effect'),
            N_('Your message was deemed inappropriate by the moderator.'),
        )
