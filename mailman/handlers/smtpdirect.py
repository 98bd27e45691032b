"""Hand a message to the mail server.

Pipeline name: ``SMTPDirect`` (the default of DELIVERY_MODULE); the work is done in
``mailman.delivery``.  Raises SomeRecipientsFailed.
"""

from typing import Any

from mailman.delivery import deliver
from mailman.lists import MailList
from mailman.mail.message import Message


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Deliver the message to ``msgdata['recips']``."""
    deliver.process(mlist, msg, msgdata)
