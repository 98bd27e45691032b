"""The MIME digest: each post whole, as a message of its own (RFC 2046, 5.1.5).

::

    multipart/mixed
        text/plain        masthead
        text/plain        digest_header, if there is one
        text/plain        table of contents
        multipart/digest
            message/rfc822, one for each post
        text/plain        digest_footer, if there is one

Of the posts' headers those of MIME_DIGEST_KEEP_HEADERS stay, byte for byte as the
content does; ``Message`` is the number within the digest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mailman.mail import charsets, headers
from mailman.mail.message import Message, make_multipart, make_text

if TYPE_CHECKING:
    from mailman.actions.digests.issue import Issue, Post

# Without these nobody could read the content.
_ALWAYS = frozenset(['content-type', 'content-transfer-encoding'])
_PART = b'Content-Type: message/rfc822\nMIME-Version: 1.0\n'
# RFC 2045, 6.4: what holds 8-bit parts says so.
_EIGHT_BIT = b'Content-Transfer-Encoding: 8bit\n'


def make(issue: Issue) -> Message:
    """Make the mail."""
    _ = issue.mlist.translator()
    topics = _.plural(
        "Today's Topics (%(n)s message)",
        "Today's Topics (%(n)s messages)",
        len(issue.posts),
    )
    parts = [
        _text(issue, issue.masthead, issue.title),
        _text(issue, issue.header, _('Digest Header')),
        _text(issue, issue.contents, topics),
        _posts(issue),
        _text(issue, issue.footer, _('Digest Footer')),
    ]
    content = make_multipart('mixed', *(part for part in parts if part is not None))
    msg = issue.message()
    msg['Content-Type'] = content['content-type']
    _label(msg, all(post.raw.isascii() for post in issue.posts))
    msg.set_payload(content.get_payload())
    return msg


def _text(issue: Issue, text: str, description: str) -> Message | None:
    """Make a text part; None where there is no text."""
    if not text.strip():
        return None
    text = text if text.endswith('\n') else text + '\n'
    part = make_text(text, issue.mlist.charset)
    charset = charsets.choose(description, issue.mlist.charset)
    part['Content-Description'] = headers.encode(
        description, charset, 'Content-Description'
    )
    return part


def _posts(issue: Issue) -> Message:
    cfg = issue.mlist.site.cfg
    kept = _ALWAYS.union(name.lower() for name in cfg.MIME_DIGEST_KEEP_HEADERS)
    raws = [_part(post, kept) for post in issue.posts]
    part = make_multipart('digest', *map(Message.from_bytes, raws))
    _label(part, all(map(bytes.isascii, raws)))
    return part


def _part(post: Post, kept: frozenset[str]) -> bytes:
    """Make the message/rfc822 part of a post."""
    msg = post.message()
    msg.retain(kept - {'message'})
    msg['Message'] = str(post.number)
    raw = msg.as_bytes()
    return _PART + (b'' if raw.isascii() else _EIGHT_BIT) + b'\n' + raw


def _label(msg: Message, ascii_only: bool) -> None:
    if not ascii_only:
        msg['Content-Transfer-Encoding'] = '8bit'
