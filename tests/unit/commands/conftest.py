"""A command mail, from the queue to the answer: ``ask('help')`` gives the answer."""

from __future__ import annotations

from typing import Any

import pytest

from mailman.mail.message import Message
from mailman.queue import Queue
from mailman.runners.commands import CommandRunner
from mailman.security.passwords import hash_password


class Answer:
    """The mails that a command mail led to; the first answer to it taken apart."""

    def __init__(self, mails: list[tuple[Message, dict[str, Any]]]) -> None:
        self.mails = mails
        answers = [pair for pair in mails if pair[0].is_multipart()]
        self.msg, self.msgdata = answers[0] if answers else (None, {})

    @property
    def sent(self) -> bool:
        return self.msg is not None

    @property
    def text(self) -> str:
        return text_of(self.msg.get_payload(0)) if self.sent else ''

    @property
    def parts(self) -> list[Message]:
        return self.msg.get_payload()

    @property
    def original(self) -> str:
        return self.parts[-1].as_string()

    @property
    def to(self) -> list[str]:
        return self.msgdata.get('recips', [])

    @property
    def subjects(self) -> list[str]:
        return [str(msg['subject']) for msg, _ in self.mails]


def text_of(part: Message) -> str:
    charset = part.get_content_charset() or 'utf-8'
    return part.get_payload(decode=True).decode(charset)


@pytest.fixture
def drain(site):
    """Take everything out of a queue: pairs of message and metadata."""

    def take(name: str = 'virgin'):
        queue = Queue(site, name)
        found = []
        for filebase in queue.files():
            entry = queue.take(filebase)
            found.append((entry.msg, entry.msgdata))
            queue.finish(filebase)
        return found

    return take


@pytest.fixture
def send(site, mlist, drain):
    """Put a message into the queue, let the runner work, give what was sent."""

    def work(msg: Any, kind: str = 'torequest') -> Answer:
        runner = CommandRunner(site)
        mlist.queue('commands').enqueue(msg, {kind: 1})
        runner.one_pass()
        runner.close()
        assert not Queue(site, 'shunt').files(), (site.logs_dir / 'error').read_text()
        mlist.refresh()
        return Answer(drain())

    return work


@pytest.fixture
def ask(send, make_msg):
    """Send lines as a command mail: ``ask('help', sender='a@b.example')``."""

    def mail(
        *lines: str,
        sender: str = 'anne@member.example',
        subject: str = '',
        kind: str = 'torequest',
        headers: tuple[str, ...] = (),
    ) -> Answer:
        body = '\n'.join(lines) + '\n'
        head = (f'From: {sender}', f'Subject: {subject}', *headers)
        return send(make_msg(*head, body=body), kind)

    return mail


@pytest.fixture
def change(mlist):
    """Change settings of the list and save it: ``change(private_roster=0)``."""

    def save(**settings: Any) -> None:
        with mlist.lock():
            for name, value in settings.items():
                setattr(mlist, name, value)
            mlist.save()

    return save


@pytest.fixture
def passwords(mlist):
    """Give list, moderators and anne the passwords listpw, modpw and annepw."""
    with mlist.lock():
        mlist.password = hash_password('listpw')
        mlist.mod_password = hash_password('modpw')
        mlist.set_password('anne@member.example', hash_password('annepw'))
        mlist.save()


@pytest.fixture
def vette(site):
    """The vette log so far."""

    def read() -> str:
        path = site.logs_dir / 'vette'
        return path.read_text() if path.exists() else ''

    return read
