"""Filter the contents of a post by MIME type and file name.

Pipeline name: ``MimeDel``.  On lists with ``filter_content``, in this order:

1. A post whose own type or file name is not wanted goes away whole.
2. Unwanted parts are removed, deepest first; multiparts that this emptied too.
3. ``collapse_alternatives``: of alternatives the first one stays.
4. A multipart of one part becomes that part.
5. ``convert_html_to_plaintext``: HTML becomes text.
6. An empty text and one other part become that part.

A post that goes away, or of which nothing is left, meets ``filter_action``: discarded,
rejected, forwarded to the owner, or kept in qfiles/bad.  Signed and encrypted parts
that lost nothing in step 2 are not changed by the later ones.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn

from mailman import COMPATIBLE_VERSION
from mailman.actions.notify import owner_notification
from mailman.errors import DiscardMessage, RejectMessage
from mailman.mail import headers, htmltext, params
from mailman.mail.mimeparts import attached, become, read_text
from mailman.mail.text import wrap

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.mail.message import Message

# filter_action
REJECT, FORWARD, PRESERVE = 1, 2, 3
SEALED = ('multipart/signed', 'multipart/encrypted')


def process(mlist: MailList, msg: Message, msgdata: dict[str, Any]) -> None:
    """Filter the post in place, or raise what becomes of it."""
    if not mlist.filter_content or msgdata.get('isdigest'):
        return
    rules = Rules(mlist)
    _ = mlist.translator()
    if rules.forbids_type(msg):
        _dispose(
            mlist, msg, msgdata, _('Its content type is not allowed on this list.')
        )
    if rules.forbids_name(msg):
        _dispose(mlist, msg, msgdata, _('Its file name is not allowed on this list.'))
    if msg.over_limits:
        _dispose(mlist, msg, msgdata, _('It has too many parts to look into.'))
    before = _shape(msg)
    sealed = {id(part): _shape(part) for part in _sealed_parts(msg)}
    if not _remove_parts(msg, rules):
        _dispose(mlist, msg, msgdata, _('Nothing of it is allowed on this list.'))
    whole = {
        id(part) for part in _sealed_parts(msg) if sealed[id(part)] == _shape(part)
    }
    if mlist.collapse_alternatives:
        _collapse(msg, whole)
    _unwrap_single_parts(msg)
    changed = _shape(msg) != before
    if mlist.convert_html_to_plaintext and mlist.site.cfg.HTML_TO_PLAIN_TEXT_COMMAND:
        changed |= _convert_html(mlist, msg, whole)
    changed |= _drop_empty_text(msg)
    if changed:
        msg['X-Content-Filtered-By'] = f'Mailman/MimeDel {COMPATIBLE_VERSION}'


# --- what is not wanted -----------------------------------------------------


class Rules:
    """A list's types and file name extensions, to remove or to let pass."""

    def __init__(self, mlist: MailList) -> None:
        self.bad_types = _words(mlist.filter_mime_types)
        self.good_types = _words(mlist.pass_mime_types)
        self.bad_names = _words(mlist.filter_filename_extensions)
        self.good_names = _words(mlist.pass_filename_extensions)

    def forbids(self, part: Message) -> bool:
        """Tell whether a part is to go."""
        return self.forbids_type(part) or self.forbids_name(part)

    def forbids_type(self, part: Message) -> bool:
        """Tell whether its type, or main type, is not wanted."""
        names = {part.get_content_type(), part.get_content_maintype()}
        return bool(names & self.bad_types) or bool(
            self.good_types and not names & self.good_types
        )

    def forbids_name(self, part: Message) -> bool:
        """Tell whether one of its file names is not wanted."""
        return any(
            extension in self.bad_names
            or (self.good_names and extension not in self.good_names)
            for extension in extensions(part)
        )


def _words(setting: Iterable[str]) -> set[str]:
    return {str(word).strip().lower().lstrip('.') for word in setting} - {''}


def extensions(part: Message) -> Iterator[str]:
    """Give the extensions of the names that a part gives itself, in lower case.

    Mail programs disagree which of the two headers counts, and Windows ignores
    dots and blanks at the end.
    """
    for name, header in (('filename', 'content-disposition'), ('name', 'content-type')):
        value = part.get_param(name, header=header)
        if value is None:
            continue
        text = headers.decode(params.text(value)).rstrip('. \t').lower()
        extension = os.path.splitext(text)[1].lstrip('.')
        if extension:
            yield extension


