"""Between a list and a newsgroup: posts go there, articles come here (2.1's gateway).

A post is made an article (RFC 5536, 5537): one Message-ID per group, no trace headers,
``Newsgroups`` and for moderated groups ``Approved``.  Articles from the group are
queued like posts, marked ``fromusenet``; those that were posts of this list are known
by ``X-BeenThere`` and left alone.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from mailman.actions.newsserver import NewsTrouble, Server, connected, server_of
from mailman.lists import MailList
from mailman.mail import headers
from mailman.mail.message import Message

if TYPE_CHECKING:
    from mailman.site import Site

# news_moderation
OPEN, OPEN_LIST_MODERATED_GROUP, MODERATED = 0, 1, 2
# Articles taken between two saves of how far we are.
STEP = 100


# --- to the newsgroup ---------------------------------------------------------------


def prepare(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Make an article of a post, in place; once (``prepped``)."""
    if msgdata.get('prepped'):
        return
    _moderated(mlist, msg)
    _subject(mlist, msg, msgdata)
    groups = [g.strip() for g in str(msg.get('newsgroups', '')).split(',') if g.strip()]
    if mlist.linked_newsgroup not in groups:
        groups.append(mlist.linked_newsgroup)
    _set(msg, 'Newsgroups', ', '.join(groups))
    _set(msg, 'Message-ID', _message_id(mlist, msg))
    for name in mlist.site.cfg.NNTP_REMOVE_HEADERS:
        del msg[name]
    for name in ('Path', 'Lines', 'Xref'):
        del msg[name]
    msg['Lines'] = str(msg.as_bytes().partition(b'\n\n')[2].count(b'\n'))
    _rename_repeated(mlist.site, msg)
    msgdata['prepped'] = 1


def _set(msg: Message, name: str, value: str) -> None:
    del msg[name]
    msg[name] = value


def _moderated(mlist: MailList, msg: Message) -> None:
    """Approve in the moderator's name what goes to a moderated group."""
    if mlist.news_moderation in (OPEN_LIST_MODERATED_GROUP, MODERATED):
        _set(msg, 'Approved', mlist.address())


def _subject(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Take the list's tag off the subject, unless the group wants it."""
    plain = msgdata.get('stripped_subject') or msgdata.get('origsubj')
    if plain is not None and not mlist.news_prefix_subject_too:
        _set(msg, 'Subject', headers.encode(headers.decode(plain), name='Subject'))


def _message_id(mlist: MailList, msg: Message) -> str:
    """One id for one group: a post to two lists becomes two articles."""
    given = ' '.join(str(msg.get('message-id', '')).split())
    seed = f'{given}{mlist.linked_newsgroup}'.encode('utf-8', 'surrogateescape')
    if given and not given.isascii():
        given = ''
    if given and len(str(msg.get('newsgroups', '')).split(',')) == 1:
        return given
    digest = hashlib.sha256(seed).hexdigest()[:24]
    return f'<mailman.{digest}.{mlist.name}@{mlist.host_name}>'


def _rename_repeated(site: Site, msg: Message) -> None:
    """A news server refuses repeated headers: the later ones get other names."""
    for name, other in site.cfg.NNTP_REWRITE_DUPLICATE_HEADERS:
        values = msg.get_all(name, [])
        if len(values) > 1:
            _set(msg, name, values[0])
            for value in values[1:]:
                msg[other] = value


def post(mlist: MailList, msg: Message) -> None:
    """Hand the article to the news server.  Raises NewsTrouble."""
    with connected(mlist) as server:
        server.post(msg.as_bytes())


# --- from the newsgroup --------------------------------------------------------------


def poll(mlist: MailList) -> int:
    """Queue what is new in the list's newsgroup; answer how many articles.

    The caller holds the list's lock; ``usenet_watermark`` is saved as we go.  A first
    look only notes where the group stands, so that old articles do not flood the list.
    Raises NewsTrouble.
    """
    with connected(mlist) as server:
        first, last = server.group(mlist.linked_newsgroup)
        watermark = getattr(mlist, 'usenet_watermark', None)
        if watermark is None:
            mlist.usenet_watermark = last
            mlist.save()
            _log(mlist, f'{mlist.linked_newsgroup} caught up to article {last}')
            return 0
        start = max(int(watermark) + 1, first)
        taken = 0
        for number in range(start, last + 1):
            taken += _take(mlist, server, number)
            mlist.usenet_watermark = number
            if (number - start) % STEP == STEP - 1:
                mlist.save()
        if taken or start <= last:
            mlist.save()
            _log(mlist, f'gated articles {start}..{last}: {taken} to the list')
    return taken


def _take(mlist: MailList, server: Server, number: int) -> int:
    raw = server.article(number)
    if raw is None:
        return 0
    msg = Message.from_bytes(raw)
    ours = mlist.address().lower()
    if any(str(v).strip().lower() == ours for v in msg.get_all('x-beenthere', [])):
        return 0
    if not msg.get('to'):
        msg['To'] = ours
    mlist.queue('in').enqueue(msg, {'fromusenet': 1, 'tolist': 1})
    return 1


def _log(mlist: MailList, text: str) -> None:
    mlist.site.log.write('fromusenet', f'{mlist.name}: {text}')


def wants_news(mlist: MailList) -> bool:
    """Tell whether articles are to come to the list, and from a known place."""
    return bool(
        mlist.gateway_to_mail and mlist.linked_newsgroup and server_of(mlist)[0]
    )


__all__ = ['NewsTrouble', 'poll', 'post', 'prepare', 'wants_news']
