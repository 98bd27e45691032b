"""set OPTION: a member's own options, by mail.

``set authenticate`` comes first and counts for the lines that follow in the same mail.
No word of it ends the reading, not even a refused one (as in 2.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.commands.request import address_argument
from mailman.constants import DeliveryStatus, MemberFlag, Role
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.commands.request import Request

HELP = N_("""\
set ...
    Shows and changes how you get the mail of the list. "set help" says more.
""")
DETAILS = N_("""\
set help
    Sends this text.
set show [address=<ADDRESS>]
    Shows your options.
set authenticate <PASSWORD> [address=<ADDRESS>]
    Must come before the following, in the same mail.
set ack on|off
    Whether you get a note for each post of yours that went to the list.
set digest plain|mime|off
    Whether you get digests, as one text or as parts, or single posts (off).
set delivery on|off
    Whether you get mail of the list at all, for instance not on holidays.
set myposts on|off
    Whether you get your own posts.
set hide on|off
    Whether you are left out when the members are listed.
set duplicates on|off
    Whether you get a post from the list that is addressed to you as well.
set reminders on|off
    Whether you get the monthly reminder, where the list sends one.""")

# Word -> flag, and whether "on" clears it.
FLAGS = {
    'ack': (MemberFlag.ACKNOWLEDGE_POSTS, False),
    'myposts': (MemberFlag.DONT_RECEIVE_OWN_POSTS, True),
    'hide': (MemberFlag.CONCEAL_SUBSCRIPTION, False),
    'duplicates': (MemberFlag.DONT_RECEIVE_DUPLICATES, True),
    'reminders': (MemberFlag.SUPPRESS_PASSWORD_REMINDER, True),
}
ORDER = ('ack', 'digest', 'delivery', 'myposts', 'hide', 'duplicates', 'reminders')
SWITCH = {'on': True, 'off': False}
WHY_DISABLED = {
    DeliveryStatus.BY_USER: N_('(by yourself)'),
    DeliveryStatus.BY_ADMIN: N_('(by the owner of the list)'),
    DeliveryStatus.BY_BOUNCE: N_('(because mail to you came back)'),
    DeliveryStatus.UNKNOWN: N_('(nobody remembers why)'),
}


def process(request: Request, args: list[str]) -> None:
    """Do what the word after ``set`` says."""
    word, rest = (args[0].lower(), args[1:]) if args else ('help', [])
    if word == 'help':
        request.say(DETAILS)
    elif word == 'show':
        _show(request, rest)
    elif word == 'authenticate':
        _authenticate(request, rest)
    elif word in ORDER:
        _change(request, word, rest)
    else:
        request.say('There is no option "%(word)s":', word=word[:80])
        request.say(DETAILS)


# --- who it is ----------------------------------------------------------------------


def _authenticate(request: Request, args: list[str]) -> None:
    """Open the options of a member whose password, or the list's, was given."""
    request.authenticated = ''
    given = address_argument(args[1]) if len(args) == 2 else None
    if not args or len(args) > 2 or (len(args) == 2 and given is None):
        request.usage('set authenticate <PASSWORD> [address=<ADDRESS>]')
        return
    request.secrets.add(args[0])
    address = request.author()[1] if given is None else given
    is_member = request.mlist.is_member(address)
    if is_member and request.is_members(address, args[0], Role.LIST_ADMIN):
        request.authenticated = address
        return
    # In one text: a stranger does not learn who is a member.
    request.say(
        'Address and password do not fit: %(address)s. Options stay as they are.',
        address=address,
    )


# --- looking ------------------------------------------------------------------------


def _show(request: Request, args: list[str]) -> None:
    """Answer the options of a member, to that member."""
    mlist = request.mlist
    given = address_argument(args[0]) if len(args) == 1 else None
    if len(args) > 1 or (args and given is None):
        request.usage('set show [address=<ADDRESS>]')
        return
    own = request.authenticated or request.author()[1]
    address = own if given is None else given
    is_member = mlist.is_member(address)
    if address.lower() not in (own.lower(), request.sender):
        # Nobody but the member hears of it, nor whether there is such a member.
        request.return_address = mlist.address_of(address) if is_member else ''
        request.silent = request.silent or not is_member
    if not is_member:
        request.say('%(address)s is not a member of this list.', address=address)
        return
    request.say('The options of %(address)s:', address=mlist.address_of(address))
    for word in ORDER:
        request.show(f'    {word} {_value(request, address, word)}')


def _value(request: Request, address: str, word: str) -> str:
    """Return what an option of a member stands on, as ``set`` would be told."""
    mlist = request.mlist
    if word == 'digest':
        if not mlist.is_digest(address):
            return 'off'
        return 'plain' if mlist.option(address, MemberFlag.DISABLE_MIME) else 'mime'
    if word == 'delivery':
        status = mlist.delivery_status_of(address)
        if status == DeliveryStatus.ENABLED:
            return 'on'
        return f'off {request.translator(WHY_DISABLED[status])}'
    flag, inverted = FLAGS[word]
    return 'on' if mlist.option(address, flag) != inverted else 'off'


# --- changing -----------------------------------------------------------------------


def _change(request: Request, word: str, args: list[str]) -> None:
    """Set one option of the member that was authenticated."""
    choices = ('plain', 'mime', 'off') if word == 'digest' else tuple(SWITCH)
    if len(args) != 1 or args[0].lower() not in choices:
        request.usage(f'set {word} {"|".join(choices)}')
        return
    if not request.authenticated:
        request.say(
            'Say who you are first, above this line: set authenticate <PASSWORD>'
        )
        return
    value = args[0].lower()
    if word == 'digest':
        done = _set_digest(request, value)
    else:
        done = _set_switch(request, word, SWITCH[value])
    if done:
        request.say('Set: %(option)s', option=f'{word} {value}')


def _set_switch(request: Request, word: str, on: bool) -> bool:
    mlist, address = request.mlist, request.authenticated
    if word == 'delivery':
        status = DeliveryStatus.ENABLED if on else DeliveryStatus.BY_USER
        mlist.set_delivery_status(address, status)
    else:
        flag, inverted = FLAGS[word]
        mlist.set_option(address, flag, on != inverted)
    return True


def _set_digest(request: Request, value: str) -> bool:
    """Choose digests or single posts, where the list offers them."""
    mlist, address = request.mlist, request.authenticated
    wanted = value != 'off'
    if wanted and not (mlist.digestable or mlist.is_digest(address)):
        request.say('This list sends no digests.')
        return False
    if not wanted and mlist.is_digest(address) and not mlist.nondigestable:
        request.say('This list sends digests only.')
        return False
    mlist.set_option(address, MemberFlag.DIGESTS, wanted)
    if wanted:
        mlist.set_option(address, MemberFlag.DISABLE_MIME, value == 'plain')
    return True
