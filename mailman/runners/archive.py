"""ArchRunner: puts posts into the list's archive, under the archive's own lock.

Delivery never waits for this.  Dates follow ARCHIVER_CLOBBER_DATE_POLICY: 0 keeps the
author's Date, 1 always takes the time of arrival, 2 only when the author's is further
off than ARCHIVER_ALLOWABLE_SANE_DATE_SKEW.
"""

from __future__ import annotations

import email.utils
from typing import TYPE_CHECKING, Any, ClassVar

from mailman.archive import mbox
from mailman.runners.base import Runner
from mailman.storage.locks import Lock

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message

KEEP_DATE, ALWAYS, WHEN_INSANE = 0, 1, 2


class ArchRunner(Runner):
    """Empties qfiles/archive."""

    queue_name: ClassVar[str] = 'archive'

    def dispose(self, mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> bool:
        """Archive one post."""
        received = float(msgdata.get('received_time') or self.site.now())
        self._set_dates(msg, received)
        if self.site.cfg.ARCHIVE_TO_MBOX in (1, 2):
            name = f'{mlist.name}.mbox'
            with Lock(self.site.locks_dir / f'{mlist.name}-arch.lock'):
                mbox.append(self.site.archives_private / name / name, msg, received)
        return False

    def _set_dates(self, msg: Message, received: float) -> None:
        arrival = email.utils.formatdate(received)
        policy = self.site.cfg.ARCHIVER_CLOBBER_DATE_POLICY
        if policy == ALWAYS or (policy == WHEN_INSANE and self._insane(msg, received)):
            if 'date' in msg:
                msg['X-Original-Date'] = msg['date']
            del msg['date']
            msg['Date'] = arrival
        msg['X-List-Received-Date'] = arrival

    def _insane(self, msg: Message, received: float) -> bool:
        try:
            parsed = email.utils.parsedate_tz(msg.get('date', ''))
            when = email.utils.mktime_tz(parsed) if parsed else None
        except (ValueError, OverflowError, TypeError, IndexError):
            when = None
        if when is None:
            return True
        skew: float = self.site.cfg.ARCHIVER_ALLOWABLE_SANE_DATE_SKEW
        return not -skew < when - received < skew
