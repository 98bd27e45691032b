"""bin/config_list: write a list's settings into a file, or read them from one."""

from __future__ import annotations

import argparse
import builtins
import sys
import traceback
from typing import TYPE_CHECKING, Any

from mailman import compat21
from mailman.actions.passwords import ATTRIBUTES, changed
from mailman.cli.command import (
    ENGLISH,
    Parser,
    cli_translator,
    fail,
    list_name,
    open_list,
)
from mailman.errors import BadAddress, BadSetting
from mailman.security.passwords import hash_password, is_stored_form
from mailman.settings import find
from mailman.settings.listing import source_lines
from mailman.settings.pysource import compile_file
from mailman.storage import pickles

if TYPE_CHECKING:
    from mailman.lists import MailList
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Write the settings of a list into a file, or set them from such a file.

The file is Python: it is run, and each name it leaves behind that is a setting of the
list is set.  It may hold a few settings or all of them, and the list itself is there as
"mlist".  What -o writes, and what 2.1's config_list wrote, can be read again.

A value that a setting does not take is reported, and the others are set nevertheless.
Nothing is set when the file itself fails."""

# What the file has from us, not from its author.
_GIVEN = frozenset({'mlist', '__builtins__'})
# Passwords that open pages, and whose log-ins end with them.
_OPENING = {'password': 'admin', 'mod_password': 'moderator'}


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('config_list', DESCRIPTION, _)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        '-i', '--inputfile', metavar='FILE', help=_('set what this file says')
    )
    what.add_argument(
        '-o', '--outputfile', metavar='FILE', help=_('write here; - is the terminal')
    )
    parser.add_argument(
        '-c',
        '--checkonly',
        action='store_true',
        help=_('with -i: report what is wrong, and save nothing'),
    )
    parser.add_argument(
        '-v',
        '--verbose',
        action='store_true',
        help=_('with -i: name each setting that is set'),
    )
    parser.add_argument('listname', type=list_name, help=_('the list'))
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 1 when there is no such list, or the file cannot be used."""
    _ = cli_translator(site)
    options = build_parser(_).parse_args(argv)
    mlist = open_list(site, options.listname)
    if mlist is None:
        return 1
    if options.outputfile:
        return _write(mlist, options.outputfile)
    if options.checkonly:
        return _read(mlist, options.inputfile, options.verbose)
    with mlist.lock():
        before = {name: getattr(mlist, name, None) for name in _OPENING}
        status = _read(mlist, options.inputfile, options.verbose)
        if status == 0:
            mlist.save()
            for name, role in _OPENING.items():
                if getattr(mlist, name, None) != before[name]:
                    changed(mlist, role)
    return status


# --- writing ------------------------------------------------------------------


def _write(mlist: MailList, path: str) -> int:
    text = ''.join(f'{line}\n' for line in source_lines(mlist))
    # Halves of surrogate pairs come from old mail; an escape of them is read back.
    content = text.encode('utf-8', 'backslashreplace')
    if path == '-':
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        return 0
    try:
        with open(path, 'wb') as stream:
            stream.write(content)
    except OSError as error:
        return fail(f'{path}: {error.strerror}')
    return 0


# --- reading ------------------------------------------------------------------


def _read(mlist: MailList, path: str, verbose: bool) -> int:
    # The file may import Mailman.mm_cfg, or call the list's methods by their old names.
    compat21.register(mlist.site)
    names: dict[str, Any] = {'mlist': mlist, '__builtins__': builtins}
    try:
        with open(path, 'rb') as stream:
            content = stream.read()
    except OSError as error:
        return fail(f'{path}: {error.strerror}')
    try:
        # The file is the administrator's own program, as it was in 2.1.
        exec(compile_file(content, path), names)  # noqa: S102
    except Exception as error:
        _report_failure(error)
        return 1
    for name, value in names.items():
        if name not in _GIVEN:
            _apply(mlist, name, value, verbose)
    return 0


def _report_failure(error: Exception) -> None:
    """Show the error as Python does, from the file's first line on."""
    frames = error.__traceback__
    trace = frames.tb_next if frames else None
    shown = traceback.format_exception(type(error), error, trace)
    print(''.join(shown), end='', file=sys.stderr)


def _apply(mlist: MailList, name: str, value: Any, verbose: bool) -> None:
    """Set one attribute; 2.1's lines on stderr tell what became of it."""
    _ = cli_translator(mlist.site)
    if not _is_attribute(mlist, name):
        _say(_('attribute "%(name)s" ignored', name=name))
        return
    if verbose:
        _say(_('attribute "%(name)s" changed', name=name))
    declared = find(name)
    if declared is None or not declared.visible(mlist.site):
        _say(_('Non-standard property restored: %(name)s', name=name))
    try:
        parsed = declared.parse(value, mlist) if declared else value
        _must_be_plain(name, parsed)
    except BadSetting as error:
        _report_value(name, error, _)
        return
    for warning in declared.warnings(parsed, mlist, _) if declared else ():
        _say(_('Warning: %(name)s: %(warning)s', name=name, warning=warning))
    setattr(mlist, name, _hashed(name, parsed))


def _hashed(name: str, value: Any) -> Any:
    """Keep no list's password in clear, whatever a file says."""
    if name not in ATTRIBUTES.values() or not isinstance(value, str) or not value:
        return value
    return value if is_stored_form(value) else hash_password(value)


def _is_attribute(mlist: MailList, name: str) -> bool:
    """Tell whether the list keeps NAME: a setting, or what an old list brought."""
    if find(name) is not None:
        return True
    return name in vars(mlist) and name[0] != '_' and name not in ('site', 'name')


def _must_be_plain(name: str, value: Any) -> None:
    try:
        pickles.dumps(value)
    except TypeError as error:
        raise BadSetting(name, value, str(error)) from error


def _report_value(name: str, error: BadSetting, _: Translator) -> None:
    if isinstance(error.__cause__, BadAddress):
        _say(
            _(
                'Bad email address for option %(name)s: %(value)s',
                name=name,
                value=error.value,
            )
        )
        return
    _say(_('Invalid value for property: %(name)s', name=name))
    _say(f'  {error.value!r} {_(error.reason, **error.values)}')


def _say(line: str) -> None:
    print(line, file=sys.stderr)
