"""One command mail while it is worked on: who asks, and what is answered so far."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from mailman.actions import passwords
from mailman.constants import Role
from mailman.mail import addresses, headers

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message
    from mailman.site.i18n import Translator

LONGEST_NAME = 200
# A mail is no place for guessing: further passwords in it are not looked at.
MAX_WRONG_PASSWORDS = 3


class Stop(Enum):
    """What a command returns that wants nothing else of this mail to be read."""

    STOP = 'stop'


STOP = Stop.STOP


@dataclass
class Request:
    """A command mail.  The list is locked; the runner saves it and sends the answer."""

    mlist: MailList
    msg: Message
    sender: str  # the author's address in lower case (2.1's get_sender)
    lang: str
    results: list[str] = field(default_factory=list)
    # Files that go with the answer.
    attachments: list[Message] = field(default_factory=list)
    # The answer is in another mail already: send none.
    silent: bool = False
    # Where the answer goes instead of to the sender.
    return_address: str = ''
    # Passwords in this mail: they are not sent back with it.
    secrets: set[str] = field(default_factory=set)
    # The member whose options `set authenticate` has opened.
    authenticated: str = ''
    wrong_passwords: int = 0
    # Bytes of the files in `attachments`.
    attached_bytes: int = 0
    unprocessed: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def translator(self) -> Translator:
        """The translator into the sender's language."""
        return self.mlist.site.translator(self.lang)

    def say(self, text: str, **values: object) -> None:
        """Answer a text, in the sender's language."""
        self.results += self.translator(text, **values).split('\n')

    def show(self, line: str) -> None:
        """Answer a line as it is."""
        self.results.append(line)

    def usage(self, text: str) -> Stop:
        """Answer how a command is written, and stop."""
        self.say('Usage:')
        self.say(text)
        return STOP

    def author(self) -> tuple[str, str]:
        """Return name and address in From, or the sender's address without a name."""
        name, address = addresses.parse(self.msg.get('from', ''))
        if not address:
            return '', self.sender
        name = headers.one_line(headers.decode(name))
        return ' '.join(name.split())[:LONGEST_NAME], headers.decode(address)

    # --- passwords -------------------------------------------------------------

    def list_role(self, password: str, *roles: Role) -> Role:
        """Return which of the list's roles a password opens, else UNAUTHORIZED."""
        if not self._may_try(password):
            return Role.UNAUTHORIZED
        role = passwords.list_role(self.mlist, password, roles)
        self._count(role is not Role.UNAUTHORIZED)
        return role

    def is_members(self, address: str, password: str, *roles: Role) -> bool:
        """Tell whether a password is the member's, or that of one of these roles."""
        if not self._may_try(password):
            return False
        right = passwords.check_member(self.mlist, address, password) or (
            bool(roles)
            and passwords.list_role(self.mlist, password, roles)
            is not Role.UNAUTHORIZED
        )
        self._count(right)
        return right

    def _may_try(self, password: str) -> bool:
        self.secrets.add(password)
        return self.wrong_passwords < MAX_WRONG_PASSWORDS

    def _count(self, right: bool) -> None:
        self.wrong_passwords += not right


def address_argument(arg: str) -> str | None:
    """Return what ``address=ADDR`` says, '' included; None for any other word."""
    word, sign, address = arg.partition('=')
    if not sign or word.lower() != 'address':
        return None
    return headers.one_line(address)[:400]
