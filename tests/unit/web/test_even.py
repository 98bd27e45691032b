"""Answers that take the same time for everybody."""

import pytest

from mailman.web import even


@pytest.mark.parametrize('gone, waits', [(0.01, 0.39), (0.39, 0.01), (0.5, 0.3)])
def test_an_answer_waits_for_the_next_whole_step(no_waiting, monkeypatch, gone, waits):
    monkeypatch.setattr(even.time, 'monotonic', lambda: 100.0 + gone)
    even.settle(100.0)
    assert no_waiting == [pytest.approx(waits)]
