"""The mail about bounces: to owners, to members who are switched off, and probes.

2.1's bounce.txt, disabled.txt and probe.txt.  The caller holds the list's lock and
saves the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.actions import membership, notify
from mailman.actions.bounces import info as infos
from mailman.actions.systemmail import UserNotification, render, site_address
from mailman.constants import DeliveryStatus
from mailman.mail import headers
from mailman.mail.mimeparts import attached, cut

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.dsn import Complaint
    from mailman.mail.message import Message

# A notice quotes no more than this of a bounce: it may have the whole post in it.
QUOTE_BYTES = 20_000


# --- to owners --------------------------------------------------------------


def tell_disabled(
    mlist: MailList, member: str, msg: Message | None, said: str = ''
) -> None:
    """Tell the owners that bounces switched a member off."""
    _ = mlist.translator()
    url = mlist.url('admin', 'members')
    reenable = _(
        'The member is told how to get mail again, and you can switch it on here:\n\n'
        '    %(url)s',
        url=url,
    )
    _tell_owners(mlist, member, msg, _('disabled'), said, reenable)


def tell_scored(mlist: MailList, member: str, msg: Message, said: str = '') -> None:
    """Tell the owners that a member's score rose."""
    _ = mlist.translator()
    _tell_owners(mlist, member, msg, _('bounce score incremented'), said, '')


def _tell_owners(
    mlist: MailList,
    member: str,
    msg: Message | None,
    did: str,
    said: str,
    reenable: str,
) -> None:
    _ = mlist.translator()
    but = _('Last answer: %(answer)s', answer=said) if said else ''
    values = {
        'listname': mlist.real_name,
        'addr': member,
        'negative': '',
        'did': did,
        'but': but,
        'reenable': reenable,
        'owneraddr': site_address(mlist, 'owner'),
    }
    text = render(mlist, 'bounce.txt', values, mlist.preferred_language)
    note = _('[The rest is not quoted.]')
    parts = [attached(cut(msg, QUOTE_BYTES, note))] if msg is not None else []
    UserNotification(
        mlist,
        mlist.address('owner'),
        site_address(mlist, ''),
        _('Bounce action notification'),
        text,
        parts=parts,
    ).send()


def forward_unrecognised(mlist: MailList, msg: Message) -> None:
    """Pass on, or drop, what came back and was not understood (2.1: maybe_forward)."""
    message_id = headers.one_line(msg.get('message-id', 'n/a'), 300)
    mlist.log('bounce', f'bounce message w/no discernable addresses: {message_id}')
    if not mlist.bounce_unrecognized_goes_to_list_owner:
        mlist.log('bounce', f'discarding unrecognized, message-id: {message_id}')
        return
    _ = mlist.translator()
    text = _(
        'The attached message came to the bounce address of your list. Either it is no '
        'bounce, or no address could be found in it. If you do not want to see such '
        'messages, say so on this page:\n\n    %(url)s\n',
        url=mlist.url('admin', 'bounce'),
    )
    notify.owner_notification(
        mlist,
        _('Uncaught bounce notification'),
        text,
        parts=[attached(msg)],
        moderators=False,
    )
    mlist.log('bounce', f'forwarding unrecognized, message-id: {message_id}')


def forward_complaint(
    mlist: MailList, msg: Message, complaint: Complaint, member: str
) -> None:
    """Tell the owners who called a post spam; a complaint is no bounce."""
    message_id = headers.one_line(msg.get('message-id', 'n/a'), 300)
    who = member or 'somebody'
    mlist.log(
        'bounce',
        f'complaint ({complaint.kind}) of {who}, not scored, message-id: {message_id}',
    )
    if not mlist.bounce_unrecognized_goes_to_list_owner:
        return
    _ = mlist.translator()
    shown = member or _('a member who is not named')
    text = _(
        'The mail system of %(member)s reports that a message of your list was marked '
        'as unwanted (%(kind)s). Nothing was changed. Perhaps this member forgot how '
        'to leave; you can end the membership here:\n\n    %(url)s\n',
        member=shown,
        kind=complaint.kind,
        url=mlist.url('admin', 'members'),
    )
    notify.owner_notification(
        mlist,
        _('Complaint about a message of your list'),
        text,
        parts=[attached(msg)],
        moderators=False,
    )


# --- to members -------------------------------------------------------------


def reason_for(mlist: MailList, member: str, lang: str) -> str:
    """Say in a few words why a member gets no mail."""
    _ = mlist.site.translator(lang)
    reasons = {
        DeliveryStatus.BY_BOUNCE: _('due to excessive bounces'),
        DeliveryStatus.BY_USER: _('by yourself'),
        DeliveryStatus.BY_ADMIN: _('by the list administrator'),
    }
    status = mlist.delivery_status_of(member)
    reason = reasons.get(status, _('for unknown reasons'))
    known = mlist.bounce_info_of(member)
    if status == DeliveryStatus.BY_BOUNCE and known:
        day = infos.day_in(known, 'date')
        if day != infos.NEVER:
            year, month, date = day
            iso = f'{year:04}-{month:02}-{date:02}'
            last = _('the last bounce came on %(date)s', date=iso)
            reason = f'{reason} ({last})'
    return reason


def send_warning(mlist: MailList, member: str, cookie: str, left: int) -> None:
    """Ask a switched-off member to confirm; ``left`` such mails will follow."""
    lang = mlist.language_of(member)
    _ = mlist.site.translator(lang)
    values = {
        'listname': mlist.real_name,
        'noticesleft': left,
        'confirmurl': mlist.url('confirm', cookie),
        'optionsurl': mlist.options_url(member),
        'password': _('(none: ask for a log-in link on your options page)'),
        'owneraddr': mlist.address('owner'),
        'reason': reason_for(mlist, member, lang),
    }
    text = render(mlist, 'disabled.txt', values, lang)
    to = membership.admin_address(mlist, member)
    # Without Precedence: bulk, which some systems drop; the pipeline sets list.
    UserNotification(
        mlist, to, mlist.address('request'), f'confirm {cookie}', text, lang
    ).send(noprecedence=True)


def send_probe(mlist: MailList, member: str, token: str, msg: Message) -> None:
    """Send a member a mail whose bounce says for sure that mail does not arrive."""
    lang = mlist.language_of(member)
    _ = mlist.site.translator(lang)
    values = {
        'listname': mlist.real_name,
        'address': member,
        'optionsurl': mlist.options_url(member),
        'owneraddr': mlist.address('owner'),
    }
    text = render(mlist, 'probe.txt', values, lang)
    bounces = {'bounces': f'{mlist.name}-bounces', 'token': token}
    local = mlist.site.cfg.VERP_PROBE_FORMAT % bounces
    sender = f'{local}@{mlist.host_name}'
    UserNotification(
        mlist,
        mlist.address_of(member),
        sender,
        _('%(listname)s mailing list probe message', listname=mlist.real_name),
        text,
        lang,
        parts=[attached(cut(msg, QUOTE_BYTES, _('[The rest is not quoted.]')))],
    ).send(envsender=sender, probe_token=token, verp=False)