def _remove_parts(msg: Message, rules: Rules) -> bool:
    """Remove what is not wanted inside; False if that left nothing."""
    if not msg.is_multipart():
        return True
    parts = msg.get_payload()
    # Depth first, so that a multipart that was emptied goes as well.
    kept = [p for p in parts if _remove_parts(p, rules) and not rules.forbids(p)]
    if len(kept) != len(parts):
        _set_parts(msg, kept)
    return bool(kept) or not parts


def _set_parts(msg: Message, parts: list[Message]) -> None:
    preamble, epilogue = msg.preamble, msg.epilogue
    msg.set_payload(parts)
    msg.preamble, msg.epilogue = preamble, epilogue


def _shape(msg: Message) -> int:
    return sum(1 for _ in msg.walk())


def _sealed_parts(msg: Message) -> Iterator[Message]:
    return (part for part in msg.walk() if part.get_content_type() in SEALED)


# --- making it simpler ------------------------------------------------------


def _collapse(msg: Message, whole: set[int]) -> None:
    """Leave the first of all alternatives, at every level."""
    if not msg.is_multipart() or id(msg) in whole:
        return
    if msg.get_content_type() == 'multipart/alternative' and msg.get_payload():
        become(msg, msg.get_payload(0))
        _collapse(msg, whole)
        return
    for part in msg.get_payload():
        _collapse(part, whole)


def _unwrap_single_parts(msg: Message) -> None:
    """Make a multipart of one part that part.

    Not a signed one, whose inside may still verify, and not a message, whose headers
    would be lost.
    """
    if not msg.is_multipart() or msg.get_content_type() in SEALED:
        return
    parts = msg.get_payload()
    if (
        msg.get_content_maintype() == 'multipart'
        and len(parts) == 1
        and parts[0].get_content_maintype() != 'message'
    ):
        become(msg, parts[0])
        _unwrap_single_parts(msg)
        return
    for part in parts:
        _unwrap_single_parts(part)


def _convert_html(mlist: MailList, msg: Message, whole: set[int]) -> bool:
    """Turn HTML parts into text; tell whether there was one."""
    changed = False
    todo = [msg]
    while todo:
        part = todo.pop()
        if part.is_multipart():
            if id(part) not in whole:
                todo.extend(part.get_payload())
        elif part.get_content_type() == 'text/html':
            _become_plain(mlist, part, part is msg)
            changed = True
    return changed


def _become_plain(mlist: MailList, part: Message, outermost: bool) -> None:
    source, _ = read_text(part)
    command = str(mlist.site.cfg.HTML_TO_PLAIN_TEXT_COMMAND)
    try:
        text = htmltext.by_command(command, source)
    except htmltext.ConversionFailed as error:
        mlist.log('error', f'HTML to plain text: {command}: {error}')
        text = htmltext.plain(source)
    charset = part.get_content_charset()
    del part['content-type']
    part.set_text(text, charset)
    if not outermost:
        del part['mime-version']


def _drop_empty_text(msg: Message) -> bool:
    """Make a multipart of an empty text and one other part that part."""
    if msg.get_content_maintype() != 'multipart' or not msg.is_multipart():
        return False
    parts = msg.get_payload()
    if len(parts) != 2 or msg.get_content_type() in SEALED or parts[0].is_multipart():
        return False
    if str(parts[0].get_payload()).strip():
        return False
    become(msg, parts[1])
    return True


# --- the end of a post ------------------------------------------------------


def _dispose(
    mlist: MailList, msg: Message, msgdata: dict[str, Any], why: str
) -> NoReturn:
    """Do what the list does with posts of which nothing may pass."""
    _ = mlist.translator()
    action = int(mlist.filter_action)
    if action == REJECT:
        raise RejectMessage(_('Your message was not sent to the list.') + ' ' + why)
    if action == FORWARD:
        text = _(
            'The attached message did not pass the content filter of the list '
            '%(listname)s, and no member got it. %(why)s\n\n'
            'There is no other copy of it.',
            listname=mlist.real_name,
            why=why,
        )
        owner_notification(
            mlist,
            _('A message was stopped by the content filter'),
            wrap(text),
            parts=[attached(msg)],
        )
    elif action == PRESERVE and mlist.site.cfg.OWNERS_CAN_PRESERVE_FILTERED_MESSAGES:
        mlist.queue('bad').enqueue(msg, msgdata)
    raise DiscardMessage(why)
