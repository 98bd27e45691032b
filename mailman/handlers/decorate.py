"""Put the list's header and footer into a post.

Pipeline name: ``Decorate``.  Delivery calls this by itself, with the recipient's values
where the list personalises; in a pipeline it adds the texts that are the same for all.
"""

from typing import Any

from mailman.delivery import deliver
from mailman.lists import MailList
from mailman.mail.message import Message


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Decorate the message, in place, once."""
    if not msgdata.get('decorated'):
        deliver.decorate_plainly(mlist, msg, msgdata)
        msgdata['decorated'] = True
