"""Items 10, 12 and 13: archives: making one anew, one more post, and searching.

The mails are made up (tests/support/mboxes.py): 3.6 KB each, with threads, languages,
charsets and attachments as on a real list.  Baselines are mhonarc, a converter in Perl
that Debian has, which makes pages and no search index; the plain copy of the same mbox;
and for one more post, a bare program that writes the files that changed once more.
"""

from __future__ import annotations

import calendar
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from mailman.archive.search import Index
from mailman.lists import MailList
from mailman.mail.message import Message
from tests.bench.bench import Bench, duration, median
from tests.bench.machine import (
    BenchError,
    Cost,
    cpu_of,
    members,
    post,
    pss_of,
    run,
)
from tests.bench.prefix import Prefix
from tests.bench.report import Row
from tests.support.mboxes import Mail, Writer, mails, write

REBUILD_GOAL = 0.3  # of mhonarc's CPU
ONE_MORE_GOAL = 5.0  # of the CPU of plainly writing the same files
SEARCH_GOAL = 50.0  # ms
BURST, PEOPLE = 500, 50
QUERIES = (
    'the',
    'the light',
    'verlight con*',
    '"time of"',
    'subject:time author:member3',
    'after:2020-03 has:attachment con',
    '日本',
    '검색 -日本',
    'zq1x777k',
)

# Writes again what it is told to, as safefile does; prints its seconds of CPU.
REWRITE = """\
import os, sys, time
files = sys.argv[1:]
contents = [open(name, 'rb').read() for name in files]
before = time.process_time()
for name, content in zip(files, contents):
    new = os.open(name + '.new', os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o664)
    os.write(new, content)
    os.fsync(new)
    os.close(new)
    os.rename(name + '.new', name)
print(time.process_time() - before)
"""


def month_began(now: float) -> float:
    """The first second of the month."""
    year, month = time.gmtime(now)[:2]
    return calendar.timegm((year, month, 1, 0, 0, 0))


def over_years(count: int) -> Iterator[Mail]:
    """Mails of thirty months before this one, and a tenth of all in this month."""
    writer, now = Writer(1), time.time()
    this_month = month_began(now)
    old, span = count - count // 10, 30 * 30 * 86_400
    for number in range(old):
        yield writer.mail(this_month - span + number * span / old)
    for number in range(count - old):
        yield writer.mail(this_month + (now - this_month) * number / (count - old))


class Big:
    """What these items share: a prefix, and the lists with their archives."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.counts = (500, 2_000) if bench.quick else (10_000, 100_000)
        self.prefix: Prefix = bench.prefix('archive')
        self.site = self.prefix.site
        self.private = self.site.archives_private
        self.built = False
        self.away = 0

    def mbox(self, name: str, made: Iterator[Mail]) -> Path:
        """Write the mbox of a new list, where its archive expects it."""
        people = members(PEOPLE) if name == 'big' else []
        settings = {'digestable': 0, 'require_explicit_destination': 0}
        self.prefix.make_list(name, people, **settings)
        path = self.private / f'{name}.mbox' / f'{name}.mbox'
        path.parent.mkdir(exist_ok=True)
        write(path, made)
        return path

    def arch(self, name: str) -> tuple[Cost, float]:
        """Build the archive anew; also the peak of memory of all its processes, MB."""
        self.put_away(self.private / name)
        script = str(self.prefix.path / 'bin' / 'arch')
        words = [sys.executable, '-IS', script, '-q', name]
        began = time.monotonic()
        pid = os.posix_spawn(words[0], words, os.environ)
        peak = _Peak(pid)
        _, status, used = os.wait4(pid, 0)
        wall = time.monotonic() - began
        if status:
            raise BenchError(f'arch ended with {os.waitstatus_to_exitcode(status)}')
        return Cost(used.ru_utime + used.ru_stime, wall), peak.end()

    def put_away(self, folder: Path) -> None:
        """Take a folder out of the way; it is deleted when all is over.

        After many files were deleted, ext4 looks for seconds for places of new ones.
        """
        if folder.exists():
            self.away += 1
            folder.rename(self.bench.folder / f'away-{self.away}')

    def check(self, name: str, count: int) -> None:
        """All mails must have a page, and be found."""
        pages = sum(1 for _ in (self.private / name).glob(f'*/{"[0-9]" * 6}.html'))
        with Index(self.private / name / 'database' / 'search.db') as index:
            found = len(index.numbers())
        if pages != count or found != count:
            raise BenchError(f'{name}: {pages} pages, {found} in the index of {count}')

    def build(self) -> tuple[Cost, float]:
        """Make the archive of many years, once."""
        self.built = True
        count = self.counts[1]
        self.bench.say(f'making up {count:,} mails')
        self.mbox('big', over_years(count))
        cost, peak = self.arch('big')
        self.check('big', count)
        return cost, peak


_shared: dict[int, Big] = {}


def _big(bench: Bench) -> Big:
    """The lists of this run; items may be asked for one by one."""
    if id(bench) not in _shared:
        _shared[id(bench)] = Big(bench)
    return _shared[id(bench)]


class _Peak(threading.Thread):
    """Looks at the memory of a process and its children ten times a second."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak, self.over = pid, 0.0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self.over.wait(0.1):
            try:
                path = Path(f'/proc/{self.pid}/task/{self.pid}/children')
                pids = [self.pid, *map(int, path.read_text().split())]
                self.peak = max(self.peak, pss_of(pids))
            except OSError:
                continue  # one ended while we looked

    def end(self) -> float:
        """The highest, in MB."""
        self.over.set()
        self.join()
        return self.peak


