"""Item 1: mail/mailman against a bare C program that stores the same bytes."""

from __future__ import annotations

import fcntl
import os

from tests.bench.bench import Bench, duration, median
from tests.bench.machine import Cost, post, run
from tests.bench.report import Row


def measure(bench: Bench) -> list[Row]:
    """Interleave both, many times."""
    prefix = bench.prefix('handing-off')
    prefix.make_list('bench', [])
    (mail,) = bench.mails(1, lambda _: post())
    queue = prefix.path / 'qfiles' / 'in'
    # A master that does nothing, so that nobody else uses the processors.
    lock = open(prefix.path / 'locks' / 'master-qrunner', 'w')  # noqa: SIM115
    fcntl.flock(lock, fcntl.LOCK_EX)
    wake = prefix.path / 'locks' / 'wake' / 'in.0'
    os.mkfifo(wake)
    listener = os.open(wake, os.O_RDWR)
    prefix.post('bench', mail)
    (entry,) = queue.iterdir()
    same_bytes = bench.folder / 'entry'
    same_bytes.write_bytes(entry.read_bytes())
    bare_folder = bench.folder / 'bare'
    bare_folder.mkdir()
    bare_program = bench.program('handoff')
    ours: list[Cost] = []
    bare: list[Cost] = []
    for _ in range(50 if bench.quick else 400):
        ours.append(prefix.post('bench', mail))
        bare.append(run([bare_program, bare_folder], same_bytes))
    os.close(listener)
    lock.close()
    mine, theirs = median(ours), median(bare)
    return [
        Row(1, 'hand-off, CPU', duration(mine.cpu), duration(theirs.cpu),
            mine.cpu / theirs.cpu, 2.0),
        Row(1, 'hand-off, wall', duration(mine.wall), duration(theirs.wall),
            mine.wall / theirs.wall, 2.0),
    ]  # fmt: skip
