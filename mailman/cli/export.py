"""bin/export.py: settings and members of lists as XML, or a thread as mbox.

The shape is 2.1's: ``mailman/list/(configuration/option, roster/member)``.  Each member
has a ``password`` with a scheme in braces in front.  Ours are kept as hashes that no
such scheme names, so only a password that 2.1 left in clear text can be exported.

``--thread``, which 2.1 did not have, writes the messages of one thread of a list's
archive instead, as they were posted.
"""

from __future__ import annotations

import argparse
import hashlib
import secrets
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import datetime
from typing import TYPE_CHECKING, Any, TextIO

from mailman.cli.command import (
    ENGLISH,
    Parser,
    choose_lists,
    cli_translator,
    fail,
    open_list,
    progress,
    told,
)
from mailman.constants import FLAG_NAMES, DeliveryStatus, MemberFlag
from mailman.errors import ArchiveError, LockTimeout
from mailman.settings import PAGES, Setting, visible

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Write the settings and members of lists as XML; with --thread, one thread of the
archive of the list named by -l as an mbox.

-p PLAIN, SHA or SSHA also writes passwords of members, so far as they are still kept
in clear text, as 2.1 did; of all others no more than a hash is known here."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('export.py', DESCRIPTION, _)
    parser.error_status = 2
    add = parser.add_argument
    add('--version', action='store_true', help=_('print the version'))
    add(
        '-o',
        '--outputfile',
        metavar='FILENAME',
        default='-',
        help=_('write there; default, or -: standard output'),
    )
    add(
        '-p',
        '--password-scheme',
        metavar='SCHEME',
        type=str.upper,
        default='NONE',
        help=_('how passwords are written: see -P; default: none'),
    )
    add(
        '-P',
        '--list-hash-schemes',
        action='store_true',
        help=_('print the names of the schemes'),
    )
    parser.add_lists('-l', '--listname', _('only this list; may be repeated'))
    add(
        '--thread',
        metavar='ARTICLE',
        help=_(
            'write the thread of this message instead: the number in the address of '
            'its page, or its Message-ID'
        ),
    )
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 2 for wrong usage, 1 when a list or the file fails."""
    _ = cli_translator(site)
    parser = build_parser(_)
    options = parser.parse_args(argv)
    if options.version:
        print(_('Mailman version: %(version)s', version=site.cfg.VERSION))
        return 0
    if options.list_hash_schemes:
        print('\n'.join(SCHEMES))
        return 0
    if options.password_scheme not in SCHEMES:
        parser.error(
            _(
                'no such scheme: %(scheme)s; -P shows them',
                scheme=options.password_scheme,
            )
        )
    if options.thread is not None:
        if len(options.listname) != 1:
            parser.error(_('--thread wants one list, named by -l'))
        return _export_thread(site, options, _)
    names = choose_lists(site, options.listname)
    try:
        with _output(options.outputfile) as stream:
            return Export(site, stream, options.password_scheme).write(names)
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        return fail(f'{options.outputfile}: {error.strerror}')


def _output(path: str) -> Any:
    if path != '-':
        return open(path, 'w', encoding='utf-8')
    if hasattr(sys.stdout, 'reconfigure'):
        sys.stdout.reconfigure(encoding='utf-8')  # as the first line says
    return nullcontext(sys.stdout)


def _export_thread(site: Site, options: argparse.Namespace, _: Translator) -> int:
    """Write one thread of a list's archive as mbox."""
    from mailman.archive.building import opened  # for start-up time, as the next
    from mailman.archive.removing import numbers_of

    mlist = open_list(site, options.listname[0])
    if mlist is None:
        return 1
    try:
        with opened(mlist) as archive:
            found = [
                number
                for article in numbers_of(archive, options.thread)[:1]
                for number in archive.store.thread_of(article)
            ]
            entries = [one for one in map(archive.content, found) if one is not None]
            if not entries:
                text = _('No such message in the archive: %(name)s',
                         name=options.thread)  # fmt: skip
                return fail(text)
            _write_entries(options.outputfile, entries)
    except (ArchiveError, LockTimeout) as error:
        return fail(told(error, _))
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        return fail(f'{options.outputfile}: {error.strerror}')
    return 0


