"""Building from an mbox: complete, repeatable, and no number ever changes."""

import gzip
import re

import pytest

from mailman.archive import mbox, removing, workers
from mailman.archive.building import Archive, opened
from mailman.archive.rebuilding import Rebuild
from mailman.errors import ArchiveError
from tests.unit.archive.conftest import Shelf

DAY = 86_400


@pytest.fixture
def box(shelf, entry):
    """An mbox of 60 mails in three months, in threads."""
    shelf.mbox.parent.mkdir(parents=True, exist_ok=True)
    posts = [
        entry(
            f'm{n}',
            at=n * 1.4 * DAY,
            In_Reply_To=f'<m{n * 7 % 60}@x.example>' if n % 3 else '',
        )
        for n in range(60)
    ]
    shelf.mbox.write_bytes(b''.join(posts))
    return shelf


@pytest.fixture
def forking(monkeypatch):
    """Fork workers even for little."""
    monkeypatch.setattr(workers, 'WORTH_FORKING', 0)
    monkeypatch.setattr(workers, '_processors', lambda: 2)
    monkeypatch.setattr(workers, 'BATCH_MESSAGES', 5)


def without_volatile(shelf):
    pages = shelf.pages()
    return {name: text for name, text in pages.items() if name != 'feed.xml'}


def test_all_mails_are_archived_in_the_order_of_the_mbox(box):
    assert box.arch() == 60
    numbers = [page.split('/')[1] for page in box.numbers().values()]
    assert numbers == [f'{n:06d}.html' for n in range(60)]
    assert len(box.found('text')) == 50
    assert not box.dirty()


def test_workers_make_the_same_as_one_process(box, forking, make_list):
    box.arch()
    other = Shelf(box.mlist)
    made = without_volatile(box)
    for path in sorted(box.root.rglob('*'), reverse=True):
        path.unlink() if not path.is_dir() or path.is_symlink() else path.rmdir()
    workers.WORTH_FORKING = 1 << 30
    other.arch()
    assert without_volatile(other) == made


def test_a_build_is_the_same_as_post_by_post(box, entry, make_list):
    box.arch()
    other = Shelf(make_list('other'))
    other.mbox.parent.mkdir(parents=True, exist_ok=True)
    content = box.mbox.read_bytes()
    for part in re.split(rb'(?<=\n\n)(?=From )', content):
        other.add(part)
    made, built = other.pages(), box.pages()
    assert made.keys() == built.keys()
    for name in built:
        if re.search(r'\d{6}\.html|\.txt$', name):
            text = made[name].replace('other', 'test').replace('Other', 'Test')
            assert text == built[name], name


def test_building_twice_adds_nothing(box):
    box.arch()
    before = without_volatile(box)
    assert box.arch() == 0
    assert without_volatile(box) == before


def test_what_is_missing_is_added(box, entry):
    box.arch()
    box.mbox.write_bytes(box.mbox.read_bytes() + entry('new', at=100 * DAY))
    assert box.arch() == 1
    assert box.numbers()['new'].endswith('/000060.html')


def test_another_mbox_adds_what_is_not_there(box, entry, tmp_path):
    box.arch()
    other = tmp_path / 'other.mbox'
    other.write_bytes(entry('m3', body='other bytes') + entry('new'))
    assert box.arch(other) == 1
    assert list(box.numbers())[-1] == 'new'


@pytest.mark.parametrize('fork', [False, True])
def test_wiping_keeps_numbers_whatever_the_mbox_has_lost(box, entry, fork, request):
    if fork:
        request.getfixturevalue('forking')
    box.arch()
    before = box.numbers()
    parts = re.split(rb'(?<=\n\n)(?=From )', box.mbox.read_bytes())
    kept = [part for n, part in enumerate(parts) if n not in (0, 7, 59)]
    kept.append(entry('new', at=DAY))
    box.mbox.write_bytes(b''.join(kept))
    assert box.arch(wipe=True) == 1
    after = box.numbers()
    assert after.pop('new').endswith('/000060.html')
    assert after == {x: p for x, p in before.items() if x not in ('m0', 'm7', 'm59')}
    for name in ('m0', 'm7', 'm59'):
        assert not (box.root / before[name]).exists()


