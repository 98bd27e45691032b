"""Regular expressions that list owners wrote, run so that none can stop a runner.

Python's matcher backtracks: ``(a+)+$`` against forty letters never ends, and nothing
inside the process can stop it.  So each pattern is looked at before it runs:

- Its parse tree gives an upper bound of the steps that this text could cost.  Under
  ``STEPS_IN_PROCESS`` it runs here, as fast as ever; that is the ordinary case.
- Everything else is sent to a child process (`patternworker`) which the kernel ends
  after ``CPU_SECONDS`` of computing.  Such a pattern counts as not matching, is
  reported once, and rests for an hour.
- A list full of such patterns has a common budget, after which the limit shrinks.

A pattern that is too long or does not compile never matches and is reported too.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import re
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from math import factorial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import subprocess

MAX_PATTERN = 4000
MAX_TEXT = 1_000_000
STEPS_IN_PROCESS = 2_000_000
CPU_SECONDS = 0.5
# After BUDGET seconds lost to run-away patterns within a minute each gets HURRIED.
BUDGET = 3.0
HURRIED = 0.05
REST_SECONDS = 3600.0
# The child has the CPU limit; this is for a machine that gives it no CPU at all.
WALL_SECONDS = 20.0

Report = Callable[[str], object]


class PatternError(ValueError):
    """The pattern cannot be used; the text says why."""


# --- what a pattern may cost ----------------------------------------------


@dataclass(frozen=True)
class Cost:
    """An upper bound of the ways to match: ``factor * span ** degree``.

    ``fixed`` tells that a match has one length and one way, ``endless`` that no
    power of the length bounds the work, ``lines`` that no repeated piece can cross
    the end of a line.  Repeated white space, the commonest of all, is counted apart
    in ``spaces``: its span is the longest gap in the text.
    """

    degree: int = 0
    factor: int = 1
    fixed: bool = True
    endless: bool = False
    lines: bool = True
    spaces: int = 0


ENDLESS = Cost(fixed=False, endless=True, lines=False)
_FACTOR_LIMIT = 10**12
_FLAG_GROUP = re.compile(r'\(\?[imsx]+\)')


@lru_cache(maxsize=1)
def _parser() -> Any:
    """Give re's own parser; None where this Python hides it."""
    try:
        return importlib.import_module('re._parser')
    except ImportError:
        return None


def _in_sequence(costs: Iterable[Cost]) -> Cost:
    degree, factor, fixed, lines, spaces = 0, 1, True, True, 0
    for cost in costs:
        if cost.endless:
            return ENDLESS
        degree += cost.degree
        spaces += cost.spaces
        factor = min(factor * cost.factor, _FACTOR_LIMIT)
        fixed, lines = fixed and cost.fixed, lines and cost.lines
    return Cost(degree, factor, fixed, False, lines, spaces)


def _either(costs: list[Cost]) -> Cost:
    if any(cost.endless for cost in costs):
        return ENDLESS
    return Cost(
        max(cost.degree for cost in costs),
        min(sum(cost.factor for cost in costs), _FACTOR_LIMIT),
        False,
        False,
        all(cost.lines for cost in costs),
        max(cost.spaces for cost in costs),
    )


def _repeated(low: int, high: int, piece: Cost, tree: Any, flags: int) -> Cost:
    """Cost of ``piece{low,high}``; an unbounded one of one-way pieces adds a degree."""
    if piece.endless:
        return ENDLESS
    if piece.fixed:
        if low == high and high < 1000:
            return piece
        if high < 1000:
            return Cost(0, high - low + 1, False, False, True)
        if _is_space(tree):
            return Cost(0, 1, False, False, True, 1)
        return Cost(1, 1, False, False, _stays_in_line(tree, flags))
    if high > 8:
        return ENDLESS
    return Cost(
        piece.degree * high,
        min((piece.factor + 1) ** high, _FACTOR_LIMIT),
        False,
        False,
        piece.lines,
        piece.spaces * high,
    )


