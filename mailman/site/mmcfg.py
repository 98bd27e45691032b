"""Run a site's ``Mailman/mm_cfg.py`` over the defaults.

Sites wrote this file for Python 2, as a module of the package Mailman: it says ``from
Defaults import *`` or ``from Mailman.Defaults import *``, and it may import a file
beside itself.  While it runs, those modules exist; afterwards they do not, so that two
sites in one process never see each other's.
"""

from __future__ import annotations

import re
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from mailman.errors import ConfigError

# sys.modules and sys.path belong to the whole process.
_ONE_AT_A_TIME = threading.Lock()

# What Python 2 accepted: a pattern for the line Python complains about, what to do.
_SYNTAX = [
    (
        re.compile(r'(?<![\w.])0(\d+)[lL]?\b'),
        'Python 3 writes an octal number with 0o: 0o{0} instead of 0{0}',
    ),
    (
        re.compile(r'^\s*print\b(?!\s*\()'),
        'print is a function in Python 3: put parentheses around what it prints',
    ),
    (
        re.compile(r'(?<![\w.])(\d+)[lL]\b'),
        'Python 3 needs no L behind a long number: {0}',
    ),
    (
        re.compile(r'\bexcept\s+[^:]*,\s*(\w+)\s*:'),
        "write 'except ... as {0}:' instead of 'except ..., {0}:'",
    ),
    (re.compile(r'<>'), 'write != instead of <>'),
    (re.compile(r'`'), 'write repr(x) instead of `x`'),
    (re.compile(r'\bexec\s+[^(\s]'), 'exec is a function in Python 3: exec(...)'),
    (re.compile(r'\braise\s+\w+\s*,'), 'write raise Name(text)'),
    (re.compile(r'\b[uU][rR](?=[\'"])'), "write r'...' instead of ur'...'"),
]

# Names that are gone, and what serves instead.
_NAMES = {
    'unicode': 'str',
    'basestring': 'str',
    'long': 'int',
    'unichr': 'chr',
    'xrange': 'range',
    'raw_input': 'input',
    'reduce': 'functools.reduce',
    'reload': 'importlib.reload',
    'execfile': 'exec(open(path).read())',
    'file': 'open',
    'cmp': '(a > b) - (a < b)',
}
_ATTRIBUTES = {
    'has_key': 'key in dictionary',
    'iteritems': 'items()',
    'iterkeys': 'keys()',
    'itervalues': 'values()',
}


def run(path: Path, names: dict[str, Any]) -> None:
    """Execute mm_cfg.py in names, which hold the defaults; none is fine.

    Raises ConfigError with the line of mm_cfg.py where it stopped; what ran before
    that stays.
    """
    try:
        source = path.read_bytes()
    except FileNotFoundError:
        return
    except OSError as error:
        reason = f'{error.strerror}; the Mailman user must be able to read it'
        raise ConfigError(path, None, reason) from error
    code = _compile(path, source)
    given = dict(names)
    names |= {'__name__': 'Mailman.mm_cfg', '__file__': str(path)}
    with _ONE_AT_A_TIME, _imports_for(path.parent, given), _no_warnings():
        try:
            exec(code, names)  # noqa: S102 - the administrator's own program
        except (Exception, SystemExit) as error:
            line = line_within(path, error.__traceback__)
            raise ConfigError(path, line, explain(error)) from error


def _compile(path: Path, source: bytes) -> Any:
    try:
        with _ONE_AT_A_TIME, _no_warnings():
            # From bytes, so that the file's own coding line counts.
            return compile(source, str(path), 'exec', dont_inherit=True)
    except SyntaxError as error:
        raise ConfigError(path, error.lineno, explain_syntax(error)) from error
    except ValueError as error:  # NUL bytes, before Python 3.12
        raise ConfigError(path, None, str(error)) from error


@contextmanager
def _imports_for(folder: Path, given: dict[str, Any]) -> Iterator[None]:
    """Let 2.1's Defaults be imported, and files beside mm_cfg.py."""
    fakes = {n: ModuleType(n) for n in ('Mailman', 'Defaults', 'Mailman.Defaults')}
    for name in ('Defaults', 'Mailman.Defaults'):
        fakes[name].__dict__.update(given)
    fakes['Mailman'].__dict__['Defaults'] = fakes['Mailman.Defaults']
    before = dict(sys.modules)
    sys.modules.update(fakes)
    # Last: a file there named like a module of Python's must not replace it.
    sys.path.append(str(folder))
    # Whoever runs the first command would own what Python compiled there.
    compiles, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        yield
    finally:
        sys.dont_write_bytecode = compiles
        sys.path.remove(str(folder))
        for name in fakes:
            del sys.modules[name]
        # A copy is made at once; another thread may import something meanwhile.
        for name, module in sys.modules.copy().items():
            if name not in before and _lies_in(folder, module):
                del sys.modules[name]
        sys.modules.update({name: before[name] for name in fakes if name in before})


def _lies_in(folder: Path, module: ModuleType) -> bool:
    return (getattr(module, '__file__', None) or '').startswith(f'{folder}/')


@contextmanager
def _no_warnings() -> Iterator[None]:
    """Be quiet about '\\.' and the like, which Python 2 files are full of."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        yield


# --- explaining ---------------------------------------------------------------


def line_within(path: Path, trace: TracebackType | None) -> int | None:
    """Find the innermost line of the file itself; its helpers' lines do not help."""
    line = None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def explain(error: BaseException) -> str:
    """Say what Python says, and what replaces a name that is gone."""
    said = f'{type(error).__name__}: {error}'
    if isinstance(error, NameError) and error.name in _NAMES:
        return f'{said} (in Python 3: {_NAMES[error.name]})'
    if isinstance(error, AttributeError) and error.name in _ATTRIBUTES:
        return f'{said} (in Python 3: {_ATTRIBUTES[error.name]})'
    return said


def explain_syntax(error: SyntaxError) -> str:
    """Say what Python says, and how Python 3 writes it."""
    for pattern, advice in _SYNTAX:
        if found := pattern.search(error.text or ''):
            return f'{error.msg}; {advice.format(*found.groups())}'
    return error.msg
