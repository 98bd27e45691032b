"""which, intro, index, get and approve, for those who come from Majordomo."""

import os

import pytest

NEW = 'new@joiner.example'


@pytest.fixture
def files(mlist):
    """The list's folder of files, with some."""
    folder = mlist.directory / 'files'
    folder.mkdir()
    (folder / 'rules.txt').write_text('Be nice. Déjà vu.\n')
    (folder / 'logo.png').write_bytes(b'\x89PNG\0\xff')
    (folder / '.hidden').write_text('x')
    (folder / 'odd name').write_text('x')
    return folder


@pytest.fixture
def volumes(site, mlist):
    """Two volumes of an archive, and its mbox."""
    folder = site.archives_private / 'test'
    folder.mkdir(parents=True, exist_ok=True)
    (folder / '2026-January.txt').write_text('From anne ...\n')
    (folder / '2025-December.txt.gz').write_bytes(b'\x1f\x8b\0')
    (folder / 'index.html').write_text('page')
    (folder / 'pipermail.pck').write_bytes(b'state')
    mbox = site.archives_private / 'test.mbox'
    mbox.mkdir(exist_ok=True)
    (mbox / 'test.mbox').write_text('From anne ...\n')
    return folder


def names(text):
    lines = (line.split() for line in text.split('\n'))
    return [words[1] for words in lines if len(words) == 2 and words[0].isdigit()]


# --- which and intro ----------------------------------------------------------------


def test_which_names_the_lists_of_the_sender(ask, make_list):
    make_list('second', members=['anne@member.example'])
    make_list('third', members=['bob@member.example'])
    text = ask('which').text
    assert '<test@lists.example.com>' in text
    assert '<second@lists.example.com>' in text
    assert '<third@lists.example.com>' not in text


def test_which_tells_nothing_of_others(ask):
    assert 'from only' in ask('which bob@member.example').text
    assert '<test@' in ask('which anne@member.example').text
    assert 'There are none' in ask('which', sender=NEW).text


def test_intro_is_what_the_owner_wrote(ask, change):
    change(info='<p>We <b>talk</b>.</p>', description='Talk')
    text = ask('intro').text
    assert 'We talk.' in text
    assert 'Talk' in text
    assert 'test-owner@lists.example.com' in text


@pytest.mark.parametrize('args', ['test', 'Test', 'test@lists.example.com'])
def test_the_name_of_the_list_may_be_given(ask, args):
    assert 'List name:' in ask(f'intro {args}').text
    assert 'Usage' in ask(f'intro {args} more').text


# --- index and get ------------------------------------------------------------------


def test_index_names_files_and_volumes(ask, files, volumes):
    assert names(ask('index').text) == [
        'logo.png',
        'rules.txt',
        '2025-December.txt.gz',
        '2026-January.txt',
        'test.mbox',
    ]


def test_index_of_nothing(ask):
    assert 'no files' in ask('index').text


def test_a_text_is_attached_as_text(ask, files):
    answer = ask('get rules.txt')
    part = answer.parts[1]
    assert part.get_content_type() == 'text/plain'
    assert part.get_filename() == 'rules.txt'
    assert part.get_payload(decode=True).decode() == 'Be nice. Déjà vu.\n'
    assert answer.parts[-1].get_content_type() == 'message/rfc822'


def test_other_files_keep_their_bytes(ask, files):
    part = ask('get test logo.png').parts[1]
    assert part.get_payload(decode=True) == b'\x89PNG\0\xff'


def test_several_files_come_in_one_answer(ask, files, volumes):
    answer = ask('get rules.txt', 'get 2026-January.txt', 'get test.mbox')
    assert len(answer.parts) == 5


@pytest.mark.parametrize(
    'name',
    [
        '../config.pck',
        '../files/rules.txt',
        '/etc/passwd',
        '..',
        '.',
        '.hidden',
        'files',
        'config.pck',
        'pipermail.pck',
        'index.html',
        'link.txt',
        'pipe.txt',
        'folder.txt',
        'rules.txt\0',
        '%2e%2e',
    ],
)
def test_no_name_leads_elsewhere(ask, files, volumes, name):
    (files / 'link.txt').symlink_to('/etc/passwd')
    os.mkfifo(files / 'pipe.txt')
    (files / 'folder.txt').mkdir()
    answer = ask(f'get {name}')
    assert len(answer.parts) == 2
    assert 'There is no file' in answer.text


@pytest.mark.parametrize(
    'private, sender, gets',
    [
        (0, NEW, True),
        (0, 'anne@member.example', True),
        (1, NEW, False),
        (1, 'anne@member.example', True),
    ],
)
def test_a_private_archive_is_for_members(
    ask, change, files, volumes, private, sender, gets
):
    change(archive_private=private)
    for line in ('get 2026-January.txt', 'get rules.txt'):
        assert (len(ask(line, sender=sender).parts) == 3) == gets
    assert bool(names(ask('index', sender=sender).text)) == gets


@pytest.mark.parametrize(
    'size, member, stranger', [(90_000, 3, 3), (900_000, 3, 2), (1_100_000, 2, 2)]
)
def test_large_files_are_not_mailed(ask, files, size, member, stranger):
    (files / 'large.txt').write_bytes(b'x' * size)
    assert len(ask('get large.txt').parts) == member
    answer = ask('get large.txt', sender=NEW)
    assert len(answer.parts) == stranger
    assert ('too large' in answer.text) == (stranger == 2)


def test_nor_are_many_that_are_large_together(ask, files):
    for number in range(4):
        (files / f'{number}.txt').write_bytes(b'x' * 400_000)
    assert len(ask(*(f'get {n}.txt' for n in range(4))).parts) == 4


def test_another_list_is_pointed_to(ask, make_list, files):
    make_list('second')
    answer = ask('get second rules.txt')
    assert '-request' in answer.text
    assert len(answer.parts) == 2


# --- approve ------------------------------------------------------------------------


@pytest.mark.parametrize('what', ['subscribe', 'unsubscribe'])
def test_approve_is_refused_with_the_ways_there_are(ask, mlist, passwords, what):
    answer = ask(f'approve listpw {what} test {NEW}')
    assert mlist.url('admin', 'members') in answer.text
    assert 'bin/add_members' in answer.text
    assert 'listpw' not in answer.text + answer.original
    assert not mlist.is_member(NEW)
