"""What the two kinds of a digest have in common: the posts, the texts, who gets it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import formatdate
from typing import TYPE_CHECKING

from mailman.actions.systemmail import render
from mailman.constants import DeliveryStatus, MemberFlag
from mailman.delivery.decorate import fill_in
from mailman.lists.message_ids import unique_message_id
from mailman.mail import addresses, charsets, headers
from mailman.mail.message import Message
from mailman.mail.subjects import tag_pattern
from mailman.mail.text import wrap

if TYPE_CHECKING:
    from mailman.lists import MailList

# Columns of the table of contents.
_COLUMN = 70
_INDENT = 6
_LONGEST = 500


def readers(mlist: MailList) -> tuple[list[str], list[str]]:
    """Answer who gets the MIME digest and who the plain one.

    Those who left digests get one last; those whose delivery is off get none.
    """
    found = mlist.recipients(digest=True)
    # Who is back in digests is there already; others may have left the list.
    left = [key for key in mlist.one_last_digest if key in mlist.members]
    for key in left:
        if mlist.delivery_status_of(key) == DeliveryStatus.ENABLED:
            found.append(mlist.address_of(key))
    # Not by option(), which costs ten times as much: there may be many.
    flag, options = int(MemberFlag.DISABLE_MIME), mlist.user_options
    plain = [one for one in found if options.get(one.lower(), 0) & flag]
    mime = [one for one in found if not options.get(one.lower(), 0) & flag]
    return mime, plain


@dataclass(frozen=True)
class Post:
    """A post as a digest sees it."""

    number: int
    raw: bytes
    subject: str
    author: str

    @classmethod
    def read(cls, mlist: MailList, number: int, raw: bytes) -> Post:
        """Read what the table of contents shows; any bytes will do."""
        msg = Message.from_bytes(raw)
        subject = one_line(msg.get('subject', ''))
        tag = mlist.subject_prefix.strip()
        # The tag says nothing in the list's own digest.
        if tag:
            subject = ' '.join(tag_pattern(tag).sub(' ', subject, count=1).split())
        name, address = addresses.parse(msg.get('from', ''))
        return cls(
            number,
            raw,
            subject or mlist.translator()('(no subject)'),
            one_line(name) or one_line(address),
        )

    def message(self) -> Message:
        """Answer the post as a message of its own, to be changed."""
        return Message.from_bytes(self.raw)

    def topic(self) -> str:
        """Answer its lines in the table of contents."""
        author = f' ({self.author})' if self.author else ''
        lines = wrap(self.subject, _COLUMN - _INDENT).split('\n')
        if _INDENT + len(lines[-1]) + len(author) > _COLUMN:
            lines.append(author.strip())
        else:
            lines[-1] += author
        text = ('\n' + ' ' * _INDENT).join(lines)
        return f'{self.number:{_INDENT - 2}}. {text}\n'


@dataclass(frozen=True)
class Issue:
    """One issue of a list's digest, in the language of the list."""

    mlist: MailList
    volume: int
    number: int
    posts: Sequence[Post]

    @property
    def title(self) -> str:
        """Its name, as in the subject."""
        return self.mlist.translator()(
            '%(name)s Digest, Vol %(volume)s, Issue %(issue)s',
            name=self.mlist.real_name,
            volume=self.volume,
            issue=self.number,
        )

    def message(self) -> Message:
        """Make the mail, without its content."""
        mlist = self.mlist
        msg = Message()
        msg['From'] = mlist.address('request')
        title = one_line(self.title)
        charset = charsets.choose(title, mlist.charset)
        msg['Subject'] = headers.encode(title, charset, 'Subject')
        msg['To'] = mlist.address()
        msg['Reply-To'] = mlist.address()
        msg['Date'] = formatdate(mlist.site.now(), localtime=True)
        msg['Message-ID'] = unique_message_id(mlist)
        msg['MIME-Version'] = '1.0'
        return msg

    @property
    def masthead(self) -> str:
        """How to write to the list, and to its owner."""
        mlist = self.mlist
        values = {
            'real_name': mlist.real_name,
            'got_list_email': mlist.address(),
            'got_listinfo_url': mlist.url('listinfo'),
            'got_request_email': mlist.address('request'),
            'got_owner_email': mlist.address('owner'),
        }
        return render(mlist, 'masthead.txt', values, mlist.preferred_language)

    @property
    def header(self) -> str:
        """The owner's text for the beginning."""
        return fill_in(self.mlist, self.mlist.digest_header)

    @property
    def footer(self) -> str:
        """The owner's text for the end."""
        return fill_in(self.mlist, self.mlist.digest_footer)

    @property
    def contents(self) -> str:
        """The table of contents."""
        heading = self.mlist.translator()("Today's Topics:")
        return f'{heading}\n\n{"".join(post.topic() for post in self.posts)}'


def one_line(value: object) -> str:
    """Answer a header's text on one printable line, not without end."""
    text = headers.one_line(headers.decode(str(value)[: 8 * _LONGEST]))
    return ' '.join(text.split())[:_LONGEST]
