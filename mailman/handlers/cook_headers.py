"""Make the header of a post that of the list's copy.

Pipeline name: ``CookHeaders``; also the first step of what the system wrote itself,
which gets the list's headers and keeps its Subject, From, Reply-To and Cc.

Every change is one that a setting asks for, and goes through `deferred`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mailman import COMPATIBLE_VERSION
from mailman.actions.systemmail import sender_of
from mailman.archive.external import command_of
from mailman.archive.permalinks import permalink
from mailman.handlers import deferred, subject
from mailman.handlers.to_archive import author_allows
from mailman.mail import addresses, headers

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message

Pair = tuple[str, str]
POSTER, THIS_LIST, FIXED_ADDRESS = 0, 1, 2  # reply_goes_to_list
FULL_PERSONALIZATION = 2


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Put tag, From, Reply-To, Cc and the list's own headers in place."""
    if msgdata.get('noack'):
        deferred.change(mlist, msg, msgdata, 'X-Ack', 'no')
    msgdata.setdefault('original_sender', sender_of(mlist, msg))
    if not msgdata.get('isdigest') and not msgdata.get('_fasttrack'):
        subject.tag(mlist, msg, msgdata)
    deferred.add(mlist, msg, msgdata, 'X-BeenThere', mlist.address())
    deferred.default(mlist, msg, msgdata, 'X-Mailman-Version', COMPATIBLE_VERSION)
    deferred.default(mlist, msg, msgdata, 'Precedence', 'list')
    if not msgdata.get('_fasttrack'):
        author = _munge_from(mlist, msg, msgdata)
        if _set_reply_to(mlist, msg, msgdata, author):
            author = None
        _set_cc(mlist, msg, msgdata, author)
    if mlist.include_rfc2369_headers and not msgdata.get('_nolist'):
        for name, value in _list_headers(mlist, msgdata):
            deferred.change(mlist, msg, msgdata, name, value)
        if _will_be_archived(mlist, msg, msgdata):
            address = permalink(mlist, str(msg['message-id']))
            deferred.change(mlist, msg, msgdata, 'Archived-At', f'<{address}>')


# --- From -----------------------------------------------------------------


