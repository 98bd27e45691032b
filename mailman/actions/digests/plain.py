"""The plain digest: one text in the form of RFC 1153.

Masthead, digest_header, table of contents, 70 hyphens; the posts, each followed by 30
hyphens; the digest_footer as a last message; the end line and its asterisks.  Of the
posts' headers those of PLAIN_DIGEST_KEEP_HEADERS are shown, in that order; ``Message``
is the number within the digest.  Attachments become files beside the archive and links.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mailman.archive.attachments import scrub
from mailman.errors import DiscardMessage
from mailman.mail import headers
from mailman.mail.message import Message
from mailman.mail.mimeparts import read_text
from mailman.mail.text import wrap

if TYPE_CHECKING:
    from mailman.actions.digests.issue import Issue, Post

_AFTER_CONTENTS = '-' * 70 + '\n\n'
_BETWEEN = '-' * 30
_LONGEST_HEADER = 10_000


def make(issue: Issue) -> Message:
    """Make the mail."""
    msg = issue.message()
    text = ''.join(_pieces(issue))
    # Some charsets have letters that no other has (halves of UTF-16 pairs).
    msg.set_text(text.encode('utf-8', 'replace').decode('utf-8'), issue.mlist.charset)
    return msg


def _pieces(issue: Issue) -> Iterator[str]:
    _ = issue.mlist.translator()
    for text in (issue.masthead, issue.header, issue.contents):
        if text.strip():
            yield f'{_ended(text)}\n'
    yield _AFTER_CONTENTS
    for post in issue.posts:
        yield from _post(issue, post)
        yield f'\n{_BETWEEN}\n\n'
    if footer := issue.footer:
        yield f'Subject: {_("Digest Footer")}\n\n{_ended(footer)}\n{_BETWEEN}\n\n'
    end = _('End of %(digest)s', digest=issue.title)
    yield f'{end}\n{"*" * len(end)}\n'


def _post(issue: Issue, post: Post) -> Iterator[str]:
    """Give the headers and the text of a post; whatever it is, something of it."""
    try:
        msg, text = _scrubbed(issue, post)
    except Exception:
        issue.mlist.site.log.exception(
            f'{issue.mlist.name}: post {post.number} of the digest cannot be scrubbed'
        )
        msg = post.message()
        text = _texts_only(issue, msg)
    names = issue.mlist.site.cfg.PLAIN_DIGEST_KEEP_HEADERS
    yield from _headers(post, msg, names)
    yield '\n'
    yield _ended(_harmless(text))


def _scrubbed(issue: Issue, post: Post) -> tuple[Message, str]:
    msg = post.message()
    try:
        scrub(issue.mlist, msg)
    except DiscardMessage:
        _ = issue.mlist.translator()
        return msg, _('This message was left out by the content filter.')
    return msg, read_text(msg)[0]


def _texts_only(issue: Issue, msg: Message) -> str:
    """Answer what can be had of a post whose attachments cannot be stored."""
    _ = issue.mlist.translator()
    note = _('Parts of this message cannot be shown here.')
    try:
        plain = (part for part in msg.walk() if part.get_content_type() == 'text/plain')
        texts = [read_text(part)[0] for part in plain if not part.is_multipart()]
    except Exception:
        return note
    return '\n'.join([*texts, note])


def _headers(post: Post, msg: Message, names: list[str]) -> Iterator[str]:
    for name in names:
        if name.lower() == 'message':
            yield f'Message: {post.number}\n'
        elif value := msg.get(name):
            text = headers.one_line(headers.decode(value), _LONGEST_HEADER)
            yield '\n\t'.join(wrap(f'{name}: {text}').split('\n')) + '\n'


def _harmless(text: str) -> str:
    """Take out what would look like the end of the post to a program."""
    text = text.replace('\r\n', '\n').replace('\0', '')
    if _BETWEEN not in text:
        return text
    lines = text.split('\n')
    return '\n'.join(
        f' {line}' if line.rstrip() == _BETWEEN else line for line in lines
    )


def _ended(text: str) -> str:
    return text if text.endswith('\n') else text + '\n'
