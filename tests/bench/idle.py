"""Item 6: how soon a lone post goes out, and the memory of a resting system."""

from __future__ import annotations

import statistics
import time

from tests.bench.bench import Bench
from tests.bench.machine import BenchError, members, post, pss_of
from tests.bench.prefix import Prefix
from tests.bench.report import Row


def measure(bench: Bench) -> list[Row]:
    """Twenty posts, each after a rest; then the memory."""
    prefix = bench.prefix('idle')
    prefix.make_list('bench', members(50))
    prefix.start()
    time.sleep(1.0)
    fresh = pss_of(prefix.processes)
    (mail,) = bench.mails(1, lambda _: post())
    times = [_latency(prefix, mail) for _ in range(5 if bench.quick else 20)]
    time.sleep(1.0)
    pids = prefix.processes
    memory = pss_of(pids)
    each = ', '.join(f'{pss_of([pid]):.1f}' for pid in pids)
    bench.say(f'memory at the start {fresh:.1f} MB, now {memory:.1f} MB: {each}')
    prefix.stop()
    first, longest = statistics.median(times), max(times)
    return [
        Row(6, 'post to first RCPT', f'longest {1000 * longest:.0f} ms', '',
            1000 * first, 50.0, ' ms'),
        Row(6, f'memory of {len(pids)} processes', f'fresh {fresh:.1f} MB', '',
            memory, 60.0, ' MB'),
    ]  # fmt: skip


def _latency(prefix: Prefix, mail: object) -> float:
    """Seconds from the start of the mail program to the first RCPT."""
    time.sleep(0.2)
    prefix.sink.reset()
    began = time.monotonic_ns()
    prefix.post('bench', mail)  # type: ignore[arg-type]
    deadline = time.monotonic() + 30
    while not prefix.sink.first_rcpt:
        if time.monotonic() > deadline:
            raise BenchError(f'a post did not go out: {prefix.logs()}')
        time.sleep(0.001)
    latency = (prefix.sink.first_rcpt - began) / 1e9
    prefix.await_rest()
    return latency
