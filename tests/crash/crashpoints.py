"""Kill a child at every file operation it makes, and look at what is left.

``crash_points(arrange, act, check)`` first counts how many file operations ``act``
makes, then for each of them starts from a fresh ``arrange()``, runs ``act`` in a child
process that ends, without any clean-up, right before the k-th operation (or in the
middle of it, for a write), and calls ``check(state, finished)``.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

State = TypeVar('State')

WATCHED = (
    'open', 'rename', 'replace', 'link', 'symlink', 'unlink', 'remove', 'write',
    'fsync', 'fchmod', 'ftruncate', 'mkdir', 'close',
)  # fmt: skip
DIED, FAILED = 77, 78


class _Watch:
    """Counts the operations; at the ``last``-th the process ends."""

    def __init__(self, last: int) -> None:
        self.last, self.count = last, 0

    def wrap(self, name: str) -> Callable[..., Any]:
        original = getattr(os, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            self.count += 1
            if self.count == self.last:
                if name == 'write':
                    # As a full page cache would leave it: half of the data.
                    descriptor, data = args
                    original(descriptor, bytes(data)[: len(data) // 2])
                os._exit(DIED)
            return original(*args, **kwargs)

        return call

    def install(self) -> None:
        for name in WATCHED:
            setattr(os, name, self.wrap(name))


def _run(act: Callable[[], Any], last: int) -> tuple[int, int]:
    """Run ``act`` in a child; return exit status and number of operations."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        status = FAILED
        try:
            watch, tell = _Watch(last), os.write
            watch.install()
            act()
            watch.last = 0
            tell(writer, str(watch.count).encode())
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status, int(text or 0)


def crash_points(
    arrange: Callable[[], State],
    act: Callable[[State], Any],
    check: Callable[[State, bool], None],
) -> int:
    """Check every crash of ``act``; return how many operations it makes."""
    state = arrange()
    status, operations = _run(lambda: act(state), 0)
    assert status == 0, 'it fails without a crash'
    check(state, True)
    for last in range(1, operations + 1):
        state = arrange()
        status, _ = _run(lambda state=state: act(state), last)
        # Later runs may need fewer operations: a folder is there already.
        assert status in (DIED, 0), f'operation {last} of {operations}'
        try:
            check(state, status == 0)
        except AssertionError as error:
            raise AssertionError(
                f'crash at operation {last} of {operations}'
            ) from error
    return operations
