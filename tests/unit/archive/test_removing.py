"""Removing a message: it is gone everywhere, and nothing else moves."""

import gzip
import re

import pytest

from mailman.archive import permalinks, removing
from mailman.archive.building import opened

PDF = (
    'MIME-Version: 1.0',
    'Content-Type: application/pdf; name=x.pdf',
    'Content-Disposition: attachment; filename=x.pdf',
    'Content-Transfer-Encoding: base64',
)


def take_out(shelf, name, *redact):
    with opened(shelf.mlist) as archive:
        [number] = removing.numbers_of(archive, name)
        if redact:
            return removing.redact(archive, number, list(redact))
        removing.remove(archive, number)
    return None


def everything(shelf):
    """All bytes that the archive has, packed ones too."""
    found = {shelf.mbox: shelf.mbox.read_bytes()}
    for path in shelf.root.rglob('*'):
        if path.is_file():
            content = path.read_bytes()
            found[path] = gzip.decompress(content) if path.suffix == '.gz' else content
    return found


@pytest.fixture
def three(shelf):
    shelf.post('a')
    shelf.post(
        'b',
        at=60,
        Subject='secret plan',
        body='the wombat lives in Rome',
        In_Reply_To='<a@x.example>',
        From='Eve Hidden <eve@h.example>',
    )
    shelf.post('c', at=120, In_Reply_To='<b@x.example>')
    return shelf


@pytest.mark.parametrize('name', ['1', '000001', '<b@x.example>', 'b@x.example'])
def test_a_removed_message_leaves_no_word_behind(three, name):
    take_out(three, name)
    for path, content in everything(three).items():
        for word in (b'wombat', b'secret', b'Hidden', b'eve@h', b'eve at h'):
            assert word not in content, (path, word)
    assert three.found('wombat') == []


def test_its_addresses_say_that_it_was_removed(three):
    take_out(three, '1')
    page = three.page('2026-January/000001.html')
    assert 'removed' in page
    assert (three.root / permalinks.file_of('b@x.example')).read_text() == page


def test_nobody_else_moves(three):
    before = three.numbers()
    take_out(three, '1')
    assert three.numbers() == before
    index = three.page('2026-January/thread.html')
    assert re.findall(r'^<li id="(\d+)"', index, re.MULTILINE) == ['0', '1', '2']
    three.post('d', at=180)
    assert three.numbers()['d'] == '2026-January/000003.html'
    assert re.findall('Message-ID: <(.)@', three.page('2026-January.txt')) == [*'acd']


@pytest.mark.parametrize('times', [1, 2])
def test_it_stays_removed_when_all_is_made_anew(three, times):
    take_out(three, '1')
    for _ in range(times):
        three.arch(wipe=True)
    assert 'removed' in three.page('2026-January/000001.html')
    assert 'text c' in three.page('2026-January/000002.html')
    assert list(three.numbers()) == ['a', 'b', 'c']
    assert not three.dirty()


def test_an_old_copy_of_the_mbox_does_not_bring_it_back(three, tmp_path):
    copy = tmp_path / 'old.mbox'
    copy.write_bytes(three.mbox.read_bytes())
    take_out(three, '1')
    for wipe in (False, True):
        assert three.arch(copy, wipe=wipe) == 0
        assert 'wombat' not in three.page('2026-January/000001.html')


def test_its_attachments_go_and_others_stay(shelf):
    shelf.post('a', *PDF, body='JVBERi1h')
    shelf.post('b', *PDF, body='JVBERi1i')
    take_out(shelf, '0')
    [left] = (shelf.root / 'attachments').rglob('*.pdf')
    assert left.read_bytes() == b'%PDF-b'


def test_removing_it_twice_changes_nothing(three):
    take_out(three, '1')
    before = everything(three)
    take_out(three, '1')
    assert three.mbox.read_bytes() == before[three.mbox]


def test_packed_texts_are_cleaned_too(three):
    three.mlist.site.cfg.GZIP_ARCHIVE_TXT_FILES = True
    three.post('d', at=180)
    take_out(three, '1')
    packed = (three.root / '2026-January.txt.gz').read_bytes()
    assert re.findall(rb'Message-ID: <(.)@', gzip.decompress(packed)) == [
        b'a',
        b'c',
        b'd',
    ]


@pytest.mark.parametrize('name', ['7', '99999999999', 'x@y', '', '../1', '-1', '٣'])
def test_what_is_not_there_is_not_found(three, name):
    with opened(three.mlist) as archive:
        assert removing.numbers_of(archive, name) == []


# --- redacting --------------------------------------------------------------------


def test_words_are_taken_out_and_the_rest_stays(three):
    assert take_out(three, '1', 'wombat', 'Eve Hidden') is True
    for path, content in everything(three).items():
        assert b'wombat' not in content, path
        assert b'Eve Hidden' not in content, path
    page = three.page('2026-January/000001.html')
    assert '[...]' in page and 'lives in Rome' in page and 'secret plan' in page
    assert three.found('wombat') == [] and three.found('Rome') == [1]


def test_a_redacted_message_stays_so(three, tmp_path):
    copy = tmp_path / 'old.mbox'
    copy.write_bytes(three.mbox.read_bytes())
    take_out(three, '1', 'wombat')
    three.arch(wipe=True)
    assert three.arch(copy) == 0
    assert list(three.numbers()) == ['a', 'b', 'c']
    assert 'wombat' not in three.page('2026-January/000001.html')


