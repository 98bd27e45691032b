"""Send the post to the addresses in a file, not to the members.

Pipeline name: ``FileRecips``; a site puts it in front of CalcRecips.  The file is
``lists/NAME/members.txt``, one address per line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailman.actions.systemmail import sender_of

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message

FILE = 'members.txt'


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Set ``recips`` from the file, without the author; no file, no recipients."""
    if 'recips' in msgdata:
        return
    path = mlist.directory / FILE
    try:
        lines = path.read_text('utf-8', 'replace').splitlines()
    except FileNotFoundError:
        lines = []
    sender = sender_of(mlist, msg)
    found = [line.strip() for line in lines]
    msgdata['recips'] = [one for one in found if one and one.lower() != sender]