def _is_space(tree: Any) -> bool:
    r"""Tell whether a piece is ``\s`` or a blank."""
    items = [(str(op), str(value)) for op, value in tree]
    return items in (
        [('IN', '[(CATEGORY, CATEGORY_SPACE)]')],
        [('LITERAL', '32')],
        [('LITERAL', '9')],
    )


def _stays_in_line(tree: Any, flags: int) -> bool:
    """Tell whether a one-character piece can never be a line end."""
    items = list(tree)
    if len(items) != 1:
        return False
    op, value = str(items[0][0]), items[0][1]
    if op == 'ANY':
        return not flags & re.DOTALL
    if op == 'LITERAL':
        return bool(value != 10)
    return op == 'IN' and all(_excludes_line_end(str(k), item) for k, item in value)


def _excludes_line_end(kind: str, item: Any) -> bool:
    """Judge one entry of a character set."""
    if kind == 'LITERAL':
        return bool(item != 10)
    if kind == 'RANGE':
        return not item[0] <= 10 <= item[1]
    return str(item) in ('CATEGORY_DIGIT', 'CATEGORY_WORD')


def _cost_of(tree: Any, flags: int) -> Cost:
    return _in_sequence(_cost_of_item(str(op), value, flags) for op, value in tree)


def _cost_of_item(op: str, value: Any, flags: int) -> Cost:
    if op in ('LITERAL', 'NOT_LITERAL', 'ANY', 'IN', 'AT', 'RANGE', 'CATEGORY'):
        return Cost()
    if op in ('MAX_REPEAT', 'MIN_REPEAT', 'POSSESSIVE_REPEAT'):
        low, high, piece = value
        return _repeated(int(low), int(high), _cost_of(piece, flags), piece, flags)
    if op == 'BRANCH':
        return _either([_cost_of(branch, flags) for branch in value[1]])
    if op == 'SUBPATTERN':
        _group, added, removed, piece = value
        return _cost_of(piece, (flags | added) & ~removed)
    if op == 'ATOMIC_GROUP':
        return _cost_of(value, flags)
    if op in ('ASSERT', 'ASSERT_NOT'):
        return _cost_of(value[1], flags)
    # Back references, conditions, and what later Pythons invent.
    return ENDLESS


@dataclass(frozen=True)
class Judged:
    """A pattern after the look at its tree."""

    compiled: re.Pattern[str]
    cost: Cost
    prefix: str
    line_start: bool

    def may_run_here(self, text: str, whole: bool) -> bool:
        """Tell whether the worst case on this text is small."""
        if self.cost.endless:
            return False
        steps = self.cost.factor * (1 if whole else self._starts(text))
        if degree := self.cost.degree:
            steps = steps * self._span(text) ** degree // factorial(degree)
        if self.cost.spaces:
            steps *= _longest_gap(text) ** self.cost.spaces
        return steps + len(text) <= STEPS_IN_PROCESS

    def _span(self, text: str) -> int:
        if self.cost.lines:
            return max(map(len, text.split('\n'))) + 1
        return len(text) + 1

    def _starts(self, text: str) -> int:
        # Without ASCII, ignoring case is more than lower().
        if self.prefix and text.isascii():
            # count() leaves out those that overlap.
            return text.lower().count(self.prefix) * len(self.prefix)
        if self.line_start:
            return text.count('\n') + 1
        return len(text) + 1


def _longest_gap(text: str) -> int:
    return max(map(len, re.findall(r'\s+', text)), default=0) + 1


def _beginning(tree: Any) -> tuple[str, bool]:
    """Give the literal text that a match starts with, and whether it follows ``^``."""
    prefix, line_start = '', False
    for op, value in tree:
        if str(op) == 'AT' and str(value) in ('AT_BEGINNING', 'AT_BEGINNING_STRING'):
            line_start = True
        elif str(op) == 'LITERAL' and value < 128:
            prefix += chr(value)
        else:
            break
    return prefix.lower(), line_start


