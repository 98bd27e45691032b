"""The loop that all runners share: no message stops it, and none is lost."""

import os
import signal
import time

import pytest

from mailman.errors import CorruptList, UnknownList
from mailman.lists import MailList
from mailman.queue import Queue
from mailman.runners import RUNNERS, base, full_name, make_runner, runner_class
from mailman.runners.base import Runner, serve


class Tiny(Runner):
    """Writes down what it gets, and does with it what the test says."""

    queue_name = 'in'

    def __init__(self, *args):
        super().__init__(*args)
        self.seen = []
        self.act = lambda mlist, msg, msgdata: False

    def dispose(self, mlist, msg, msgdata):
        self.seen.append((mlist.name, msg['subject'], dict(msgdata)))
        return self.act(mlist, msg, msgdata)


@pytest.fixture
def runner(site, mlist):
    tiny = Tiny(site)
    yield tiny
    tiny.close()


@pytest.fixture
def post(mlist, make_msg):
    """Queue posts with these subjects."""

    def send(*subjects, **msgdata):
        queue = mlist.queue('in')
        return [
            queue.enqueue(make_msg(f'Subject: {subject}'), msgdata)
            for subject in subjects
        ]

    return send


@pytest.fixture(autouse=True)
def _signals_as_before():
    names = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {name: signal.getsignal(name) for name in names}
    yield
    for name, handler in before.items():
        signal.signal(name, handler)


def failing(error):
    def act(mlist, msg, msgdata):
        if msg['subject'] == 'bad':
            raise error
        return False

    return act


def subjects(runner):
    return [subject for _, subject, _ in runner.seen]


def left(site, name='in'):
    folder = site.queue_dir(name)
    return sorted(p.suffix for p in folder.iterdir()) if folder.exists() else []


def log(site, name):
    path = site.logs_dir / name
    return path.read_text() if path.exists() else ''


# --- one pass ---------------------------------------------------------------------


def test_entries_are_worked_in_order_of_arrival_and_forgotten(site, runner, post):
    post('one', 'two', 'three')
    assert runner.one_pass()
    assert subjects(runner) == ['one', 'two', 'three']
    assert left(site) == []
    assert not runner.one_pass()


def test_while_one_is_worked_on_it_is_marked(site, runner, post):
    states = []
    runner.act = lambda *_: states.append(left(site))
    post('one')
    runner.one_pass()
    assert states == [['.bak']]


def test_what_is_not_done_stays_with_its_changes(site, runner, post):
    def not_yet(mlist, msg, msgdata):
        msgdata['tries'] = msgdata.get('tries', 0) + 1
        return True

    runner.act = not_yet
    post('one')
    assert not runner.one_pass()
    assert not runner.one_pass()
    assert [data.get('tries') for _, _, data in runner.seen] == [None, 1]
    assert left(site) == ['.msg']


def test_the_lists_language_is_given_and_the_messages_own_kept(mlist, runner, post):
    mlist.preferred_language = 'fr'
    mlist.save()
    post('one')
    post('two', lang='de')
    runner.one_pass()
    assert [data['lang'] for _, _, data in runner.seen] == ['fr', 'de']


def test_mail_without_a_list_is_the_sites(site, runner, make_list, make_msg):
    make_list('mailman')
    Queue(site, 'in').enqueue(make_msg())
    runner.one_pass()
    assert [name for name, _, _ in runner.seen] == ['mailman']


@pytest.mark.parametrize(
    'error',
    [
        ValueError('on purpose'),
        MemoryError(),
        SystemExit(3),
        RecursionError(),
        UnicodeDecodeError('ascii', b'\xff', 0, 1, 'odd'),
    ],
)
def test_whatever_a_message_raises_it_is_shunted_and_the_rest_goes(
    site, runner, post, error
):
    runner.act = failing(error)
    post('one', 'bad', 'three')
    assert runner.one_pass()
    assert subjects(runner) == ['one', 'bad', 'three']
    assert left(site) == []
    shunt = Queue(site, 'shunt')
    (filebase,) = shunt.files()
    entry = shunt.read(filebase)
    assert entry.msg['subject'] == 'bad'
    assert entry.msgdata['whichq'] == str(site.queue_dir('in'))
    logged = log(site, 'error')
    assert f'Uncaught runner exception: {type(error).__name__}' in logged
    assert 'Traceback (most recent call last)' in logged
    assert f'SHUNTING: {filebase}' in logged


