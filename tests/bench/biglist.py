"""Item 5: a list with 100,000 members.

The goal for adding them is in seconds; the baseline beside it is the least that Python
can do: read the lines, look each up, put it into a dictionary, pickle that, fsync.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.bench.bench import Bench, duration, median
from tests.bench.machine import BenchError, Cost, members, post, run
from tests.bench.prefix import Prefix
from tests.bench.report import Row

BARE = """\
import os, pickle, sys
found = {}
for line in open(sys.argv[1]):
    address = line.strip()
    key = address.lower()
    if key not in found:
        found[key] = address
with open(sys.argv[2], 'wb') as out:
    out.write(pickle.dumps(found, 4))
    out.flush()
    os.fsync(out.fileno())
"""
LIST = {'archive': 0, 'digestable': 0, 'require_explicit_destination': 0}
ADD_GOAL = 3.0  # seconds, for 100,000


def measure(bench: Bench) -> list[Row]:
    """Each step, with its CPU."""
    count = 10_000 if bench.quick else 100_000
    prefix = bench.prefix('biglist')
    people = bench.folder / 'people'
    people.write_text('\n'.join(members(count)) + '\n')
    script = bench.folder / 'bare.py'
    script.write_text(BARE)
    bare_out = bench.folder / 'bare.pck'
    bare: list[Cost] = []
    adding: list[Cost] = []
    for number in range(bench.rounds):
        prefix.make_list(f'bench{number}', [], **LIST)
        words = ('-w', 'n', '-a', 'n', '-r', people, f'bench{number}')
        adding.append(prefix.command('add_members', *words))
        bare.append(run([sys.executable, '-IS', script, people, bare_out]))
    add, least = median(adding), median(bare)
    bench.say(f'{count:,} added: {add.cpu:.2f} s')
    goal = ADD_GOAL * count / 100_000
    rows = [
        Row(5, f'add {count:,}, CPU', duration(add.cpu), duration(least.cpu),
            add.cpu, goal, ' s'),
    ]  # fmt: skip
    for what, cost in _steps(bench, prefix):
        rows.append(Row(5, what, duration(cost.cpu), '', cost.cpu, None, ' s'))
    rows += _a_post(bench, prefix, count + 1)
    return rows


def _steps(bench: Bench, prefix: Prefix) -> list[tuple[str, Cost]]:
    """Load, save, list to a pipe, add one."""
    from mailman.lists import MailList

    mlist = MailList(prefix.site, 'bench0')
    one = bench.folder / 'one'

    def add_one() -> Cost:
        one.write_text(f'new@d{time.monotonic_ns()}.example\n')
        words = ('-w', 'n', '-a', 'n', '-r', one, 'bench0')
        return prefix.command('add_members', *words)

    steps: list[tuple[str, list[Cost]]] = [
        ('load', _repeat(bench, lambda: _timed(mlist.load))),
        ('save', _repeat(bench, lambda: _timed(mlist.save))),
        ('list_members to a pipe', _repeat(bench, lambda: _listed(prefix))),
    ]
    before = len(mlist.members)
    steps.append(('add one', [add_one()]))
    mlist.load()
    if len(mlist.members) != before + 1:
        raise BenchError('add_members did not add one')
    return [(what, median(costs)) for what, costs in steps]


def _repeat(bench: Bench, step: Callable[[], Cost]) -> list[Cost]:
    return [step() for _ in range(bench.rounds)]


def _timed(step: Callable[[], object]) -> Cost:
    cpu, wall = time.process_time(), time.monotonic()
    step()
    return Cost(time.process_time() - cpu, time.monotonic() - wall)


def _listed(prefix: Prefix) -> Cost:
    """Run list_members into a pipe that somebody reads."""
    import subprocess

    words = [sys.executable, '-IS', prefix.path / 'bin' / 'list_members', 'bench0']
    began = time.monotonic()
    process = subprocess.Popen(words, stdout=subprocess.PIPE)
    assert process.stdout is not None
    while process.stdout.read(1 << 16):
        pass
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if status:
        raise BenchError(f'list_members ended with {process.returncode}')
    return Cost(used.ru_utime + used.ru_stime, time.monotonic() - began)


def _a_post(bench: Bench, prefix: Prefix, recipients: int) -> list[Row]:
    """One post; the list's members must not be written for it."""
    prefix.start()
    mails = bench.mails(bench.rounds + 1, lambda _: post())
    prefix.posts('bench0', mails[:1], recipients)
    before = _stamp(prefix.path)
    costs = [prefix.posts('bench0', [mail], recipients) for mail in mails[1:]]
    written = _stamp(prefix.path) != before
    prefix.stop()
    cost = median(costs)
    return [
        Row(5, 'a post', duration(cost.cpu), '', cost.cpu, None, ' s'),
        Row(5, 'config.pck written by posts', 'yes' if written else 'no', '',
            float(written), 0.0, ' times'),
    ]  # fmt: skip


def _stamp(prefix: Path) -> tuple[int, int]:
    about = (prefix / 'lists' / 'bench0' / 'config.pck').stat()
    return about.st_mtime_ns, about.st_ino
