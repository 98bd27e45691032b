"""What people type into the search box, and what we take it for."""

from datetime import UTC, datetime

import pytest

from mailman.archive.queries import LONGEST, MOST_TERMS, Term, parse


def day(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    'text, expected',
    [
        ('some words', [Term('some'), Term('words')]),
        ('"some words" more', [Term('some words'), Term('more')]),
        ('“some words” „und so“', [Term('some words'), Term('und so')]),
        ('"not ended', [Term('not ended')]),
        ('-bad', [Term('bad', negative=True)]),
        ('-"bad words"', [Term('bad words', negative=True)]),
        ('well-known', [Term('well-known')]),
        ('exam*', [Term('exam', prefix=True)]),
        ('"some exam*"', [Term('some exam', prefix=True)]),
        ('author:anne', [Term('anne', 'author')]),
        ('From:anne@x.example', [Term('anne@x.example', 'author')]),
        ('subject:"a plan"', [Term('a plan', 'subject')]),
        ('-subject:plan*', [Term('plan', 'subject', True, True)]),
        ('file:x', [Term('file x')]),
        ('author:', [Term('author:')]),
        ('https://x.example/a?b=c', [Term('https //x.example/a?b=c')]),
        ('has:wings', [Term('has wings')]),
        ('after:never', [Term('after never')]),
        ('* - "" : - -" ( ) ^ 😀', []),
    ],
)
def test_terms(text, expected):
    assert parse(text).terms == expected


@pytest.mark.parametrize(
    'text, after, before',
    [
        ('after:2026', '2026-01-01', None),
        ('since:2026-03', '2026-03-01', None),
        ('before:2026-03', None, '2026-04-01'),
        ('until:2024-02-28', None, '2024-02-29'),
        ('date:2024', '2024-01-01', '2025-01-01'),
        ('date:2026/3/7,', '2026-03-07', '2026-03-08'),
        ('after:2026 after:2027', '2027-01-01', None),
    ],
)
def test_dates(text, after, before):
    query = parse(text)
    assert query.after == (day(after) if after else None)
    assert query.before == (day(before) if before else None)
    assert query.terms == []


@pytest.mark.parametrize(
    'text',
    ['date:2026-13', 'date:2026-02-30', 'date:0000', 'after:99', 'date:2026-1-1-1'],
)
def test_what_is_no_date_is_words(text):
    query = parse(text)
    assert (query.after, query.before) == (None, None)
    assert len(query.terms) == 1


def test_attachments_are_asked_for_or_not_wanted():
    assert parse('has:attachment').attachments is True
    assert parse('-has:attachments').attachments is False
    assert parse('attachment').attachments is None


def test_a_query_has_an_end():
    assert len(parse('word ' * 1000).terms) == MOST_TERMS
    assert parse('x' * 10_000).terms == [Term('x' * LONGEST)]


def test_an_empty_query_asks_nothing():
    assert not parse(' ').asks
    assert parse('before:2026').asks