def _write_entries(path: str, entries: list[bytes]) -> None:
    if path == '-':
        sys.stdout.buffer.writelines(entries)
        sys.stdout.buffer.flush()
        return
    with open(path, 'wb') as stream:
        stream.writelines(entries)


# --- passwords ------------------------------------------------------------------

# How ours begin (mailman/security/passwords.py); 2.1 kept those of members in clear.
HASHED = 'scrypt$'


def _sha(clear: bytes) -> str:
    # The scheme's name says it; it is for programs that ask for it.
    return b64encode(hashlib.sha1(clear, usedforsecurity=False).digest()).decode()


def _ssha(clear: bytes) -> str:
    salt = secrets.token_bytes(4)
    digest = hashlib.sha1(clear + salt, usedforsecurity=False).digest()
    return b64encode(digest + salt).decode()


SCHEMES: dict[str, Callable[[bytes], str]] = {
    'NONE': lambda clear: '',
    'PLAIN': lambda clear: clear.decode('utf-8', 'replace'),
    'SHA': _sha,
    'SSHA': _ssha,
}

# --- XML ------------------------------------------------------------------------


def _text(value: Any) -> str:
    """Write a value as character data; what XML 1.0 cannot say becomes U+FFFD."""
    text = '' if value is None else str(value)
    text = text.replace('&', '&amp;').replace('<', '&lt;').replace('>', '&gt;')
    if text.isprintable():
        return text
    return ''.join(c if _is_xml(c) else '\ufffd' for c in text).replace('\r', '&#13;')


def _is_xml(character: str) -> bool:
    code = ord(character)
    if code < 0x20:
        return character in '\t\n\r'
    return not 0xD800 <= code < 0xE000 and code not in (0xFFFE, 0xFFFF)


def _start(tag: str, attributes: dict[str, Any]) -> str:
    words = [tag]
    for name, value in attributes.items():
        text = _text(value).replace('"', '&quot;')
        text = text.replace('\t', '&#9;').replace('\n', '&#10;')
        words.append(f'{name}="{text}"')
    return ' '.join(words)


