"""Owner-written regular expressions: right answers, and no way to stop a runner."""

import os
import re
import time

import pytest

from mailman.mail import patterns

ORDINARY = (
    'Subject: make money fast\nFrom: Anne <anne@member.example>\nX-Spam: YES\n' * 20
)

CATASTROPHIC = [
    ('(a+)+$', 'a' * 41 + '!'),
    ('(a|aa)+$', 'a' * 60 + '!'),
    ('(.*)*x', 'a' * 60),
    ('(?:a?){30}a{30}$', 'a' * 29 + '!'),
    (r'^(\w+\s?)*$', 'word ' * 20 + '!'),
    (r'(a*)*\1b', 'a' * 40),
    ('a*a*a*a*a*a*a*b', 'a' * 2000),
    ('(?=(a+)+$)', 'a' * 41 + '!'),
]


@pytest.fixture
def searcher(monkeypatch):
    monkeypatch.setattr(patterns, 'CPU_SECONDS', 0.1)
    made = patterns.Searcher()
    yield made
    made.close()


@pytest.fixture
def no_child(monkeypatch):
    def refuse(*args):
        raise AssertionError('an ordinary pattern was sent to the child')

    monkeypatch.setattr(patterns.Worker, 'ask', refuse)


@pytest.mark.parametrize(
    'pattern, expected',
    [
        ('subject: .*money', True),
        ('^x-spam: yes', True),
        ('^from: .*@(other|spam)\\.example', False),
        ('(viagra|cialis|money)\\s+fast', True),
        (r'\bfast$', True),
        ('[0-9]{3,5}', False),
    ],
)
def test_an_ordinary_pattern_runs_here_and_answers_as_re_does(
    no_child, pattern, expected
):
    flags = re.IGNORECASE | re.MULTILINE
    assert patterns.search(pattern, ORDINARY, flags) is expected
    assert bool(re.search(pattern, ORDINARY, flags)) is expected


def test_a_header_of_a_hundred_thousand_letters_is_searched_quickly(searcher):
    text = 'Subject: ' + 'a' * 100_000 + '\n'
    started = time.monotonic()
    searcher.run('^subject:.*money', text, re.IGNORECASE | re.MULTILINE, False, None)
    searcher.run('[a-z]+@spam', text, re.IGNORECASE, False, None)
    assert time.monotonic() - started < 3


def test_match_is_bound_to_the_start(no_child):
    assert patterns.match('team-\\d+@', 'team-7@away.example')
    assert not patterns.match('away', 'team-7@away.example')


@pytest.mark.parametrize('pattern, text', CATASTROPHIC)
def test_a_catastrophic_pattern_is_ended_and_does_not_match(searcher, pattern, text):
    reports = []
    started = time.monotonic()
    assert searcher.run(pattern, text, 0, False, reports.append) is False
    assert time.monotonic() - started < 5
    assert len(reports) <= 1
    assert all('took too long' in line for line in reports)


@pytest.mark.parametrize('pattern, text', CATASTROPHIC)
def test_none_of_them_would_run_in_this_process(pattern, text):
    judged = patterns._judge(pattern, 0)
    assert not judged.may_run_here(text, False)


def test_a_suspicious_pattern_that_is_quick_gets_its_answer_from_the_child(searcher):
    assert searcher.run('(?:foo|bar)+baz', 'xx foobarbaz', 0, False, None) is True
    assert searcher.run('(?:foo|bar)+baz', 'xx foobar', 0, False, None) is False
    assert searcher.run('(?:é|ø)+', 'caf\udcc3 øø', 0, False, None) is True


def test_the_child_is_asked_again_when_it_went_to_rest(searcher):
    assert searcher.run('(?:foo|bar)+', 'foo', 0, False, None) is True
    child = searcher._worker._child
    os.kill(child.pid, 14)
    assert searcher.run('(?:foo|bar)+', 'bar', 0, False, None) is True
    assert searcher._worker._child is not child


def test_a_run_away_pattern_is_reported_once_and_rests(searcher):
    reports = []
    for _ in range(3):
        searcher.run('(a+)+$', 'a' * 41 + '!', 0, False, reports.append)
    assert len(reports) == 1
    # Also where it would be found at once.
    assert searcher.run('(a+)+$', 'a' * 5000, 0, False, None) is False


def test_many_run_away_patterns_share_a_budget(searcher, monkeypatch):
    monkeypatch.setattr(patterns, 'BUDGET', 0.2)
    for number in range(3):
        searcher.run(f'(a+)+{number}$', 'a' * 41 + '!', 0, False, None)
    assert searcher._limit() == patterns.HURRIED


@pytest.mark.parametrize(
    'pattern',
    [
        '(',
        '*a',
        '[z-a]',
        'a{99999999999999999999}',
        '(' * 3000,
        'x' * 5000,
        '(?P<n>a)(?P<n>b)',
    ],
)
def test_a_pattern_that_cannot_be_used_never_matches_and_is_reported(pattern):
    reports = []
    assert patterns.search(pattern, 'text', report=reports.append) is False
    assert len(reports) == 1
    assert '\n' not in reports[0]
    with pytest.raises(patterns.PatternError):
        patterns.check(pattern)


def test_doubtful_spellings_still_work(no_child):
    assert patterns.search('[[a]', '[')


@pytest.mark.parametrize('pattern', ['^(?i)anne@', '(?i)^anne@', r'^anne\@(?is)'])
def test_a_pattern_of_python_2_with_flags_inside_still_works(no_child, pattern):
    assert patterns.search(pattern, 'ANNE@example.com')


@pytest.mark.parametrize('pattern, text', [(r'(a\(?i)', 'a(i'), ('x[(?i)]', 'x?')])
def test_the_same_letters_elsewhere_are_no_flag_group(no_child, pattern, text):
    assert patterns.search(pattern, text)


def test_a_pattern_of_python_2_runs_in_the_child_too(searcher):
    assert searcher.run('^(?i)(a+)+b', 'AAB', 0, False, None)


def test_compiling_is_no_way_to_stop_a_runner_either():
    started = time.monotonic()
    patterns.search('[\x00-\U0010ffff]' * 900, 'x', re.IGNORECASE)
    assert time.monotonic() - started < 20


def test_a_long_text_is_searched_up_to_the_limit(monkeypatch):
    monkeypatch.setattr(patterns, 'MAX_TEXT', 100)
    assert not patterns.search('needle', 'x' * 200 + 'needle')
    assert patterns.search('needle', 'x' * 50 + 'needle')


def test_a_fork_does_not_talk_to_the_child_of_its_parent(searcher):
    assert searcher.run('(?:foo|bar)+', 'foo', 0, False, None) is True
    child = searcher._worker._child
    searcher._worker._owner = -1
    assert searcher.run('(?:foo|bar)+', 'bar', 0, False, None) is True
    assert searcher._worker._owner == os.getpid()
    os.waitpid(child.pid, 0)


def test_without_res_parser_everything_is_suspicious(monkeypatch):
    patterns._judge.cache_clear()
    monkeypatch.setattr(patterns, '_parser', lambda: None)
    assert patterns._judge('simple', 0).cost.endless
    patterns._judge.cache_clear()
