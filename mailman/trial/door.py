"""The SMTP door: does what a mail server does for a list address, no more.

A recipient without a list is refused at once; an accepted mail is piped to
``mail/mailman COMMAND LIST`` with a ``From `` line and SENDER in the environment,
and the program's exit status becomes the SMTP answer.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Any

from mailman.lists import catalog
from mailman.mta import localpart

if TYPE_CHECKING:
    from mailman.site import Site

# The exit codes of mail/mailman that a mail server understands (its header comment).
_ANSWERS = {
    0: '250 stored by the list',
    67: '550 5.1.1 no such list here',
    69: '552 5.3.4 larger than this site takes',
    75: '451 4.3.0 cannot store it now, try again',
}


class Door:
    """An aiosmtpd handler in front of mail/mailman."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.program = site.exec_prefix / 'mail' / 'mailman'

    def _destination(self, address: str) -> localpart.Destination | None:
        local, _, host = address.rpartition('@')
        if host.lower() != self.site.cfg.DEFAULT_EMAIL_HOST.lower():
            return None
        return localpart.split(local, lambda name: catalog.exists(self.site, name))

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: Any
    ) -> str:
        """Accept a list's addresses only (aiosmtpd's hook)."""
        if self._destination(address) is None:
            return f'550 5.1.1 no such list here: <{address}>'
        envelope.rcpt_tos.append(address)
        return '250 OK'

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Pipe the mail to the mail program, once per recipient (aiosmtpd's hook)."""
        answers = []
        for recipient in envelope.rcpt_tos:
            to = self._destination(recipient)
            if to is not None:
                answers.append(await self._pipe(to, envelope))
        return next((a for a in answers if not a.startswith('250')), answers[0])

    async def _pipe(self, to: localpart.Destination, envelope: Any) -> str:
        sender = envelope.mail_from or ''
        line = f'From {sender or "MAILER-DAEMON"} {time.asctime(time.gmtime())}\n'
        raw = line.encode() + envelope.original_content.replace(b'\r\n', b'\n')
        child = await asyncio.create_subprocess_exec(
            str(self.program),
            to.command,
            to.listname,
            stdin=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={'SENDER': sender, 'PATH': os.defpath},
        )
        _, complaint = await child.communicate(raw)
        if child.returncode in _ANSWERS:
            return _ANSWERS[child.returncode]
        words = complaint.decode('utf-8', 'replace').strip().splitlines()
        said = words[-1] if words else f'exit status {child.returncode}'
        return f'554 5.3.0 {said}'
