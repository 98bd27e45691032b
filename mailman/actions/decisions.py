"""A moderator's decision about what was held: 2.1's HandleRequest.

An approved post goes to qfiles/in with ``approved`` set, so that no step holds it
again.  In this order, so that a crash can repeat but not lose: the queue, the entry
in request.pck, the held file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mailman.actions import membership, tidying
from mailman.actions.systemmail import UserNotification, is_own_address, render
from mailman.constants import Action, RequestType
from mailman.errors import BadAddress, MemberError, UnknownRequest
from mailman.lists import archive_links
from mailman.lists.requests import (
    HeldMessage,
    HeldSubscription,
    HeldUnsubscription,
    Requests,
)
from mailman.mail import addresses, headers
from mailman.outcomes import (
    Approved,
    Decision,
    Deferred,
    Discarded,
    Gone,
    Lost,
    Rejected,
    Undecided,
)
from mailman.security.passwords import hash_password, is_current
from mailman.storage import safefile

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message

# What else an action may be called for a kind of request, as 2.1's pages have it.
_APPROVING = frozenset(
    [Action.APPROVE, Action.ACCEPT, Action.SUBSCRIBE, Action.UNSUBSCRIBE]
)
_DEFERRING = frozenset([Action.DEFER, Action.HOLD])


@dataclass(frozen=True)
class Ruling:
    """What a moderator wants to be done with one request."""

    action: Action
    comment: str = ''
    preserve: bool = False
    forward_to: tuple[str, ...] = ()
    by: str = ''

    @property
    def signature(self) -> str:
        """Who decided, for the end of a log line."""
        return f' (by {self.by})' if self.by else ''


def handle(
    mlist: MailList,
    request_id: int,
    action: Action,
    *,
    comment: str = '',
    preserve: bool = False,
    forward_to: str | Iterable[str] | None = None,
    by: str = '',
) -> Decision:
    """Carry out a decision about one request; the caller holds the lock and saves.

    ``comment`` is the reason told to a refused sender; ``preserve`` keeps a copy of a
    post in VAR/spam, ``forward_to`` sends copies to these addresses, whatever the
    action.  ``by`` is for the log.
    Raises UnknownRequest, BadAddress (``forward_to``), CorruptFile for a held post
    that cannot be read (it can be discarded), and for a newcomer what
    membership.check_new_member raises, but for AlreadyAMember.
    """
    to = (forward_to,) if isinstance(forward_to, str) else tuple(forward_to or ())
    to = tuple(addresses.validate(address.strip(), mlist.site) for address in to)
    ruling = Ruling(Action(action), comment.strip(), preserve, to, by)
    requests = Requests(mlist)
    outcome = _rule(mlist, requests, request_id, ruling)
    if not isinstance(outcome, Deferred):
        requests.remove(request_id)
    return outcome


def handle_all(
    mlist: MailList, request_ids: Iterable[int], action: Action, *, by: str = ''
) -> list[Decision]:
    """Decide the same about many requests with one write; skip those that are gone.

    What cannot be carried out is logged, and waits.
    """
    requests, done = Requests(mlist), []
    for request_id in request_ids:
        try:
            done.append(_rule(mlist, requests, request_id, Ruling(action, by=by)))
        except UnknownRequest:
            continue
        except Exception:
            mlist.site.log.exception(f'{mlist.name}: request {request_id} still waits')
    requests.remove(*(d.request_id for d in done if not isinstance(d, Deferred)))
    return done


def decide(mlist: MailList, rulings: Mapping[int, Ruling]) -> list[Decision]:
    """Carry out many rulings with one write, in order of the ids; raises nothing.

    The caller holds the lock and saves.  What is Undecided is logged where it is a
    fault of ours or of the disk.
    """
    requests = Requests(mlist)
    done = [_decide_one(mlist, requests, *pair) for pair in sorted(rulings.items())]
    kept = (Deferred, Gone, Undecided)
    requests.remove(*(d.request_id for d in done if not isinstance(d, kept)))
    return done


def _decide_one(
    mlist: MailList, requests: Requests, request_id: int, ruling: Ruling
) -> Decision:
    try:
        return _rule(mlist, requests, request_id, ruling)
    except UnknownRequest:
        return Gone(request_id, '')
    except Exception as error:
        if not isinstance(error, (MemberError, BadAddress)):
            mlist.site.log.exception(f'{mlist.name}: request {request_id} still waits')
        found = requests.get(request_id)
        return Undecided(request_id, tidying.who_asks(found[1]) if found else '', error)


def _rule(
    mlist: MailList, requests: Requests, request_id: int, ruling: Ruling
) -> Decision:
    found = requests.get(request_id)
    if found is None:
        raise UnknownRequest(request_id)
    kind, data = found
    if kind == RequestType.HELD_MESSAGE:
        assert isinstance(data, HeldMessage)
        return _rule_on_post(mlist, requests, request_id, data, ruling)
    if isinstance(data, HeldSubscription):
        return _rule_on_newcomer(mlist, request_id, data, ruling)
    assert isinstance(data, HeldUnsubscription)
    return _rule_on_departure(mlist, request_id, data.address, ruling)


# --- posts ------------------------------------------------------------------------


def _rule_on_post(
    mlist: MailList,
    requests: Requests,
    request_id: int,
    held: HeldMessage,
    ruling: Ruling,
) -> Decision:
    sender = held.sender
    # Everything else can be done without the post itself.
    if ruling.preserve or ruling.forward_to or ruling.action in _APPROVING:
        msg = requests.message(request_id)
        if msg is None:
            return Lost(request_id, sender)
        if ruling.preserve:
            _preserve(mlist, request_id, msg)
        if ruling.forward_to:
            _forward(mlist, msg, ruling.forward_to)
        if ruling.action in _APPROVING:
            _let_through(mlist, msg, held, ruling)
            return Approved(request_id, sender)
    if ruling.action in _DEFERRING:
        return Deferred(request_id, sender)
    if ruling.action == Action.REJECT:
        _refuse_post(mlist, held, ruling.comment)
        _log_end(mlist, 'Refused', held, ruling)
        return Rejected(request_id, sender)
    _log_end(mlist, 'Discarded', held, ruling)
    return Discarded(request_id, sender)


def _let_through(
    mlist: MailList, msg: Message, held: HeldMessage, ruling: Ruling
) -> None:
    """Queue the post again, past all checks, with the steps that it had left."""
    del msg['x-mailman-approved-at']
    msg['X-Mailman-Approved-At'] = formatdate(mlist.site.now(), localtime=True)
    msgdata = {**held.msgdata, 'approved': 1, 'adminapproved': 1}
    msgdata.pop('rejection_notice', None)
    mlist.queue('in').enqueue(msg, msgdata)
    message_id = headers.one_line(msg.get('message-id', 'n/a'), 300)
    text = f'held message approved, message-id: {message_id}{ruling.signature}'
    mlist.log('vette', text)


def _preserve(mlist: MailList, request_id: int, msg: Message) -> None:
    """Keep a copy for whoever teaches a spam filter."""
    directory = Path(mlist.site.cfg.SPAM_DIR)
    archive_links.make_directory(directory, 0o2770)
    name = f'spam-{mlist.name}-{request_id}.msg'
    safefile.write(directory / name, msg.as_bytes(unixfrom=True))


def _forward(mlist: MailList, msg: Message, to: tuple[str, ...]) -> None:
    """Send the post as it is, as a whole message, to others."""
    _ = mlist.translator()
    notice = UserNotification(
        mlist, to, mlist.address('bounces'), _('Forward of moderated message')
    )
    for name in ('content-type', 'content-transfer-encoding'):
        del notice.msg[name]
    notice.msg['Content-Type'] = 'message/rfc822'
    notice.msg.set_payload([type(msg).from_bytes(msg.as_bytes())])
    notice.send()


def _refuse_post(mlist: MailList, held: HeldMessage, comment: str) -> None:
    lang = mlist.language_of(held.sender)
    if not mlist.is_member(held.sender):
        lang = str(held.msgdata.get('lang') or lang)
    _ = mlist.site.translator(lang)
    subject = ' '.join(headers.decode(held.subject).split())[:500]
    reason = comment or str(held.msgdata.get('rejection_notice') or '')
    request = _('Posting of your message titled "%(subject)s"', subject=subject)
    refuse(mlist, held.sender, request, reason, lang)


def refuse(mlist: MailList, to: str, request: str, reason: str, lang: str) -> None:
    """Tell somebody that a request of his was refused, and why (refuse.txt)."""
    local, _at, host = to.rpartition('@')
    if not local or not host or is_own_address(mlist, to):
        return
    _ = mlist.site.translator(lang)
    values = {
        'listname': mlist.real_name,
        'request': request,
        'reason': reason or _('[No reason given]'),
        'adminaddr': mlist.address('owner'),
    }
    subject = _('Request to mailing list %(name)s rejected', name=mlist.real_name)
    text = render(mlist, 'refuse.txt', values, lang)
    UserNotification(mlist, to, mlist.address('owner'), subject, text, lang).send()


def _log_end(mlist: MailList, fate: str, held: HeldMessage, ruling: Ruling) -> None:
    """Write 2.1's line, which had line feeds where ours has commas."""
    sender = headers.one_line(held.sender, 300)
    subject = headers.one_line(headers.decode(held.subject), 300)
    text = f'{fate} posting: From: {sender}, Subject: {subject}'
    if ruling.comment:
        text += f', Reason: {headers.one_line(ruling.comment, 300)}'
    mlist.log('vette', f'{text}{ruling.signature}')


