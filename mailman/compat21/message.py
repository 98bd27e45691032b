"""``Mailman.Message``: messages, and notices that know how to send themselves."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any

from mailman.actions.systemmail import site_address, unique_message_id
from mailman.compat21 import current
from mailman.mail import headers
from mailman.mail.message import Message
from mailman.mail.mimeparts import text_part

__all__ = ['Generator', 'Message', 'OwnerNotification', 'UserNotification']


class Generator:
    """Writes a message to a file (2.1's one did not touch ``From `` lines)."""

    def __init__(self, outfp: Any, *args: Any, **kw: Any) -> None:
        self._file = outfp

    def flatten(self, msg: Any, unixfrom: bool = False, **kw: Any) -> None:
        """Write the message; as text where the file takes text."""
        raw = msg.as_bytes(unixfrom=unixfrom)
        try:
            self._file.write(raw)
        except TypeError:
            self._file.write(raw.decode('utf-8', 'surrogateescape'))


class UserNotification(Message):
    """A mail of the system to one person or several."""

    def __init__(
        self,
        recip: Any,
        sender: str,
        subject: Any = None,
        text: str | None = None,
        lang: str | None = None,
    ) -> None:
        super().__init__()
        if text is not None:
            text_part(text, current.site().charset(lang), self)
        self.recips = [recip] if isinstance(recip, str) else list(recip)
        self['Subject'] = headers.encode(' '.join(str(subject or '').split()))
        self['From'] = headers.encode(str(sender))
        self['To'] = headers.encode(', '.join(self.recips))

    def send(self, mlist: Any, noprecedence: bool = False, **msgdata: Any) -> None:
        """Queue it for sending."""
        if 'message-id' not in self:
            self['Message-ID'] = unique_message_id(mlist)
        if 'date' not in self:
            self['Date'] = formatdate(mlist.site.now(), localtime=True)
        if 'auto-submitted' not in self:
            self['Auto-Submitted'] = 'auto-generated'
        if not noprecedence and 'precedence' not in self:
            to_owner = self.recips == [mlist.address('owner')]
            self['Precedence'] = 'list' if to_owner else 'bulk'
        self._enqueue(mlist, **msgdata)

    def _enqueue(self, mlist: Any, **msgdata: Any) -> None:
        defaults = {'recips': self.recips, 'nodecorate': 1, 'reduced_list_headers': 1}
        mlist.queue('virgin').enqueue(self, {**defaults, **msgdata})


class OwnerNotification(UserNotification):
    """A mail of the system to owners, and moderators unless told otherwise."""

    def __init__(
        self,
        mlist: Any,
        subject: Any = None,
        text: str | None = None,
        tomoderators: int = 1,
    ) -> None:
        recips = [*mlist.owner, *(mlist.moderator if tomoderators else ())]
        sender = site_address(mlist)
        super().__init__(recips, sender, subject, text, mlist.preferred_language)
        del self['to']
        self['To'] = mlist.address('owner')
        self['Precedence'] = 'list'
        self.sender = sender

    def _enqueue(self, mlist: Any, **msgdata: Any) -> None:
        super()._enqueue(mlist, **{'envsender': self.sender, **msgdata})
