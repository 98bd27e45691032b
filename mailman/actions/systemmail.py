"""Mail of the system: its form, its addresses, and whom it never answers.

2.1's Message.UserNotification.  All of it goes to the virgin queue and says
``Auto-Submitted`` (RFC 3834).  Texts come in the language of who reads them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from mailman.lists.message_ids import unique_message_id as unique_message_id
from mailman.mail import authresults, headers
from mailman.mail.message import Message, make_multipart
from mailman.mail.mimeparts import text_part
from mailman.mta.localpart import COMMANDS

if TYPE_CHECKING:
    from mailman.lists import MailList

_LONGEST_SUBJECT = 500


def site_address(mlist: MailList, kind: str = 'bounces') -> str:
    """Give an address of the site list on the list's host."""
    name = mlist.site.cfg.MAILMAN_SITE_LIST
    return f'{name}-{kind}@{mlist.host_name}' if kind else f'{name}@{mlist.host_name}'


class UserNotification:
    """One mail of the system; ``msg`` can be changed until it is sent.

    ``subject`` may hold anything: it is put on one line and encoded.  ``to`` and
    ``sender`` are bare addresses.  With ``parts`` the mail is multipart/mixed, the
    text first.  The text is ASCII or UTF-8; ``lang`` says in which language it is
    (Content-Language, RFC 3282), the list's if it is not given.
    """

    def __init__(
        self,
        mlist: MailList,
        to: str | Sequence[str],
        sender: str,
        subject: str,
        text: str = '',
        lang: str | None = None,
        *,
        parts: Sequence[Message] = (),
        auto: str = 'auto-generated',
    ) -> None:
        self.mlist = mlist
        self.recips = [to] if isinstance(to, str) else list(to)
        msg = text_part(text, part=Message())
        msg['Content-Language'] = lang or mlist.preferred_language
        if parts:
            msg = make_multipart('mixed', msg, *parts)
            for part in msg.get_payload():
                del part['mime-version']
        msg['Subject'] = headers.encode(_one_line(subject), name='Subject')
        msg['From'] = headers.encode(sender)
        msg['To'] = headers.encode(', '.join(self.recips))
        msg['Message-ID'] = unique_message_id(mlist)
        msg['Date'] = formatdate(mlist.site.now(), localtime=True)
        msg['Auto-Submitted'] = auto
        self.msg = msg

    def in_reply_to(self, original: Message) -> None:
        """Point at the mail that this one answers (RFC 3834, section 3.1.5)."""
        message_id = ' '.join(str(original.get('message-id', '')).split())
        if message_id and message_id.isascii() and message_id.isprintable():
            self.msg['In-Reply-To'] = message_id[:900]
            self.msg['References'] = message_id[:900]

    def send(self, *, noprecedence: bool = False, **msgdata: Any) -> str:
        """Queue the mail; ``msgdata`` is added to its metadata.  Give its file base."""
        if not noprecedence and 'precedence' not in self.msg:
            to_owner = self.recips == [self.mlist.address('owner')]
            self.msg['Precedence'] = 'list' if to_owner else 'bulk'
        data = {'recips': self.recips, 'nodecorate': 1, 'reduced_list_headers': 1}
        filebase: str = self.mlist.queue('virgin').enqueue(
            self.msg, {**data, **msgdata}
        )
        return filebase


def render(mlist: MailList, template: str, values: Mapping[str, Any], lang: str) -> str:
    """Fill one of the mail texts that site or owner may have replaced."""
    return mlist.site.render(
        template,
        values,
        lang=lang,
        list_lang=mlist.preferred_language,
        mlist_name=mlist.name,
        host=mlist.host_name,
    )


# --- who sent it ------------------------------------------------------------


def sender_of(mlist: MailList, msg: Message) -> str:
    """Give the author's address in lower case, '' for none, as the site wants it."""
    return msg.get_sender(bool(mlist.site.cfg.USE_ENVELOPE_SENDER))


def senders_of(mlist: MailList, msg: Message) -> list[str]:
    """Give all addresses that may make the post a member's (SENDER_HEADERS)."""
    return msg.get_senders(headers=tuple(mlist.site.cfg.SENDER_HEADERS))


# --- whom not to answer ---------------------------------------------------

# No address that a person has; and what cannot stand in a header.
_ODD = re.compile(r'[\0-\x20\x7f<>]|.{321}', re.DOTALL)


def answerable(mlist: MailList, msg: Message, sender: str) -> bool:
    """Tell whether an automatic answer to this mail may go to ``sender``.

    No to the null sender, to our own addresses, to ``Auto-Submitted`` mail, to mail of
    another list, and to ``Precedence`` bulk, junk or list without ``X-Ack: yes``.
    """
    if not answerable_address(mlist, msg, sender) or automatic(msg):
        return False
    return _word(msg, 'x-ack') != 'no'


def answerable_address(mlist: MailList, msg: Message, sender: str) -> bool:
    """Tell whether ``sender`` is an address of somebody else, who takes answers.

    With ANSWER_UNVERIFIED_SENDERS off the mail server must not have found it forged.
    """
    if not mlist.site.cfg.ANSWER_UNVERIFIED_SENDERS and authresults.failed(msg):
        return False
    local, _, host = sender.strip().lower().rpartition('@')
    if not local or not host or local == 'mailer-daemon' or _ODD.search(sender):
        return False
    if any(value.strip() == '<>' for value in msg.get_all('return-path', [])):
        return False
    return not is_own_address(mlist, sender)


def automatic(msg: Message) -> str:
    """Return the header by which this mail shows that no person wrote it to us, or ''.

    RFC 3834, section 2; ``X-Ack: yes`` asks for an answer to any but an answer.
    """
    # Parameters and comments may follow the word (RFC 3834, section 5).
    submitted = re.split(r'[;(]', _word(msg, 'auto-submitted'))[0].strip()
    if submitted not in ('', 'no'):
        return f'Auto-Submitted: {submitted}'
    if _word(msg, 'x-ack') == 'yes':
        return ''
    precedence = _word(msg, 'precedence')
    if precedence in ('bulk', 'junk', 'list'):
        return f'Precedence: {precedence}'
    return 'List-Id:' if 'list-id' in msg else ''


def is_notice(msg: Message) -> bool:
    """Tell whether a list wrote this mail itself, to a person (CookHeaders says so).

    Lists may be the owners of lists: a notice about a notice has no end.
    """
    return _word(msg, 'x-list-administrivia') == 'yes'


def is_own_address(mlist: MailList, address: str) -> bool:
    """Tell whether mail to the address comes back to this list or the site list."""
    local, _, host = address.strip().lower().rpartition('@')
    if host != mlist.host_name.lower():
        return False
    local = local.partition('+')[0]
    names = (mlist.name, str(mlist.site.cfg.MAILMAN_SITE_LIST).lower())
    return any(
        local == name or local in {f'{name}-{kind}' for kind in COMMANDS}
        for name in names
    )


def _one_line(subject: str) -> str:
    """Put a subject on one line of printable text, not without end."""
    words = ''.join(c if c.isprintable() else ' ' for c in subject[:_LONGEST_SUBJECT])
    return ' '.join(words.split())


def _word(msg: Message, name: str) -> str:
    return str(msg.get(name, '')).strip().lower()
