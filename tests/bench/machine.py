"""Seconds of CPU, the C programs of the bench, and the SMTP sink."""

from __future__ import annotations

import json
import mmap
import os
import struct
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
TREE = HERE.parents[1]
PATIENCE = 60.0


@dataclass
class Cost:
    """What something took, in seconds."""

    cpu: float
    wall: float


class BenchError(Exception):
    """The measurement broke; the text says where."""


def compile_c(name: str, folder: Path) -> Path:
    """Compile tests/bench/NAME.c into the folder."""
    out = folder / name
    flags = ['-O2', '-Wall', '-Wextra', '-Werror', '-static']
    subprocess.run(['cc', *flags, '-o', out, HERE / f'{name}.c'], check=True)
    return out


def run(words: Sequence[str | Path], stdin: Path | None = None) -> Cost:
    """Run a program to its end; CPU with all children it waited for.

    Raises BenchError when it fails.
    """
    began = time.monotonic()
    given = os.open(stdin or os.devnull, os.O_RDONLY)
    null = os.open(os.devnull, os.O_WRONLY)
    pid = os.posix_spawn(
        words[0],
        list(map(str, words)),
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, given, 0),
            (os.POSIX_SPAWN_DUP2, null, 1),
        ],
    )
    _, status, used = os.wait4(pid, 0)
    wall = time.monotonic() - began
    os.close(given)
    os.close(null)
    if status:
        code = os.waitstatus_to_exitcode(status)
        raise BenchError(f'{" ".join(map(str, words))} ended with status {code}')
    return Cost(used.ru_utime + used.ru_stime, wall)


def cpu_of(pids: Iterable[int]) -> float:
    """The CPU seconds that these living processes have used.

    /proc/PID/schedstat counts nanoseconds; /proc/PID/stat stands in where it lacks.
    """
    return sum(map(_cpu_of_one, pids))


def _cpu_of_one(pid: int) -> float:
    try:
        threads = list(Path(f'/proc/{pid}/task').iterdir())
        return sum(int((t / 'schedstat').read_text().split()[0]) for t in threads) / 1e9
    except FileNotFoundError:
        fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def pss_of(pids: Iterable[int]) -> float:
    """The memory of these processes in MB, shared pages counted once in all."""
    total = 0
    for pid in pids:
        for line in Path(f'/proc/{pid}/smaps_rollup').read_text().splitlines():
            if line.startswith('Pss:'):
                total += int(line.split()[1])
    return total / 1024


def children_of(pid: int) -> list[int]:
    """The living children of a process."""
    text = Path(f'/proc/{pid}/task/{pid}/children').read_text()
    return list(map(int, text.split()))


class Sink:
    """The SMTP server of sink.c in a process of its own."""

    NAMES = ('mails', 'recipients', 'bytes', 'first_rcpt', 'last_rcpt', 'last_mail')

    def __init__(self, folder: Path, pipelining: bool = True) -> None:
        program, counters = folder / 'sink', folder / f'counters-{pipelining}'
        if not program.exists():
            compile_c('sink', folder)
        words = [program, *([] if pipelining else ['--no-pipelining']), counters]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())
        with open(counters, 'r+b') as file:
            self._counters = mmap.mmap(file.fileno(), 0)

    def __getattr__(self, name: str) -> int:
        (value,) = struct.unpack_from('=Q', self._counters, 8 * self.NAMES.index(name))
        return int(value)

    def reset(self) -> None:
        """Forget what came so far."""
        self._counters[:] = bytes(len(self._counters))

    def await_recipients(self, count: int) -> None:
        """Return when so many recipients came, and the texts of their mails."""
        deadline = time.monotonic() + PATIENCE
        while self.recipients < count or self.last_mail < self.last_rcpt:
            if time.monotonic() > deadline:
                raise BenchError(
                    f'only {self.recipients} of {count} recipients came in'
                    f' {PATIENCE:.0f} seconds'
                )
            time.sleep(0.002)

    def close(self) -> None:
        """End the server."""
        self._process.kill()
        self._process.communicate()


def smtplib_loop(port: int, transactions: list[Any], size: int) -> Cost:
    """Send transactions with texts of ``size`` bytes by a bare loop over smtplib."""
    job = {'port': port, 'transactions': transactions, 'text': post(size).decode()}
    done = subprocess.run(
        [sys.executable, HERE / 'smtploop.py'],
        input=json.dumps(job).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    return Cost(**json.loads(done.stdout))


def post(
    size: int = 4096, sender: str = 'member0@d0.example.com', **more: str
) -> bytes:
    """A mail of ``size`` bytes."""
    headers = {
        'From': f'Somebody <{sender}>',
        'To': 'bench@lists.example.com',
        'Subject': 'A post to measure with',
        'Date': time.strftime('%a, %d %b %Y %H:%M:%S +0000', time.gmtime()),
        'Message-ID': f'<{time.monotonic_ns()}@d0.example.com>',
        'MIME-Version': '1.0',
        'Content-Type': 'text/plain; charset="us-ascii"',
        'Content-Transfer-Encoding': '7bit',
        **more,
    }
    head = ''.join(f'{name}: {value}\n' for name, value in headers.items()) + '\n'
    line = 'The quick brown fox jumps over the lazy dog, and so it goes on and on.\n'
    body = (line * (size // len(line) + 1))[: max(1, size - len(head) - 1)]
    return (head + body + '\n').encode()


def members(count: int) -> list[str]:
    """Plain addresses in many domains of several countries."""
    tops = ('com', 'org', 'net', 'edu', 'de', 'fr', 'co.uk', 'info')
    return [f'member{n}@d{n % 997}.example.{tops[n % 8]}' for n in range(count)]
