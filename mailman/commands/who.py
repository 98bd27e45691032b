"""who: the members of the list, for those whom its private_roster allows it.

====  =====================================================================
 0    everybody
 1    members, with their password
 2    the list's owners and moderators, with theirs
====  =====================================================================

Who wants to stay hidden is shown to owners and moderators only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.commands.request import STOP, address_argument
from mailman.constants import MemberFlag, Role
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.commands.request import Request, Stop

HELPS = {
    0: N_("""\
who [<PASSWORD>]
    Lists the members. The password of the list or of its moderators shows
    hidden members too.
"""),
    1: N_("""\
who <PASSWORD> [address=<ADDRESS>]
    Lists the members, for members: with your password. The password of the
    list or of its moderators shows hidden members too.
"""),
    2: N_("""\
who <PASSWORD>
    Lists the members, for those who have the password of the list or of its
    moderators.
"""),
}
HELP = HELPS[0]
EVERYBODY, MEMBERS, OWNERS = 0, 1, 2
MODERATORS = (Role.LIST_MODERATOR, Role.LIST_ADMIN)


def process(request: Request, args: list[str]) -> Stop | None:
    """Answer the members, hidden ones if the password says so."""
    roster = roster_of(request)
    given = address_argument(args[1]) if len(args) == 2 else None
    too_many = len(args) > 2 or (
        len(args) == 2 and (given is None or roster != MEMBERS)
    )
    if too_many or (not args and roster != EVERYBODY):
        request.secrets.update(args)
        return request.usage(HELPS[roster])
    full = False
    if args:
        full = request.list_role(args[0], *MODERATORS) is not Role.UNAUTHORIZED
        if not full and not _is_member(request, roster, args[0], given):
            request.say('You may not see the members of this list.')
            return STOP
    _list(request, full)
    return None


def help_for(request: Request) -> str:
    """Return the entry in the help text that is true of this list."""
    return HELPS[roster_of(request)]


def roster_of(request: Request) -> int:
    """Return the list's private_roster; what is no such number is the strictest."""
    roster = int(request.mlist.private_roster)
    return roster if roster in HELPS else OWNERS


def _is_member(request: Request, roster: int, password: str, given: str | None) -> bool:
    if roster != MEMBERS:
        return False
    address = request.author()[1] if given is None else given
    if not request.mlist.is_member(address):
        return False
    # One password, one guess: it was counted when it was no moderator's.
    request.wrong_passwords = max(0, request.wrong_passwords - 1)
    return request.is_members(address, password)


def _list(request: Request, full: bool) -> None:
    mlist = request.mlist
    if not mlist.members and not mlist.digest_members:
        request.say('This list has no members.')
        return
    for title, keys in (
        (N_('Members who get single posts:'), mlist.regular_keys()),
        (N_('Members who get digests:'), mlist.digest_keys()),
    ):
        if keys:
            request.say(title)
            _show(request, sorted(keys), full)


def _show(request: Request, keys: list[str], full: bool) -> None:
    mlist = request.mlist
    for key in keys:
        if not full and mlist.option(key, MemberFlag.CONCEAL_SUBSCRIPTION):
            continue
        name = ' '.join(mlist.name_of(key).split())
        address = mlist.address_of(key)
        request.show(f'    {address} ({name})' if name else f'    {address}')