# --- 10: the whole archive --------------------------------------------------------


def rebuild(bench: Bench) -> list[Row]:
    """Make archives of two sizes; the small one against mhonarc."""
    big = _big(bench)
    small, many = big.counts
    path = big.mbox('small', mails(small))
    month = big.mbox('month', mails(small, span=27 * 86_400))
    ours, theirs, copies, memory = [], [], [], 0.0
    for _ in range(min(2, bench.rounds)):
        cost, peak = big.arch('small')
        ours.append(cost)
        memory = max(memory, peak)
        copies.append(_copy(path))
        if baseline := _mhonarc(big, path):
            theirs.append(baseline)
    big.check('small', small)
    mine, copy = median(ours), median(copies)
    crowded, _ = big.arch('month')
    big.check('month', small)
    whole, peak = big.build()
    bench.say(
        f'{small / mine.wall:,.0f} messages a second of {small:,},'
        f' {many / whole.wall:,.0f} of {many:,};'
        f' {memory:.0f} and {peak:.0f} MB; mbox of {month.stat().st_size / 1e6:.0f} MB'
    )
    each, large = mine.cpu / small, whole.cpu / many
    rows = [
        Row(10, f'archive of {small:,}, CPU of one', duration(each),
            duration(copy.cpu / small), mine.cpu / copy.cpu, None, 'x a copy'),
        Row(10, f'... {small:,} in one month', duration(crowded.cpu / small),
            duration(each), crowded.cpu / mine.cpu, 1.3),
        Row(10, f'archive of {many:,}, CPU of one', duration(large),
            duration(each), large / each, 1.3),
        Row(10, '... memory', f'{peak:.0f} MB', f'{memory:.0f} MB', peak / memory, 1.5),
        Row(10, '... messages a second', f'{many / whole.wall:,.0f}', '',
            many / whole.wall, None, '/s'),
        _index_row(big, 'big'),
    ]  # fmt: skip
    if theirs:
        them = median(theirs)
        rows.insert(0, Row(
            10, f'archive of {small:,}, to mhonarc', duration(each),
            duration(them.cpu / small), mine.cpu / them.cpu, REBUILD_GOAL))  # fmt: skip
    return rows