# --- members ----------------------------------------------------------------------


def _rule_on_newcomer(
    mlist: MailList, request_id: int, held: HeldSubscription, ruling: Ruling
) -> Decision:
    address = held.address
    if ruling.action in _DEFERRING:
        return Deferred(request_id, address)
    if ruling.action in _APPROVING:
        if not mlist.is_member(address):
            _admit(mlist, held)
        return Approved(request_id, address)
    if ruling.action == Action.REJECT:
        _ = mlist.site.translator(held.language)
        request = _('Subscription request')
        refuse(mlist, address, request, ruling.comment, held.language)
        _log_refusal(mlist, 'rejected', 'subscription', address, ruling)
        return Rejected(request_id, address)
    _log_refusal(mlist, 'discarded', 'subscription', address, ruling)
    return Discarded(request_id, address)


def _admit(mlist: MailList, held: HeldSubscription) -> None:
    password: Any = held.password
    if password and not is_current(password):
        password = hash_password(password)  # 2.1's, in clear
    # The list may have given up one of the two ways since.
    digest = bool(held.digest and mlist.digestable) or not mlist.nondigestable
    membership.add(
        mlist,
        held.address,
        name=held.fullname,
        digest=digest,
        password=password or None,
        language=held.language,
        whence='via admin approval',
    )


def _rule_on_departure(
    mlist: MailList, request_id: int, address: str, ruling: Ruling
) -> Decision:
    if ruling.action in _DEFERRING:
        return Deferred(request_id, address)
    if ruling.action in _APPROVING:
        if mlist.is_member(address):
            membership.remove(mlist, address, whence='via admin approval')
        return Approved(request_id, address)
    if ruling.action == Action.REJECT:
        lang = mlist.language_of(address)
        _ = mlist.site.translator(lang)
        to = membership.admin_address(mlist, address)
        refuse(mlist, to, _('Unsubscription request'), ruling.comment, lang)
        _log_refusal(mlist, 'rejected', 'unsubscription', address, ruling)
        return Rejected(request_id, address)
    _log_refusal(mlist, 'discarded', 'unsubscription', address, ruling)
    return Discarded(request_id, address)


def _log_refusal(
    mlist: MailList, fate: str, what: str, address: str, ruling: Ruling
) -> None:
    mlist.log('vette', f'{fate} {what} request from {address}{ruling.signature}')
