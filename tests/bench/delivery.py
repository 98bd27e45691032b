"""Items 2 and 3: one post to many members, against a bare loop over smtplib."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from tests.bench.bench import Bench, duration, median
from tests.bench.machine import Cost, members, post, smtplib_loop
from tests.bench.prefix import Prefix
from tests.bench.report import Row

SENDER = 'bench-bounces@lists.example.com'
FULL = 2
# No member should miss a copy: the author gets one too, everybody is counted.
LIST = {'archive': 0, 'digestable': 0, 'msg_footer': '-- \nA footer\n'}
PERSONAL_FOOTER = '-- \nSent to %(user_address)s, see %(user_optionsurl)s\n'


@dataclass
class Case:
    """What is sent to how many, how, and what it may cost."""

    item: int
    what: str
    count: int
    goal: float
    settings: str = ''
    pipelining: bool = True
    one_by_one: bool = False
    attributes: dict[str, Any] = field(default_factory=dict)


def posts_to_many(bench: Bench) -> list[Row]:
    """Item 2."""
    many = 20_000 if bench.quick else 100_000
    few = 2_000 if bench.quick else 10_000
    return [
        _measure(bench, case)
        for case in (
            Case(2, f'a post to {few:,}, a recipient', few, 0.2),
            Case(2, f'a post to {many:,}, a recipient', many, 0.2),
            Case(2, f'... to {few:,} without PIPELINING', few, 1.3, pipelining=False),
        )
    ]


def copies(bench: Bench) -> list[Row]:
    """Item 3."""
    count = 2_000 if bench.quick else 10_000
    personal = {'personalize': FULL, 'msg_footer': PERSONAL_FOOTER}
    both = 'VERP_PERSONALIZED_DELIVERIES = Yes'
    cases = [
        Case(3, 'personalised, a copy', count, 0.6, attributes=personal),
        Case(3, 'VERP, a copy', count, 0.6, 'VERP_DELIVERY_INTERVAL = 1'),
        Case(3, 'personalised with VERP', count, 0.6, both, attributes=personal),
    ]
    return [_measure(bench, replace(case, one_by_one=True)) for case in cases]


def _measure(bench: Bench, case: Case) -> Row:
    name = f'{case.item}-{abs(hash(case.what)):x}'
    prefix = bench.prefix(name, case.settings, case.pipelining)
    addresses = members(case.count)
    prefix.make_list('bench', addresses, **{**LIST, **case.attributes})
    prefix.start()
    # Short runs that hang on who wakes whom: their medians need more of them.
    rounds = bench.rounds if case.count > 50_000 else 2 * bench.rounds + 1
    mails = bench.mails(rounds + 1, lambda _: post())
    prefix.posts('bench', mails[:1], case.count)  # warm
    size = prefix.sink.bytes // prefix.sink.mails
    transactions = _transactions(addresses, case, prefix)
    ours: list[Cost] = []
    theirs: list[Cost] = []
    for mail in mails[1:]:
        ours.append(prefix.posts('bench', [mail], case.count))
        if prefix.sink.mails != len(transactions):
            bench.say(
                f'{prefix.sink.mails} transactions, {len(transactions)} in smtplib'
            )
        theirs.append(smtplib_loop(prefix.sink.port, transactions, size))
    prefix.stop()
    mine, loop = median(ours), median(theirs)
    row = Row(
        case.item, case.what, duration(mine.cpu / case.count),
        duration(loop.cpu / case.count), mine.cpu / loop.cpu, case.goal,
    )  # fmt: skip
    bench.say(f'{row.what}: {row.measured:.2f}x ({mine.wall:.2f} s of wall)')
    return row


def _transactions(addresses: list[str], case: Case, prefix: Prefix) -> list[Any]:
    """Who gets what in one transaction."""
    if case.one_by_one:
        domain = SENDER.partition('@')[2]
        return [
            (f'bench-bounces+{address.replace("@", "=")}@{domain}', [address])
            for address in addresses
        ]
    from mailman.delivery.recipients import chunks

    return [(SENDER, c) for c in chunks(addresses, prefix.site.cfg.SMTP_MAX_RCPTS)]