def test_a_handler_that_raises_it_does_not_end_a_served_runner(site, runner, post):
    """The runner died, three times, and its message went to bad/."""
    signal.signal(signal.SIGINT, runner.stop)
    runner.act = failing(KeyboardInterrupt())
    post('bad')
    runner.one_pass()
    assert (left(site), len(left(site, 'shunt'))) == ([], 1)


def test_an_exception_that_cannot_say_what_it_is_is_shunted(site, runner, post):
    class Odd(Exception):
        def __str__(self):
            raise ValueError

    runner.act = failing(Odd())
    post('bad')
    runner.one_pass()
    assert (left(site), len(left(site, 'shunt'))) == ([], 1)
    assert 'Odd: (no message)' in log(site, 'error')


def test_control_c_is_no_fault_of_the_message(site, runner, post):
    runner.act = failing(KeyboardInterrupt())
    post('bad')
    with pytest.raises(KeyboardInterrupt):
        runner.one_pass()
    assert left(site) == ['.bak']
    assert left(site, 'shunt') == []


def test_mail_for_a_list_that_is_gone_is_shunted_and_said(site, runner, make_msg):
    Queue(site, 'in').enqueue(make_msg(), listname='gone')
    runner.one_pass()
    assert runner.seen == []
    assert left(site, 'shunt') == ['.msg']
    assert 'Dequeuing message destined for gone' in log(site, 'error')
    assert 'Traceback' not in log(site, 'error')


def test_garbage_is_set_aside_and_the_rest_goes(site, runner, post):
    post('one')
    (site.queue_dir('in') / f'1.5+{"a" * 40}.msg').write_bytes(b'garbage')
    (site.queue_dir('in') / 'README').write_text('odd')
    runner.one_pass()
    assert subjects(runner) == ['one']
    assert left(site) == []
    assert left(site, 'bad') == ['', '.psv']


def test_a_full_disk_while_shunting_keeps_the_message(site, runner, post, monkeypatch):
    def full(*_):
        raise OSError(28, 'No space left on device')

    runner.act = failing(ValueError())
    monkeypatch.setattr(Queue, 'shunt', full)
    post('bad', 'two')
    runner.one_pass()
    assert subjects(runner) == ['bad', 'two']
    assert left(site) == ['.bak']
    assert 'cannot shunt' in log(site, 'error')


@pytest.mark.parametrize('step, keep', [('put_back', True), ('finish', False)])
def test_trouble_of_the_disk_does_not_end_the_runner(
    site, runner, post, monkeypatch, step, keep
):
    def full(*_):
        raise OSError(28, 'No space left on device')

    runner.act = lambda *_: keep
    monkeypatch.setattr(Queue, step, full)
    post('one', 'two')
    assert not runner.one_pass()
    assert subjects(runner) == ['one', 'two']
    assert left(site) == ['.bak', '.bak']
    assert 'No space left on device' in log(site, 'error')


# --- lists ------------------------------------------------------------------------


def test_a_list_stays_open_and_is_as_it_is_now(site, mlist, runner):
    first = runner.open_list('test')
    again = MailList.open(site, 'test')
    again.description = 'changed meanwhile'
    again.save()
    assert runner.open_list('test') is first
    assert first.description == 'changed meanwhile'


def test_only_a_few_lists_stay_open(runner, make_list, monkeypatch):
    monkeypatch.setattr(base, 'LISTS_KEPT', 2)
    one, two, three = (make_list(name).name for name in ('one', 'two', 'three'))
    first, second = runner.open_list(one), runner.open_list(two)
    runner.open_list(one)
    runner.open_list(three)
    assert runner.open_list(one) is first
    assert runner.open_list(two) is not second


def test_a_list_that_is_gone_or_broken_is_not_kept(site, mlist, runner, make_list):
    runner.open_list('test')
    for path in mlist.directory.glob('config.pck*'):
        path.write_bytes(b'broken')
    with pytest.raises(CorruptList):
        runner.open_list('test')
    for path in mlist.directory.glob('config.pck*'):
        path.unlink()
    with pytest.raises(UnknownList):
        runner.open_list('test')


# --- stopping and waiting -------------------------------------------------------------


