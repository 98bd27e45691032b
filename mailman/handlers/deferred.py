"""Header changes that only the delivered copies show (2.1: CookHeaders.change_header).

Not a step, but what steps use to change a header.  Two kinds of change wait in
``msgdata['add_header']`` until WrapMessage, behind the copies for digest, archive and
news: every change when the post is going to be wrapped, since they belong to the outer
message, and From, Reply-To and Cc always, so that those copies name the author.  An
empty waiting value says that the header goes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailman.mail import headers

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message

LEAVE, MUNGE, WRAP = 0, 1, 2
ALWAYS_WAIT = ('from', 'reply-to', 'cc')


def from_is_list(mlist: MailList, msgdata: dict[str, Any]) -> int:
    """Answer what happens to From: LEAVE, MUNGE (put the list there) or WRAP.

    The list's setting, unless the DMARC check asked for something for this post; never
    for mail that the system wrote.
    """
    if msgdata.get('_fasttrack'):
        return LEAVE
    return int(msgdata.get('from_is_list') or mlist.from_is_list)


def change(
    mlist: MailList, msg: Message, msgdata: dict[str, Any], name: str, value: str
) -> None:
    """Give the header this value and no other, now or in the delivered copies."""
    if _waits(mlist, msgdata, name):
        msgdata.setdefault('add_header', {})[name] = value
    else:
        replace(msg, name, value)


def add(
    mlist: MailList, msg: Message, msgdata: dict[str, Any], name: str, value: str
) -> None:
    """Add a header beside those of that name."""
    if _waits(mlist, msgdata, name):
        msgdata.setdefault('add_header', {})[name] = value
    else:
        msg[name] = value


def default(
    mlist: MailList, msg: Message, msgdata: dict[str, Any], name: str, value: str
) -> None:
    """Add a header that the post does not have yet."""
    if _waits(mlist, msgdata, name) or name not in msg:
        add(mlist, msg, msgdata, name, value)


def waiting(msgdata: dict[str, Any], name: str) -> str | None:
    """Answer the value that waits for a header, if one does."""
    value: str | None = msgdata.get('add_header', {}).get(name)
    return value


def replace(msg: Message, name: str, value: str) -> None:
    """Give a header this value where it stands; an empty value removes it.

    A line that says just that already stays byte for byte.
    """
    present = msg.get_all(name, [])
    if not value:
        del msg[name]
    elif len(present) != 1:
        del msg[name]
        msg[name] = value
    elif headers.unfold(present[0]) != value:
        msg.replace_header(name, value)


def _waits(mlist: MailList, msgdata: dict[str, Any], name: str) -> bool:
    if msgdata.get('_fasttrack'):
        return False
    return name.lower() in ALWAYS_WAIT or from_is_list(mlist, msgdata) == WRAP