def test_a_mail_that_comes_back_gets_its_old_number(box):
    box.arch()
    before, content = box.numbers(), box.mbox.read_bytes()
    box.mbox.write_bytes(content.partition(b'\n\nFrom ')[0] + b'\n\n')
    box.arch(wipe=True)
    assert list(box.numbers()) == ['m0']
    box.mbox.write_bytes(content)
    box.arch(wipe=True)
    assert box.numbers() == before


def test_a_part_of_the_mbox_can_be_chosen(box):
    assert box.arch(first=10, last=13) == 3
    assert list(box.numbers()) == ['m10', 'm11', 'm12']
    box.post('new', at=100 * DAY)
    assert list(box.numbers()) == ['m10', 'm11', 'm12', 'new']


def test_mails_that_ask_to_stay_out_are_left_out(shelf, entry):
    shelf.mbox.parent.mkdir(parents=True, exist_ok=True)
    shelf.mbox.write_bytes(
        entry('a', 'X-No-Archive: yes') + entry('b', 'X-Archive: no') + entry('c')
    )
    shelf.arch()
    assert list(shelf.numbers()) == ['c']


def test_killed_in_the_first_pass_nothing_has_changed(box, monkeypatch):
    box.post('first', at=-DAY)

    def killed(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Rebuild, '_note', killed)
        with pytest.raises(KeyboardInterrupt):
            box.arch(wipe=True)
    assert not list(box.root.glob('.*tmp*'))
    box.arch(wipe=True)
    assert len(box.numbers()) == 61


@pytest.mark.parametrize('again', [{'wipe': True}, {'wipe': False}])
def test_killed_in_the_second_pass_the_next_run_goes_on(box, monkeypatch, again):
    count = 0
    original = Archive.write_article

    def killed(*args, **options):
        nonlocal count
        count += 1
        if count == 36:
            raise KeyboardInterrupt
        original(*args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Archive, 'write_article', killed)
        with pytest.raises(KeyboardInterrupt):
            box.arch()
    before = box.numbers()
    assert box.dirty()
    box.arch(**again)
    assert not box.dirty()
    assert box.numbers() == before
    assert len(list(box.root.glob('2026-*/[0-9]*.html'))) == 60
    texts = ''.join(box.page(x.name) for x in sorted(box.root.glob('*.txt')))
    assert texts.count('\nMessage-ID: ') == 60


def test_a_worker_that_dies_is_told(box, forking, monkeypatch):
    import os

    monkeypatch.setattr(workers.Worker, 'parse', lambda self, places: os._exit(9))
    with pytest.raises(ArchiveError, match='has died'):
        box.arch()
    monkeypatch.undo()
    assert box.arch() >= 0
    assert len(box.numbers()) == 60


def test_a_hundred_thousand_boundaries_are_found_flat(tmp_path):
    path = tmp_path / 'mbox'
    one = b'From a@x.example Thu Jan  8 10:30:00 2026\nA: b\n\nx\n\n'
    path.write_bytes(one * 100_000)
    places = list(mbox.places(path))
    assert len(places) == 100_000
    assert {size for _, size in places} == {len(one)}
    assert list(mbox.places(path, 5 * len(one)))[0] == (5 * len(one), len(one))


@pytest.mark.parametrize('size', range(12))
def test_a_tiny_mbox_is_one_entry(tmp_path, size):
    path = tmp_path / 'mbox'
    path.write_bytes(b'x' * size)
    assert list(mbox.places(path)) == ([(0, size)] if size else [])


def test_an_import_that_was_killed_is_finished_by_the_next(box, monkeypatch, tmp_path):
    """Its mails are not in the list's own mbox."""
    other = tmp_path / 'other.mbox'
    other.write_bytes(box.mbox.read_bytes())
    box.mbox.write_bytes(b'')
    box.post('mine', at=-DAY)

    def killed(*args, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Archive, 'write_article', killed)
        with pytest.raises(KeyboardInterrupt):
            box.arch(other)
    box.post('more', at=100 * DAY)
    assert box.dirty()
    assert box.arch(other) == 0
    assert not box.dirty()
    assert len(list(box.root.glob('2026-*/[0-9]*.html'))) == 62
    texts = ''.join(box.page(x.name) for x in box.root.glob('*.txt'))
    assert texts.count('\nMessage-ID: ') == 62


def test_what_a_killed_run_left_is_taken_away(box):
    for name in ('.2026-January.txt.tmp.99.0', 'database/.x.tmp.99.1'):
        (box.root / name).parent.mkdir(parents=True, exist_ok=True)
        (box.root / name).write_text('words')
    box.arch()
    assert not list(box.root.rglob('*.tmp.*'))