def test_told_to_stop_it_finishes_the_entry_in_work(site, runner, post):
    runner.act = lambda *_: runner.stop(signal.SIGTERM)
    post('one', 'two')
    runner.run()
    assert subjects(runner) == ['one']
    assert left(site) == ['.msg']


def test_it_stops_when_the_process_that_started_it_is_gone(runner, post):
    runner.parent = os.getppid()
    assert not runner.should_stop()
    runner.parent = os.getppid() + 1
    post('one')
    runner.run()
    assert runner.seen == []


def test_what_a_crash_left_in_work_is_done_first(site, runner, post):
    (filebase,) = post('one')
    Queue(site, 'in').take(filebase)
    runner.act = lambda *_: runner.stop(signal.SIGTERM)
    runner.run()
    assert subjects(runner) == ['one']


def test_mail_wakes_a_sleeping_runner(runner, post):
    runner.sleep_time = lambda: 30.0
    rounds = []

    def periodic():
        rounds.append(1)
        # The first wait only begins to listen; the second one sleeps.
        if len(rounds) == 2:
            post('one')
        return False

    runner.periodic = periodic
    runner.act = lambda *_: runner.stop(signal.SIGTERM)
    started = time.monotonic()
    runner.run()
    assert subjects(runner) == ['one']
    assert time.monotonic() - started < 10


def test_a_failing_duty_is_logged_and_mail_goes_on(site, runner, post):
    def periodic():
        raise ValueError('on purpose')

    runner.periodic = periodic
    post('one')
    runner.act = lambda *_: runner.stop(signal.SIGTERM)
    runner.run()
    assert 'Tiny: periodic work failed' in log(site, 'error')
    assert subjects(runner) == ['one']


# --- one process for each slice -----------------------------------------------------


def test_a_slice_has_one_runner(site, runner):
    other, second = Tiny(site), Tiny(site, 1, 2)
    assert runner.acquire_slice()
    assert not other.acquire_slice()
    assert second.acquire_slice()
    runner.close()
    assert other.acquire_slice()
    for each in (other, second):
        each.close()


def test_slices_share_the_mail_and_nothing_is_done_twice(site, mlist, post):
    post(*map(str, range(20)))
    slices = [Tiny(site, number, 3) for number in range(3)]
    for each in slices:
        each.one_pass()
    done = sorted(int(s) for each in slices for s in subjects(each))
    assert done == list(range(20))
    assert all(each.seen for each in slices)


# --- as a process ---------------------------------------------------------------------


@pytest.mark.parametrize('signum', [signal.SIGTERM, signal.SIGINT])
def test_served_it_ends_with_2_1s_status_and_log_lines(site, runner, post, signum):
    runner.act = lambda *_: os.kill(os.getpid(), signum)
    post('one')
    assert serve(runner) == int(signum)
    lines = [line.partition(') ')[2] for line in log(site, 'qrunner').splitlines()]
    assert lines == [
        'Tiny qrunner started.',
        f'Tiny qrunner caught {signum.name}.  Stopping.',
        'Tiny qrunner exiting.',
    ]


def test_hangup_reopens_the_logs(site, runner, post):
    def act(*_):
        os.rename(site.logs_dir / 'qrunner', site.logs_dir / 'qrunner.1')
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGTERM)

    runner.act = act
    post('one')
    serve(runner)
    assert 'exiting' in log(site, 'qrunner')
    assert 'exiting' not in log(site, 'qrunner.1')


def test_where_another_process_serves_the_slice_it_ends_at_once(
    site, runner, monkeypatch, capsys
):
    other = Tiny(site)
    other.acquire_slice()
    monkeypatch.setattr(Tiny, 'acquire_slice', lambda self, timeout=0: False)
    assert serve(runner) == 1
    assert 'already' in capsys.readouterr().err
    other.close()


# --- the table ------------------------------------------------------------------------


@pytest.mark.parametrize('name', RUNNERS)
def test_every_runner_can_be_made_by_any_form_of_its_name(site, name):
    short = name.removesuffix('Runner')
    assert full_name(short) == full_name(name) == full_name(f' {name.upper()} ') == name
    assert runner_class(short).__name__ == name
    made = make_runner(site, name, 1, 2)
    assert (made.name, made.slice, made.count) == (name, 1, 2)
    made.close()


def test_an_unknown_runner_is_a_key_error():
    with pytest.raises(KeyError):
        full_name('Maildir')