@pytest.mark.parametrize(
    'encoding, body',
    [
        ('base64', 'dGhlIHdvbWJhdCBsaXZlcwo='),
        ('quoted-printable', 'the wom=\nbat lives'),
    ],
)
def test_words_are_found_in_encoded_texts(shelf, encoding, body):
    shelf.post('a', 'MIME-Version: 1.0', 'Content-Type: text/plain; charset=utf-8',
               f'Content-Transfer-Encoding: {encoding}', body=body)  # fmt: skip
    assert take_out(shelf, '0', 'WOMBAT') is True
    assert 'lives' in shelf.page('2026-January/000000.html')
    assert 'wombat' not in shelf.page('2026-January/000000.html')
    shelf.arch(wipe=True)
    assert 'the [...] lives' in shelf.page('2026-January/000000.html')


def test_words_that_are_not_there_change_nothing(three):
    before = everything(three)
    assert take_out(three, '1', 'kangaroo') is False
    assert everything(three)[three.mbox] == before[three.mbox]


HTML = (
    'MIME-Version: 1.0',
    'Content-Type: multipart/alternative; boundary=e',
)
BOTH = (
    '--e\nContent-Type: text/plain\n\nthe wombat lives\n'
    '--e\nContent-Type: text/html\n\n<p>the wombat lives</p>\n--e--'
)


def test_words_are_taken_out_of_the_stored_html_too(shelf):
    shelf.post('a', *HTML, body=BOTH)
    assert any(b'wombat' in x for x in everything(shelf).values())
    assert take_out(shelf, '0', 'wombat') is True
    for path, content in everything(shelf).items():
        assert b'wombat' not in content, path
    assert [x.name for x in shelf.root.rglob('attachment*.*')] == ['attachment.html']


@pytest.mark.parametrize('wipe', [True, False])
def test_an_old_copy_of_the_mbox_does_not_undo_a_redaction(shelf, tmp_path, wipe):
    shelf.post('a', *HTML, body=BOTH)
    shelf.post('b')
    copy = tmp_path / 'old.mbox'
    copy.write_bytes(shelf.mbox.read_bytes())
    take_out(shelf, '0', 'wombat')
    shelf.arch(copy, wipe=wipe)
    for path, content in everything(shelf).items():
        assert b'wombat' not in content, path
    assert '[...] lives' in shelf.page('2026-January/000000.html')
    assert '[...] lives' in shelf.page('2026-January.txt')
    assert shelf.found('wombat') == [] and shelf.found('lives') == [0]
    assert list(shelf.root.rglob('attachment.html')) and not shelf.dirty()
    assert list(shelf.numbers()) == ['a', 'b']


def test_a_restored_mbox_shows_no_redacted_message_before_it_is_redacted_again(three):
    before = three.mbox.read_bytes()
    take_out(three, '1', 'wombat')
    three.mbox.write_bytes(before)
    three.arch(wipe=True)
    for path, content in everything(three).items():
        assert path == three.mbox or b'wombat' not in content, path
    assert three.found('Rome') == []
    assert take_out(three, '1', 'wombat') is True
    for path, content in everything(three).items():
        assert b'wombat' not in content, path
    assert 'lives in Rome' in three.page('2026-January/000001.html')
    assert three.found('Rome') == [1]
    three.arch(wipe=True)
    assert 'lives in Rome' in three.page('2026-January/000001.html')


def test_of_two_with_one_message_id_the_last_takes_the_attachments_along(shelf):
    shelf.post('twin', *PDF, body='eHh4')
    shelf.post('twin', *PDF, body='eXl5')
    with opened(shelf.mlist) as archive:
        removing.remove(archive, 0)
    assert len(list(shelf.root.rglob('attachment*.pdf'))) == 2
    with opened(shelf.mlist) as archive:
        removing.remove(archive, 1)
    assert not list(shelf.root.rglob('attachment*.pdf'))


def test_a_link_to_anothers_attachment_does_not_remove_it(shelf):
    shelf.post('a', *PDF, body='eHh4')
    [pdf] = shelf.root.rglob('*.pdf')
    url = f'https://lists.example.com/pipermail/test/{pdf.relative_to(shelf.root)}'
    shelf.post('b', body=f'look at {url}')
    take_out(shelf, 'b@x.example')
    assert pdf.exists()


def test_a_crash_while_cutting_costs_no_other_entry(three):
    """Something else was appended to the mbox before the next run."""
    with opened(three.mlist) as archive, archive.store.transaction():
        where = archive.store.where_in_mbox(1)
        archive.store.blank(1)
        removing.plan(archive, 1, where, b'')
    with opened(three.mlist) as archive:
        removing._exchange(archive.mbox, *where, b'')
    with three.mbox.open('ab') as file:
        file.write(b'From x@x.example Thu Jan  8 10:30:00 2026\nSubject: new\n\nx\n\n')
    before = three.mbox.read_bytes()
    three.post('d', at=400)
    assert three.mbox.read_bytes().startswith(before)
    assert len(three.numbers()) == 5
    assert 'text c' in three.page('2026-January/000002.html')


def test_what_a_killed_removal_copied_is_taken_away(three):
    copy = three.mbox.parent / '.test.mbox.tmp.123.0'
    copy.write_bytes(b'the wombat')
    with opened(three.mlist) as archive:
        archive.repair()
    assert not copy.exists()


def test_texts_that_are_not_packed_yet_are_cleaned(three):
    """The site has just set GZIP_ARCHIVE_TXT_FILES."""
    three.mlist.site.cfg.GZIP_ARCHIVE_TXT_FILES = True
    take_out(three, '1')
    for path, content in everything(three).items():
        assert b'wombat' not in content, path
    packed = gzip.decompress((three.root / '2026-January.txt.gz').read_bytes())
    assert packed.count(b'\nMessage-ID: ') == 2
