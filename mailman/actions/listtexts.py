"""The texts and pages that the owners of a list may write themselves (edithtml).

A copy lies at ``lists/LIST/LANG/NAME``, as in 2.1, and goes before the site's text; see
mailman.site.templates.  Without it, the site's counts again.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mailman.lists.archive_links import make_directory
from mailman.site import templates
from mailman.site.i18n import N_
from mailman.storage import safefile

if TYPE_CHECKING:
    from mailman.lists import MailList


@dataclass(frozen=True)
class Text:
    """A text: what it is for, and the names in it that are filled in.

    Pages with <MM-...> tags have no names (``is_tagged``).
    """

    purpose: str
    names: frozenset[str] = frozenset()

    @property
    def is_tagged(self) -> bool:
        """Whether it has 2.1's tags."""
        return not self.names


def _text(purpose: str, names: str = '') -> Text:
    return Text(purpose, frozenset(names.split()))


# 2.1's seventeen, in its order.
TEXTS = {
    'listinfo.html': _text(N_('The page about the list')),
    'subscribe.html': _text(N_('The answer to somebody who asks to join')),
    'options.html': _text(N_("The page of a member's options")),
    'subscribeack.txt': _text(
        N_('The welcome mail'),
        'real_name host_name welcome umbrella emailaddr listinfo_url optionsurl'
        ' password user',
    ),
    'masthead.txt': _text(
        N_('The beginning of digests'),
        'real_name got_list_email got_listinfo_url got_request_email got_owner_email',
    ),
    'postheld.txt': _text(
        N_('The mail to an author whose post waits for a moderator'),
        'listname hostname reason sender subject admindb_url confirmurl',
    ),
    'approve.txt': _text(
        N_('Of a held subscription; kept for 2.1, and not sent'),
        'adminaddr cmd requestaddr',
    ),
    'refuse.txt': _text(
        N_('The mail that says that a request was refused'),
        'listname request reason adminaddr',
    ),
    'invite.txt': _text(
        N_('The invitation to join'),
        'email listname hostname confirmurl requestaddr cookie listowner',
    ),
    'verify.txt': _text(
        N_('The mail that asks to confirm a wish to join'),
        'email listaddr listname cookie requestaddr remote listadmin confirmurl',
    ),
    'unsub.txt': _text(
        N_('The mail that asks to confirm a wish to leave'),
        'email listaddr listname cookie requestaddr remote listadmin confirmurl',
    ),
    'nomoretoday.txt': _text(
        N_('The last automatic answer of a day'), 'sender listname num owneremail'
    ),
    'postack.txt': _text(
        N_('The mail that says that a post arrived'),
        'subject listname listinfo_url optionsurl',
    ),
    'disabled.txt': _text(
        N_('The mail to a member whose delivery was stopped'),
        'listname noticesleft confirmurl optionsurl password owneraddr reason',
    ),
    'admlogin.html': _text(
        N_('The log-in page of owners and moderators'), 'listname path message who'
    ),
    'private.html': _text(
        N_('The log-in page of the private archive'), 'action realname message'
    ),
    'userpass.txt': _text(
        N_('The mail with a link that logs a member in'),
        'user listname fqdn_lname password options_url requestaddr owneraddr',
    ),
}
_NAME = re.compile(r'(?<!%)(?:%%)*%\((\w{1,80})\)')


def read(mlist: MailList, name: str, lang: str) -> str:
    """Give a text as it counts for the list, '' where there is none."""
    site = mlist.site
    languages = [lang, mlist.preferred_language, site.cfg.DEFAULT_SERVER_LANGUAGE, 'en']
    messages = Path(site.cfg.MESSAGES_DIR)
    places = (site.templates_dir, mlist.directory, mlist.host_name, messages)
    try:
        data, found = templates.find(name, map(str, languages), *places)
    except FileNotFoundError:
        return ''
    return templates.decode(data, site.charset(found))


def is_own(mlist: MailList, name: str, lang: str) -> bool:
    """Tell whether the list has its own copy."""
    return _path(mlist, name, lang).is_file()


def own_copies(mlist: MailList, lang: str) -> set[str]:
    """Give the names of all texts that the list has its own copy of."""
    try:
        return set(os.listdir(mlist.directory / lang)) & set(TEXTS)
    except OSError:
        return set()


def save(mlist: MailList, name: str, lang: str, text: str) -> None:
    """Keep the list's own copy; the caller holds the lock."""
    path = _path(mlist, name, lang)
    make_directory(path.parent, 0o2775)
    if path.parent.is_symlink():
        raise NotADirectoryError(20, 'is a link, not a folder', str(path.parent))
    lines = text.replace('\r\n', '\n').replace('\r', '\n')
    if lines and not lines.endswith('\n'):
        lines += '\n'
    safefile.write(path, lines.encode('utf-8', 'replace'), mode=0o664)


def drop(mlist: MailList, name: str, lang: str) -> bool:
    """Go back to the site's text; tell whether there was a copy."""
    with suppress(FileNotFoundError, NotADirectoryError):
        os.unlink(_path(mlist, name, lang))
        return True
    return False


def unknown_names(name: str, text: str) -> list[str]:
    """Give the names in a text that nothing is filled in for."""
    found = dict.fromkeys(_NAME.findall(text))
    return [one for one in found if one not in TEXTS[name].names]


def _path(mlist: MailList, name: str, lang: str) -> Path:
    """Give the place of a copy; names and languages are known ones."""
    if name not in TEXTS or lang not in mlist.site.languages():
        raise FileNotFoundError(2, 'there is no such text', f'{lang}/{name}')
    return mlist.directory / lang / name
