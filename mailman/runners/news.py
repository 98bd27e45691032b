"""NewsRunner: keeps posts for newsgroups until the gateway is built."""

from typing import ClassVar

from mailman.runners.keeping import KeepingRunner


class NewsRunner(KeepingRunner):
    """Holds qfiles/news."""

    queue_name: ClassVar[str] = 'news'
