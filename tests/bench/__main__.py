"""Run the measurements and print them beside their goals.

Each is a ratio to a baseline measured in the same run on the same machine.  The exit
status is 0 unless something broke: a goal that is missed is shown, not failed.
"""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.bench import (
    archive,
    biglist,
    delivery,
    digest,
    handoff,
    idle,
    mlmmj,
    pages,
    storm,
)
from tests.bench.bench import Bench
from tests.bench.machine import TREE
from tests.bench.report import Row, table

ITEMS: dict[int, tuple[str, Callable[[Bench], list[Row]]]] = {
    1: ('hand-off', handoff.measure),
    2: ('one post to many', delivery.posts_to_many),
    3: ('personal copies', delivery.copies),
    4: ('500 posts to 50', mlmmj.measure),
    5: ('a list of 100,000', biglist.measure),
    6: ('at rest', idle.measure),
    8: ('a digest of 1,000', digest.measure),
    9: ('a storm of bounces', storm.measure),
    10: ('archives', archive.rebuild),
    11: ('pages', pages.measure),
    12: ('one more post into an archive', archive.one_more),
    13: ('searching an archive', archive.searches),
}


def main(argv: list[str] | None = None) -> int:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog='make bench', description=__doc__)
    parser.add_argument('--only', metavar='1,3', help='these items only')
    parser.add_argument('--quick', action='store_true', help='small and once')
    options = parser.parse_args(argv)
    chosen = list(ITEMS)
    if options.only:
        chosen = [int(word) for word in options.only.split(',')]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # end what we started
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix='mailman-bench-') as folder:
        bench = Bench(Path(folder), TREE / 'build' / 'bench', options.quick)
        try:
            for number in chosen:
                title, measure = ITEMS[number]
                bench.say(f'item {number}: {title}')
                rows += measure(bench)
        finally:
            bench.close()
    print()
    print(table(rows))
    missed = sum(not row.met for row in rows)
    print(f'\n{missed} goals missed' if missed else '\nall goals met')
    return 0


if __name__ == '__main__':
    sys.exit(main())
