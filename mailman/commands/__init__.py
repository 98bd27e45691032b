"""The mail commands: what a line of a mail to LIST-request can ask for.

One module for each command, and one table of the words that mean it.  A module has

``HELP``
    its entry in the help text, in English and marked for translation; '' for none.
    ``help_for(request)``, where there is one, gives that of a list.
``process(request, args)``
    does it, says so through ``request.say``, and returns ``STOP`` where nothing that
    follows in the mail shall be read, else None.

Words are looked for in the table only: nothing a mail says becomes a path or a module.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mailman.commands.request import Request, Stop

# The order is that of the help text.
COMMANDS = {
    'help': 'help',
    'info': 'info',
    'lists': 'lists',
    'subscribe': 'subscribe',
    'join': 'subscribe',
    'unsubscribe': 'unsubscribe',
    'leave': 'unsubscribe',
    'remove': 'unsubscribe',
    'confirm': 'confirm',
    'password': 'password',
    'set': 'set_options',
    'who': 'who',
    'echo': 'echo',
    'end': 'end',
    'stop': 'end',
    # Words of Majordomo, for those who come from there.
    'which': 'which',
    'intro': 'intro',
    'index': 'index',
    'get': 'get',
    'approve': 'approve',
}


def known(word: str) -> bool:
    """Tell whether a word, in lower case, is a command."""
    return word in COMMANDS


def module_of(word: str) -> Any:
    """Return the module that obeys a known word."""
    return module_of_name(COMMANDS[word])


def module_of_name(name: str) -> Any:
    """Return one of the modules that stand on the right of the table."""
    return import_module(f'mailman.commands.{name}')


def run(request: Request, word: str, args: list[str]) -> Stop | None:
    """Obey one command; what it answers is in the request."""
    found: Stop | None = module_of(word).process(request, args)
    return found
