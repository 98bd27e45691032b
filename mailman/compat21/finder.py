"""Imports of ``Mailman.X``: which of our modules stands for which of 2.1's.

A handler of the site (``Mailman.Handlers.MyStep``) is found as the pipeline finds it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from mailman import handlers
from mailman.compat21 import current
from mailman.errors import UnknownHandler

PACKAGES = {'Mailman', 'Mailman.Handlers', 'Mailman.Logging', 'Mailman.Queue'}
MODULES = {
    'Mailman.Defaults': 'mm_cfg',
    'Mailman.Errors': 'errors21',
    'Mailman.Logging.Syslog': 'syslog',
    'Mailman.MailList': 'maillist',
    'Mailman.MemberAdaptor': 'member_adaptor',
    'Mailman.Message': 'message',
    'Mailman.Queue.sbcache': 'sbcache',
    'Mailman.UserDesc': 'user_desc',
    'Mailman.Utils': 'utils',
    'Mailman.Version': 'version',
    'Mailman.i18n': 'i18n',
    'Mailman.mm_cfg': 'mm_cfg',
}
HANDLERS = 'Mailman.Handlers.'
# What handlers of 2.1 lent to others, beside their process function.
LENT = {'CookHeaders': 'cook_headers', 'Hold': 'hold'}


class Finder(MetaPathFinder):
    """Finds 2.1's module names."""

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Answer how to load a module of ours; None for everybody else's."""
        if fullname in PACKAGES:
            return ModuleSpec(fullname, _Package(), is_package=True)
        if fullname in MODULES:
            return ModuleSpec(fullname, _Copy(f'mailman.compat21.{MODULES[fullname]}'))
        if fullname.startswith(HANDLERS):
            name = fullname.removeprefix(HANDLERS)
            try:
                module = handlers.module_of(current.site(), name)
            except UnknownHandler:
                return None
            return ModuleSpec(fullname, _Handler(module, name))
        return None


class _Package(Loader):
    def create_module(self, spec: ModuleSpec) -> None:
        """Have an ordinary, empty module made."""

    def exec_module(self, module: ModuleType) -> None:
        """Leave it empty."""


class _Copy(Loader):
    """Loads a module under another name: the names in it are the same objects."""

    def __init__(self, name: str) -> None:
        self.name = name

    def create_module(self, spec: ModuleSpec) -> None:
        """Have an ordinary, empty module made."""

    def exec_module(self, module: ModuleType) -> None:
        """Fill it."""
        _lend(module, importlib.import_module(self.name))


class _Handler(Loader):
    """Loads a handler under its 2.1 name, with what it lent to others then."""

    def __init__(self, found: ModuleType, name: str) -> None:
        self.found, self.name = found, name

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Use the site's own module as it is; make one for a handler of ours."""
        return self.found if self.found.__name__ == spec.name else None

    def exec_module(self, module: ModuleType) -> None:
        """Fill the module for a handler of ours."""
        if module is self.found:
            return
        _lend(module, self.found)
        if self.name in LENT:
            lent = importlib.import_module(f'mailman.compat21.{LENT[self.name]}')
            _lend(module, lent)


def _lend(module: ModuleType, source: ModuleType) -> None:
    names = {name: value for name, value in vars(source).items() if name[:2] != '__'}
    module.__dict__.update(names)
    # PEP 562: the site's variables are looked up when they are asked for.
    if '__getattr__' in vars(source):
        module.__dict__['__getattr__'] = vars(source)['__getattr__']


FINDER = Finder()


def forget() -> None:
    """Undo all imports of 2.1's names (for tests, which have several sites)."""
    for name in [
        name for name in list(sys.modules) if name.partition('.')[0] == 'Mailman'
    ]:
        del sys.modules[name]
