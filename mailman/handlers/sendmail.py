"""Refuse 2.1's discouraged way of delivery.

Pipeline name: ``Sendmail``.  2.1's module stopped with an assertion unless an
administrator edited it, since recipients went onto a command line.  A site that names
it keeps its mail: the message is shunted, and the log says what to set.
"""

from typing import Any

from mailman.delivery.deliver import NotSupported
from mailman.lists import MailList
from mailman.mail.message import Message


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Raise NotSupported, always."""
    raise NotSupported(
        "DELIVERY_MODULE = 'Sendmail' is not supported: set it to 'SMTPDirect' in"
        ' mm_cfg.py, and run bin/unshunt'
    )
