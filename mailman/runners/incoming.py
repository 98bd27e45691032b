"""IncomingRunner: takes posts and owner mail through the pipeline.

One list at a time, under the list's lock.  When somebody else keeps the lock longer
than LIST_LOCK_TIMEOUT, the entry stays queued and other lists' mail goes on; that
list's further mail does not wait as long again.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar

from mailman import compat21, handlers
from mailman.actions import moderation, notify
from mailman.actions.systemmail import sender_of
from mailman.errors import (
    HoldMessage,
    LockTimeout,
    PipelineStop,
    RejectMessage,
    UnknownHandler,
)
from mailman.runners.base import Runner

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message
    from mailman.site import Site

OWNER_PIPELINE = 'OWNER_PIPELINE'
# A list whose lock we waited for in vain is only asked, not waited for, so long.
BUSY_FOR = 10.0


class IncomingRunner(Runner):
    """Empties qfiles/in."""

    queue_name: ClassVar[str] = 'in'

    def __init__(self, site: Site, slice_: int = 0, count: int = 1) -> None:
        super().__init__(site, slice_, count)
        compat21.register(site)
        self._busy: dict[str, float] = {}

    def dispose(self, mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> bool:
        """Work on one post; True when the list is locked by somebody else."""
        with ExitStack() as stack:
            try:
                stack.enter_context(mlist.lock(timeout=self._patience(mlist.name)))
            except LockTimeout:
                self._busy[mlist.name] = time.monotonic() + BUSY_FOR
                return True
            self.prepare(mlist, msg, msgdata)
            process(mlist, msg, msgdata)
        return False

    def _patience(self, name: str) -> float:
        """Seconds to wait for a list: none while it is known to be busy."""
        busy_until = self._busy.pop(name, 0.0)
        if time.monotonic() < busy_until:
            self._busy[name] = busy_until
            return 0.0
        return float(self.site.cfg.LIST_LOCK_TIMEOUT)

    def prepare(self, mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
        """Fill in what the mail program, which knows no list, could not."""
        msgdata['lang'] = mlist.language_of(sender_of(mlist, msg))
        if msgdata.get('toowner'):
            msgdata.setdefault('pipeline', OWNER_PIPELINE)
            if not msgdata.get('envsender'):
                msgdata['envsender'] = site_bounces(self.site)


def site_bounces(site: Site) -> str:
    """Answer the site list's bounce address, where bounces of owner mail go."""
    return f'{site.cfg.MAILMAN_SITE_LIST}-bounces@{site.cfg.DEFAULT_EMAIL_HOST}'


def pipeline_of(mlist: MailList, msgdata: dict[str, Any]) -> list[str]:
    """Answer the steps this post has to go through, as a new list.

    They come from the entry (what is left, or the name of a site variable), else from
    the list's ``pipeline``, else from GLOBAL_PIPELINE.
    """
    cfg = mlist.site.cfg
    steps = msgdata.get('pipeline')
    if steps is None:
        steps = getattr(mlist, 'pipeline', None)
    if steps is None:
        steps = cfg.GLOBAL_PIPELINE
    if isinstance(steps, str):
        if not steps.endswith('_PIPELINE') or not hasattr(cfg, steps):
            raise UnknownHandler(steps)
        steps = getattr(cfg, steps)
    return [str(name) for name in steps]


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Take the post through its steps and carry out what they decide.

    The list is saved whatever happens: steps that are done are not done again.
    """
    try:
        try:
            handlers.run(mlist, msg, msgdata, pipeline_of(mlist, msgdata))
        except PipelineStop as stop:
            _carry_out(mlist, msg, msgdata, stop)
    except BaseException:
        _save_after_failure(mlist)
        raise
    # Should saving fail now, bin/unshunt must not send the post a second time.
    msgdata['pipeline'] = []
    mlist.save_changes()


def _carry_out(
    mlist: MailList, msg: Message, msgdata: dict[str, Any], stop: PipelineStop
) -> None:
    """Discard, refuse or hold the post.

    What cannot be carried out is decided again after bin/unshunt: a post that was to be
    held never passes because the disk was full.
    """
    try:
        if isinstance(stop, HoldMessage):
            moderation.hold(mlist, msg, msgdata, stop)
        elif isinstance(stop, RejectMessage):
            _log_end('rejected', mlist, msg, stop.handler, stop.notice)
            notify.reject(mlist, msg, stop.notice)
        else:
            _log_end('discarded', mlist, msg, stop.handler)
    except BaseException:
        msgdata['pipeline'].insert(0, stop.handler)
        raise


def _log_end(
    fate: str, mlist: MailList, msg: Message, handler: str, reason: str = ''
) -> None:
    """Write 2.1's line, with its odd quotation mark, to the vette log."""
    quote = "'" if fate == 'discarded' else ''
    line = (
        f'Message {fate}, msgid: {msg.get("message-id", "n/a")}{quote} '
        f'list: {mlist.real_name}, handler: {handler}'
    )
    mlist.site.log.write('vette', f'{line}, reason: {reason}' if reason else line)


def _save_after_failure(mlist: MailList) -> None:
    try:
        mlist.save_changes()
    except Exception:
        # Forgotten, since the list is read again by whoever locks it next.
        mlist.site.log.exception(f'{mlist.name}: not saved after a failed step')
