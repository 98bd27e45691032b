"""Filter by headers, before anything else is known about a post.

Pipeline name: ``SpamDetect``.  In this order:

1. DMARC: a From address that the list names as strict, or whose domain publishes a
   strict policy (RFC 9989), sets ``from_is_list``, or the post goes back or away.
   Also for approved posts; not for mail to -owner.
2. Members who post more than ``member_verbosity_threshold`` times in the interval
   are moderated from then on.
3. Approved posts pass here.
4. KNOWN_SPAMMERS of the site: discarded.
5. ``header_filter_rules`` of the list, first hit decides.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from mailman.actions import reasons
from mailman.actions.matching import matching_entry, reporter
from mailman.actions.systemmail import sender_of, senders_of
from mailman.constants import Action, MemberFlag
from mailman.errors import DiscardMessage, HoldMessage, RejectMessage
from mailman.mail import addresses, headers, patterns
from mailman.mail.dns import Dmarc, Policy, Resolver
from mailman.mail.text import fill, wrap
from mailman.settings.texts import numbered_characters
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message
    from mailman.site import Site

FILTER_FLAGS = re.IGNORECASE | re.MULTILINE
# dmarc_moderation_action
MUNGE, WRAP, REJECT, DISCARD = 1, 2, 3, 4


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Let the post pass, or raise what is to become of it."""
    if not msgdata.get('toowner'):
        _check_dmarc(mlist, msg, msgdata)
        _check_rate(mlist, msg)
    if msgdata.get('approved'):
        return
    _check_known_spammers(mlist, msg)
    _check_filter_rules(mlist, msg, msgdata)


# --- 1. DMARC ---------------------------------------------------------------


