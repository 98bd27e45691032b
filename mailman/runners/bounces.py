"""BounceRunner: keeps returned mail until the part that counts bounces is built."""

from typing import ClassVar

from mailman.runners.keeping import KeepingRunner


class BounceRunner(KeepingRunner):
    """Holds qfiles/bounces."""

    queue_name: ClassVar[str] = 'bounces'
