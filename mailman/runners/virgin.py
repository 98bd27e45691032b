"""VirginRunner: sends what the program itself wrote: notices, digests, reminders.

Such mail has its recipients already and was never a post, so it takes two steps only.
They read the list and change nothing, so no lock is taken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from mailman import handlers
from mailman.runners.base import Runner

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message

PIPELINE = ['CookHeaders', 'ToOutgoing']


class VirginRunner(Runner):
    """Empties qfiles/virgin."""

    queue_name: ClassVar[str] = 'virgin'

    def dispose(self, mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> bool:
        """Take the mail through the short pipeline, or what is left of it."""
        msgdata['_fasttrack'] = 1
        left = msgdata.get('pipeline')
        handlers.run(mlist, msg, msgdata, PIPELINE if left is None else list(left))
        return False
