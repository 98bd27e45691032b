"""Runners: each empties one queue directory, for as long as the site is up.

The table maps 2.1's runner names, as in QRUNNERS and ``bin/qrunner -r``, to our
modules; a module holds one class of that name.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mailman.runners.base import Runner
    from mailman.site import Site

RUNNERS = {
    'ArchRunner': 'archive',
    'BounceRunner': 'bounces',
    'CommandRunner': 'commands',
    'IncomingRunner': 'incoming',
    'NewsRunner': 'news',
    'OutgoingRunner': 'outgoing',
    'VirginRunner': 'virgin',
    'RetryRunner': 'retry',
}


def full_name(name: str) -> str:
    """Answer 2.1's class name for NAME or NAMERunner, in any case.

    Raises KeyError for a runner that does not exist.
    """
    wanted = name.strip().lower().removesuffix('runner')
    for known in RUNNERS:
        if known.lower().removesuffix('runner') == wanted:
            return known
    raise KeyError(name)


def runner_class(name: str) -> type[Runner]:
    """Import and answer the runner class of that 2.1 name (KeyError if unknown)."""
    known = full_name(name)
    found: type[Runner] = getattr(
        import_module(f'mailman.runners.{RUNNERS[known]}'), known
    )
    return found


def make_runner(site: Site, name: str, slice_: int = 0, count: int = 1) -> Runner:
    """Make the runner NAME for one slice of its queue."""
    return runner_class(name)(site, slice_, count)
