"""Answer posts, owner mail and command mail automatically, where the list says so.

Pipeline name: ``Replybot``; the command runner calls it, too.  One answer per sender
and grace period, no more a day than all automatic answers together may be (2.1 did not
count these), and none to machines (see `systemmail.answerable`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mailman.actions import autoreply
from mailman.actions.systemmail import UserNotification, answerable, sender_of
from mailman.mail.text import fill, wrap

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message

DAY = 86_400
REQUESTS = ('torequest', 'toconfirm', 'tojoin', 'toleave')
# What the mail is for -> switch, text, and the table of senders to leave in peace.
SETTINGS = {
    'admin': ('autorespond_admin', 'autoresponse_admin_text', 'admin_responses'),
    'request': (
        'autorespond_requests',
        'autoresponse_request_text',
        'request_responses',
    ),
    'postings': (
        'autorespond_postings',
        'autoresponse_postings_text',
        'postings_responses',
    ),
}


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Send the list's answer, if it has one for this sender now."""
    switch, template, table = SETTINGS[_kind(msgdata)]
    if not getattr(mlist, switch) or msgdata.get('noack'):
        return
    sender = sender_of(mlist, msg)
    if not answerable(mlist, msg, sender):
        return
    now = mlist.site.now()
    until: dict[str, float] = getattr(mlist, table)
    period = mlist.autoresponse_graceperiod * DAY
    insists = str(msg.get('x-ack', '')).strip().lower() == 'yes'
    if period > 0 and not insists and until.get(sender, 0) > now:
        return
    if not autoreply.may_answer(mlist, sender):
        return
    _answer(mlist, msg, sender, getattr(mlist, template))
    if period > 0:
        _remember(until, sender, now, period)


def _kind(msgdata: dict[str, Any]) -> str:
    if msgdata.get('toowner'):
        return 'admin'
    return 'request' if any(msgdata.get(key) for key in REQUESTS) else 'postings'


def _answer(mlist: MailList, msg: Message, sender: str, template: str) -> None:
    lang = mlist.preferred_language  # the owner's text is in no other
    _ = mlist.site.translator(lang)
    values = {
        'listname': mlist.real_name,
        'listurl': mlist.url('listinfo'),
        'requestemail': mlist.address('request'),
        'adminemail': mlist.address('bounces'),
        'owneremail': mlist.address('owner'),
    }
    dollar = bool(getattr(mlist, 'use_dollar_strings', False))
    notice = UserNotification(
        mlist,
        sender,
        mlist.address('bounces'),
        _(
            'Automatic answer to your mail to the "%(realname)s" mailing list',
            realname=mlist.real_name,
        ),
        wrap(fill(template, values, dollar)),
        lang,
        auto='auto-replied',
    )
    notice.msg['X-Mailer'] = 'The Mailman Replybot'
    # A replybot that reads this does not answer it.
    notice.msg['X-Ack'] = 'No'
    notice.in_reply_to(msg)
    notice.send()


def _remember(until: dict[str, float], sender: str, now: float, period: float) -> None:
    """Leave the sender in peace for a while; forget those whose time is over."""
    for address in [one for one, when in until.items() if when <= now]:
        del until[address]
    until[sender] = now + period
