"""CommandRunner: keeps mail commands until the part that obeys them is built."""

from typing import ClassVar

from mailman.runners.keeping import KeepingRunner


class CommandRunner(KeepingRunner):
    """Holds qfiles/commands."""

    queue_name: ClassVar[str] = 'commands'
