"""Send mail for the owners to the owners and moderators.

Pipeline name: ``OwnerRecips``, a step of OWNER_PIPELINE.  Owners may be lists, or their
owners, of the same site, so mail to them could come back here for ever.  Mail that may
do so is marked, and ends when it comes the second time::

    X-Loop: LIST-owner@HOST
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailman.actions.systemmail import site_address
from mailman.errors import LoopError
from mailman.mail import addresses

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Set ``recips``, each person once, and keep the mail as it is.

    Raises LoopError for mail that its owners got already.
    """
    here = mlist.address('owner').lower()
    if any(str(mark).strip().lower() == here for mark in msg.get_all('x-loop', [])):
        raise LoopError('X-Loop names the owners of this list')
    once: dict[str, str] = {}
    for address in filter(None, [*mlist.owner, *mlist.moderator]):
        once.setdefault(address.lower(), address)
    # Who is his own owner needs somebody else's help.
    if once.pop(here, None) and not once:
        once = _somebody(mlist, here)
    if any(_is_of_this_site(mlist, address) for address in once):
        msg['X-Loop'] = here
    msgdata['recips'] = list(once.values())
    msgdata['nodecorate'] = 1
    msgdata['personalize'] = 0


def _somebody(mlist: MailList, here: str) -> dict[str, str]:
    """Answer the site's owners, who have nobody above them."""
    mlist.site.log.write('error', f'{mlist.name}: its only owner is {here}')
    above = site_address(mlist, 'owner').lower()
    return {} if above == here else {above: above}


def _is_of_this_site(mlist: MailList, address: str) -> bool:
    hosts = {mlist.host_name, *mlist.site.cfg.VIRTUAL_HOSTS.values()}
    return addresses.split(address)[1].lower() in {str(host).lower() for host in hosts}
