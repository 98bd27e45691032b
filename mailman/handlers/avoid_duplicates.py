"""Send no second copy to members whom the author addressed directly.

Pipeline name: ``AvoidDuplicates``.  Members decide (the ``nodupes`` option); others
who are addressed get their copy, marked X-Mailman-Copy when it is personal.  With
drop_cc a member without a list copy also leaves Cc, so that long threads do not grow
long Cc lines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailman.constants import MemberFlag
from mailman.handlers import deferred
from mailman.mail import addresses

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message

_HEADERS = ('to', 'cc', 'resent-to', 'resent-cc')


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Take members off ``recips`` who have the post already."""
    recips = msgdata.get('recips')
    addressed = _addressed(mlist, msg)
    if not recips or not addressed:
        return
    keep: list[str] = []
    dropped: set[str] = set()
    for address in recips:
        key = address.lower()
        if key not in addressed:
            keep.append(address)
        elif mlist.is_member(address) and mlist.option(
            address, MemberFlag.DONT_RECEIVE_DUPLICATES
        ):
            dropped.add(key)
        else:
            keep.append(address)
            msgdata.setdefault('add-dup-header', {})[address] = True
    msgdata['recips'] = keep
    if mlist.drop_cc and dropped:
        _trim_cc(mlist, msg, msgdata, dropped)


def _addressed(mlist: MailList, msg: Message) -> set[str]:
    """Answer who is addressed directly, the list itself left out."""
    values = [value for name in _HEADERS for value in msg.get_all(name, [])]
    found = {address.lower() for _, address in addresses.parse_all(values)}
    own = {mlist.address(kind).lower() for kind in ('', 'bounces', 'owner', 'request')}
    return found - own - {''}


def _trim_cc(
    mlist: MailList, msg: Message, msgdata: dict[str, Any], dropped: set[str]
) -> None:
    """Take members off Cc.  Their other addresses and everybody else stay."""
    before = addresses.parse_all(msg.get_all('cc', []))
    after = {pair[1].lower(): pair for pair in before if pair[1].lower() not in dropped}
    if len(after) < len(before):
        value = ', '.join(addresses.format_address(*pair) for pair in after.values())
        deferred.change(mlist, msg, msgdata, 'Cc', value)
