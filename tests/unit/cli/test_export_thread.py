"""export.py --thread: one thread of an archive as mbox."""

import mailbox
import time
from contextlib import closing

import pytest

from mailman.archive.building import opened
from mailman.cli import export

NOON = 1_767_868_200


def entry(name, parent='', body='text'):
    when = time.gmtime(NOON + len(name) * 60)
    answer = f'In-Reply-To: <{parent}@x.example>\n' if parent else ''
    date = time.strftime('%a, %d %b %Y %H:%M:%S +0000', when)
    return (
        f'From anne@x.example {time.asctime(when)}\nFrom: Anne <anne@x.example>\n'
        f'Subject: {name}\nDate: {date}\nMessage-ID: <{name}@x.example>\n{answer}\n'
        f'{body}\n>From {name}\n\n'
    ).encode()


@pytest.fixture
def archive(mlist):
    with opened(mlist) as archive:
        archive.add([entry('a'), entry('bb'), entry('ccc', 'a'), entry('dddd', 'ccc')])
        archive.add([entry('eeeee', 'a')])
    return mlist


@pytest.mark.parametrize('article', ['0', '3', '<dddd@x.example>', 'a@x.example'])
def test_all_of_the_thread_is_written_as_it_was_posted(archive, run, tmp_path, article):
    path = tmp_path / 'thread.mbox'
    assert run(export, '-l', 'TEST', '--thread', article, '-o', path) == (0, [], [])
    names = ['a', 'ccc', 'dddd', 'eeeee']
    with closing(mailbox.mbox(path, create=False)) as box:
        assert [msg['subject'] for msg in box] == names
    assert path.read_bytes().count(b'\n>From ') == len(names)


def test_a_thread_of_one(archive, run, tmp_path):
    run(export, '-l', 'test', '--thread', '1', '-o', tmp_path / 'one')
    assert (tmp_path / 'one').read_bytes() == entry('bb')


def test_what_is_not_there_is_said(archive, run, tmp_path):
    status, out, err = run(export, '-l', 'test', '--thread', '42')
    assert (status, out) == (1, [])
    assert err == ['No such message in the archive: 42']
    assert run(export, '-l', 'nolist', '--thread', '1')[0] == 1


def test_one_list_must_be_named(archive, run):
    status, _, err = run(export, '--thread', '1')
    assert status == 2
    assert err[-1] == 'export.py: --thread wants one list, named by -l'
