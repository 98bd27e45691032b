"""Queue: what goes in comes out, and nothing that lies there stops it."""

import hashlib
import json
import os
import pickle
import shutil
import time
from pathlib import Path

import pytest

from mailman.errors import BadQueueEntry
from mailman.queue import Queue
from mailman.storage import safefile

LEGACY = Path(__file__).parents[2] / 'data' / 'legacy'
RAW = b'Subject: hello\n\nbody\n'


@pytest.fixture
def queue(site):
    return Queue(site, 'in')


def lying_in(queue):
    return sorted(os.listdir(queue.directory))


def put(queue, name, content=RAW):
    queue.directory.mkdir(parents=True, exist_ok=True)
    (queue.directory / name).write_bytes(content)


def error_log(site):
    path = site.logs_dir / 'error'
    return path.read_text() if path.exists() else ''


# --- in and out -------------------------------------------------------------


def test_an_entry_comes_out_as_it_went_in(queue):
    filebase = queue.enqueue(RAW, {'listname': 'test'}, tolist=1)
    assert queue.files() == [filebase]
    entry = queue.take(filebase)
    assert entry.msg.as_bytes() == RAW
    assert entry.msgdata == {
        'listname': 'test',
        'tolist': 1,
        'received_time': float(filebase.split('+')[0]),
    }


def test_the_callers_metadata_stay_as_they_were(queue):
    msgdata = {'listname': 'test', '_fasttrack': 1}
    queue.enqueue(RAW, msgdata, extra=1)
    assert msgdata == {'listname': 'test', '_fasttrack': 1}


def test_the_envelope_line_of_a_message_is_kept(queue, make_msg):
    msg = make_msg()
    msg.set_unixfrom('From anne@b.example  Thu Jan  8 10:20:30 2026')
    entry = queue.take(queue.enqueue(msg))
    assert entry.msg.get_unixfrom() == msg.get_unixfrom()
    assert entry.msg.as_bytes() == msg.as_bytes()


def test_a_taken_entry_is_out_of_sight_until_it_is_finished(queue):
    filebase = queue.enqueue(RAW)
    queue.take(filebase)
    assert queue.files() == []
    assert lying_in(queue) == [f'{filebase}.bak']
    queue.finish(filebase)
    assert lying_in(queue) == []
    queue.finish(filebase)


def test_entries_come_by_time_of_arrival_and_keep_it_in_the_next_queue(site, queue):
    for received in (1000.5, 999.25, 10000.0):
        queue.enqueue(RAW, received_time=received)
    times = [float(f.split('+')[0]) for f in queue.files()]
    assert times == [999.25, 1000.5, 10000.0]
    entry = queue.take(queue.files()[0])
    assert Queue(site, 'out').enqueue(entry.msg, entry.msgdata).startswith('999.25+')


@pytest.mark.parametrize('received', [None, 'x', float('nan'), float('inf'), 1e300])
def test_a_time_that_is_none_is_replaced(queue, received):
    filebase = queue.enqueue(RAW, received_time=received)
    assert queue.files() == [filebase]
    assert abs(queue.take(filebase).msgdata['received_time'] - time.time()) < 60


def test_the_same_message_may_be_queued_many_times(queue):
    for _ in range(50):
        queue.enqueue(RAW, received_time=5.0)
    assert len(queue.files()) == 50


def test_directory_and_file_have_the_modes_that_check_perms_wants(queue):
    filebase = queue.enqueue(RAW)
    assert queue.directory.stat().st_mode & 0o7777 == 0o2770
    assert (queue.directory / f'{filebase}.msg').stat().st_mode & 0o777 == 0o660


def test_a_full_disk_raises_and_leaves_nothing(queue, monkeypatch):
    queue.enqueue(RAW)

    def full(*args):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(safefile.os, 'fsync', full)
    with pytest.raises(OSError, match='No space'):
        queue.enqueue(RAW)
    assert len(lying_in(queue)) == 1


def test_an_entry_may_be_looked_at_without_taking_it(queue):
    filebase = queue.enqueue(RAW, listname='test')
    assert queue.read(filebase).msgdata['listname'] == 'test'
    assert queue.files() == [filebase]


