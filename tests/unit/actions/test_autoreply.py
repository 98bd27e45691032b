"""How many automatic answers one address gets in a day."""

import pytest

from mailman.actions.autoreply import may_answer

WHO = 'new@joiner.example'
DAY = 86400


@pytest.fixture
def limited(mlist):
    mlist.site.cfg.MAX_AUTORESPONSES_PER_DAY = 2
    clock = [1_800_000_000.0]
    mlist.site.now = lambda: clock[0]
    mlist.clock = clock
    return mlist


def sent(mlist):
    return mlist.queue('virgin').messages


def test_the_limit_is_told_once_and_then_silence(limited):
    answers = [may_answer(limited, WHO) for _ in range(5)]
    assert answers == [True, True, False, False, False]
    [(notice, msgdata)] = sent(limited)
    assert msgdata['recips'] == [WHO]
    assert notice['from'] == 'test-owner@lists.example.com'
    assert notice['auto-submitted'] == 'auto-replied'
    assert '2' in notice.get_payload()


def test_the_count_is_kept_as_21_did(limited):
    may_answer(limited, WHO.upper())
    [(who, (day, count))] = limited.hold_and_cmd_autoresponses.items()
    assert (who, len(day), count) == (WHO, 3, 1)
    may_answer(limited, WHO)
    may_answer(limited, WHO)
    assert limited.hold_and_cmd_autoresponses[WHO][1] == -1


def test_the_next_day_starts_anew_and_forgets_the_old(limited):
    for _ in range(3):
        may_answer(limited, WHO)
    may_answer(limited, 'other@x.example')
    limited.clock[0] += DAY
    assert may_answer(limited, WHO)
    assert list(limited.hold_and_cmd_autoresponses) == [WHO]


def test_counts_read_back_from_the_counters_file_go_on(limited):
    may_answer(limited, WHO)
    day, count = limited.hold_and_cmd_autoresponses[WHO]
    limited.hold_and_cmd_autoresponses[WHO] = [list(day), count]
    assert may_answer(limited, WHO)
    assert not may_answer(limited, WHO)


def test_each_address_has_its_own_count(limited):
    assert all(may_answer(limited, f'n{n}@x.example') for n in range(10))


def test_zero_means_no_limit(limited):
    limited.site.cfg.MAX_AUTORESPONSES_PER_DAY = 0
    assert all(may_answer(limited, WHO) for _ in range(50))
    assert not limited.hold_and_cmd_autoresponses
