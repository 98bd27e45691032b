"""Item 8: a digest of 1,000 posts for 10,000 members, half of them for each kind.

The baseline makes the MIME kind only, and for nobody, with Python's ``mailbox`` and
``email``.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from mailman.actions import digests
from mailman.archive import mbox
from mailman.constants import MemberFlag
from mailman.lists import MailList
from mailman.mail.message import Message
from tests.bench.bench import Bench, duration, median
from tests.bench.machine import BenchError, Cost, cpu_of, members, post, run
from tests.bench.prefix import Prefix
from tests.bench.report import Row

BARE = """\
import mailbox, sys
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
digest = MIMEMultipart('digest')
for msg in mailbox.mbox(sys.argv[1]):
    digest.attach(MIMEMessage(msg))
with open(sys.argv[2], 'wb') as out:
    out.write(digest.as_bytes())
"""
GOAL = 1.5
MEMORY_GOAL = 150.0  # MB, whatever was collected


def measure(bench: Bench) -> list[Row]:
    """Make it, and send it to all."""
    count, posts = (1_000, 100) if bench.quick else (10_000, 1_000)
    prefix = bench.prefix('digest')
    _make_list(prefix, count)
    collected = bench.folder / 'collected'
    with collected.open('wb') as file:
        for _ in range(posts):
            file.write(mbox.entry(Message.from_bytes(post()), time.time()))
    waiting = prefix.path / 'lists' / 'bench' / digests.FILE
    script = bench.folder / 'bare-digest.py'
    script.write_text(BARE)
    ours: list[Cost] = []
    bare: list[Cost] = []
    memory = 0.0
    for _ in range(bench.rounds):
        _empty(prefix)
        waiting.write_bytes(collected.read_bytes())
        cost, peak = _send(prefix)
        ours.append(cost)
        memory = max(memory, peak)
        bare.append(run([sys.executable, '-IS', script, collected, os.devnull]))
    mine, least = median(ours), median(bare)
    bench.say(f'a digest of {posts:,} made twice: {mine.cpu:.2f} s, {memory:.0f} MB')
    out = _deliver(prefix, count)
    return [
        Row(8, f'make a digest of {posts:,} posts', duration(mine.cpu),
            duration(least.cpu), mine.cpu / least.cpu, GOAL),
        Row(8, '... memory of senddigests', f'{memory:.0f} MB', '', memory,
            MEMORY_GOAL, ' MB'),
        Row(8, f'... sent to {count:,}', duration(out.cpu), '', out.cpu, None, ' s'),
    ]  # fmt: skip


def _make_list(prefix: Prefix, count: int) -> None:
    prefix.make_list('bench', [], archive=0)
    mlist = MailList.open(prefix.site, 'bench')
    for number, address in enumerate(members(count)):
        mlist.add_member(address, digest=True)
        mlist.set_option(address, MemberFlag.DISABLE_MIME, bool(number % 2))
    mlist.save()


def _empty(prefix: Prefix) -> None:
    """Forget the digests of the round before."""
    for entry in (prefix.path / 'qfiles' / 'virgin').glob('*.msg'):
        entry.unlink()


def _send(prefix: Prefix) -> tuple[Cost, float]:
    """Run cron/senddigests; its peak of memory in MB."""
    script = str(prefix.path / 'cron' / 'senddigests')
    words = [sys.executable, '-IS', script, '-l', 'bench']
    began = time.monotonic()
    pid = os.posix_spawn(words[0], words, os.environ)
    _, status, used = os.wait4(pid, 0)
    if status:
        raise BenchError(f'senddigests ended with {os.waitstatus_to_exitcode(status)}')
    if len(list((prefix.path / 'qfiles' / 'virgin').glob('*.msg'))) != 2:
        raise BenchError(f'no digests were queued: {prefix.logs()}')
    cost = Cost(used.ru_utime + used.ru_stime, time.monotonic() - began)
    return cost, used.ru_maxrss / 1024


def _deliver(prefix: Prefix, count: int) -> Cost:
    """Let the runners send what waits to everybody."""
    folder: Path = prefix.path / 'qfiles' / 'virgin'
    aside = prefix.path / 'aside'
    folder.rename(aside)
    folder.mkdir()
    prefix.start()
    prefix.sink.reset()
    pids = prefix.processes
    before, began = cpu_of(pids), time.monotonic()
    for entry in aside.iterdir():
        entry.rename(folder / entry.name)
    prefix.sink.await_recipients(count)
    wall = time.monotonic() - began
    prefix.await_rest()
    cost = Cost(cpu_of(pids) - before, wall)
    prefix.stop()
    return cost
