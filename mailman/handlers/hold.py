"""Hold posts that a person should look at first.

Pipeline name: ``Hold``.  The checks in their order, each named as 2.1 names it in
`HoldMessage.kind`:

1. Administrivia: the post looks like a mail command.
2. TooManyRecipients: To and Cc name too many addresses.
3. ImplicitDestination: none of them is the list's.
4. SuspiciousHeaders: a line of ``bounce_matching_headers`` fits.
5. MessageTooBig: its body.
6. ModeratedNewsgroup: it would go to a moderated newsgroup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mailman.actions import reasons
from mailman.actions.matching import reporter
from mailman.errors import HoldMessage
from mailman.mail import addresses, headers, patterns
from mailman.mail.mimeparts import read_text
from mailman.site.i18n import N_

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message

# Command word: the least and the most further words that make it one.
ADMINISTRIVIA = {
    'confirm': (1, 1),
    'help': (0, 0),
    'info': (0, 0),
    'lists': (0, 0),
    'options': (0, 0),
    'password': (2, 2),
    'remove': (0, 0),
    'set': (3, 3),
    'subscribe': (0, 3),
    'unsubscribe': (0, 1),
    'who': (0, 1),
}
ADMINISTRIVIA_LINES = 5
_LONGEST_COMMAND = 500

TO_MODERATED = 2  # news_moderation
INAPPROPRIATE = N_('Your message was deemed inappropriate by the moderator.')


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Raise HoldMessage for the first check that the post fails."""
    if msgdata.get('approved'):
        return
    longest = int(mlist.site.cfg.DEFAULT_MAIL_COMMANDS_MAX_LINES)
    if mlist.administrivia and is_administrivia(msg, longest):
        raise _administrivia(mlist)
    if 0 < mlist.max_num_recipients <= count_recipients(msg):
        raise HoldMessage(
            'TooManyRecipients',
            N_('Too many recipients to the message'),
            N_('Please trim the recipient list; it is too long.'),
        )
    from_usenet = msgdata.get('fromusenet')
    if mlist.require_explicit_destination and not from_usenet:
        _check_destination(mlist, msg)
    if mlist.bounce_matching_headers and matching_line(mlist, msg):
        # The line is not told: the sender would learn how to get round it.
        raise HoldMessage(
            'SuspiciousHeaders', N_('Message has a suspicious header'), INAPPROPRIATE
        )
    if mlist.max_message_size > 0:
        _check_size(mlist, msg)
    if mlist.gateway_to_news and mlist.news_moderation == TO_MODERATED:
        raise HoldMessage(
            'ModeratedNewsgroup', N_('Posting to a moderated newsgroup'), INAPPROPRIATE
        )


# --- 1. commands ------------------------------------------------------------


def is_administrivia(msg: Message, longest: int = 25) -> bool:
    """Tell whether subject, whole body or one of the first lines is a command.

    Nobody sends commands at the top of more than ``longest`` lines with text in them.
    """
    lines = _first_lines(msg, longest + 1)
    texts = [line for line in lines if line]
    if len(texts) > longest:
        return False
    if len(texts) == 1 and texts[0].lower() in ADMINISTRIVIA:
        return True
    if any(map(_is_command, lines[:ADMINISTRIVIA_LINES])):
        return True
    subject = headers.decode(str(msg.get('subject', ''))[:_LONGEST_COMMAND])
    return _is_command(subject)


def _first_lines(msg: Message, texts: int) -> list[str]:
    """Give the first lines of the first plain text, up to so many with text in them."""
    for part in msg.walk():
        if part.get_content_type() == 'text/plain':
            text, _ = read_text(part)
            return list(_lines(text, texts))
    return []


def _lines(text: str, texts: int) -> Iterator[str]:
    place, blanks = 0, ADMINISTRIVIA_LINES
    while texts > 0 and place < len(text):
        end = text.find('\n', place)
        end = len(text) if end < 0 else end
        line = text[place : min(end, place + _LONGEST_COMMAND)].strip()
        texts -= bool(line)
        # Further blank lines change nothing, and there may be many.
        blanks -= not line
        if line or blanks >= 0:
            yield line
        place = end + 1