def _copy(path: Path) -> Cost:
    """Copy the mbox by a program of its own that does nothing else."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        return run(['/bin/cp', path, Path(folder) / 'copy'])


def _mhonarc(big: Big, path: Path) -> Cost | None:
    program = shutil.which('mhonarc')
    if program is None:
        big.bench.say('SKIPPED: the baseline of item 10, mhonarc, is not here')
        return None
    out = big.bench.folder / 'mhonarc'
    out.mkdir()
    words = ['/bin/sh', '-c', f'exec {program} -quiet -outdir {out} {path} 2>/dev/null']
    cost = run(words)
    big.put_away(out)
    return cost


def _index_row(big: Big, name: str) -> Row:
    """The search index beside the texts that it holds."""
    path = big.private / name / 'database' / 'search.db'
    with Index(path) as index:
        texts = index.text_size()
    size = path.stat().st_size
    return Row(10, '... search index, to the text', f'{size / 1e6:.0f} MB',
               f'{texts / 1e6:.0f} MB', size / texts, 1.0)  # fmt: skip


# --- 12: posts that come in -------------------------------------------------------


def one_more(bench: Bench) -> list[Row]:
    """One more post for a big archive, and many at once."""
    big = _big(bench)
    if not big.built:
        big.build()
    prefix, count = big.prefix, big.counts[1]
    prefix.start()
    _arrive(big, 1)  # the first one opens what later ones find open
    costs, plain, sizes = [], [], []
    for _ in range(3 if bench.quick else 10):
        began = time.time()
        costs.append(_arrive(big, 1))
        changed = _changed(big.private / 'big', began)
        sizes.append(sum(path.stat().st_size for path in changed))
        plain.append(_rewrite(bench, changed))
    mine, least = median(costs), statistics.median(plain)
    behind, delivery = _burst(big)
    prefix.stop()
    bench.say(f'one more post writes {statistics.median(sizes) / 1e6:.2f} MB of files')
    return [
        Row(12, f'one more into {count:,}, CPU', duration(mine.cpu), duration(least),
            mine.cpu / least, ONE_MORE_GOAL),
        Row(12, '... wall', duration(mine.wall), '', mine.wall, 0.2, ' s'),
        Row(12, f'{BURST} at once: archive behind delivery', f'{behind:.2f} s',
            f'{delivery:.2f} s', behind / delivery, 1.0),
    ]  # fmt: skip


def _arrive(big: Big, count: int) -> Cost:
    """Queue posts for the archive; what the runners take until it has them."""
    mlist = MailList.open(big.site, 'big')
    queue = mlist.queue('archive')
    pids = big.prefix.processes
    before, began = cpu_of(pids), time.monotonic()
    for _ in range(count):
        queue.enqueue(
            Message.from_bytes(post()),
            {'listname': 'big', 'received_time': time.time()},
        )
    big.prefix.await_rest()
    wall = time.monotonic() - began
    time.sleep(0.05)
    return Cost(cpu_of(pids) - before, wall)


def _changed(root: Path, since: float) -> list[Path]:
    """The files of an archive that were written lately, and written whole.

    Databases are written in place, and the text of the volume grows at its end.
    """
    found = []
    for folder, _, names in os.walk(root):
        for name in names:
            path = Path(folder) / name
            stat = path.lstat()
            if stat.st_mtime < since or not path.is_file() or path.is_symlink():
                continue
            if 'database' not in folder and path.suffix != '.txt':
                found.append(path)
    return found


def _rewrite(bench: Bench, files: list[Path]) -> float:
    """Write copies of these files by a bare program; its seconds of CPU."""
    folder = Path(tempfile.mkdtemp(dir=bench.folder))
    names = []
    for number, path in enumerate(files):
        names.append(str(shutil.copyfile(path, folder / str(number))))
    done = subprocess.run(
        [sys.executable, '-IS', '-c', REWRITE, *names],
        stdout=subprocess.PIPE,
        check=True,
    )
    return float(done.stdout)


def _burst(big: Big) -> tuple[float, float]:
    """Seconds that the archive ends after delivery, and those of delivery."""
    prefix, bench = big.prefix, big.bench
    count = 50 if bench.quick else BURST
    mails_ = bench.mails(count, lambda _: post())
    prefix.sink.reset()
    began = time.monotonic()
    for mail in mails_:
        prefix.post('big', mail)
    prefix.sink.await_recipients(count * PEOPLE)
    delivered = time.monotonic()
    prefix.await_rest()
    return time.monotonic() - delivered, delivered - began


# --- 13: searching ----------------------------------------------------------------


def searches(bench: Bench) -> list[Row]:
    """Queries of all kinds, each by a process's first look into the index."""
    big = _big(bench)
    if not big.built:
        big.build()
    path = big.private / 'big' / 'database' / 'search.db'
    times: dict[str, float] = {}
    for query in QUERIES:
        for by_rank in (False, True):
            took = statistics.median(_search(path, query, by_rank) for _ in range(3))
            times[f'{query} by rank' if by_rank else query] = took
    sqlite = sqlite3.sqlite_version
    longest = max(times, key=lambda query: times[query])
    middle = statistics.median(times.values())
    bench.say(', '.join(f'{q}: {1000 * took:.0f} ms' for q, took in times.items()))
    return [
        Row(13, f'search over {big.counts[1]:,}', '', f'SQLite {sqlite}',
            1000 * middle, SEARCH_GOAL, ' ms'),
        Row(13, f'... longest: {longest}', '', '', 1000 * times[longest], None, ' ms'),
    ]  # fmt: skip


def _search(path: Path, query: str, by_rank: bool) -> float:
    began = time.perf_counter()
    with Index(path) as index:
        index.search(query, by_rank=by_rank)
    return time.perf_counter() - began