def test_an_entry_that_is_gone_is_a_bad_entry(queue):
    filebase = queue.enqueue(RAW)
    queue.finish(queue.take(filebase).filebase)
    for call in (queue.take, queue.read):
        with pytest.raises(BadQueueEntry):
            call(filebase)


def test_a_queue_without_a_directory_is_empty(queue):
    assert queue.files() == []
    queue.recover()


# --- putting back and shunting ----------------------------------------------


def test_an_entry_put_back_waits_with_what_changed(queue):
    entry = queue.take(queue.enqueue(RAW, {'recips': ['a', 'b']}))
    entry.msgdata['recips'] = ['b']
    entry.msg['X-New'] = 'yes'
    queue.put_back(entry)
    again = queue.take(queue.files()[0])
    assert again.msgdata['recips'] == ['b']
    assert again.msg['X-New'] == 'yes'


def test_an_entry_of_2_1_put_back_is_in_our_form(queue):
    put(queue, '5.5+ab.pck', pickle.dumps('A: b\n\nx', 0) + pickle.dumps({'a': 1}, 0))
    queue.put_back(queue.take('5.5+ab'))
    assert lying_in(queue) == ['5.5+ab.msg']
    assert (queue.directory / '5.5+ab.msg').read_bytes() == b'{"a": 1}\nA: b\n\nx'


def test_a_shunted_entry_says_where_it_came_from(site, queue):
    entry = queue.take(queue.enqueue(RAW, pipeline=['ToDigest']))
    filebase = queue.shunt(entry)
    assert lying_in(queue) == []
    shunted = Queue(site, 'shunt').take(filebase)
    assert shunted.msgdata['whichq'] == str(queue.directory)
    assert shunted.msgdata['pipeline'] == ['ToDigest']
    assert shunted.msg.as_bytes() == RAW


def test_a_preserved_entry_lies_in_bad(site, queue):
    filebase = queue.enqueue(RAW)
    queue.take(filebase)
    queue.preserve(filebase)
    assert lying_in(queue) == []
    assert os.listdir(site.queue_dir('bad')) == [f'{filebase}.psv']


# --- slices -----------------------------------------------------------------


@pytest.mark.parametrize('count', [1, 2, 3, 4, 16])
def test_each_entry_is_in_exactly_one_slice(site, queue, count):
    for _ in range(60):
        queue.enqueue(RAW)
    put(queue, f'1.0+{"0" * 40}.msg')
    put(queue, f'1.0+{"f" * 40}.msg')
    found = [f for n in range(count) for f in Queue(site, 'in', n, count).files()]
    assert sorted(found) == sorted(queue.files())
    assert len(found) == 62


# --- odd things (R14, R15) --------------------------------------------------


def make_odd(queue, name):
    path = queue.directory / name
    if name.startswith('folder'):
        path.mkdir()
    elif name.startswith('link'):
        path.symlink_to('/etc/passwd')
    elif name.startswith('fifo'):
        os.mkfifo(path)
    else:
        path.write_bytes(RAW)


@pytest.mark.parametrize('suffix', ['', '.msg', '.pck', '.bak'])
@pytest.mark.parametrize('kind', ['folder', 'link', 'fifo', 'plain', 'no+number'])
def test_odd_things_are_set_aside_and_mail_goes_on(site, queue, kind, suffix):
    good = queue.enqueue(RAW)
    make_odd(queue, kind + suffix)
    assert queue.files() == [good]
    assert lying_in(queue) == [f'{good}.msg']
    assert os.listdir(site.queue_dir('bad')) == [kind + suffix]
    assert kind + suffix in error_log(site)
    assert Path('/etc/passwd').exists()


@pytest.mark.parametrize('kind', ['folder', 'link', 'fifo'])
def test_odd_things_under_good_names_are_set_aside(site, queue, kind):
    good = queue.enqueue(RAW)
    make_odd(queue, kind)
    (queue.directory / kind).rename(queue.directory / '12.5+abcdef.msg')
    queue.files()
    assert queue.files() == [good]
    assert os.listdir(site.queue_dir('bad')) == ['12.5+abcdef.msg']


