"""One line about a member: ``ADDRESS``, ``Name <ADDRESS>`` or ``ADDRESS (Name)``."""

from __future__ import annotations

from mailman.errors import BadAddress
from mailman.mail import addresses


def read(line: str) -> tuple[str, str]:
    """Give name and address.

    Headers of mail are read more leniently; here nobody is to be added, or removed,
    whom nobody has typed.  Raises BadAddress; both are empty for an empty line.
    """
    text = line.strip()
    name, address = addresses.parse(text)
    if text and not address:
        raise BadAddress(text)
    if text != address and not (
        _in_brackets(text, address) or _before_comment(text, address)
    ):
        raise BadAddress(text)
    return name, address


def _in_brackets(text: str, address: str) -> bool:
    before, found, after = text.rpartition(address)
    return before.rstrip().endswith('<') and after.lstrip().startswith('>')


def _before_comment(text: str, address: str) -> bool:
    comment = text.removeprefix(address).strip()
    return text.startswith(address) and comment[:1] + comment[-1:] == '()'
