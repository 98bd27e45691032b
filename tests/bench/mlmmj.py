"""Item 4: five hundred posts to fifty members, against mlmmj doing the same.

mlmmj is a list manager in C; its Debian package is unpacked into a cache folder.  The
same work: one transaction for all members (ours would make several for members in
several top-level domains, as 2.1), a footer, an archive, and no digest, which mlmmj
makes from its archive by another program.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

from tests.bench.bench import Bench, duration, median
from tests.bench.machine import BenchError, Cost, Sink, post, run
from tests.bench.report import Row

MEMBERS = 50
PEOPLE = [f'member{n}@d{n % 7}.example.com' for n in range(MEMBERS)]
SENDER = PEOPLE[0]
FOLDERS = [
    'incoming',
    'queue',
    'queue/discarded',
    'archive',
    'text',
    'subconf',
    'unsubconf',
    'bounce',
    'control',
    'moderation',
    'subscribers.d',
    'digesters.d',
    'requeue',
    'nomailsubs.d',
]


def find(cache: Path) -> Path | None:
    """The folder of mlmmj's programs: installed, or fetched; None without."""
    if installed := shutil.which('mlmmj-receive'):
        return Path(installed).parent
    programs = cache / 'mlmmj' / 'usr' / 'bin'
    if not (programs / 'mlmmj-receive').exists() and shutil.which('apt-get'):
        cache.mkdir(parents=True, exist_ok=True)
        quiet = {'cwd': cache, 'capture_output': True, 'check': False}
        subprocess.run(['apt-get', 'download', 'mlmmj'], **quiet)  # type: ignore[call-overload]
        for package in cache.glob('mlmmj_*.deb'):
            subprocess.run(['dpkg', '-x', package, cache / 'mlmmj'], **quiet)  # type: ignore[call-overload]
    return programs if (programs / 'mlmmj-receive').exists() else None


class Mlmmj:
    """A list of mlmmj."""

    def __init__(self, programs: Path, folder: Path, sink: Sink) -> None:
        self.programs, self.folder, self.sink = programs, folder, sink
        for name in FOLDERS:
            (folder / name).mkdir(parents=True, exist_ok=True)
        control = folder / 'control'
        for name, value in {
            'listaddress': 'bench@lists.example.com',
            'owner': 'owner@x.example',
            'relayhost': '127.0.0.1',
            'smtpport': str(sink.port),
            'customheaders': 'List-Post: <mailto:bench@lists.example.com>',
            'footer': '-- \nA footer',
            'verp': '',  # one transaction for all, as we send it
        }.items():
            (control / name).write_text(value + '\n')
        (folder / 'index').touch()
        people = '\n'.join(sorted(PEOPLE)) + '\n'
        (folder / 'subscribers.d' / 'm').write_text(people)

    def posts(self, mails: list[Path]) -> Cost:
        """Feed all mails; CPU of all its programs."""
        self.sink.reset()
        began = time.monotonic()
        words = [self.programs / 'mlmmj-receive', '-F', '-s', SENDER]
        words += ['-L', f'{self.folder}/']
        cpu = sum(run(words, mail).cpu for mail in mails)
        self.sink.await_recipients(MEMBERS * len(mails))
        return Cost(cpu, time.monotonic() - began)


def measure(bench: Bench) -> list[Row]:
    """Both in turns."""
    count = 100 if bench.quick else 500
    prefix = bench.prefix('posts', 'ARCHIVE_TO_MBOX = 1')
    prefix.make_list('bench', PEOPLE, digestable=0, msg_footer='-- \nA footer\n')
    programs = find(bench.cache)
    baseline = None
    if programs is None:
        bench.say('SKIPPED: the baseline of item 4, mlmmj, is not here')
    else:
        baseline = Mlmmj(programs, bench.folder / 'mlmmj-list', bench.sink())
    prefix.start()
    prefix.posts('bench', bench.mails(10, lambda _: post()), 10 * MEMBERS)
    ours: list[Cost] = []
    theirs: list[Cost] = []
    for _ in range(bench.rounds):
        mails = bench.mails(count, lambda _: post())
        ours.append(prefix.posts('bench', mails, count * MEMBERS))
        if baseline is not None:
            theirs.append(baseline.posts(mails))
    _check_mbox(prefix.path, 10 + count * bench.rounds)
    prefix.stop()
    mine = median(ours)
    own = duration(mine.cpu / count)
    if not theirs:
        return [Row(4, 'posts to 50, CPU of one', own, 'none', mine.cpu, None, ' s')]
    them = median(theirs)
    return [
        Row(4, 'posts to 50, CPU of one', own, duration(them.cpu / count),
            mine.cpu / them.cpu, 1.3),
        Row(4, '... wall, for information', duration(mine.wall / count),
            duration(them.wall / count), mine.wall / them.wall, None),
    ]  # fmt: skip


def _check_mbox(prefix: Path, expected: int) -> None:
    """All posts must lie in the archive's mbox."""
    mbox = prefix / 'archives' / 'private' / 'bench.mbox' / 'bench.mbox'
    found = mbox.read_bytes().count(b'\nX-List-Received-Date:')
    if found != expected:
        raise BenchError(f'{found} of {expected} posts are in {mbox}')