def test_what_cannot_be_moved_is_reported_once(site, queue, monkeypatch):
    good = queue.enqueue(RAW)
    put(queue, 'README')

    def refuse(*args):
        raise PermissionError(1, 'no')

    monkeypatch.setattr('mailman.queue.directory.os.rename', refuse)
    for _ in range(3):
        assert queue.files() == [good]
    assert error_log(site).count('README') == 2  # one line: from and to


def test_two_odd_things_of_one_name_are_both_kept(site, queue):
    for _ in range(3):
        put(queue, 'README')
        queue.files()
    assert len(os.listdir(site.queue_dir('bad'))) == 3


def test_a_folder_that_may_not_be_moved_is_renamed_where_it_is(
    site, queue, monkeypatch
):
    """A folder of root stayed under a name that looks like mail."""
    rename = os.rename

    def as_another_user(source, target):
        if os.path.dirname(source) != os.path.dirname(target):
            raise PermissionError(13, 'Permission denied')
        rename(source, target)

    monkeypatch.setattr(os, 'rename', as_another_user)
    (queue.directory / '5.5+ab.msg').mkdir(parents=True)
    for _ in range(3):
        assert queue.files() == []
    assert os.listdir(queue.directory) == ['5.5+ab.msg.psv']
    assert error_log(site).count('stays there') == 1


def test_odd_things_with_the_longest_names_are_all_kept(site, queue):
    for _ in range(3):
        put(queue, 'a' * 251 + '.pck')
        queue.files()
    assert len(os.listdir(site.queue_dir('bad'))) == 3


def test_unfinished_and_preserved_files_are_left_alone(queue):
    for name in (
        '.5.5+ab.msg.tmp.1.1',
        '5.5+ab.pck.tmp',
        '5.5+ab.psv',
        'x.psv',
        '.nfs1',
    ):
        put(queue, name)
    before = lying_in(queue)
    assert queue.files() == []
    queue.recover()
    assert lying_in(queue) == before


def test_unfinished_files_are_swept_after_a_day(queue):
    put(queue, '.5.5+ab.msg.tmp.1.1')
    os.utime(queue.directory / '.5.5+ab.msg.tmp.1.1', (1, 1))
    queue.recover()
    assert lying_in(queue) == []


BROKEN = [
    b'',
    b'\0' * 100,
    b'{"a": 1}',
    b'{"a": \n\n',
    b'not a pickle',
    b"cos\nsystem\n(S'true'\ntR.",
    pickle.dumps({}, 2) + pickle.dumps({}, 2),
    pickle.dumps('text', 2)[:-3],
]


@pytest.mark.parametrize('suffix', ['.msg', '.pck'])
@pytest.mark.parametrize('content', BROKEN)
def test_a_broken_entry_is_kept_in_bad(site, queue, content, suffix):
    put(queue, f'5.5+ab{suffix}', content)
    with pytest.raises(BadQueueEntry):
        queue.take('5.5+ab')
    assert lying_in(queue) == []
    kept = site.queue_dir('bad') / '5.5+ab.psv'
    assert kept.read_bytes() == content
    assert '5.5+ab' in error_log(site)


def test_a_denied_read_sets_the_entry_aside(site, queue, monkeypatch):
    filebase = queue.enqueue(RAW)

    def deny(path):
        raise PermissionError(13, 'Permission denied')

    monkeypatch.setattr(safefile, 'read', deny)
    with pytest.raises(BadQueueEntry):
        queue.take(filebase)
    assert os.listdir(site.queue_dir('bad')) == [f'{filebase}.psv']


def test_a_trouble_of_the_machine_leaves_the_entry_queued(queue, monkeypatch):
    filebase = queue.enqueue(RAW)

    def no_memory(path):
        raise OSError(24, 'Too many open files')

    monkeypatch.setattr(safefile, 'read', no_memory)
    with pytest.raises(OSError, match='Too many'):
        queue.take(filebase)
    assert queue.files() == [filebase]


def test_ten_thousand_entries_are_listed_quickly(queue):
    queue.directory.mkdir(parents=True)
    for n in range(10_000):
        (queue.directory / f'{n}.25+{n:040x}.msg').touch()
    started = time.process_time()
    assert len(queue.files()) == 10_000
    assert time.process_time() - started < 2.5


