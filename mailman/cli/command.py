"""What all commands share: the parser, the list they work on, the progress line.

2.1's manners (cli.json): ``-h`` prints to stdout and exits 0; a usage error prints
the usage and one line to stderr and exits 1.

Commands speak the site's language, DEFAULT_SERVER_LANGUAGE, as in 2.1::

    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
    print(_('No such list: %(name)s', name=name))

A parser that is made without a translator speaks English: docs/commands.md is.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TextIO, TypeVar

from mailman.errors import (
    ConfigError,
    CorruptList,
    LockTimeout,
    UnknownList,
)
from mailman.site.i18n import ENGLISH as ENGLISH
from mailman.site.i18n import N_, Translator

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site

T = TypeVar('T')


def cli_translator(site: Site) -> Translator:
    """Answer what speaks to the people at the site's terminals."""
    return site.translator(None)


class Parser(argparse.ArgumentParser):
    """An argument parser with 2.1's exit codes, in the language of its translator."""

    error_status = 1

    def __init__(
        self, prog: str, description: str, _: Translator = ENGLISH, **kw: object
    ) -> None:
        super().__init__(
            prog=prog,
            description=_(description),
            formatter_class=lambda prog: _Formatter(prog, _),
            add_help=False,
            **kw,  # type: ignore[arg-type]
        )
        self.translator = _
        # What argparse would say itself it says in English.
        self._positionals.title = _('positional arguments')
        self._optionals.title = _('options')
        explained = _('show this help message and exit')
        self.add_argument('-h', '--help', action='help', help=explained)

    def add_lists(self, short: str, long: str, text: str) -> None:
        """Add an option that names a list and may be repeated."""
        self.add_argument(
            short,
            long,
            action='append',
            default=[],
            type=list_name,
            metavar='LIST',
            help=text,
        )

    def error(self, message: str) -> NoReturn:
        """Print usage and the message, exit 1."""
        self.print_usage(sys.stderr)
        message = misuse(message, self.translator)
        self.exit(self.error_status, f'{self.prog}: {message}\n')


class _Formatter(argparse.RawDescriptionHelpFormatter):
    """Writes usage and help, with the word before the usage in a language."""

    def __init__(self, prog: str, _: Translator) -> None:
        super().__init__(prog)
        self._prefix = _('usage: ')

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, prefix or self._prefix)


# What argparse finds wrong, in words that can be translated; the rest stays English.
MISUSES = {
    r'the following arguments are required: (?P<names>.*)': N_(
        'the following arguments are required: %(names)s'
    ),
    r'unrecognized arguments: (?P<names>.*)': N_('unrecognized arguments: %(names)s'),
    r'argument (?P<name>.*?): expected one argument': N_(
        'argument %(name)s: expected one argument'
    ),
    r'argument (?P<name>.*?): not allowed with argument (?P<other>.*)': N_(
        'argument %(name)s: not allowed with argument %(other)s'
    ),
    r'one of the arguments (?P<names>.*) is required': N_(
        'one of the arguments %(names)s is required'
    ),
    r'ambiguous option: (?P<name>.*) could match (?P<names>.*)': N_(
        'ambiguous option: %(name)s could match %(names)s'
    ),
}


def misuse(message: str, _: Translator) -> str:
    """Translate what argparse finds wrong."""
    import re  # for start-up time

    for pattern, text in MISUSES.items():
        if match := re.fullmatch(pattern, message, re.DOTALL):
            return _(text, **match.groupdict())
    return message


def told(error: Exception, _: Translator) -> str:
    """Word an error that has its own text, such as BadListName."""
    if isinstance(error, LockTimeout):
        return _('%(path)s is locked by another process', path=error.path)
    if isinstance(error, ConfigError) and error.line:
        where = _('%(path)s, line %(line)s', path=error.path, line=error.line)
        return f'{where}: {error.reason}'
    reason = getattr(error, 'reason', '')
    return str(error).replace(reason, _(reason)) if reason else str(error)


def fail(message: str, status: int = 1) -> int:
    """Say what is wrong on stderr; answer the exit status to return."""
    print(message, file=sys.stderr)
    return status


def list_name(text: str) -> str:
    """Read a list's name from a command line: 2.1 lower-cases it."""
    return text.strip().lower()


def count(text: str) -> int:
    """Read a number from a command line; ValueError for a negative one."""
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number


def progress(
    items: Iterable[T], total: int, what: str, stream: TextIO | None = None
) -> Iterator[T]:
    """Pass ITEMS on; on a terminal, show now and then how far we are.

    Nothing is shown for work that is done within a second, nor into a pipe.
    """
    stream = stream or sys.stderr
    if not stream.isatty():
        yield from items
        return
    shown, next_time = False, time.monotonic() + 1.0
    for number, item in enumerate(items, 1):
        yield item
        if time.monotonic() >= next_time:
            stream.write(f'\r{what}: {number} of {total} ')
            stream.flush()
            shown, next_time = True, time.monotonic() + 0.2
    if shown:
        stream.write(f'\r{what}: {total} of {total}\n')


def lines_of(path: str) -> list[str]:
    """Answer the lines of a file, or of stdin for ``-``, without line ends.

    Bytes that are no UTF-8 are taken as ISO-8859-1.  Raises OSError.
    """
    if path == '-':
        raw = sys.stdin.buffer.read()
    else:
        with open(path, 'rb') as stream:
            raw = stream.read()
    try:
        text = raw.decode('utf-8-sig')
    except UnicodeDecodeError:
        text = raw.decode('latin-1')
    return text.splitlines()


def member_entry(line: str) -> tuple[str, str]:
    """Read name and address of ``ADDRESS``, ``Name <ADDRESS>`` or ``ADDRESS (Name)``.

    Raises BadAddress; both are empty for an empty line.
    """
    from mailman.mail import entries

    return entries.read(line)


def choose_lists(site: Site, names: Sequence[str]) -> list[str]:
    """Answer the given list names, or all lists of the site when none is given."""
    if names:
        return [list_name(name) for name in names]
    from mailman.lists.catalog import names as all_names

    return all_names(site)


def open_list(site: Site, name: str) -> MailList | None:
    """Answer the list, or None after saying on stderr why there is none."""
    from mailman.lists import MailList

    _ = cli_translator(site)
    try:
        return MailList.open(site, name)
    except UnknownList:
        print(_('No such list: %(name)s', name=name), file=sys.stderr)
    except CorruptList as error:
        text = _(
            '%(name)s: the list cannot be read: %(error)s',
            name=name,
            error=told(error, _),
        )
        print(text, file=sys.stderr)
    return None


def open_lists(site: Site, names: Iterable[str]) -> Iterator[MailList]:
    """Open the lists one after the other; what cannot be opened is named on stderr."""
    for name in names:
        mlist = open_list(site, name)
        if mlist is not None:
            yield mlist
