"""Damaged config.pck (R3, R4, R5): the last good copy counts, and the log says so."""

import os
import pickle
import random

import pytest

from mailman.errors import CorruptFile, CorruptList, UnsafePickle
from mailman.lists import MailList, store
from mailman.storage import pickles

GOOD = 'saved last but one'


@pytest.fixture
def mlist(mlist):
    """A list with a copy to fall back on."""
    mlist.description = GOOD
    mlist.save()
    mlist.description = 'saved last'
    mlist.save()
    return mlist


def config(mlist):
    return mlist.directory / 'config.pck'


def error_log(mlist):
    path = mlist.site.logs_dir / 'error'
    return path.read_text() if path.exists() else ''


class Unknown:
    def __reduce__(self):
        return (os.getcwd, ())


def cut(good):
    return good[: len(good) // 2]


def without_members(good):
    values = pickles.loads(good)
    del values['members']
    return pickles.dumps(values)


def with_members_that_are_none(good):
    return pickles.dumps({**pickles.loads(good), 'members': 'none'})


def one_bit(good):
    place = good.index(b'anne@member')
    return good[:place] + b'b' + good[place + 1 :]


DAMAGES = {
    'empty': lambda good: b'',
    'cut': cut,
    'cut by one byte': lambda good: good[:-1],
    'zeros': lambda good: bytes(len(good)),
    'text': lambda good: b'This is not a list.\n',
    'wrong type': lambda good: pickles.dumps(['a', 'list']),
    'empty dict': lambda good: pickles.dumps({}),
    'another dict': lambda good: pickles.dumps({'a': 1}),
    'unknown class': lambda good: pickle.dumps({'members': Unknown()}, 2),
    'unknown class, checksum': lambda good: pickle.dumps(Unknown(), 2) + good[-82:],
    'missing key': without_members,
    'wrong type of a key': with_members_that_are_none,
    'one letter': one_bit,
    'more behind it': lambda good: good + b'x',
}


@pytest.mark.parametrize('damage', DAMAGES)
def test_the_last_good_copy_counts(mlist, damage):
    bad = DAMAGES[damage](config(mlist).read_bytes())
    config(mlist).write_bytes(bad)
    found = MailList.open(mlist.site, 'test')
    assert found.description == GOOD
    assert len(found.members) == 2
    log = error_log(mlist)
    assert 'test' in log
    assert str(config(mlist)) in log
    assert 'Traceback' not in log
    assert (mlist.directory / 'config.pck.corrupt').read_bytes() == bad


def test_a_missing_file_is_replaced_by_the_copy(mlist):
    config(mlist).unlink()
    assert MailList.open(mlist.site, 'test').description == GOOD
    assert config(mlist).exists()
    assert 'missing' in error_log(mlist)


@pytest.mark.parametrize('kind', ['folder', 'link', 'fifo'])
def test_something_else_in_its_place_is_set_aside(mlist, kind):
    config(mlist).unlink()
    if kind == 'folder':
        config(mlist).mkdir()
    elif kind == 'link':
        config(mlist).symlink_to('/etc/passwd')
    else:
        os.mkfifo(config(mlist))
    assert MailList.open(mlist.site, 'test').description == GOOD
    assert config(mlist).is_file()


def test_after_the_repair_nothing_is_logged_any_more_and_saving_works(mlist):
    config(mlist).write_bytes(b'')
    found = MailList.open(mlist.site, 'test')
    before = error_log(mlist)
    with found.lock():
        assert found.description == GOOD
        found.description = 'new'
        found.save()
    assert MailList.open(mlist.site, 'test').description == 'new'
    assert error_log(mlist) == before


def test_a_list_that_somebody_works_on_is_read_but_not_repaired(mlist):
    other = MailList(mlist.site, 'test')
    config(mlist).write_bytes(b'')
    with other._lock:
        assert MailList.open(mlist.site, 'test').description == GOOD
        assert config(mlist).read_bytes() == b''


def test_the_file_is_repaired_under_ones_own_lock_too(mlist):
    config(mlist).write_bytes(b'')
    with mlist.lock():
        assert mlist.description == GOOD
    assert config(mlist).read_bytes() != b''


def test_a_copy_of_an_older_time_does_not_turn_the_counters_back(mlist):
    mlist.post_id = 50.0
    mlist.save()
    config(mlist).write_bytes(b'')
    assert MailList.open(mlist.site, 'test').post_id == 50.0


def test_without_a_good_copy_the_list_is_refused_and_left_as_it_is(mlist):
    config(mlist).write_bytes(b'')
    (mlist.directory / 'config.pck.last').write_bytes(b'x')
    with pytest.raises(CorruptList):
        MailList.open(mlist.site, 'test')
    assert config(mlist).read_bytes() == b''
    log = error_log(mlist)
    assert 'config.pck.last' in log
    assert 'Traceback' not in log


def test_random_damages_are_detected_or_harmless(mlist):
    good, chance = config(mlist).read_bytes(), random.Random(30)
    truth = pickles.loads(good)
    for _ in range(60):
        start = chance.randrange(len(good) - 16)
        bad = good[:start] + chance.randbytes(16) + good[start + 16 :]
        config(mlist).write_bytes(bad)
        found = MailList.open(mlist.site, 'test')
        assert found.members == truth['members']
        assert found.description in (GOOD, 'saved last')
        config(mlist).write_bytes(good)


@pytest.mark.parametrize('damage', DAMAGES)
def test_a_single_file_can_be_looked_at_without_a_repair(mlist, damage):
    good = config(mlist).read_bytes()
    store.check(config(mlist))
    config(mlist).write_bytes(DAMAGES[damage](good))
    with pytest.raises((CorruptFile, UnsafePickle)):
        store.check(config(mlist))
    assert not (mlist.directory / 'config.pck.corrupt').exists()


def test_folders_in_the_place_of_the_file_are_set_aside(site, mlist):
    """The second one stayed, where a file had been set aside, and no save worked."""
    path = config(mlist)
    for what in (lambda: path.write_bytes(b'bad'), path.mkdir, path.mkdir):
        path.unlink()
        what()
        found = MailList.open(site, 'test')
        with found.lock():
            found.description = 'new'
            found.save()
        assert MailList.open(site, 'test').description == 'new'
        assert path.is_file()