@lru_cache(maxsize=2000)
def flags_in_front(pattern: str) -> str:
    """Move a flag group to the front: ``^(?i)x`` was fine in Python 2, not today."""
    found = _FLAG_GROUP.search(pattern)
    if not found or not found.start():
        return pattern
    with contextlib.suppress(re.error):
        # The same letters within [] or behind a backslash are no flag group.
        re.compile(pattern)
        return pattern
    return found[0] + pattern[: found.start()] + pattern[found.end() :]


@lru_cache(maxsize=2000)
def _judge(pattern: str, flags: int) -> Judged | PatternError:
    """Compile and weigh a pattern, once."""
    if len(pattern) > MAX_PATTERN:
        return PatternError(f'longer than {MAX_PATTERN} characters')
    try:
        # Doubtful spellings still work; nobody reads a runner's stderr.
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            return _weigh(flags_in_front(pattern), flags)
    except (re.error, OverflowError, RecursionError, MemoryError, ValueError) as error:
        return PatternError(str(error) or type(error).__name__)


def _weigh(pattern: str, flags: int) -> Judged:
    compiled = re.compile(pattern, flags)
    parser = _parser()
    if parser is None:
        return Judged(compiled, ENDLESS, '', False)
    tree = parser.parse(pattern, flags)
    prefix, line_start = _beginning(tree)
    return Judged(compiled, _cost_of(tree, compiled.flags), prefix, line_start)


# --- the child ------------------------------------------------------------


class RanAway(Exception):
    """The search was ended for taking too long."""


