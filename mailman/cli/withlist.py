"""bin/withlist: Python with a list in hand, at a prompt or for a script.

Scripts are the site's own, and many were written for 2.1: they import ``Mailman`` and
call a list's methods by their 2.1 names (mailman/compat21).
"""

from __future__ import annotations

import argparse
import importlib
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from mailman import compat21
from mailman.cli.command import (
    ENGLISH,
    Parser,
    cli_translator,
    fail,
    list_name,
    progress,
)
from mailman.errors import CorruptList, UnknownList
from mailman.lists import MailList, catalog

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

DESCRIPTION = """\
Open a list, and give it to a prompt or to a script.

At the prompt the list is m.  Changes are kept by m.Save(), which needs the lock: -l, or
m.Lock() before and m.Unlock() after.  End it with Ctrl-D.

With -r the callable is called with the list and the words behind the list's name:
-r check_dates.start imports bin/check_dates.py and calls start(m); -r NAME is short for
-r NAME.NAME.  With -a it is called for each list of the site, and no list is named."""

Function = Callable[..., Any]


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    usage = '%(prog)s [-h] [-l] [-i] [-r [MODULE.]CALLABLE] [-a] [-q] '
    usage += '[LISTNAME] [ARGUMENT ...]'
    parser = Parser('withlist', DESCRIPTION, _, usage=usage)
    add = parser.add_argument
    add('-l', '--lock', action='store_true', help=_('lock the list meanwhile'))
    add(
        '-i',
        '--interactive',
        action='store_true',
        help=_('a prompt, also after a script'),
    )
    add('-r', '--run', metavar='[MODULE.]CALLABLE', help=_('call this with the list'))
    add('-a', '--all', action='store_true', help=_('with -r: for all lists'))
    add('-q', '--quiet', action='store_true', help=_('no status lines'))
    # REMAINDER: options behind the list's name are the script's.
    add('words', nargs=argparse.REMAINDER, metavar='[LISTNAME] [ARGUMENT ...]')
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 0 also for an unknown list, 1 when a script fails."""
    _ = cli_translator(site)
    parser = build_parser(_)
    options = parser.parse_args(argv)
    prompt = options.interactive or not options.run
    if options.all and not options.run:
        parser.error(_('-a needs -r'))
    if not options.all and not options.words and not prompt:
        parser.error(_('which list?'))
    compat21.register(site)
    session = Session(site, lock=options.lock, quiet=options.quiet)
    try:
        if options.run:
            session.load_script(options.run)
        session.work(options.words, every=options.all)
        if prompt:
            return session.prompt()
    except ScriptFailed:
        return 1
    except CorruptList as error:
        return fail(
            _(
                '%(list)s: the list cannot be read: %(error)s',
                list=error.name,
                error=error,
            )
        )
    finally:
        session.end()
    return 0


class ScriptFailed(Exception):
    """The site's script cannot be imported, or raised; its traceback was printed."""


class Session:
    """One call of withlist: the list at hand, and what the script answered."""

    def __init__(self, site: Site, *, lock: bool, quiet: bool) -> None:
        self.site, self.lock, self.quiet = site, lock, quiet
        self.function: Function | None = None
        self.mlist: MailList | None = None
        self.result: Any = None

    def say(self, text: str) -> None:
        """Print a status line."""
        if not self.quiet:
            print(text, file=sys.stderr)

    def load_script(self, name: str) -> None:
        """Import what -r names; raises ScriptFailed."""
        _ = cli_translator(self.site)
        module, dot, function = name.rpartition('.')
        module = module or function
        folder = str(self.site.bin_dir)
        if folder not in sys.path:
            sys.path.insert(0, folder)
        self.say(_('Importing %(module)s...', module=module))
        try:
            found = importlib.import_module(module)
            self.function = getattr(found, function)
        except Exception as error:
            if isinstance(error, ModuleNotFoundError) and error.name == module:
                fail(
                    _(
                        'There is no %(folder)s/%(module)s.py',
                        folder=folder,
                        module=module,
                    )
                )
            else:
                _report(error)
            raise ScriptFailed from error
        self.say(
            _('Running %(module)s.%(function)s()...', module=module, function=function)
        )

    def work(self, words: list[str], *, every: bool) -> None:
        """Open the list that is named, or all, and call the script for each."""
        _ = cli_translator(self.site)
        if every:
            names = catalog.names(self.site)
            shown = progress(names, len(names), _('lists')) if self.quiet else names
            self.result = [self.one_list(name, words) for name in shown]
        elif words:
            self.result = self.one_list(list_name(words[0]), words[1:])
        else:
            print(_('No list name supplied.'))

    def one_list(self, name: str, words: list[str]) -> Any:
        """Open a list and call the script; answers None where one is missing."""
        _ = cli_translator(self.site)
        self.release()
        self.say(
            _(
                'Loading list %(name)s (%(state)s)',
                name=name,
                state=_('locked') if self.lock else _('unlocked'),
            )
        )
        try:
            self.mlist = MailList.open(self.site, name)
            if self.lock:
                self.mlist.Lock()
        except UnknownList:
            self.mlist = None
            print(_('Unknown list: %(name)s', name=name), file=sys.stderr)
        if self.function is None or self.mlist is None:
            return None
        try:
            return self.function(self.mlist, *words)
        except Exception as error:
            _report(error)
            raise ScriptFailed from error

    def prompt(self) -> int:
        """Read Python from the terminal; answer the exit status."""
        import code

        with suppress(ImportError):  # line editing and completion, where Python has it
            import readline
            import rlcompleter

            readline.set_completer(rlcompleter.Completer(self.names()).complete)
            readline.parse_and_bind('tab: complete')
        _ = cli_translator(self.site)
        banner = ''
        if self.mlist:
            banner = _("The variable `m' is the list %(name)s", name=self.mlist.name)
        try:
            code.interact(banner, local=self.names(), exitmsg='')
        except SystemExit as ending:
            return int(ending.code or 0) if isinstance(ending.code, int | None) else 1
        return 0

    def names(self) -> dict[str, Any]:
        """Answer what the prompt knows: the list, the result, 2.1's usual modules."""
        modules = {
            name: importlib.import_module(f'Mailman.{name}')
            for name in ('Errors', 'Utils', 'mm_cfg')
        }
        # We run without the module that brings exit and quit.
        return {'m': self.mlist, 'r': self.result, 'sys': sys, **modules} | {
            'exit': sys.exit,
            'quit': sys.exit,
        }

    def release(self) -> None:
        """Unlock the list at hand; what was not saved is lost, as 2.1 says too."""
        _ = cli_translator(self.site)
        if self.mlist is not None and self.mlist.locked:
            self.say(
                _('Unlocking (but not saving) list: %(list)s', list=self.mlist.name)
            )
            self.mlist.Unlock()
        self.mlist = None

    def end(self) -> None:
        """Let go of everything."""
        _ = cli_translator(self.site)
        self.release()
        self.say(_('Finalizing'))


def _report(error: Exception) -> None:
    """Print the traceback as Python does, from the script's first line on."""
    frames = error.__traceback__
    trace = frames.tb_next if frames else None
    shown = traceback.format_exception(type(error), error, trace)
    print(''.join(shown), end='', file=sys.stderr)
