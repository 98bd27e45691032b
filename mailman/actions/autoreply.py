"""How often one address gets an automatic answer: 2.1's autorespondToSender.

Hold notices, rejections and answers to command mail are counted together, per list
and day, in the list's ``hold_and_cmd_autoresponses``: sender -> ((y, m, d), count),
where a count of -1 says that the last one, which tells so, has been sent.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mailman.actions.systemmail import UserNotification, render

if TYPE_CHECKING:
    from mailman.lists import MailList

EXHAUSTED = -1


def may_answer(mlist: MailList, sender: str, lang: str | None = None) -> bool:
    """Count one automatic answer to this address; tell whether it may be sent.

    The caller holds the list's lock and saves its counters.
    """
    limit = int(mlist.site.cfg.MAX_AUTORESPONSES_PER_DAY)
    if limit <= 0:
        return True
    sender = sender.lower()
    today = time.localtime(mlist.site.now())[:3]
    day, count = mlist.hold_and_cmd_autoresponses.get(sender, (today, 0))
    if tuple(day) != today:
        count = 0
        _forget_other_days(mlist, today)
    if count == EXHAUSTED:
        return False
    allowed = bool(count < limit)
    mlist.hold_and_cmd_autoresponses[sender] = (
        today,
        count + 1 if allowed else EXHAUSTED,
    )
    if not allowed:
        _tell(mlist, sender, limit, lang or str(mlist.preferred_language))
    return allowed


def prune(mlist: MailList) -> None:
    """Forget the answers of all days but today; the caller saves."""
    _forget_other_days(mlist, time.localtime(mlist.site.now())[:3])


def _forget_other_days(mlist: MailList, today: tuple[int, ...]) -> None:
    table = mlist.hold_and_cmd_autoresponses
    for address in [one for one, (day, _) in table.items() if tuple(day) != today]:
        del table[address]


def _tell(mlist: MailList, sender: str, limit: int, lang: str) -> None:
    """Send the last answer of the day, which says that it is the last."""
    site, owner = mlist.site, mlist.address('owner')
    site.log.write('vette', f'-request/hold autoresponse discarded for: {sender}')
    values = {
        'sender': sender,
        'listname': mlist.address(),
        'num': limit,
        'owneremail': owner,
    }
    text = render(mlist, 'nomoretoday.txt', values, lang)
    subject = site.translator(lang)('No more automatic answers today')
    UserNotification(
        mlist, sender, owner, subject, text, lang, auto='auto-replied'
    ).send()