def _check_dmarc(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    msgdata['from_is_list'] = 0
    action = mlist.dmarc_moderation_action
    if action <= 0:
        return
    _, author = addresses.parse(msg.get('from', ''))
    if not author or not (_named(mlist, author) or _strict(mlist, author)):
        return
    if action in (MUNGE, WRAP):
        msgdata['from_is_list'] = action
    elif action == REJECT:
        raise RejectMessage(_dmarc_notice(mlist, msg, msgdata))
    elif action == DISCARD:
        raise DiscardMessage('DMARC moderation')


def _named(mlist: MailList, author: str) -> bool:
    """Tell whether the owner wants this author treated as strict, whatever the DNS."""
    entries = mlist.dmarc_moderation_addresses
    setting = 'dmarc_moderation_addresses'
    return bool(matching_entry(mlist, author, entries, setting, lists=False))


def _strict(mlist: MailList, author: str) -> bool:
    """Tell whether the policy of the author's domain is one that the list acts upon."""
    domain = addresses.split(author)[1]
    found = _resolver(mlist.site).policy(domain)
    policy = found.policy
    if policy is Policy.UNKNOWN and mlist.site.cfg.DMARC_UNKNOWN_POLICY == 'reject':
        policy = Policy.REJECT
    quarantine = bool(mlist.dmarc_quarantine_moderation_action)
    # 2.1: p=none counts only where quarantine does, and never to refuse a post.
    none = quarantine and bool(mlist.dmarc_none_moderation_action)
    strict = (
        policy is Policy.REJECT
        or (policy is Policy.QUARANTINE and quarantine)
        or (
            policy is Policy.NONE
            and none
            and mlist.dmarc_moderation_action in (MUNGE, WRAP)
        )
    )
    if strict or policy is Policy.UNKNOWN:
        where = f'_dmarc.{found.domain}' if found.domain else 'DNS does not answer'
        mlist.site.log.write(
            'vette',
            f'{mlist.real_name}: DMARC lookup for {author} ({where}): '
            f'policy {found.policy.value}',
        )
    return strict


# One for each site of this process, so that answers are remembered between posts.
_resolvers: WeakKeyDictionary[Site, Dmarc] = WeakKeyDictionary()


def _resolver(site: Site) -> Dmarc:
    if site not in _resolvers:
        cfg = site.cfg
        _resolvers[site] = Dmarc(
            Resolver(cfg.DMARC_NAMESERVERS, float(cfg.DMARC_RESOLVER_TIMEOUT)),
            lifetime=float(cfg.DMARC_RESOLVER_LIFETIME),
            longest_ttl=float(cfg.DMARC_LONGEST_TTL),
        )
    return _resolvers[site]


def _dmarc_notice(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> str:
    """Give the owner's notice, or ours."""
    owner = mlist.address('owner')
    if mlist.dmarc_moderation_notice:
        values = {'listname': mlist.real_name, 'listowner': owner}
        return wrap(fill(mlist.dmarc_moderation_notice, values))
    lang = msgdata.get('lang') or mlist.language_of(sender_of(mlist, msg))
    _ = mlist.site.translator(lang)
    return wrap(
        _(
            'You are not allowed to post to this mailing list with a From: address '
            'whose domain publishes a DMARC policy of reject or quarantine, and your '
            'message has been rejected automatically. If you think that this is a '
            'mistake, please write to the owner of the list at %(listowner)s.',
            listowner=owner,
        )
    )


# --- 2. posting rate --------------------------------------------------------


class RecentPosts:
    """Counts posts per address, over all lists, in the memory of this process."""

    def __init__(self) -> None:
        self._expiries: dict[str, list[float]] = {}
        self._since_cleaning = 0

    def count(self, address: str, now: float, interval: float, clean: int) -> int:
        """Add a post; tell how many of this address are not yet forgotten."""
        self._since_cleaning += 1
        if self._since_cleaning > clean:
            self._since_cleaning = 0
            table = self._expiries
            self._expiries = {a: t for a, t in table.items() if max(t) > now}
        recent = [t for t in self._expiries.get(address, []) if t > now]
        recent.append(now + interval)
        self._expiries[address] = recent
        return len(recent)


recent_posts = RecentPosts()


def _check_rate(mlist: MailList, msg: Message) -> None:
    threshold = mlist.member_verbosity_threshold
    if threshold <= 0:
        return
    member = next(filter(mlist.is_member, senders_of(mlist, msg)), None)
    if member is None:
        return
    site = mlist.site
    count = recent_posts.count(
        member.lower(),
        site.now(),
        float(mlist.member_verbosity_interval),
        int(site.cfg.VERBOSE_CLEAN_LIMIT),
    )
    if count > threshold:
        mlist.set_option(member, MemberFlag.MODERATE, True)
        site.log.write(
            'vette',
            f'{mlist.real_name}: Automatically Moderated {member} '
            'for verbose postings.',
        )


# --- 4. the site's rules ----------------------------------------------------


def _check_known_spammers(mlist: MailList, msg: Message) -> None:
    report = reporter(mlist, 'KNOWN_SPAMMERS')
    for name, pattern in mlist.site.cfg.KNOWN_SPAMMERS:
        for value in msg.get_all(name, []):
            text = headers.unfold(value)
            if patterns.search(pattern, text, re.IGNORECASE, report=report):
                raise DiscardMessage('known spammer')


# --- 5. the list's rules ----------------------------------------------------


def _check_filter_rules(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    text: str | None = None
    for rule in mlist.header_filter_rules:
        lines, action = str(rule[0]), int(rule[1])
        if action == Action.DEFER:
            continue
        if text is None:
            text = header_text(mlist.site, msg)
        hit = _first_hit(mlist, lines, text)
        if hit is not None:
            _act(mlist, hit, action, msgdata)
            return


def header_text(site: Site, msg: Message) -> str:
    """Give all headers of all parts as ``Name: value`` lines, decoded, unfolded.

    Parts count because the name of an attachment may be the clue.
    """
    lines = [
        f'{name}: {headers.decode(value)}\n'
        for part in msg.walk()
        for name, value in part.items()
    ]
    return _normal(site, ''.join(lines))


def _normal(site: Site, text: str) -> str:
    form = site.cfg.NORMALIZE_FORM
    if not form or text.isascii():
        return text
    return unicodedata.normalize(form, text)


def _first_hit(mlist: MailList, lines: str, text: str) -> str | None:
    """Give the first pattern of a rule that is found.

    2.1 stored ``&#NUMBER;`` for what the list's charset lacks.
    """
    report = reporter(mlist, 'header_filter_rules')
    for line in lines.splitlines():
        if not line.strip() or line.startswith('#'):
            continue
        pattern = _normal(mlist.site, numbered_characters(line))
        if patterns.search(pattern, text, FILTER_FLAGS, report=report):
            return line
    return None


def _act(mlist: MailList, pattern: str, action: int, msgdata: dict[str, Any]) -> None:
    """Do what the rule says; mail to -owner is never answered and never held."""
    to_owner = bool(msgdata.get('toowner'))
    if action == Action.DISCARD or (action == Action.REJECT and to_owner):
        raise DiscardMessage('header filter rule')
    if action == Action.REJECT:
        _ = mlist.site.translator(msgdata.get('lang'))
        raise RejectMessage(_('Message rejected by filter rule match'))
    if action == Action.HOLD and not to_owner:
        raise HoldMessage(
            'HeaderMatchHold',
            reasons.FILTER_RULE,
            N_('Your message was deemed inappropriate by the moderator.'),
            pattern=pattern,
        )
