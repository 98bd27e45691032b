"""show_qfiles, dumpdb, inject, unshunt: queue files by hand."""

import io
import marshal
import os
import pickle
import shutil
import sys
from pathlib import Path

import pytest

from mailman.cli import dumpdb, inject, show_qfiles, unshunt
from mailman.queue import Queue
from mailman.storage.locks import Lock

TREE = Path(__file__).resolve().parents[3]
LEGACY = TREE / 'tests/data/legacy/tree'
SHUNTED = next((LEGACY / 'qfiles/shunt').glob('*.pck'))
HELD = LEGACY / 'data/heldmsg-project-talk-4.pck'


class Evil:
    """A pickle that would run something."""

    def __reduce__(self):
        return (os.mkdir, ('was-run',))


@pytest.fixture
def entry(site, mlist, make_msg):
    """Queue a post and answer its file."""

    def make(queue='in', body='Hello, list.\n', **msgdata):
        msg = make_msg(body=body)
        filebase = mlist.queue(queue).enqueue(msg, msgdata)
        return site.queue_dir(queue) / f'{filebase}.msg'

    return make


@pytest.fixture
def evil(tmp_path, monkeypatch):
    """A queue file of 2.1's form that wants to be executed."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / f'1.5+{"a" * 40}.pck'
    path.write_bytes(pickle.dumps(Evil(), 2) + pickle.dumps({}, 2))
    return path


# --- show_qfiles ---------------------------------------------------------------


def test_the_message_is_shown_without_its_metadata(run, entry):
    path = entry()
    status, out, _ = run(show_qfiles, path)
    assert status == 0
    assert out[0] == f'====================> {path}'
    assert out[1].startswith('From: Anne')
    assert out[-2:] == ['', 'Hello, list.']
    assert not any('listname' in line for line in out)


def test_several_files_follow_one_another_each_on_lines_of_its_own(run, entry):
    one, two = entry(body='no line end'), entry(body='second')
    _, out, _ = run(show_qfiles, one, two)
    assert out.index(f'====================> {two}') == out.index('no line end') + 1


def test_quiet_leaves_out_the_separators(run, entry):
    _, out, _ = run(show_qfiles, '-q', entry())
    assert out[0].startswith('From: Anne')


def test_bytes_of_a_message_come_out_as_they_are(site, mlist, capfdbinary):
    filebase = mlist.queue('in').enqueue(b'Subject: x\n\nCaf\xe9\n')
    show_qfiles.main(site, ['-q', str(site.queue_dir('in') / f'{filebase}.msg')])
    assert capfdbinary.readouterr().out == b'Subject: x\n\nCaf\xe9\n'


def test_entries_and_held_posts_of_2_1_are_shown(run):
    _, out, _ = run(show_qfiles, SHUNTED, HELD)
    assert 'Subject: will fail' in out and 'broken handler' in out
    assert 'Please hold me.' in out
    assert not any('whichq' in line for line in out)


def test_a_held_post_of_ours_is_shown(run, site, tmp_path):
    path = tmp_path / 'heldmsg-test-1.txt'
    path.write_text('From a@b.example  Thu Jan  8 10:20:30 2026\nSubject: held\n\n.\n')
    assert 'Subject: held' in run(show_qfiles, path)[1]


def test_what_cannot_be_shown_is_said_and_the_rest_is_shown(run, entry, tmp_path):
    broken = tmp_path / 'x.msg'
    broken.write_bytes(b'{"no end')
    missing = tmp_path / 'missing.msg'
    status, out, err = run(show_qfiles, missing, broken, entry())
    assert status == 1
    assert 'Hello, list.' in out
    assert err[0] == f'{missing}: No such file or directory'
    assert err[1].startswith(f'{broken}: ')


@pytest.mark.parametrize('module', [show_qfiles, dumpdb])
def test_nothing_in_a_file_is_executed(run, evil, module):
    status, out, err = run(module, evil)
    assert (status, out) == (1, [])
    assert 'mkdir' in err[0]
    assert not Path('was-run').exists()


# --- dumpdb --------------------------------------------------------------------


def test_a_file_of_ours_is_printed_in_2_1s_form(run, mlist):
    status, out, _ = run(dumpdb, mlist.directory / 'config.pck')
    assert status == 0
    assert out[:2] == [
        '[----- start pickle file -----]',
        '<----- start object 1 ----->',
    ]
    assert out[2].startswith("{   '")
    assert "    'real_name': 'Test'," in out
    assert out[-1] == '[----- end pickle file -----]'


def test_the_copy_of_the_last_save_is_a_pickle_too(run, mlist):
    mlist.save()
    assert run(dumpdb, mlist.directory / 'config.pck.last')[0] == 0


def test_strings_of_2_1_are_text_in_the_lists_charset(run):
    _, out, _ = run(dumpdb, LEGACY / 'lists/amis-du-jardin/config.pck')
    assert "    'preferred_language': 'fr'," in out
    assert not any(line.lstrip().startswith("b'") for line in out)
    description = next(line for line in out if "'description':" in line)
    assert 'é' in description or 'à' in description


def test_an_entry_of_2_1_has_two_objects_the_first_printed_raw(run):
    _, out, _ = run(dumpdb, SHUNTED)
    assert out[1:3] == ['<----- start object 1 ----->', 'From: ann@example.com']
    second = out.index('<----- start object 2 ----->')
    assert "    'whichq': '/usr/local/mailman/qfiles/in'}" in out[second:]


def test_an_entry_of_ours_looks_the_same(run, entry):
    _, out, _ = run(dumpdb, entry(tolist=1))
    assert out[0] == '[----- start pickle file -----]'
    assert out[2].startswith('From: Anne')
    second = out.index('<----- start object 2 ----->')
    assert any("'listname': 'test'" in line for line in out[second:])


@pytest.mark.parametrize('options, name', [((), 'config.db'), (('-m',), 'odd')])
def test_a_marshal_file_is_read_by_its_name_or_when_told(run, tmp_path, options, name):
    path = tmp_path / name
    path.write_bytes(marshal.dumps({b'members': {}}, 1))
    status, out, _ = run(dumpdb, *options, path)
    assert status == 0
    assert out[0] == '[----- start marshal file -----]'
    assert out[2] == "{'members': {}}"


def test_a_pickle_is_read_whatever_its_name_when_told(run, mlist, tmp_path):
    path = tmp_path / 'odd'
    shutil.copy(mlist.directory / 'config.pck', path)
    assert run(dumpdb, path)[0] == 1
    assert run(dumpdb, '-p', path)[0] == 0


def test_noprint_only_reads(run, mlist, tmp_path):
    assert run(dumpdb, '-n', mlist.directory / 'config.pck') == (0, [], [])
    path = mlist.directory / 'config.pck'
    path.write_bytes(path.read_bytes().replace(b'anne@', b'bnne@'))
    status, out, err = run(dumpdb, '-n', path)
    assert (status, out) == (1, [])
    assert 'checksum' in err[0]


def test_a_missing_file_is_said(run, tmp_path):
    status, _, err = run(dumpdb, tmp_path / 'x.pck')
    assert (status, err) == (1, [f'{tmp_path}/x.pck: No such file or directory'])


# --- inject --------------------------------------------------------------------


@pytest.fixture
def stdin(monkeypatch):
    def put(content):
        monkeypatch.setattr(sys, 'stdin', io.TextIOWrapper(io.BytesIO(content)))

    return put


def test_a_message_from_a_file_is_queued_as_a_post(run, mlist, tmp_path):
    (tmp_path / 'mail').write_bytes(b'Subject: injected\n\nCaf\xe9\n')
    assert run(inject, '-l', 'TEST', tmp_path / 'mail') == (0, [], [])
    ((msg, msgdata),) = mlist.queue('in').messages
    assert msg.as_bytes() == b'Subject: injected\n\nCaf\xe9\n'
    assert msgdata['listname'] == 'test'
    assert msgdata['tolist'] == 1
    assert msgdata['received_time'] > 0


def test_without_a_file_standard_input_is_read(run, mlist, stdin):
    stdin(b'Subject: piped\n\n.\n')
    run(inject, '-l', 'test', '-q', 'virgin')
    ((msg, _),) = mlist.queue('virgin').messages
    assert msg['subject'] == 'piped'


@pytest.mark.parametrize(
    'words',
    [
        ['-l', 'nolist'],
        ['-l', 'test', '-q', 'nowhere'],
        ['-l', 'test', '-q', '../data'],
        ['-l', 'test', '-q', 'maildir'],
        ['-l', 'test', 'no-such-file'],
        ['-l', '../test'],
        [],
    ],
)
def test_without_list_queue_or_file_nothing_is_queued(run, site, mlist, stdin, words):
    stdin(b'Subject: x\n\n')
    status, out, err = run(inject, *words)
    assert (status, out) == (1, [])
    assert err
    assert Queue(site, 'in').files() == []


# --- unshunt -------------------------------------------------------------------


def waiting(mlist):
    """Answer the queues that hold something."""
    names = ('in', 'out', 'virgin', 'commands', 'bounces', 'archive', 'retry', 'shunt')
    return {
        name: [msgdata for _, msgdata in mlist.queue(name).messages]
        for name in names
        if mlist.queue(name).messages
    }


@pytest.mark.parametrize(
    'whichq, target',
    [
        (None, 'in'),
        ('{own}/virgin', 'virgin'),
        ('/usr/local/mailman/qfiles/out', 'out'),
        ('/elsewhere/commands', 'commands'),
    ],
)
def test_a_message_goes_back_to_where_it_came_from(
    run, site, mlist, entry, whichq, target
):
    data = {'whichq': whichq.format(own=site.qfiles_dir)} if whichq else {}
    entry('shunt', pipeline=['ToOutgoing'], _bak_count=2, **data)
    assert run(unshunt) == (0, [], [])
    ((name, (msgdata,)),) = waiting(mlist).items()
    assert name == target
    assert msgdata['pipeline'] == ['ToOutgoing']
    assert 'whichq' not in msgdata and '_bak_count' not in msgdata


def test_what_a_runner_shunted_comes_back_whole(run, site, mlist, entry):
    before = entry('in').read_bytes().partition(b'\n')[2]
    queue = Queue(site, 'in')
    queue.shunt(queue.take(queue.files()[0]))
    run(unshunt)
    (filebase,) = queue.files()
    after = (site.queue_dir('in') / f'{filebase}.msg').read_bytes()
    assert after.partition(b'\n')[2] == before


def test_a_queue_that_the_site_moved_is_found(run, site, mlist, entry, tmp_path):
    site.cfg.OUTQUEUE_DIR = str(tmp_path / 'spool' / 'outgoing')
    entry('shunt', whichq='/old/outgoing')
    entry('shunt', whichq=site.cfg.OUTQUEUE_DIR)
    run(unshunt)
    assert len(waiting(mlist)['out']) == 2


@pytest.mark.parametrize(
    'whichq', ['/etc', '/tmp/in/..', '../../lists', 'shunt', '/x/bad', '', ['in'], 7]
)
def test_a_path_that_is_no_queue_of_ours_is_not_followed(run, mlist, entry, whichq):
    path = entry('shunt', whichq=whichq)
    status, out, err = run(unshunt)
    assert (status, out) == (0, [])
    assert err == [
        f'Cannot unshunt message {path.stem}, skipping: '
        f'no queue of this site: {whichq!r}'
    ]
    assert path.exists()
    assert list(waiting(mlist)) == ['shunt']


def test_an_unreadable_message_stays_and_the_others_go(run, site, mlist, entry):
    entry('shunt')
    bad = site.queue_dir('shunt') / f'1.5+{"b" * 40}.msg'
    bad.write_bytes(b'garbage')
    status, _, err = run(unshunt)
    assert status == 0
    (line,) = err
    assert line.startswith(f'Cannot unshunt message {bad.stem}, skipping: ')
    assert bad.exists()
    assert len(mlist.queue('in').messages) == 1


def test_what_an_earlier_call_left_in_work_goes_too(run, site, mlist, entry):
    path = entry('shunt')
    path.rename(path.with_suffix('.bak'))
    run(unshunt)
    assert list(waiting(mlist)) == ['in']
    assert list(site.queue_dir('shunt').iterdir()) == []


def test_a_full_disk_costs_no_message(run, site, mlist, entry, monkeypatch):
    path = entry('shunt')

    def full(*args, **kws):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(Queue, 'enqueue', full)
    status, _, err = run(unshunt)
    assert status == 0
    assert err[0].endswith('No space left on device')
    assert path.exists()


def test_shunted_messages_of_2_1_are_read(run, site, make_list):
    mlist = make_list('project-talk')
    site.queue_dir('shunt').mkdir(parents=True)
    shutil.copy(SHUNTED, site.queue_dir('shunt'))
    run(unshunt)
    ((msg, msgdata),) = mlist.queue('in').messages
    assert msg['subject'] == 'will fail'
    assert msgdata['pipeline'] == ['ToArchive', 'ToOutgoing']


def test_another_directory_is_emptied_of_entries_only(run, mlist, entry, tmp_path):
    place = tmp_path / 'saved'
    place.mkdir()
    shutil.move(entry('shunt'), place)
    (place / 'notes.txt').write_text('mine')
    run(unshunt, place)
    assert list(waiting(mlist)) == ['in']
    assert [path.name for path in place.iterdir()] == ['notes.txt']


def test_a_queue_is_known_by_any_name_of_its_directory(run, site, mlist, entry):
    entry('shunt')
    (site.prefix / 'link').symlink_to(site.queue_dir('shunt'))
    run(unshunt, site.prefix / 'link')
    assert list(waiting(mlist)) == ['in']


def test_no_such_directory_is_said(run, tmp_path):
    assert run(unshunt, tmp_path / 'x')[::2] == (
        1,
        [f'No such directory: {tmp_path}/x'],
    )


def test_two_at_a_time_would_double_messages(run, site, entry):
    path = entry('shunt')
    with Lock(site.locks_dir / 'unshunt'):
        assert run(unshunt)[0] == 1
    assert path.exists()
