"""Message-IDs that we make, in 2.1's form."""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailman.lists.mailing_list import MailList

_count = itertools.count()


def unique_message_id(mlist: MailList) -> str:
    """Make a Message-ID of 2.1's form, ``<mailman.N.TIME.PID.LIST@HOST>``."""
    number, now = next(_count), int(mlist.site.now())
    return f'<mailman.{number}.{now}.{os.getpid()}.{mlist.name}@{mlist.host_name}>'
