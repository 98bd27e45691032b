"""The text of docs/commands.md, from the parsers of all commands."""

from __future__ import annotations

import argparse
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
TREE = HERE.parents[1]

INTRO = """\
# Commands

Made by `make docs` from the parsers in `mailman/cli/`; do not edit it.

Each command says the same with `-h`. List names may be typed in upper or lower case. A
command that works through many items shows how far it is, on a terminal only. Wrong
usage is said on standard error and exits with 1 (`export.py`: 2). With an error in
`mm_cfg.py` commands name the line and do nothing, except those that help to mend it.

What 2.1 printed for scripts to read is printed to the letter; so are its exit codes,
except where [differences.md](differences.md) says so.
"""
FOLDERS = {
    'bin': 'For the administrator',
    'cron': 'For cron\n\n`cron/crontab.in` has the times; install it with `crontab`.',
}
# How often a word may stand on the command line: argparse's signs.
FORMS: dict[object, str] = {
    None: '{}',
    '?': '[{}]',
    '*': '[{} ...]',
    '+': '{} ...',
    argparse.REMAINDER: '{}',
}


def text() -> str:
    """Answer the page."""
    return '\n'.join(_lines()).rstrip('\n') + '\n'


def _lines() -> Iterator[str]:
    yield INTRO
    commands = list(_commands())
    for folder, heading in FOLDERS.items():
        yield f'## {heading}\n'
        for parser, module in commands:
            if (TREE / folder / parser.prog).exists():
                yield from _command(folder, parser, module)


def _commands() -> Iterator[tuple[argparse.ArgumentParser, ModuleType]]:
    """Yield the parsers of all modules that have one, in the order of their names."""
    for path in sorted(HERE.glob('*.py')):
        module = import_module(f'mailman.cli.{path.stem}')
        if hasattr(module, 'build_parser'):
            yield module.build_parser(), module


def _command(
    folder: str, parser: argparse.ArgumentParser, module: ModuleType
) -> Iterator[str]:
    yield f'### `{folder}/{parser.prog}`\n'
    yield f'    {_usage(folder, parser)}\n'
    yield f'{(parser.description or "").strip()}\n'
    rows = [_row(parser, action) for action in parser._actions if action.dest != 'help']
    if any(rows):
        yield '| | |'
        yield '|---|---|'
        yield from filter(None, rows)
        yield ''
    if ending := _exit_status(module):
        yield f'Exit status: {ending}\n'


def _usage(folder: str, parser: argparse.ArgumentParser) -> str:
    words = [f'{folder}/{parser.prog}']
    if any(a.option_strings and a.dest != 'help' for a in parser._actions):
        words.append('[options]')
    for action in parser._actions:
        if not action.option_strings:
            name = str(action.metavar or action.dest)
            words.append(FORMS.get(action.nargs, '{}').format(name))
    return ' '.join(words)


def _row(parser: argparse.ArgumentParser, action: argparse.Action) -> str:
    """Write an option, or a word that is explained."""
    explained = (action.help or '') % {**vars(action), 'prog': parser.prog}
    if not action.option_strings:
        return _cells(str(action.metavar or action.dest), explained)
    value = ''
    if action.nargs != 0:
        value = str(action.metavar or action.dest.upper())
        value = f'[{value}]' if action.nargs == '?' else value
    names = ', '.join(action.option_strings)
    return _cells(f'{names} {value}'.strip(), explained)


def _cells(name: str, explained: str) -> str:
    if not explained:
        return ''
    return '| `{}` | {} |'.format(
        *(part.replace('|', '\\|') for part in (name, explained))
    )


def _exit_status(module: ModuleType) -> str:
    """Answer what the docstring of the command's main says about it."""
    words = ' '.join((module.main.__doc__ or '').split())
    match = re.match(r'Run the command[;:] (.*)', words)
    return match[1] if match else ''
