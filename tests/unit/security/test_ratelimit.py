"""RateLimit: so many events for a key in a period, shared by all processes."""

import hashlib
import os

import pytest

from mailman.security.ratelimit import DAY, RateLimit, network_of


class Clock:
    now = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def limit(tmp_path, clock):
    return RateLimit(tmp_path / 'limits', 3, DAY, clock)


def test_so_many_are_allowed_and_no_more(limit):
    assert [limit.take('ann') for _ in range(5)] == [True] * 3 + [False] * 2


def test_keys_do_not_disturb_each_other(limit):
    for _ in range(4):
        limit.take('ann')
    assert limit.take('bob')


def test_the_chances_come_back_one_by_one(limit, clock):
    limit.take('ann')
    clock.now += DAY / 2
    limit.take('ann')
    limit.take('ann')
    clock.now += DAY / 2 + 1
    assert limit.take('ann')
    assert not limit.take('ann')


def test_what_was_refused_does_not_count(limit, clock):
    for _ in range(50):
        limit.take('ann')
    clock.now += DAY + 1
    assert limit.take('ann')


def test_hits_count_also_above_the_limit(limit, clock):
    assert [limit.hit('ann') for _ in range(4)] == [True, True, True, False]
    clock.now += DAY / 2
    assert not limit.hit('ann')
    clock.now += DAY / 2 + 1
    assert limit.hit('ann')
    clock.now -= 1
    assert not limit.exceeded('bob')


def test_looking_counts_nothing(limit):
    for _ in range(5):
        assert not limit.exceeded('ann')
    for _ in range(3):
        limit.take('ann')
    assert limit.exceeded('ann')
    limit.forget('ann')
    assert not limit.exceeded('ann')


def test_without_a_limit_nothing_is_written(tmp_path, clock):
    free = RateLimit(tmp_path / 'limits', 0, DAY, clock)
    assert all(free.take('ann') for _ in range(50))
    assert not free.exceeded('ann')
    free.forget('ann')
    assert not (tmp_path / 'limits').exists()


def test_the_count_is_shared(limit, tmp_path, clock):
    other = RateLimit(tmp_path / 'limits', 3, DAY, clock)
    assert [one.take('ann') for one in (limit, other, limit, other)][-1] is False


def test_no_key_stands_in_the_files(limit):
    limit.take('ann@example.com')
    for path in limit.directory.iterdir():
        assert b'ann' not in path.read_bytes() and 'ann' not in path.name


@pytest.mark.parametrize(
    'damage',
    [b'', b'{', b'[]', b'{"x": 1}', b'\xff', b'{"x": ["y"]}', b'[' * 100_000],
)
def test_a_damaged_file_counts_as_empty(limit, damage):
    limit.take('ann')
    [path] = limit.directory.glob('*.json')
    path.write_bytes(damage)
    assert [limit.take('ann') for _ in range(4)] == [True] * 3 + [False]


def test_old_keys_are_forgotten(limit, clock):
    limit.take('old')
    [path] = _files(limit)
    for number in range(10_000):
        if hashlib.sha256(str(number).encode()).hexdigest()[:2] == path.stem:
            limit.take(str(number))
    assert path.read_bytes().count(b'[') > 20
    clock.now += DAY + 1
    limit.take('old')
    assert path.read_bytes().count(b'[') == 1


def _files(limit):
    return limit.directory.glob('*.json')


def test_a_clock_that_was_ahead_locks_nobody_out(limit, clock):
    clock.now += 10 * 365 * DAY
    for _ in range(3):
        limit.take('ann')
    clock.now -= 10 * 365 * DAY
    assert limit.take('ann')


def test_the_files_are_for_the_group_and_nobody_else(tmp_path):
    limit = RateLimit(tmp_path / 'limits' / 'requests', 3, DAY)
    umask = os.umask(0o077)
    try:
        limit.take('ann')
    finally:
        os.umask(umask)
    for folder in (limit.directory, limit.directory.parent):
        assert folder.stat().st_mode & 0o7777 == 0o2770
    assert next(_files(limit)).stat().st_mode & 0o777 == 0o660


@pytest.mark.parametrize('key', ['', '\0', '\udcff', 'x' * 100_000])
def test_any_text_is_a_key(limit, key):
    assert limit.take(key)


def test_trouble_with_the_disk_is_told(tmp_path):
    (tmp_path / 'file').write_text('')
    with pytest.raises(OSError):
        RateLimit(tmp_path / 'file' / 'limits', 3, DAY).take('ann')


@pytest.mark.parametrize(
    'remote, network',
    [
        ('192.0.2.77', '192.0.2.0/24'),
        (' 192.0.2.1 ', '192.0.2.0/24'),
        ('2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'),
        ('::ffff:192.0.2.77', '192.0.2.0/24'),
        ('ann@example.com', None),
        ('', None),
        ('192.0.2', None),
    ],
)
def test_the_network_of_a_caller(remote, network):
    assert network_of(remote) == network