def _munge_from(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> Pair | None:
    """Put the list into From where that is asked for; answer the author then.

    On an anonymous list that is the list, by the name of its description.
    """
    if deferred.from_is_list(mlist, msgdata) == deferred.LEAVE:
        return None
    author = _author(msg, msgdata)
    name = headers.decode(author[0]) or _known_name(mlist, author[1])
    real_name = mlist.real_name
    if name:
        _ = mlist.translator()
        name = _('%(realname)s via %(lrn)s', realname=_undress(name), lrn=real_name)
    value = addresses.format_address(name or real_name, mlist.address())
    deferred.change(mlist, msg, msgdata, 'From', value)
    return author if author[1] else None


def _author(msg: Message, msgdata: dict[str, Any]) -> Pair:
    """Answer name and address of the one author; of the sender if there are several."""
    pairs = addresses.parse_all(msg.get_all('from', []))
    pairs = [pair for pair in pairs if pair[1].find('@') > 0]
    return pairs[0] if len(pairs) == 1 else ('', msgdata['original_sender'])


def _known_name(mlist: MailList, address: str) -> str:
    name = mlist.name_of(address) if mlist.is_member(address) else ''
    return name or address


def _undress(name: str) -> str:
    """Put ``---`` for the domain when the name ends in an address.

    Some mail programs hide a mail whose From name holds another address.
    """
    start = name.rfind(' ') + 1
    local, at, domain = name[start:].partition('@')
    labels = domain.split('.')
    if not at or len(labels) < 2 or not all(labels):
        return name
    return f'{name[:start]}{local}---'


# --- Reply-To and Cc ------------------------------------------------------


class _Pairs:
    """Mailboxes for one header, each address once."""

    def __init__(self, pairs: Iterable[Pair] = ()) -> None:
        self.pairs: list[Pair] = []
        self._keys: set[str] = set()
        for pair in pairs:
            self.add(pair)

    def add(self, pair: Pair) -> bool:
        """Take one more; False when the address is there already or empty."""
        key = addresses.key(pair[1])
        if not key or key in self._keys:
            return False
        self._keys.add(key)
        self.pairs.append(pair)
        return True

    def __contains__(self, address: str) -> bool:
        return addresses.key(address) in self._keys

    def __str__(self) -> str:
        return ', '.join(addresses.format_address(*pair) for pair in self.pairs)


def _set_reply_to(
    mlist: MailList, msg: Message, msgdata: dict[str, Any], author: Pair | None
) -> bool:
    """Set Reply-To as the list wants it; True when the author stands in it.

    The author of a munged From goes there when replies are to go to the poster and
    the poster did not name another address.
    """
    where, strip = mlist.reply_goes_to_list, mlist.first_strip_reply_to
    if where == POSTER and author is None and strip:
        del msg['reply-to']
        return False
    new = _Pairs()
    if where == FIXED_ADDRESS:
        new.add(addresses.parse(mlist.reply_to_address))
    headers_given = msg.get_all('reply-to', [])
    given = [] if strip else addresses.parse_all(headers_given)
    for pair in given:
        new.add(pair)
    if where == POSTER and author is None:
        # RFC 5322 wants one, and there may be as many as the author's program likes.
        if len(headers_given) > 1:
            deferred.change(mlist, msg, msgdata, 'Reply-To', str(new))
        return False
    if where == POSTER and author is not None and not given:
        new.add(author)
    if where == THIS_LIST:
        new.add(_described(mlist))
    deferred.change(mlist, msg, msgdata, 'Reply-To', str(new))
    return author is not None and author[1] in new


def _set_cc(
    mlist: MailList, msg: Message, msgdata: dict[str, Any], author: Pair | None
) -> None:
    """Keep author and list in reach of a reply to all.

    The author when From does not name them any more, nor Reply-To does; the list when
    full personalisation puts the member's address into To.
    """
    list_too = (
        mlist.personalize == FULL_PERSONALIZATION
        and mlist.reply_goes_to_list != THIS_LIST
        and not mlist.anonymous_list
    )
    waiting = deferred.waiting(msgdata, 'Cc')
    values = msg.get_all('cc', []) if waiting is None else [waiting]
    given = addresses.parse_all(values)
    added = author is not None and author[1] not in _Pairs(given)
    new = _Pairs([author, *given] if author is not None and added else given)
    if list_too:
        added = new.add(_described(mlist)) or added
    if added:
        deferred.change(mlist, msg, msgdata, 'Cc', str(new))


def _described(mlist: MailList) -> Pair:
    return mlist.description, mlist.address()


# --- the list's own headers -----------------------------------------------


def _list_headers(mlist: MailList, msgdata: dict[str, Any]) -> list[tuple[str, str]]:
    """Answer the headers of RFC 2369 and RFC 2919.

    Mail that the system wrote (reduced_list_headers) is marked as such instead.
    """
    description = ' '.join(mlist.description.split())
    list_id = f'<{mlist.list_id}>'
    if description:
        list_id = addresses.format_address(description, mlist.list_id)
    found = [('List-Id', list_id)]
    if msgdata.get('reduced_list_headers'):
        return [*found, ('X-List-Administrivia', 'yes')]
    found.append(('List-Unsubscribe', _by_web_or_mail(mlist, 'options', 'unsubscribe')))
    if mlist.archive:
        found.append(('List-Archive', f'<{mlist.archive_url()}>'))
    if mlist.include_list_post_header:
        found.append(('List-Post', f'<mailto:{mlist.address()}>'))
    return [
        *found,
        ('List-Help', f'<mailto:{mlist.address("request")}?subject=help>'),
        ('List-Subscribe', _by_web_or_mail(mlist, 'listinfo', 'subscribe')),
    ]


def _will_be_archived(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> bool:
    """Tell whether this post gets a page; its address is known now (RFC 5064)."""
    if msgdata.get('isdigest') or msgdata.get('_fasttrack') or not mlist.archive:
        return False
    if int(mlist.site.cfg.ARCHIVE_TO_MBOX) not in (0, 2) or command_of(mlist):
        return False
    return bool(msg.get('message-id')) and author_allows(msg)


def _by_web_or_mail(mlist: MailList, page: str, word: str) -> str:
    return f'<{mlist.url(page)}>, <mailto:{mlist.address("request")}?subject={word}>'
