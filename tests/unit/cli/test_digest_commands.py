"""senddigests, bumpdigests and nightly_gzip."""

import gzip
import os

import pytest

from mailman.actions import digests
from mailman.cli import bumpdigests, nightly_gzip, senddigests
from mailman.lists import MailList


@pytest.fixture
def waiting(make_list, make_msg):
    """Make a list with a digest reader and a post that waits."""

    def make(name, **settings):
        mlist = make_list(name, **settings)
        mlist.add_member('dig@member.example', digest=True)
        mlist.save()
        digests.collect(mlist, make_msg())
        return mlist

    return make


def sent(*mlists):
    return [mlist.name for mlist in mlists if mlist.queue('virgin').messages]


def test_every_list_that_sends_periodically_sends(site, waiting, run):
    one, two = waiting('one'), waiting('two')
    off, empty = waiting('off', digest_send_periodic=0), waiting('empty')
    os.unlink(empty.directory / digests.FILE)
    assert run(senddigests) == (0, [], [])
    assert sent(one, two, off, empty) == ['one', 'two']
    assert MailList.open(site, 'empty').next_digest_number == 1


@pytest.mark.parametrize(
    'words, expected',
    [
        (['-l', 'ONE'], ['one']),
        (['-l', 'one', '--listname', 'three'], ['one', 'three']),
        (['-e', 'one'], ['three', 'two']),
        (['--exceptlist', 'one', '-e', 'two', '-e', 'nonesuch'], ['three']),
        (['-l', 'one', '-e', 'one'], []),
    ],
)
def test_lists_can_be_chosen(waiting, run, words, expected):
    mlists = [waiting(name) for name in ('one', 'three', 'two')]
    assert run(senddigests, *words) == (0, [], [])
    assert sent(*mlists) == expected


def test_an_unknown_list_is_said_and_the_others_go_out(waiting, run):
    mlist = waiting('one')
    status, out, err = run(senddigests, '-l', 'nonesuch', '-l', 'one')
    assert (status, out, err) == (1, [], ['No such list: nonesuch'])
    assert sent(mlist) == ['one']


def test_trouble_with_one_list_does_not_stop_the_others(
    waiting, run, site, monkeypatch
):
    one, two = waiting('one'), waiting('two')
    send = digests.send

    def trouble(mlist):
        if mlist.name == 'one':
            raise ValueError('a mistake')
        return send(mlist)

    monkeypatch.setattr(digests, 'send', trouble)
    status, _, err = run(senddigests)
    assert status == 1
    assert 'one' in err[0]
    assert 'a mistake' in err[0]
    assert sent(one, two) == ['two']
    assert 'a mistake' in (site.logs_dir / 'error').read_text()


def test_a_list_in_use_keeps_its_digest(waiting, run, site, monkeypatch):
    mlist, two = waiting('one'), waiting('two')
    monkeypatch.setattr(senddigests, 'PATIENCE', 0.0)
    with mlist.lock():
        status, _, err = run(senddigests)
    assert status == 1
    assert 'its digest waits' in err[0]
    assert sent(mlist, two) == ['two']


# --- bumpdigests ------------------------------------------------------------------


def numbers(site, name):
    mlist = MailList.open(site, name)
    return mlist.volume, mlist.next_digest_number


def test_a_new_volume_begins_on_all_lists_or_those_named(site, make_list, run):
    for name in ('one', 'two'):
        mlist = make_list(name)
        mlist.next_digest_number = 5
        mlist.save()
    assert run(bumpdigests, 'ONE') == (0, [], [])
    assert (numbers(site, 'one'), numbers(site, 'two')) == ((2, 1), (1, 5))
    assert run(bumpdigests) == (0, [], [])
    assert (numbers(site, 'one'), numbers(site, 'two')) == ((3, 1), (2, 1))


def test_bumping_an_unknown_list_is_an_error(make_list, run, site):
    make_list('one')
    status, _, err = run(bumpdigests, 'nonesuch', 'one')
    assert (status, err) == (1, ['No such list: nonesuch'])
    assert numbers(site, 'one') == (2, 1)


# --- nightly_gzip -----------------------------------------------------------------


@pytest.fixture
def archive(mlist):
    """The list's archive with two monthly texts and other files."""
    directory = mlist.site.archives_private / 'test'
    directory.mkdir(parents=True, exist_ok=True)
    for name in ('2026-January.txt', '2026-February.txt', 'index.html'):
        (directory / name).write_text(f'{name}\n' * 100)
    (directory / 'attachments').mkdir()
    (directory / 'attachments' / 'notes.txt').write_text('x')
    (directory / 'link.txt').symlink_to('/etc/passwd')
    return directory


def packed(directory):
    return sorted(path.name for path in directory.rglob('*.gz'))


def test_the_months_are_compressed_and_nothing_else(archive, run):
    assert run(nightly_gzip) == (0, [], [])
    assert packed(archive) == ['2026-February.txt.gz', '2026-January.txt.gz']
    path = archive / '2026-January.txt.gz'
    assert gzip.decompress(path.read_bytes()) == b'2026-January.txt\n' * 100
    assert path.stat().st_mode & 0o777 == 0o664


def test_only_what_is_newer_is_compressed_again(archive, run):
    run(nightly_gzip)
    text = archive / '2026-January.txt'
    text.write_text('more\n')
    os.utime(text, (2e9, 2e9))
    status, out, _ = run(nightly_gzip, '-v', 'TEST')
    assert (status, out) == (0, [f'gzipped archive file: {text}'])
    assert run(nightly_gzip, '--verbose') == (0, [], [])
    assert gzip.decompress((archive / f'{text.name}.gz').read_bytes()) == b'more\n'


def test_a_site_that_compresses_at_every_post_needs_none(archive, run, site):
    site.cfg.GZIP_ARCHIVE_TXT_FILES = True
    assert run(nightly_gzip) == (0, [], [])
    assert packed(archive) == []


def test_trouble_with_one_file_is_said_and_leaves_no_litter(archive, run):
    (archive / '2026-January.txt.gz').mkdir()
    os.utime(archive / '2026-January.txt.gz', (1, 1))
    status, _, err = run(nightly_gzip)
    assert status == 1
    assert '2026-January.txt: ' in err[0]
    assert packed(archive) == ['2026-February.txt.gz', '2026-January.txt.gz']


def test_an_unknown_list_is_an_error_for_nightly_gzip(archive, run):
    status, _, err = run(nightly_gzip, '../etc', 'test')
    assert (status, err) == (1, ['No such list: ../etc'])
    assert len(packed(archive)) == 2
