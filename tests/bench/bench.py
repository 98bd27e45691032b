"""What all items share: the folder, the sinks, how often, and medians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.bench.machine import Cost, Sink, compile_c
from tests.bench.prefix import Prefix


class Bench:
    """One run of the bench in a folder of its own."""

    def __init__(self, folder: Path, cache: Path, quick: bool) -> None:
        self.folder, self.cache, self.quick = folder, cache, quick
        self.rounds = 1 if quick else 3
        self.began = time.monotonic()
        self._sinks: dict[bool, Sink] = {}
        self._prefixes: list[Prefix] = []

    def sink(self, pipelining: bool = True) -> Sink:
        """The SMTP server, with or without PIPELINING."""
        if pipelining not in self._sinks:
            self._sinks[pipelining] = Sink(self.folder, pipelining)
        return self._sinks[pipelining]

    def prefix(self, name: str, settings: str = '', pipelining: bool = True) -> Prefix:
        """A new installation, its runners not started yet."""
        prefix = Prefix(self.folder / name, self.sink(pipelining), settings)
        self._prefixes.append(prefix)
        return prefix

    def program(self, name: str) -> Path:
        """A C program of this folder."""
        return compile_c(name, self.folder)

    def mails(self, count: int, make: Callable[[int], bytes]) -> list[Path]:
        """Files with mails."""
        folder = self.folder / 'mails'
        folder.mkdir(exist_ok=True)
        paths = [folder / str(number) for number in range(count)]
        for number, path in enumerate(paths):
            path.write_bytes(make(number))
        return paths

    def say(self, text: str) -> None:
        """Tell how far we are."""
        print(f'{time.monotonic() - self.began:6.1f} s  {text}', flush=True)

    def close(self) -> None:
        """End all processes that were started."""
        for prefix in self._prefixes:
            prefix.stop()
        for sink in self._sinks.values():
            sink.close()


def median(costs: Iterable[Cost]) -> Cost:
    """The median of CPU, and that of wall."""
    costs = list(costs)
    return Cost(
        statistics.median(cost.cpu for cost in costs),
        statistics.median(cost.wall for cost in costs),
    )


def duration(seconds: float) -> str:
    """Write a time with a fitting unit."""
    for unit, size in (('s', 1.0), ('ms', 1e-3)):
        if seconds >= size:
            return f'{seconds / size:.3g} {unit}'
    return f'{seconds * 1e6:.3g} us'
