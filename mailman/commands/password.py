"""password: a log-in link by mail, or another password.

A password is stored so that nobody can read it, so none is ever sent (2.1 sent it).
Who has lost it gets a link, which ends soon, to the member's own address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.actions import loginlinks, passwords
from mailman.commands.request import STOP, address_argument
from mailman.constants import Role
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.commands.request import Request, Stop

HELP = N_("""\
password [<OLD> <NEW>] [address=<ADDRESS>]
    Alone, sends you a link with which you can log in without a password. With
    your old and a new password, sets the new one. address= is for those who
    write from another address than the one that is a member.
""")


def process(request: Request, args: list[str]) -> Stop | None:
    """Mail a link, or change the password."""
    given = [a for a in map(address_argument, args) if a is not None]
    words = [arg for arg in args if address_argument(arg) is None]
    request.secrets.update(words)
    if len(given) > 1 or len(words) not in (0, 2):
        return request.usage(HELP)
    if not words:
        return _send_link(request, given[0] if given else None)
    address = given[0] if given else request.author()[1]
    return _change(request, address, *words)


def _send_link(request: Request, given: str | None) -> Stop:
    """Mail a link to the member; strangers are not told who is one."""
    mlist = request.mlist
    address = request.author()[1] if given is None else given
    is_member = mlist.is_member(address)
    # One that had many links today gets no more, and no other mail instead.
    if is_member:
        loginlinks.send_login_link(mlist, address)
    if given is not None:
        request.say(
            'If %(address)s is a member of this list, a log-in link went there.',
            address=given,
        )
    elif is_member:
        # The link is the answer.
        request.silent = not request.results
        request.say('A log-in link was sent to you.')
    else:
        _not_a_member(request, address)
    return STOP


def _change(request: Request, address: str, old: str, new: str) -> Stop | None:
    """Set a new password for who knows the old one, or the list's."""
    mlist = request.mlist
    if not mlist.is_member(address):
        _not_a_member(request, address)
        return STOP
    if not request.is_members(address, old, Role.LIST_ADMIN):
        request.say(
            'The old password is not the right one, so it stays. Send the word '
            '"password" alone\nfor a link with which you can log in without it.'
        )
        return STOP
    passwords.set_member_password(mlist, address, new)
    request.say('Your password is changed.')
    return None


def _not_a_member(request: Request, address: str) -> None:
    request.say(
        '%(address)s is not a member of the %(listname)s list.',
        address=address,
        listname=request.mlist.real_name,
    )
