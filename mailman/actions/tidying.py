"""Requests that came to nothing: nobody has to decide about them any more.

2.1 took them from the list when a moderator looked; so do our pages.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mailman.lists.requests import HeldMessage, HeldSubscription, Request, Requests

if TYPE_CHECKING:
    from mailman.lists import MailList


def who_asks(request: Request) -> str:
    """Answer the address that a request came from."""
    return request.sender if isinstance(request, HeldMessage) else request.address


def superfluous(mlist: MailList, requests: Requests) -> list[int]:
    """Answer what can be forgotten.

    Of several wishes of one address to join, all but the newest; wishes to leave of
    somebody who is no member.
    """
    newest: dict[str, int] = {}
    found = []
    for request_id, (_kind, request) in requests.all().items():
        if isinstance(request, HeldSubscription):
            older = newest.get(request.address.lower())
            if older is not None:
                found.append(older)
            newest[request.address.lower()] = request_id
        elif not isinstance(request, HeldMessage):
            found += [] if mlist.is_member(request.address) else [request_id]
    return found


def tidy(mlist: MailList, lost: Iterable[int] = ()) -> None:
    """Forget superfluous requests, and those of posts whose file is lost.

    The caller holds the lock.
    """
    # For start-up time: most requests come to something.
    from mailman.mail import headers

    requests = Requests(mlist)
    for request_id in sorted(lost):
        found = requests.get(request_id)
        if found and isinstance(found[1], HeldMessage):
            who = headers.one_line(found[1].sender, 300)
            mlist.log('vette', f'the held post {request_id} from {who} is lost')
    requests.remove(*superfluous(mlist, requests), *lost)
