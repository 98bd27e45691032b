"""The list's tag in the subject, such as ``[Talk]`` or ``[Talk %d]``.

Not a step: a part of CookHeaders.  Where the tag goes:

==============================  ==========================
a plain tag                     ``Re: [Talk] words``
a tag with a number, or
OLD_STYLE_PREFIXING off         ``[Talk 7] Re: words``
==============================  ==========================

A tag that is there already is taken out first.  Reply marks of several mail programs
(Re, AW, SV, VS, also ``Re[2]``) become one ``Re:``.  A subject of raw 8-bit bytes gets
no tag, as in 2.1: nobody knows what it says.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from mailman.handlers import deferred
from mailman.mail import headers
from mailman.mail.subjects import TAG_NUMBER, tag_pattern

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message

# Possessive, so that no subject takes more than linear time.
_REPLY_MARKS = re.compile(
    r'(?:\s*+(?:RE|AW|SV|VS)\s*+(?:\[\d++\]\s*+)?:\s*+)++', re.IGNORECASE
)

# encode_ascii_prefixes
NEVER, ALWAYS, AS_NEEDED = 0, 1, 2


def tag(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Put the list's tag into the subject."""
    prefix = mlist.subject_prefix.strip()
    if not prefix:
        return
    raw = str(msg.get('subject', ''))
    msgdata['origsubj'] = raw
    if not raw.isascii():
        return
    before = headers.decode(raw)
    reply, words = _split(before, prefix)
    if not words:
        words = mlist.translator()('(no subject)')
    stripped = f'{reply} {words}'.strip()
    msgdata['stripped_subject'] = headers.encode(stripped, name='Subject')
    if TAG_NUMBER.search(prefix) or not mlist.site.cfg.OLD_STYLE_PREFIXING:
        pieces = [_numbered(prefix, int(mlist.post_id)), reply, words]
    else:
        pieces = [reply, prefix, words]
    subject = ' '.join(filter(None, pieces))
    if subject != before:
        value = _encode(subject, int(mlist.encode_ascii_prefixes))
        deferred.change(mlist, msg, msgdata, 'Subject', value)


def _split(subject: str, prefix: str) -> tuple[str, str]:
    """Answer ``Re:`` or nothing, and the words, without the tag."""
    subject = tag_pattern(prefix).sub('', subject)
    marks = _REPLY_MARKS.match(subject)
    if marks is None:
        return '', subject.strip()
    return 'Re:', subject[marks.end() :].strip()


def _numbered(prefix: str, number: int) -> str:
    return TAG_NUMBER.sub(lambda mark: ('%' + mark[1] + 'd') % number, prefix)


def _encode(subject: str, when: int) -> str:
    """Encode a subject; the ASCII tag with it as encode_ascii_prefixes says."""
    if when == ALWAYS or (when == AS_NEEDED and not subject.isascii()):
        return headers.encode_phrase(subject, name='Subject')
    return headers.encode(subject, name='Subject')