def _is_command(line: str) -> bool:
    if len(line) >= _LONGEST_COMMAND:
        return False
    word, *args = line.lower().split() or ['']
    if word not in ADMINISTRIVIA:
        return False
    least, most = ADMINISTRIVIA[word]
    if not least <= len(args) <= most:
        return False
    return word != 'set' or args[1] in ('on', 'off')


def _administrivia(mlist: MailList) -> HoldMessage:
    return HoldMessage(
        'Administrivia',
        N_('Message may contain administrivia'),
        N_(
            'Please do *not* post administrative requests to the mailing list. If you '
            'wish to subscribe, visit %(listurl)s or send a message with the word '
            '"help" in it to the request address, %(request)s, for further '
            'instructions.'
        ),
        listurl=mlist.url('listinfo'),
        request=mlist.address('request'),
    )


# --- 2. and 3. recipients ---------------------------------------------------


def _mailboxes(msg: Message, *names: str) -> list[str]:
    values = [value for name in names for value in msg.get_all(name, [])]
    return [address for _, address in addresses.parse_all(values) if address]


def count_recipients(msg: Message) -> int:
    """Count the addresses in To and Cc."""
    return len(_mailboxes(msg, 'to', 'cc'))


def _check_destination(mlist: MailList, msg: Message) -> None:
    if not has_explicit_destination(mlist, msg):
        raise HoldMessage(
            'ImplicitDestination',
            N_('Message has implicit destination'),
            N_(
                'Blind carbon copies or other implicit destinations are not allowed. '
                'Try reposting your message by explicitly including the list address '
                'in the To: or Cc: fields.'
            ),
        )


def has_explicit_destination(mlist: MailList, msg: Message) -> bool:
    """Tell whether a recipient header names the list or an acceptable alias.

    The list counts with its local part alone, whatever the host: mail servers
    rewrite hosts.
    """
    named = {
        address.lower()
        for address in _mailboxes(msg, 'to', 'cc', 'resent-to', 'resent-cc')
    }
    names = {mlist.name, mlist.address().lower()}
    if any(address.rpartition('@')[0] in names for address in named) or names & named:
        return True
    aliases = [line.strip() for line in mlist.acceptable_aliases.splitlines()]
    return any(_is_alias(mlist, alias, named) for alias in aliases if alias)


def _is_alias(mlist: MailList, alias: str, named: set[str]) -> bool:
    """Match one line of acceptable_aliases at the start of the addresses.

    One without ``@`` is tried on the local parts first, a rule of Mailman 1.1.
    """
    texts = sorted(named)
    if '@' not in alias:
        texts += [address.rpartition('@')[0] for address in texts]
    try:
        patterns.check(alias, re.IGNORECASE)
    except patterns.PatternError:
        alias = re.escape(alias)
    report = reporter(mlist, 'acceptable_aliases')
    return any(
        patterns.match(alias, text, re.IGNORECASE, report=report) for text in texts
    )


# --- 4. headers -------------------------------------------------------------


def matching_line(mlist: MailList, msg: Message) -> str | None:
    """Give the line of bounce_matching_headers that fits the post, if any."""
    report = reporter(mlist, 'bounce_matching_headers', 'config')
    for line in mlist.bounce_matching_headers.splitlines():
        name, colon, pattern = line.strip().partition(':')
        if not name or name.startswith('#'):
            continue
        if not colon or not pattern.strip():
            report(f'not a "header: regexp" line: {patterns.shown(line)}')
            continue
        for value in msg.get_all(name.strip(), []):
            text = headers.unfold(value)
            if patterns.search(pattern.strip(), text, re.IGNORECASE, report=report):
                return line
    return None


# --- 5. size ----------------------------------------------------------------


def _check_size(mlist: MailList, msg: Message) -> None:
    size = body_size(msg)
    limit = mlist.max_message_size
    if size / 1024 > limit:
        raise HoldMessage(
            'MessageTooBig',
            reasons.TOO_BIG,
            N_('Your message was too big; please trim it to less than %(limit)s KB.'),
            size=size,
            limit=limit,
        )


def body_size(msg: Message) -> int:
    """Count the bytes of all text and attachments as sent, without part headers."""
    size = 0
    for part in msg.walk():
        for piece in (part.preamble, part.epilogue):
            size += len(piece or '')
        payload = part.get_payload()
        if isinstance(payload, str):
            size += len(payload)
    return size
