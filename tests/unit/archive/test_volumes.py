"""Volumes: 2.1's names for spans of time."""

import pytest

from mailman.archive import volumes

NOV_21 = 1795246969.0  # Sat Nov 21 2026


@pytest.mark.parametrize(
    'frequency, name, label',
    [
        (0, '2026', '2026'),
        (1, '2026-November', 'November 2026'),
        (2, '2026q4', 'Fourth quarter 2026'),
        (3, 'Week-of-Mon-20261116', 'Week of Monday, 16 November 2026'),
        (4, '20261121', '21 November 2026'),
    ],
)
def test_a_date_belongs_to_a_volume_of_2_1s_name(frequency, name, label):
    assert volumes.name(NOV_21, frequency) == name
    assert volumes.label(name) == label
    assert volumes.is_name(name)


@pytest.mark.parametrize('when', [-1e300, -1.0, 0.0, 1e12, 1e300, float('inf')])
@pytest.mark.parametrize('frequency', range(5))
def test_odd_dates_have_a_volume_too(when, frequency):
    assert volumes.is_name(volumes.name(when, frequency))


@pytest.mark.parametrize(
    'name',
    ['', 'attachments', '2026-Novembre', '20261399', '2026q5', '../2026', '2026\n']
    + ['Week-of-Mon-2026', 'database', '2026-november', '٢٠٢٦'],
)
def test_other_directories_are_no_volumes(name):
    assert not volumes.is_name(name)
    assert volumes.label(name) == name
