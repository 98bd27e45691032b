"""CommandRunner: mail to LIST-request, -join, -leave and -confirm (2.1's name).

What comes from a machine is dropped, with a line in the vette log.  A list that answers
such mail by a text of its own (autorespond_requests) does that first.  Then the mail is
obeyed under the list's lock, the list saved, and one answer sent.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar

from mailman import commands
from mailman.actions.systemmail import answerable_address, automatic, sender_of
from mailman.commands import reading, reply
from mailman.commands.obey import obey
from mailman.commands.request import Request
from mailman.errors import LockTimeout
from mailman.handlers import replybot
from mailman.mail import addresses, headers
from mailman.runners.base import Runner

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message

# autorespond_requests: answer and go on is 2.
ANSWER_AND_DROP = 1
# Where mail servers put the address that a mail was sent to (verp.headers_searched).
ADDRESS_HEADERS = (
    'to',
    'delivered-to',
    'envelope-to',
    'apparently-to',
    'x-original-to',
)
MOST_ADDRESSES = 100


class CommandRunner(Runner):
    """Empties qfiles/commands."""

    queue_name: ClassVar[str] = 'commands'

    def dispose(self, mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> bool:
        """Obey one command mail; True when the list is locked by somebody else."""
        sender = sender_of(mlist, msg)
        reason = why_ignored(mlist, msg, sender)
        if reason:
            reason = headers.one_line(reason, 200)
            where = mlist.address('request')
            self.site.log.write('vette', f'{reason} message discarded by: {where}')
            return False
        with ExitStack() as stack:
            try:
                timeout = float(self.site.cfg.LIST_LOCK_TIMEOUT)
                stack.enter_context(mlist.lock(timeout=timeout))
            except LockTimeout:
                return True
            msgdata['lang'] = mlist.language_of(sender)
            work(mlist, msg, msgdata, sender)
        return False


def why_ignored(mlist: MailList, msg: Message, sender: str) -> str:
    """Say which header shows that no person waits for an answer; '' for none."""
    if not answerable_address(mlist, msg, sender):
        return f'From: {sender or "<>"}'
    return automatic(msg)


def work(mlist: MailList, msg: Message, msgdata: dict[str, Any], sender: str) -> None:
    """Obey a mail and answer it; what was done is saved whatever happens."""
    request = Request(mlist, msg, sender, str(msgdata['lang']))
    try:
        replybot.process(mlist, msg, msgdata)
        if mlist.autorespond_requests == ANSWER_AND_DROP:
            mlist.site.log.write('vette', 'Command mail was answered and dropped.')
            return
        found = _obey(request, msgdata)
        # Saved before anybody is told.
        mlist.save_changes()
        if found or not mlist.site.cfg.DISCARD_MESSAGE_WITH_NO_COMMAND:
            reply.send(request)
        else:
            message_id = headers.one_line(msg.get('message-id', 'n/a'), 300)
            text = f'No command, message discarded, msgid: {message_id}'
            mlist.site.log.write('vette', text)
    finally:
        mlist.save_changes()


def _obey(request: Request, msgdata: dict[str, Any]) -> bool:
    """Do what the mail asks for by its text, or by the address it went to."""
    if msgdata.get('tojoin'):
        commands.run(request, 'join', [])
    elif msgdata.get('toleave'):
        commands.run(request, 'leave', [])
    elif msgdata.get('toconfirm'):
        cookie = cookie_in_address(request.mlist, request.msg)
        if cookie is None:
            return False
        commands.run(request, 'confirm', [cookie])
    else:
        limit = int(request.mlist.site.cfg.DEFAULT_MAIL_COMMANDS_MAX_LINES)
        return obey(request, reading.read(request.msg, limit))
    return True


def cookie_in_address(mlist: MailList, msg: Message) -> str | None:
    """Return the cookie of the LIST-confirm+COOKIE address that the mail went to."""
    pattern = re.compile(str(mlist.site.cfg.VERP_CONFIRM_REGEXP), re.IGNORECASE)
    values = [value for name in ADDRESS_HEADERS for value in msg.get_all(name, [])]
    for _, address in addresses.parse_all(values)[:MOST_ADDRESSES]:
        # Mail addresses are short; what is not may cost a pattern much time.
        match = pattern.match(address) if len(address) <= addresses.MAX_LENGTH else None
        if match:
            return str(match['cookie']).lower()
    return None
