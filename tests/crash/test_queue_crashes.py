"""Crashes of the queue: accepted means present, and a piece is never an entry."""

import itertools

import pytest

from mailman.queue import Queue
from tests.crash.crashpoints import crash_points

RAW = b'Subject: hello\n\n' + b'0123456789' * 50
_numbers = itertools.count()


@pytest.fixture
def fresh(site):
    """Make an empty queue, another one each time."""

    def make():
        site.cfg.QUEUE_DIR = site.var_prefix / f'q{next(_numbers)}'
        for name, variable in (('in', 'IN'), ('out', 'OUT'), ('shunt', 'SHUNT')):
            path = str(site.cfg.QUEUE_DIR / name)
            setattr(site.cfg, f'{variable}QUEUE_DIR', path)
        site.cfg.BADQUEUE_DIR = str(site.cfg.QUEUE_DIR / 'bad')
        return Queue(site, 'in')

    return make


def restart(queue):
    """Do what a runner does when it starts; return the messages it then finds."""
    queue.recover()
    found = []
    for filebase in queue.files():
        entry = queue.take(filebase)
        found.append((entry.msg.as_bytes(), entry.msgdata))
        queue.put_back(entry)
    return found


def nothing_is_in_bad(queue):
    assert Queue(queue.site, 'bad').files() == []
    bad = queue.site.queue_dir('bad')
    assert not bad.exists() or not list(bad.iterdir())


def test_enqueue_stores_all_or_nothing(fresh):
    def check(queue, finished):
        found = restart(queue)
        assert [raw for raw, _ in found] in ([RAW], [])
        assert found or not finished
        nothing_is_in_bad(queue)

    operations = crash_points(
        fresh, lambda queue: queue.enqueue(RAW, listname='test'), check
    )
    assert operations >= 6  # open, write, fsync, close, rename, fsync of the directory


def with_an_entry(fresh):
    def arrange():
        queue = fresh()
        queue.enqueue(RAW, {'listname': 'test', 'recips': ['a', 'b']})
        return queue

    return arrange


def test_an_entry_in_work_is_never_lost_before_it_is_finished(fresh):
    def act(queue):
        entry = queue.take(queue.files()[0])
        Queue(queue.site, 'out').enqueue(entry.msg, entry.msgdata)
        queue.finish(entry.filebase)

    def check(queue, finished):
        here, there = restart(queue), restart(Queue(queue.site, 'out'))
        assert len(here) + len(there) >= 1  # twice is acceptable, never is not
        assert {raw for raw, _ in here + there} == {RAW}
        if finished:
            assert (len(here), len(there)) == (0, 1)
        nothing_is_in_bad(queue)

    crash_points(with_an_entry(fresh), act, check)


def test_recipients_still_to_do_are_written_back_or_all_are_done_again(fresh):
    def act(queue):
        entry = queue.take(queue.files()[0])
        entry.msgdata['recips'] = ['b']
        queue.put_back(entry)

    def check(queue, finished):
        [(raw, msgdata)] = restart(queue)
        assert raw == RAW
        assert msgdata['recips'] in (['b'], ['a', 'b'])
        assert msgdata['recips'] == ['b'] or not finished

    crash_points(with_an_entry(fresh), act, check)


def test_a_shunted_entry_is_here_or_there(fresh):
    def check(queue, finished):
        here, there = restart(queue), restart(Queue(queue.site, 'shunt'))
        assert {raw for raw, _ in here + there} == {RAW}
        assert not (finished and here)

    crash_points(
        with_an_entry(fresh),
        lambda queue: queue.shunt(queue.take(queue.files()[0])),
        check,
    )


def test_recovery_itself_may_crash(fresh):
    def arrange():
        queue = with_an_entry(fresh)()
        queue.take(queue.files()[0])
        return queue

    def check(queue, finished):
        [(raw, msgdata)] = restart(queue)
        assert raw == RAW
        assert msgdata['_bak_count'] in (1, 2)

    crash_points(arrange, lambda queue: queue.recover(), check)
