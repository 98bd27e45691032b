"""cron/gate_news: bring what is new in newsgroups to their lists."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from mailman.cli.command import ENGLISH, Parser, cli_translator, fail, open_lists

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Look into the newsgroups of all lists that take their articles, and queue what is new.
Two of these never run at the same time."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    return Parser('gate_news', DESCRIPTION, _)


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 0 also when a news server did not answer."""
    _ = cli_translator(site)
    from mailman.errors import LockTimeout
    from mailman.lists import catalog
    from mailman.storage.locks import Lock

    build_parser(_).parse_args(argv)
    lock = Lock(site.locks_dir / 'gate_news.lock')
    try:
        lock.acquire(0)
    except LockTimeout:
        site.log.write('fromusenet', 'another gate_news is at work', label='gate_news')
        return 0
    try:
        for mlist in open_lists(site, catalog.names(site)):
            _gate(mlist)
    finally:
        lock.release()
    return 0


def _gate(mlist: MailList) -> None:
    from mailman.actions import gateway
    from mailman.errors import MailmanError

    if not gateway.wants_news(mlist):
        return
    try:
        with mlist.lock(10):
            gateway.poll(mlist)
    except (MailmanError, OSError) as error:
        mlist.site.log.write('fromusenet', f'{mlist.name}: {error}', label='gate_news')
        fail(f'{mlist.name}: {error}', 0)
