"""Item 9: a storm of 10,000 bounces for a list of 20,000 members.

First they are counted only; then another one in which everybody reaches the threshold,
is disabled and is told so.  The baseline reads the same bounces with ``email`` and
``flufl.bounce`` and does nothing with what they say.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mailman.actions import bounces
from mailman.constants import DeliveryStatus
from mailman.lists import MailList
from mailman.queue import Queue
from mailman.runners import make_runner
from tests.bench.bench import Bench, duration
from tests.bench.machine import BenchError, Cost, members, post, run
from tests.bench.prefix import HOST, Prefix
from tests.bench.report import Row

BARE = """\
import email, pathlib, sys
from flufl.bounce import all_failures
for path in pathlib.Path(sys.argv[1]).iterdir():
    if not all_failures(email.message_from_bytes(path.read_bytes()))[1]:
        sys.exit('not recognised')
"""
DSN = """\
Return-Path: <>
Received: from mx.example.com by lists.example.com; Sat, 10 Jan 2026 10:00:00 +0000
From: MAILER-DAEMON@mx.example.com (Mail Delivery System)
To: bench-bounces@{host}
Subject: Undelivered Mail Returned to Sender
Message-ID: <{number}@mx.example.com>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_b"

This is a MIME-encapsulated message.

--=_b
Content-Type: text/plain; charset=us-ascii

Your message could not be delivered to one recipient; a report is below.

<{address}>: host mx.example.net[192.0.2.1] said: 550 5.1.1
    <{address}>: Recipient address rejected: User unknown

--=_b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com
Arrival-Date: Sat, 10 Jan 2026 09:59:59 +0000

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1
Remote-MTA: dns; mx.example.net
Diagnostic-Code: smtp; 550 5.1.1 <{address}>: Recipient address rejected

--=_b
Content-Type: message/rfc822

{post}
--=_b--
"""


def measure(bench: Bench) -> list[Row]:
    """Read and count; then disable everybody."""
    count = 1_000 if bench.quick else 10_000
    prefix = bench.prefix('storm')
    people = members(2 * count)
    prefix.make_list('bench', people, archive=0, bounce_score_threshold=5)
    folder = bench.folder / 'bounces'
    _write(folder, people[:count])
    script = bench.folder / 'bare-bounces.py'
    script.write_text(BARE)
    # -S would hide flufl.bounce.
    least = run([sys.executable, '-I', script, folder])
    bench.say(f'{count:,} bounces made')
    found = _in_a_child(lambda: _count(prefix, folder))
    bench.say(f'read and counted: {found["saves"]} saves')
    threshold = _in_a_child(lambda: _disable(prefix, people[:count]))
    bench.say(f'all disabled: {threshold["saves"]} saves')
    return [
        _cpu(f'read {count:,} bounces', found['read'], duration(least.cpu)),
        _cpu(f'... and count them, of {2 * count:,} members', found['count']),
        Row(9, '... config.pck written', str(found['saves']), '', found['saves'],
            None, ' times'),
        _cpu(f'disable and tell {count:,} at once', threshold['count']),
        Row(9, '... config.pck written', str(threshold['saves']), '',
            threshold['saves'], None, ' times'),
    ]  # fmt: skip


def _cpu(what: str, seconds: float, baseline: str = '') -> Row:
    return Row(9, what, duration(seconds), baseline, seconds, None, ' s')


def _write(folder: Path, people: list[str]) -> None:
    folder.mkdir()
    text = post(2048).decode()
    for number, address in enumerate(people):
        dsn = DSN.format(host=HOST, number=number, address=address, post=text)
        (folder / str(number)).write_text(dsn)


def _count(prefix: Prefix, folder: Path) -> dict[str, float]:
    """Work off the queue as the runner does, its two halves apart."""
    queue = Queue(prefix.site, 'bounces')
    for path in folder.iterdir():
        queue.enqueue(path.read_bytes(), listname='bench')
    runner = make_runner(prefix.site, 'BounceRunner')
    reading = _timed(runner.one_pass)
    if runner.queue.files():
        raise BenchError(f'bounces are left: {prefix.logs()}')
    with _saves() as saves:
        counting = _timed(runner.flush)
    mlist = MailList.open(prefix.site, 'bench')
    if len(mlist.bounce_info) != len(list(folder.iterdir())):
        raise BenchError(f'{len(mlist.bounce_info)} bounces were counted')
    return {'read': reading.cpu, 'count': counting.cpu, 'saves': len(saves)}


def _disable(prefix: Prefix, people: list[str]) -> dict[str, float]:
    """Have all of them bounce once more, on a list that takes none."""
    mlist = MailList.open(prefix.site, 'bench')
    mlist.bounce_score_threshold = 1
    mlist.bounce_info.clear()
    mlist.save()
    from mailman.mail.message import Message

    msg = Message.from_bytes(post())
    for address in people:
        why = {address: (550, '5.1.1 unknown user')}
        bounces.record(prefix.site, 'bench', why, msg)
    with _saves() as saves:
        cost = _timed(lambda: bounces.process_events(prefix.site))
    mlist.load()
    status = DeliveryStatus.BY_BOUNCE
    if any(mlist.delivery_status_of(address) != status for address in people):
        raise BenchError('not all were disabled')
    return {'count': cost.cpu, 'saves': len(saves)}


@contextmanager
def _saves() -> Iterator[list[str]]:
    """Collect the names of lists whose config.pck is written meanwhile."""
    names: list[str] = []
    save = MailList.save

    def counted(mlist: MailList) -> None:
        names.append(mlist.name)
        save(mlist)

    MailList.save = counted  # type: ignore[method-assign]
    try:
        yield names
    finally:
        MailList.save = save  # type: ignore[method-assign]


def _timed(step: Callable[[], object]) -> Cost:
    cpu, wall = time.process_time(), time.monotonic()
    step()
    return Cost(time.process_time() - cpu, time.monotonic() - wall)


def _in_a_child(work: Callable[[], dict[str, float]]) -> dict[str, Any]:
    """Work in a process of its own, so that no item sees the memory of another."""
    reader, writer = os.pipe()
    pid = os.fork()
    if not pid:
        status = 1
        try:
            os.write(writer, json.dumps(work()).encode())
            status = 0
        except BaseException as error:
            print(f'{type(error).__name__}: {error}', file=sys.stderr)
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, 'rb') as pipe:
        answer = pipe.read()
    if os.waitpid(pid, 0)[1]:
        raise BenchError('the storm was not worked off')
    return dict(json.loads(answer))
