"""NewsRunner: posts mail to newsgroups; what cannot be posted now waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from mailman.actions import gateway
from mailman.runners.base import Runner

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message

# Seconds until a server that failed is tried again; doubled up to the longest.
FIRST_WAIT, LONGEST_WAIT = 60.0, 3600.0


class NewsRunner(Runner):
    """Empties qfiles/news."""

    queue_name: ClassVar[str] = 'news'

    def dispose(self, mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> bool:
        """Post one article; True keeps it for later."""
        now = self.site.now()
        if float(msgdata.get('deliver_after') or 0) > now:
            return True
        gateway.prepare(mlist, msg, msgdata)
        try:
            gateway.post(mlist, msg)
        except gateway.NewsTrouble as trouble:
            wait = float(msgdata.get('news_wait') or FIRST_WAIT)
            msgdata['news_wait'] = min(wait * 2, LONGEST_WAIT)
            msgdata['deliver_after'] = now + wait
            self.site.log.write(
                'error', f'{mlist.name}: NNTP error, tried again later: {trouble}'
            )
            return True
        return False
