"""Fixtures that all tests share: a site in a temporary folder, a list, a post."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HOST = 'lists.example.com'
TREE = Path(__file__).resolve().parents[1]


@pytest.fixture
def site(tmp_path: Path) -> Any:
    """A Site with a prefix of its own and an empty mm_cfg.py; the checkout's texts."""
    from mailman.site import Site

    prefix = tmp_path / 'prefix'
    (prefix / 'Mailman').mkdir(parents=True)
    (prefix / 'Mailman' / 'mm_cfg.py').write_text('from Defaults import *\n')
    (prefix / 'templates').symlink_to(TREE / 'templates')
    return Site(prefix, install={'mailhost': HOST, 'urlhost': HOST})


@pytest.fixture
def make_list(site: Any) -> Callable[..., Any]:
    """Make a saved list: ``make_list('test', members=['a@b.example'], archive=0)``."""
    from mailman.lists import MailList

    def make(name: str = 'test', members: Any = (), **settings: Any) -> Any:
        mlist = MailList.create(site, name, owner='owner@owner.example', password='')
        for attribute, value in settings.items():
            setattr(mlist, attribute, value)
        for address in members:
            mlist.add_member(address)
        mlist.save()
        return mlist

    return make


@pytest.fixture
def mlist(make_list: Callable[..., Any]) -> Any:
    """A list called ``test`` with two members."""
    return make_list('test', members=['anne@member.example', 'Bob@Member.example'])


@pytest.fixture
def make_msg() -> Callable[..., Any]:
    """Make a post: further header lines first, ``body=`` its text."""
    from mailman.mail.message import Message

    def make(*lines: str, body: str = 'Hello, list.\n', **headers: str) -> Any:
        given = dict(line.split(':', 1) for line in lines)
        base = {
            'From': ' Anne <anne@member.example>',
            'To': f' test@{HOST}',
            'Subject': ' hello',
            'Message-ID': '<one@member.example>',
            'Date': ' Thu, 08 Jan 2026 10:20:30 +0000',
        }
        names = {name.lower() for name in given}
        head = [f'{n}: {v.strip()}' for n, v in base.items() if n.lower() not in names]
        head += lines
        raw = '\n'.join(head) + '\n\n' + body
        return Message.from_bytes(raw.encode('utf-8', 'surrogateescape'))

    return make