class Export:
    """One document."""

    def __init__(self, site: Site, stream: TextIO, scheme: str) -> None:
        self.site, self.stream, self.scheme = site, stream, scheme
        self.depth = 0
        self.hashed = 0

    def write(self, names: list[str]) -> int:
        """Write the lists; answer 1 when one of them cannot be read."""
        _ = cli_translator(self.site)
        status = 0
        self.line('<?xml version="1.0" encoding="UTF-8"?>')
        self.open(
            'mailman',
            **{
                'xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
                'xsi:noNamespaceSchemaLocation': 'ssi-1.0.xsd',
            },
        )
        for name in progress(names, len(names), _('lists')):
            mlist = open_list(self.site, name)
            if mlist is None:
                status = 1
            else:
                self.list(mlist)
        self.close('mailman')
        if self.hashed and self.scheme != 'NONE':
            fail(
                _(
                    '%(n)s passwords are kept as hashes and were left out.',
                    n=self.hashed,
                )
            )
        return status

    def line(self, text: str) -> None:
        """Write one line."""
        self.stream.write('    ' * self.depth + text + '\n')

    def open(self, tag: str, **attributes: Any) -> None:
        """Begin an element that holds others."""
        self.line(f'<{_start(tag, attributes)}>')
        self.depth += 1

    def close(self, tag: str) -> None:
        """End it."""
        self.depth -= 1
        self.line(f'</{tag}>')

    def element(self, tag: str, value: Any = None, **attributes: Any) -> None:
        """Write an element with a value, or an empty one."""
        text = _text(value)
        start = _start(tag, attributes)
        self.line(f'<{start}>{text}</{tag}>' if text else f'<{start}/>')

    def several(self, tag: str, child: str, values: list[Any], **more: Any) -> None:
        """Write an element with one child for each value."""
        if not values:
            self.element(tag, **more)
            return
        self.open(tag, **more)
        for value in values:
            self.element(child, value)
        self.close(tag)

    # --- what is exported ---------------------------------------------------------

    def list(self, mlist: MailList) -> None:
        """Write a list: its settings and its members."""
        self.open('list', name=mlist.name)
        self.open('configuration')
        for one in _settings(self.site):
            self.option(mlist, one)
        self.close('configuration')
        self.open('roster')
        for key in sorted(mlist.member_keys()):
            self.member(mlist, key)
        self.close('roster')
        self.close('list')

    def option(self, mlist: MailList, one: Setting) -> None:
        """Write a setting, as config_list shows it."""
        kind = TYPES[one.widget.kind] if one.widget else 'string'
        value = one.shown(mlist)
        if isinstance(value, list | tuple):
            self.several('option', 'value', list(value), name=one.name, type=kind)
            return
        if kind == 'bool':
            value = bool(value)
        self.element('option', value, name=one.name, type=kind)

    def member(self, mlist: MailList, key: str) -> None:
        """Write a member."""
        self.open('member', id=key, original=mlist.address_of(key))
        self.element('realname', mlist.name_of(key))
        self.element('password', self.password(mlist.password_of(key)))
        self.element('language', mlist.language_of(key))
        self.element('delivery', **_delivery(mlist, key))
        for name, flag in FLAGS.items():
            self.element(name, mlist.option(key, flag))
        self.several('topics', 'topic', mlist.topics_of(key))
        self.close('member')

    def password(self, stored: str) -> str:
        """Write a member's password in the scheme that was asked for."""
        if not stored or self.scheme == 'NONE':
            return '{NONE}'
        if stored.startswith(HASHED):
            self.hashed += 1
            return '{NONE}'
        clear = stored.encode('utf-8', 'surrogateescape')
        return f'{{{self.scheme}}}{SCHEMES[self.scheme](clear)}'


# Kind of control: 2.1's name of the type.
TYPES = {
    'Toggle': 'bool',
    'Radio': 'radio',
    'String': 'string',
    'Text': 'text',
    'Email': 'email',
    'EmailList': 'email_list',
    'Host': 'host',
    'Number': 'number',
    'FileUpload': 'upload',
    'Select': 'select',
    'Topics': 'topics',
    'Checkbox': 'checkbox',
    'EmailListEx': 'email_list_ex',
    'HeaderFilter': 'header_filter',
}
# Member options that are elements of their own; delivery says the other two.
FLAGS: dict[str, MemberFlag] = {
    name: flag for name, flag in FLAG_NAMES.items() if name not in ('digest', 'plain')
}
REASONS = {
    DeliveryStatus.BY_USER: 'byuser',
    DeliveryStatus.BY_ADMIN: 'byadmin',
    DeliveryStatus.BY_BOUNCE: 'bybounce',
}


def _settings(site: Site) -> Iterator[Setting]:
    for page in PAGES:
        yield from (one for one in visible(page, site) if not one.action)


def _delivery(mlist: MailList, key: str) -> dict[str, str]:
    """Tell how, and whether, a member gets mail."""
    status = mlist.delivery_status_of(key)
    if status == DeliveryStatus.ENABLED:
        found = {'status': 'enabled'}
    else:
        found = {'status': 'disabled', 'reason': REASONS.get(status, 'unknown')}
    if not mlist.is_digest(key):
        found['delivery'] = 'regular'
    else:
        plain = mlist.option(key, MemberFlag.DISABLE_MIME)
        found['delivery'] = 'plain' if plain else 'mime'
    if when := mlist.delivery_changed_at(key):
        found['changed'] = datetime.fromtimestamp(when).isoformat()
    return found