class Worker:
    """The child process and its pipes; started at the first question."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._owner = 0

    def ask(self, pattern: str, flags: int, text: str, whole: bool, cpu: float) -> bool:
        """Run one search; raise RanAway or PatternError."""
        for _attempt in range(2):
            result = self._exchange(pattern, flags, text, whole, cpu)
            if result == b'E':
                raise PatternError('it asks too much of Python')
            if result:
                return result == b'1'
            # It may just have gone to rest; only SIGPROF means the time was up.
            if self._end() in (-signal.SIGPROF, -signal.SIGKILL):
                raise RanAway
        raise PatternError('no child process to run it in')

    def close(self) -> None:
        """End the child, if it is ours."""
        if self._child is not None and self._owner == os.getpid():
            self._end(kill=True)
        self._child = None

    def _exchange(
        self, pattern: str, flags: int, text: str, whole: bool, cpu: float
    ) -> bytes:
        # These two cost start-up time, and most processes never get here.
        import select

        from mailman.mail import patternworker

        child = self._started()
        assert child.stdin is not None and child.stdout is not None
        ours = pattern.encode('utf-8', 'surrogatepass')
        theirs = text.encode('utf-8', 'surrogatepass')
        head = patternworker.QUESTION.pack(cpu, flags, whole, len(ours), len(theirs))
        try:
            child.stdin.write(head + ours + theirs)
            child.stdin.flush()
        except BrokenPipeError:
            return b''
        ready, _, _ = select.select([child.stdout], [], [], WALL_SECONDS)
        if not ready:
            child.kill()
        return child.stdout.read(1)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._owner != os.getpid():
            # We are a fork of the one who started it: it is not our child.
            self._let_go(self._child)
            self._child = None
        if self._child is None:
            import subprocess

            from mailman.mail import patternworker

            python = sys.executable or 'python3'
            self._owner = os.getpid()
            self._child = subprocess.Popen(  # noqa: S603 - our own script
                [python, '-I', '-S', '-B', patternworker.__file__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={'PATH': os.defpath},
            )
        return self._child

    def _end(self, kill: bool = False) -> int:
        child, self._child = self._child, None
        if child is None:
            return 0
        if kill:
            child.kill()
        _close_pipes(child)
        return child.wait()

    def _let_go(self, child: subprocess.Popen[bytes]) -> None:
        _close_pipes(child)
        child.returncode = 0


def _close_pipes(child: subprocess.Popen[bytes]) -> None:
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


# --- searching ------------------------------------------------------------


class Searcher:
    """Runs searches, remembers which patterns ran away, and keeps the budget."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._worker = Worker()
        self._clock = clock
        self._resting: dict[tuple[str, int], float] = {}
        self._lost: list[tuple[float, float]] = []

    def close(self) -> None:
        """End the child process."""
        self._worker.close()

    def run(
        self, pattern: str, text: str, flags: int, whole: bool, report: Report | None
    ) -> bool:
        """Tell whether the pattern is found; never raises."""
        judged = _judge(pattern, flags)
        if isinstance(judged, PatternError):
            _tell(report, f'bad regular expression {shown(pattern)}: {judged}')
            return False
        text = text[:MAX_TEXT]
        if judged.may_run_here(text, whole):
            found = judged.compiled.match if whole else judged.compiled.search
            return found(text) is not None
        return self._run_outside(pattern, text, flags, whole, report)

    def _run_outside(
        self, pattern: str, text: str, flags: int, whole: bool, report: Report | None
    ) -> bool:
        key = (pattern, flags)
        if self.is_resting(pattern, flags):
            return False
        cpu = self._limit()
        try:
            modern = flags_in_front(pattern)
            return self._worker.ask(modern, flags, text, whole, cpu)
        except RanAway:
            now = self._clock()
            self._lost.append((now, cpu))
            self._resting[key] = now + REST_SECONDS
            _tell(
                report,
                f'regular expression {shown(pattern)} took too long and was ended; '
                'it is ignored for an hour',
            )
        except (PatternError, OSError) as error:
            _tell(report, f'regular expression {shown(pattern)} did not run: {error}')
        return False

    def is_resting(self, pattern: str, flags: int) -> bool:
        """Tell whether the pattern ran away within the hour."""
        return self._clock() < self._resting.get((pattern, flags), 0.0)

    def _limit(self) -> float:
        now = self._clock()
        self._lost = [(when, cpu) for when, cpu in self._lost if when > now - 60]
        if len(self._resting) > 1000:
            self._resting = {k: t for k, t in self._resting.items() if t > now}
        return HURRIED if sum(cpu for _, cpu in self._lost) >= BUDGET else CPU_SECONDS


def shown(pattern: str) -> str:
    """Give the pattern for a log line: short, quoted, on one line."""
    return repr(pattern if len(pattern) <= 100 else pattern[:97] + '...')


def _tell(report: Report | None, why: str) -> None:
    if report is not None:
        report(why)


_shared = Searcher()
atexit.register(_shared.close)


def check(pattern: str, flags: int = 0) -> None:
    """Raise PatternError for a pattern that can never be used (for settings forms)."""
    judged = _judge(pattern, flags)
    if isinstance(judged, PatternError):
        raise judged


def check_now(pattern: str, flags: int = 0) -> None:
    """Raise PatternError also for a pattern that ran away within the hour."""
    check(pattern, flags)
    if _shared.is_resting(pattern, int(flags)):
        raise PatternError(f'{shown(pattern)} took too long')


def search(
    pattern: str, text: str, flags: int = 0, *, report: Report | None = None
) -> bool:
    """Tell whether the pattern is found in the text (as re.search); never raises.

    ``report`` gets one line about a bad or run-away pattern.
    """
    return _shared.run(pattern, text, int(flags), False, report)


def match(
    pattern: str, text: str, flags: int = 0, *, report: Report | None = None
) -> bool:
    """Tell whether the text starts with the pattern (as re.match); never raises."""
    return _shared.run(pattern, text, int(flags), True, report)
