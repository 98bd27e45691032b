"""What waits for a moderator: putting it there, and (in `decisions`) deciding.

2.1's Hold.hold_for_approval and ListAdmin's Hold* functions.  A post is held in this
order, so that a crash leaves nothing that points to nothing: the held file and its
entry in request.pck, the confirmation cookie, the notice to the sender, the notice to
the moderators, the line in the vette log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from mailman.actions import autoreply
from mailman.actions.decisions import handle, handle_all
from mailman.actions.systemmail import (
    UserNotification,
    answerable,
    is_notice,
    render,
    sender_of,
    unique_message_id,
)
from mailman.lists.pending import Pending
from mailman.lists.requests import Requests
from mailman.mail import addresses, headers
from mailman.mail.mimeparts import attached, text_part
from mailman.mail.text import wrap
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.errors import HoldMessage
    from mailman.lists import MailList
    from mailman.mail.message import Message

__all__ = [
    'confirm_stub',
    'handle',
    'handle_all',
    'hold',
    'hold_subscription',
    'hold_unsubscription',
]

# Held in silence: nobody is told, and no cookie is made (hold_reasons in the facts).
SILENT = frozenset(['EmergencyHold'])

DEFAULT_REJECTION = N_('Your message was rejected by the moderator.')


@dataclass(frozen=True)
class Held:
    """What the notices say about one held post."""

    mlist: MailList
    msg: Message
    sender: str
    error: HoldMessage
    cookie: str

    def values(self, lang: str) -> dict[str, Any]:
        """Give the values of postheld.txt and postauth.txt in a language."""
        _ = self.mlist.site.translator(lang)
        subject = headers.decode(self.msg.get('subject', ''))
        return {
            'listname': self.mlist.real_name,
            'hostname': self.mlist.host_name,
            'reason': _(self.error.reason, **self.error.values),
            'sender': self.sender,
            'subject': ' '.join(subject.split())[:500] or _('(no subject)'),
            'admindb_url': self.mlist.url('admindb'),
        }


def hold(
    mlist: MailList, msg: Message, msgdata: dict[str, Any], error: HoldMessage
) -> int | str:
    """Put a post aside for the moderators and tell who is to be told; give its id.

    The caller holds the list's lock and saves the list's counters.
    """
    sender = msgdata.get('sender') or sender_of(mlist, msg)
    lang = msgdata.get('lang') or mlist.language_of(sender)
    _ = mlist.site.translator(lang)
    rejection = _(error.rejection or DEFAULT_REJECTION, **error.values)
    msgdata['rejection_notice'] = wrap(rejection)
    english = mlist.site.translator('en')
    reason = english(error.reason, **error.values)
    request_id = Requests(mlist).hold_message(msg, wrap(reason), msgdata)
    if error.kind in SILENT:
        return request_id
    cookie = Pending(mlist).new('H', request_id)
    held = Held(mlist, msg, sender, error, cookie)
    if _sender_is_told(held, msgdata, lang):
        _tell_sender(held, lang)
    if mlist.admin_immed_notify and not is_notice(msg):
        _tell_moderators(held)
    message_id = headers.one_line(msg.get('message-id', 'n/a'), 300)
    who, why = headers.one_line(sender, 300), headers.one_line(reason, 300)
    mlist.site.log.write(
        'vette',
        f'{mlist.real_name} post from {who} held, message-id={message_id}: {why}',
    )
    return request_id


def _sender_is_told(held: Held, msgdata: dict[str, Any], lang: str) -> bool:
    mlist = held.mlist
    return (
        bool(mlist.respond_to_post_requests)
        and not msgdata.get('fromusenet')
        and answerable(mlist, held.msg, held.sender)
        and autoreply.may_answer(mlist, held.sender, lang)
    )


def _tell_sender(held: Held, lang: str) -> None:
    """Say that the post waits, why, and how to take it back."""
    mlist = held.mlist
    values = held.values(lang)
    values['confirmurl'] = mlist.url('confirm', held.cookie)
    _ = mlist.site.translator(lang)
    notice = UserNotification(
        mlist,
        held.sender,
        mlist.address('owner'),
        _('Your message to %(listname)s awaits moderator approval', **values),
        render(mlist, 'postheld.txt', values, lang),
        lang,
        auto='auto-replied',
    )
    notice.in_reply_to(held.msg)
    notice.send()


def _tell_moderators(held: Held) -> None:
    """Send the moderators the post and a stub that a reply acts on."""
    mlist = held.mlist
    lang = str(mlist.preferred_language)
    values = held.values(lang)
    _ = mlist.site.translator(lang)
    owner = mlist.address('owner')
    UserNotification(
        mlist,
        owner,
        owner,
        _('%(listname)s post from %(sender)s requires approval', **values),
        render(mlist, 'postauth.txt', values, lang),
        lang,
        parts=[attached(held.msg), attached(confirm_stub(mlist, held.cookie))],
    ).send(tomoderators=1)


def confirm_stub(mlist: MailList, cookie: str) -> Message:
    """Make the small message whose reply discards, or with a password approves."""
    lang = str(mlist.preferred_language)
    _ = mlist.site.translator(lang)
    text = _(
        'A reply to this message that leaves the Subject: line as it is discards the '
        'held post: the thing to do with spam. A reply that also has an Approved: '
        'header with the list password lets the post through to the list; Approved: '
        'may be the first line of the body as well.'
    )
    stub = text_part(wrap(text))
    request = mlist.address('request')
    stub['Subject'] = f'confirm {cookie}'
    stub['Sender'] = request
    stub['From'] = request
    stub['Date'] = formatdate(mlist.site.now(), localtime=True)
    stub['Message-ID'] = unique_message_id(mlist)
    return stub


# --- those who want to come or go -------------------------------------------------


def hold_subscription(mlist: MailList, wish: Mapping[str, Any]) -> int:
    """Let the moderators decide about a wish to join, a UserDesc of 2.1's fields.

    Its password is stored as it is: hash it first.  Give the request's id.
    """
    address, name = wish['address'], wish['fullname']
    request_id = Requests(mlist).hold_subscription(
        address,
        name=name,
        password=wish['password'],
        digest=bool(wish['digest']),
        language=wish['language'],
    )
    mlist.log('vette', f'held subscription request from {address}')
    _ = mlist.translator()
    subject = _(
        '%(address)s asks to join the %(list)s list',
        address=address,
        list=mlist.real_name,
    )
    _tell_of_request(mlist, 'subauth.txt', subject, addresses.display(name, address))
    return request_id


def hold_unsubscription(mlist: MailList, address: str) -> int:
    """Let the moderators decide whether a member may leave; give the request's id."""
    request_id = Requests(mlist).hold_unsubscription(address)
    mlist.log('vette', f'held unsubscription request from {address}')
    _ = mlist.translator()
    subject = _(
        '%(address)s asks to leave the %(list)s list',
        address=address,
        list=mlist.real_name,
    )
    _tell_of_request(mlist, 'unsubauth.txt', subject, address)
    return request_id


def _tell_of_request(mlist: MailList, template: str, subject: str, who: str) -> None:
    if not mlist.admin_immed_notify:
        return
    lang = str(mlist.preferred_language)
    values = {
        'username': who,
        'listname': mlist.name,
        'hostname': mlist.host_name,
        'admindb_url': mlist.url('admindb'),
    }
    owner = mlist.address('owner')
    text = render(mlist, template, values, lang)
    UserNotification(mlist, owner, owner, subject, text, lang).send(tomoderators=1)
