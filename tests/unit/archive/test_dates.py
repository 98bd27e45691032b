"""Dates for people and for machines, made of remembered days."""

from __future__ import annotations

import time

import pytest

from mailman.archive import dates

DAY = 86_400


@pytest.mark.parametrize('when', [0, 59.9, DAY - 1, DAY, 951_782_400.5, 253402300799.0])
@pytest.mark.parametrize('zone', [None, 0, 330, -600, 14 * 60])
def test_a_moment_for_machines_is_what_the_c_library_writes(when, zone):
    clock = time.gmtime(min(max(when + (zone or 0) * 60, 0), 253402300799))
    text = time.strftime('%Y-%m-%dT%H:%M:%S', clock)
    mark = dates.offset(zone, ':') if zone else 'Z'
    assert dates.iso(when, zone) == text + mark
    assert dates.asctime(when) == time.asctime(time.gmtime(when))


def test_times_outside_of_what_calendars_have_are_the_nearest_that_there_is():
    assert dates.iso(-5.0) == '1970-01-01T00:00:00Z'
    assert dates.iso(1e15) == '9999-12-31T23:59:59Z'
