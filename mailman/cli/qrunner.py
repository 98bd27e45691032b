"""bin/qrunner: run one or more queue runners in this process."""

from __future__ import annotations

import argparse
import fcntl
import os
import select
import signal
import sys
from typing import TYPE_CHECKING

from mailman.cli.command import ENGLISH, Parser, cli_translator, fail
from mailman.runners import RUNNERS, full_name, make_runner
from mailman.runners.base import Runner, serve

if TYPE_CHECKING:
    from mailman.site import Site
    from mailman.site.i18n import Translator

# Seconds between two looks at the queues, where several are served in turn: nothing
# wakes that process.
LONGEST_SLEEP = 1.0

DESCRIPTION = """\
Run queue runners in the foreground.

-r NAME, or NAME:SLICE:RANGE for one slice of several, may be given more than once;
All stands for every runner.  With one runner and no -o it works until it gets SIGTERM
or SIGINT; several without -o are served in turn.  With -o the queues are worked until
nothing moves any more.  Normally bin/mailmanctl starts the runners."""


def build_parser(_: Translator = ENGLISH) -> argparse.ArgumentParser:
    """Make the command's parser."""
    parser = Parser('qrunner', DESCRIPTION, _)
    parser.add_argument(
        '-r',
        '--runner',
        action='append',
        default=[],
        metavar='NAME[:SLICE:RANGE]',
        help=_('a runner to run, or All; may be repeated'),
    )
    parser.add_argument(
        '-o', '--once', action='store_true', help=_('end when nothing moves any more')
    )
    parser.add_argument(
        '-l', '--list', action='store_true', help=_('show the names of the runners')
    )
    parser.add_argument(
        '-v', '--verbose', action='store_true', help=_('say on stderr what is done')
    )
    parser.add_argument(
        '-s', '--subproc', action='store_true', help=_('started by mailmanctl')
    )
    return parser


def main(site: Site, argv: list[str] | None = None) -> int:
    """Run the command; 15 after SIGTERM, 2 after SIGINT, 1 for wrong usage."""
    _ = cli_translator(site)
    parser = build_parser(_)
    options = parser.parse_args(argv)
    if options.list:
        return _show_names(_)
    if not options.runner:
        parser.error(_('no runner name given; -l shows them'))
    try:
        wanted = _parse_names(options.runner)
    except (KeyError, ValueError) as error:
        return fail(_('No such runner: %(name)s; -l shows them', name=error.args[0]))
    runners = [make_runner(site, *spec) for spec in wanted]
    if options.subproc:
        for runner in runners:
            runner.parent = os.getppid()
    if options.once:
        return run_once(site, runners, verbose=options.verbose)
    if len(runners) == 1:
        return serve(runners[0])
    return _in_turn(runners)


def _show_names(_: Translator) -> int:
    for name in RUNNERS:
        print(
            _(
                '%(short)s runs the %(name)s qrunner',
                short=name.removesuffix('Runner'),
                name=name,
            )
        )
    print(_('All runs all the above qrunners'))
    return 0


def _parse_names(words: list[str]) -> list[tuple[str, int, int]]:
    """Read NAME[:SLICE:RANGE] words; each runner once, however often it is named."""
    found: dict[tuple[str, int, int], None] = {}
    for word in words:
        name, *numbers = word.split(':')
        if len(numbers) not in (0, 2):
            raise ValueError(word)
        slice_, count = (int(n) for n in numbers) if numbers else (0, 1)
        if count < 1 or not 0 <= slice_ < count:
            raise ValueError(word)
        names = list(RUNNERS) if name.lower() == 'all' else [full_name(name)]
        for each in names:
            found[(each, slice_, count)] = None
    return list(found)


def run_once(site: Site, runners: list[Runner], *, verbose: bool = False) -> int:
    """Work the queues until nothing moves any more.

    One process at a time does so; the mail program starts us only when nobody holds
    this lock.  It stores its message before it looks, so a look at the queues after
    letting go of the lock misses nothing.
    """
    _obey_signals(runners)
    site.locks_dir.mkdir(parents=True, exist_ok=True)
    path = site.locks_dir / 'qrunner-once'
    ours: list[Runner] = []
    left: set[str] = set()
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            ours = [runner for runner in runners if runner.acquire_slice(timeout=0.2)]
            for runner in ours:
                runner.queue.recover()
            _drain(ours, cli_translator(site), verbose=verbose)
            left = _waiting(ours)
        finally:
            for runner in ours:
                runner.close()
            os.close(descriptor)
        if any(r.shutting_down for r in runners) or _waiting(ours) <= left:
            return next((int(r.stop_signal) for r in runners if r.stop_signal), 0)


def _waiting(runners: list[Runner]) -> set[str]:
    return {name for runner in runners for name in runner.queue.files()}


def _drain(runners: list[Runner], _: Translator, *, verbose: bool) -> None:
    moved = True
    while moved:
        moved = False
        for runner in runners:
            if runner.should_stop():
                return
            if runner.one_pass():
                moved = True
                if verbose:
                    print(_('%(name)s: worked', name=runner.name), file=sys.stderr)
        moved = any([runner.flush() for runner in runners]) or moved


def _in_turn(runners: list[Runner]) -> int:
    """Serve several runners in one process, for small machines and debugging."""
    _obey_signals(runners)
    ours = [runner for runner in runners if runner.acquire_slice(timeout=5.0)]
    for runner in ours:
        runner.queue.recover()
    bell, ringer = os.pipe()
    os.set_blocking(ringer, False)
    # Signals are written into the pipe, so that one ends the sleep.
    signal.set_wakeup_fd(ringer, warn_on_full_buffer=False)
    while ours and not any(runner.should_stop() for runner in ours):
        if not any([runner.one_pass() or runner.periodic() for runner in ours]):
            pause = min(runner.sleep_time() for runner in ours)
            select.select([bell], [], [], min(pause, LONGEST_SLEEP))
    signal.set_wakeup_fd(-1)
    for descriptor in (bell, ringer):
        os.close(descriptor)
    for runner in ours:
        runner.close()
    return next((int(r.stop_signal) for r in runners if r.stop_signal), 0)


def _obey_signals(runners: list[Runner]) -> None:
    def stop(signum: int, frame: object) -> None:
        for runner in runners:
            runner.stop(signum)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