def test_a_shortened_mbox_is_no_surprise_after_a_rebuild(box, site):
    box.arch()
    content = box.mbox.read_bytes()
    box.mbox.write_bytes(content[: content.index(b'From ', len(content) // 2)])
    box.arch(wipe=True)
    box.post('next', at=200 * DAY)
    assert 'shorter' not in ''.join(x.read_text() for x in site.logs_dir.glob('err*'))


def test_choosing_none_of_the_mbox_makes_it_not_new(box, entry):
    box.arch()
    assert box.arch(first=1000) == 0
    box.post('next', at=200 * DAY)
    assert len(box.numbers()) == 61


@pytest.mark.parametrize('scrub', [0, 1])
def test_killed_while_wiping_no_attachment_is_lost(box, monkeypatch, scrub):
    box.mlist.scrub_nondigest = scrub
    box.post('pdf', 'MIME-Version: 1.0', 'Content-Type: application/pdf', at=-DAY)
    [pdf] = box.root.rglob('*.pdf')

    def killed(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Rebuild, '_note', killed)
        with pytest.raises(KeyboardInterrupt):
            box.arch(wipe=True)
    assert pdf.exists()
    box.arch(wipe=True)
    assert pdf.exists()


def test_attachments_of_mails_that_the_mbox_lost_go_with_them(box):
    box.post('pdf', 'MIME-Version: 1.0', 'Content-Type: application/pdf', at=-DAY)
    content = box.mbox.read_bytes()
    box.mbox.write_bytes(content[: content.rindex(b'\nFrom ') + 1])
    box.arch(wipe=True)
    assert not list(box.root.rglob('*.pdf'))


def test_a_damaged_database_names_the_way_out(box):
    box.arch()
    (box.root / 'database/articles.db').write_bytes(b'no database' * 1000)
    with pytest.raises(ArchiveError, match='bin/arch --wipe test'):
        box.post('next')


@pytest.mark.parametrize('address', ['test@lists.example.com', ''])
@pytest.mark.parametrize('damage', [slice(0, 3000), slice(9000, 70000)])
def test_numbers_outlive_the_database(box, monkeypatch, damage, address):
    """They stand in the pages, too."""
    box.arch()
    with opened(box.mlist) as archive:
        archive.pages.mailto = address and f'mailto:{address}?Subject='
        removing.remove(archive, 7)
    # Others get lower numbers than their places in the mbox say.
    box.post('late', at=3 * DAY)
    entries = box.mbox.read_bytes().split(b'\nFrom ')
    box.mbox.write_bytes(b'\nFrom '.join([entries[0], *entries[:0:-1]]))
    before = box.numbers()
    database = box.root / 'database/articles.db'
    content = bytearray(database.read_bytes())
    content[damage] = bytes(len(content[damage]))
    database.write_bytes(content)
    with opened(box.mlist, anew=True) as archive:
        archive.build(box.mbox, wipe=True)
    before = {key: page for key, page in before.items() if key != 'm7'}
    after = box.numbers()
    assert {key: after.get(key) for key in before} == before
    assert 'The message that was here' in box.page('2026-January/000007.html')
    assert len(box.found('text')) == 50


def test_packed_texts_keep_their_addresses(box):
    box.arch()
    packed = box.root / '2026-January.txt.gz'
    packed.write_bytes(gzip.compress(b'old'))
    box.arch(wipe=True)
    assert gzip.decompress(packed.read_bytes()) == box.page('2026-January.txt').encode()
    assert 'href="2026-January.txt.gz"' in box.page('index.html')


def test_new_texts_are_for_the_web_server_to_read(box):
    box.arch()
    texts = sorted(box.root.glob('*.txt'))
    assert texts
    assert {path.stat().st_mode & 0o777 for path in texts} == {0o664}
    assert not list(box.root.glob('.*.tmp*'))


@pytest.mark.parametrize('words', [{}, {'wipe': True}])
def test_the_database_has_all_its_indexes_after_a_build(box, words):
    with opened(box.mlist) as archive:
        asked = "SELECT name FROM sqlite_master WHERE type = 'index' ORDER BY 1"
        before = archive.store.db.execute(asked).fetchall()
        archive.build(box.mbox, **words)
        assert archive.store.db.execute(asked).fetchall() == before
        assert ('article_digest',) in before