# --- after a crash ----------------------------------------------------------


def crash_and_recover(queue, filebase):
    queue.take(filebase)
    queue.recover()


def test_an_interrupted_entry_is_queued_again(queue):
    filebase = queue.enqueue(RAW, listname='test')
    crash_and_recover(queue, filebase)
    entry = queue.take(filebase)
    assert entry.msg.as_bytes() == RAW
    assert entry.msgdata['_bak_count'] == 1


def test_an_entry_that_kills_its_runner_goes_to_bad_the_third_time(site, queue):
    filebase = queue.enqueue(RAW)
    for _ in range(2):
        crash_and_recover(queue, filebase)
        assert queue.files() == [filebase]
    crash_and_recover(queue, filebase)
    assert lying_in(queue) == []
    assert os.listdir(site.queue_dir('bad')) == [f'{filebase}.psv']
    assert 'died 3 times' in error_log(site)


def test_only_the_own_slice_is_recovered(site, queue):
    low, high = '1.5+' + '0' * 40, '1.5+' + 'f' * 40
    for name in (low, high):
        put(queue, f'{name}.bak', b'{}\nx')
    Queue(site, 'in', 0, 2).recover()
    assert lying_in(queue) == [f'{low}.msg', f'{high}.bak']


@pytest.mark.parametrize('content', BROKEN)
def test_a_broken_interrupted_entry_goes_to_bad(site, queue, content):
    put(queue, '5.5+ab.bak', content)
    queue.recover()
    assert os.listdir(site.queue_dir('bad')) == ['5.5+ab.psv']


# --- 2.1's entries ----------------------------------------------------------


def expected_entries():
    known = json.loads((LEGACY / 'expected.json').read_text())['queues']
    return [(queue, entry) for queue, entries in known.items() for entry in entries]


def unnoted(value):
    """Undo expected.json's notation for what is text in ours."""
    if isinstance(value, list):
        return [unnoted(item) for item in value]
    if not isinstance(value, dict):
        return value
    if 'bytes_latin1' in value:
        return value.get('text', value['bytes_latin1'])
    if value.get('instance') == 'email.header.Header':
        texts = [unnoted(chunk['tuple'][0]) for chunk in value['state']['_chunks']]
        return ''.join(texts)
    return {key: unnoted(item) for key, item in value.items()}


@pytest.mark.parametrize(
    ('name', 'expected'),
    expected_entries(),
    ids=lambda v: v if isinstance(v, str) else '',
)
def test_the_entries_of_the_sample_site_drain(site, name, expected):
    shutil.copytree(LEGACY / 'tree' / 'qfiles' / name, site.queue_dir(name))
    queue = Queue(site, name)
    queue.recover()
    base, _, suffix = expected['file'].rpartition('.')
    entry = queue.take(base)
    message, metadata = expected['message'], unnoted(expected['metadata'])
    assert list(entry.msg.keys()) == message['header_names']
    assert entry.msg['message-id'] == message['message_id']
    assert entry.msg['from'] == message['from']
    # That one has a List-Id of 87 characters, which 2.1 folded when it wrote it out.
    if message['message_id'] != '<jardin-2@example.fr>':
        found = hashlib.sha1(entry.msg.as_bytes()).hexdigest()
        assert found == message['as_string_sha1']
    assert len(list(entry.msg.walk())) == message['n_parts']
    metadata['_bak_count'] = 1 if suffix == 'bak' else metadata.get('_bak_count')
    for key, value in metadata.items():
        if not key.startswith('_'):
            assert entry.msgdata[key] == value, key
    assert entry.msgdata.get('_bak_count') == metadata['_bak_count']


def test_entries_of_the_sample_come_in_the_order_of_their_names(site):
    known = json.loads((LEGACY / 'expected.json').read_text())['queues']['in']
    shutil.copytree(LEGACY / 'tree' / 'qfiles' / 'in', site.queue_dir('in'))
    queue = Queue(site, 'in')
    queue.recover()
    assert queue.files() == [e['file'].rpartition('.')[0] for e in known]
