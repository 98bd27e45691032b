"""Adding posts: the files that 2.1 had, where it had them, and only what changes."""

import gzip
import json
import os
import re
import stat

import pytest

from mailman.archive import building, files, mbox, permalinks
from mailman.archive.building import Archive, opened
from mailman.archive.rows import KINDS

DAY = 86_400


def listed(page):
    """The numbers in an index, in order."""
    return [int(n) for n in re.findall(r'^<li id="(\d+)"', page, re.MULTILINE)]


def test_a_post_has_all_the_files_of_2_1(shelf):
    shelf.post('a')
    names = set(shelf.pages())
    assert {
        'index.html',
        '2026-January/000000.html',
        '2026-January/index.html',
        '2026-January.txt',
        *(f'2026-January/{kind}.html' for kind in KINDS),
    } <= names
    assert os.readlink(shelf.root / '2026-January/index.html') == 'thread.html'
    assert shelf.mbox.read_bytes().count(b'\nMessage-ID: <a@x.example>') == 1
    assert 'text a' in shelf.page('2026-January/000000.html')
    assert 'Message-ID: <a@x.example>' in shelf.page('2026-January.txt')


def test_modes_are_those_of_2_1(shelf):
    old = os.umask(0o077)
    try:
        shelf.post('a')
    finally:
        os.umask(old)
    for path in [shelf.root, *shelf.root.rglob('*')]:
        mode = stat.S_IMODE(path.lstat().st_mode)
        if path.is_symlink():
            continue
        if path.name == 'database':
            assert mode == 0o2770
        elif path.parent.name == 'database':
            assert mode & 0o660 == 0o660
        else:
            assert mode == (0o2775 if path.is_dir() else 0o664), path


def test_the_permanent_address_leads_to_the_page(shelf):
    shelf.post('a')
    link = shelf.root / permalinks.file_of('<a@x.example>')
    assert os.readlink(link) == '../2026-January/000000.html'
    assert link.read_text() == shelf.page('2026-January/000000.html')


def test_of_two_with_one_message_id_the_first_keeps_the_address(shelf):
    shelf.post('a')
    shelf.post('a', body='another text')
    link = shelf.root / permalinks.file_of('<a@x.example>')
    assert os.readlink(link) == '../2026-January/000000.html'
    assert 'another text' in shelf.page('2026-January/000001.html')


def test_neighbours_learn_of_a_new_post(shelf):
    shelf.post('a')
    shelf.post('b', at=60, In_Reply_To='<a@x.example>')
    first, second = (shelf.page(f'2026-January/00000{n}.html') for n in (0, 1))
    assert '000001.html' in first and 'about b' in first
    assert '000000.html' in second and 'about a' in second


def test_threads_go_on_in_the_next_month(shelf):
    shelf.post('a')
    shelf.post('b', at=30 * DAY, In_Reply_To='<a@x.example>')
    assert '../2026-February/000001.html' in shelf.page('2026-January/000000.html')
    assert '../2026-January/000000.html' in shelf.page('2026-February/000001.html')


@pytest.mark.parametrize('together', [True, False])
def test_indexes_are_in_order_whatever_comes_when(shelf, entry, together):
    posts = [
        entry('b', at=60, From='Zoe Adams <z@x.example>', Subject='zebra'),
        entry('d', at=180, From='Bob Young <b@x.example>', Subject='Re: ant'),
        entry('a', at=0, From='Cid Miller <c@x.example>', Subject='ant'),
        entry('c', at=90, In_Reply_To='<b@x.example>', Subject='Re: zebra'),
        entry('e', at=200, In_Reply_To='<a@x.example>', Subject='Re: ant'),
        entry('f', at=300, Subject='middle'),
    ]
    if together:
        shelf.add(*posts)
    else:
        for post in posts:
            shelf.add(post)
    orders = {kind: listed(shelf.page(f'2026-January/{kind}.html')) for kind in KINDS}
    assert orders == {
        'date': [2, 0, 3, 1, 4, 5],
        'subject': [2, 1, 4, 5, 0, 3],
        'author': [0, 2, 3, 4, 5, 1],
        'thread': [2, 4, 0, 3, 1, 5],
    }


def test_pages_are_the_same_in_one_go_and_one_by_one(make_list, entry):
    from tests.unit.archive.conftest import Shelf

    posts = [
        entry(
            f'm{n}', at=(n * 7919) % 1000, In_Reply_To=f'<m{(n * 31) % 40}@x.example>'
        )
        for n in range(40)
    ]
    one, many = Shelf(make_list('one')), Shelf(make_list('many'))
    one.add(*posts)
    for post in posts:
        many.add(post)
    for kind in KINDS:
        name = f'2026-January/{kind}.html'
        assert listed(one.page(name)) == listed(many.page(name))
    for number in range(40):
        name = f'2026-January/{number:06d}.html'
        made = re.sub(r'\bone\b', 'many', one.page(name).lower())
        assert made == many.page(name).lower()


def test_a_late_parent_takes_its_answers(shelf):
    shelf.post('b', at=60, In_Reply_To='<a@x.example>')
    shelf.post('x', at=70)
    shelf.post('a', at=0)
    assert listed(shelf.page('2026-January/thread.html')) == [2, 0, 1]
    assert '000002.html' in shelf.page('2026-January/000000.html')
    assert not shelf.dirty()


def test_the_front_page_counts_and_months_are_noted(shelf):
    shelf.post('a')
    shelf.post('b', at=30 * DAY)
    front = shelf.page('index.html')
    assert '2026-January/thread.html' in front and '2026-February/thread.html' in front
    months = json.loads((shelf.root / 'database/activity.json').read_text())
    assert months == {'2026-01': 1, '2026-02': 1}
    assert '<feed' in shelf.page('feed.xml')


def test_a_changed_frequency_moves_nothing(shelf):
    shelf.post('a')
    shelf.mlist.archive_volume_frequency = 2
    shelf.mlist.save()
    shelf.post('b', at=60, In_Reply_To='<a@x.example>')
    shelf.arch(wipe=True)
    assert shelf.numbers() == {
        'a': '2026-January/000000.html',
        'b': '2026q1/000001.html',
    }


def test_the_search_index_knows_new_posts(shelf):
    shelf.post('a', body='a rare wombat')
    shelf.post('b', body='nothing')
    assert shelf.found('wombat') == [0]


def test_the_text_may_be_packed_at_once(shelf):
    shelf.post('a')
    shelf.mlist.site.cfg.GZIP_ARCHIVE_TXT_FILES = True
    shelf.post('b')
    shelf.post('c')
    text = gzip.decompress((shelf.root / '2026-January.txt.gz').read_bytes())
    assert re.findall(rb'Message-ID: <(\w)@', text) == [b'a', b'b', b'c']
    assert not (shelf.root / '2026-January.txt').exists()
    shelf.mlist.site.cfg.GZIP_ARCHIVE_TXT_FILES = False
    shelf.post('d')
    assert re.findall('Message-ID: <(.)@', shelf.page('2026-January.txt')) == [*'abcd']


def test_nothing_tells_web_servers_what_they_may_not_be_told(shelf):
    """Apache answered 500 for the whole archive, unless AllowOverride had FileInfo."""
    shelf.post('a')
    assert shelf.page('style.css')
    assert not list(shelf.root.rglob('.htaccess'))


@pytest.mark.parametrize('odd', [b'', b'\0' * 100, b'\xff\xfe', b'From \n', b'\n\n\n'])
def test_no_bytes_stop_an_archive(shelf, odd):
    shelf.add(b'From x@x.example Thu Jan  8 10:30:00 2026\n' + odd + b'\n\n')
    shelf.post('b')
    assert len(listed(shelf.page('2026-January/date.html'))) >= 1
    assert not shelf.dirty()


def test_a_page_that_cannot_be_made_is_there_nevertheless(shelf, monkeypatch):
    from mailman.archive.pages import Pages

    def broken(*args):
        raise RuntimeError('no page today')

    monkeypatch.setattr(Pages, 'article', broken)
    shelf.post('a', Subject='<script>')
    page = shelf.page('2026-January/000000.html')
    assert 'text a' in page and '<script>' not in page


# --- trouble ------------------------------------------------------------------------


def test_a_full_disk_before_it_is_recorded_costs_nothing(shelf, entry, monkeypatch):
    shelf.post('a')
    before = shelf.mbox.read_bytes()

    def full(*args, **options):
        raise OSError(28, 'No space left on device')

    monkeypatch.setattr(Archive, '_record', full)
    with pytest.raises(OSError, match='No space'):
        shelf.post('b')
    assert shelf.mbox.read_bytes() == before


def test_a_full_disk_afterwards_is_made_up_for(shelf, monkeypatch):
    shelf.post('a')

    def full(*args, **options):
        raise OSError(28, 'No space left on device')

    with monkeypatch.context() as patch:
        patch.setattr(files, 'write', full)
        shelf.post('b', at=60)
    assert shelf.dirty()
    shelf.post('c', at=120)
    assert not shelf.dirty()
    assert listed(shelf.page('2026-January/date.html')) == [0, 1, 2]
    assert 'text b' in shelf.page('2026-January/000001.html')
    text = shelf.page('2026-January.txt')
    assert re.findall('Message-ID: <(.)@', text) == ['a', 'b', 'c']


def test_what_stands_in_the_mbox_alone_becomes_an_article(shelf, entry):
    shelf.post('a')
    mbox.append_entries(shelf.mbox, entry('b', at=60) + entry('c', at=90))
    shelf.post('d', at=120)
    assert list(shelf.numbers()) == ['a', 'b', 'c', 'd']


@pytest.mark.parametrize('length', [0, 1, 4, 5, 100, -1])
def test_half_an_entry_is_cut_off_when_it_comes_again(shelf, entry, length):
    shelf.post('a')
    again, other = entry('b', at=60), entry('c', at=70)
    mbox.append_entries(shelf.mbox, again + other[:length])
    for content in (again, other):
        with opened(shelf.mlist) as archive:
            archive.add([content], [again, other])
    assert list(shelf.numbers()) == ['a', 'b', 'c']
    assert shelf.mbox.read_bytes().endswith(again + other)


def test_an_index_that_is_gone_or_odd_is_made_anew(shelf):
    shelf.post('a')
    (shelf.root / '2026-January/date.html').unlink()
    (shelf.root / '2026-January/author.html').write_text('rubbish')
    shelf.post('b', at=60)
    assert listed(shelf.page('2026-January/date.html')) == [0, 1]
    assert listed(shelf.page('2026-January/author.html')) == [0, 1]


def test_a_text_that_lost_its_end_is_made_anew(shelf):
    shelf.post('a')
    (shelf.root / '2026-January.txt').write_text('')
    shelf.post('b', at=60)
    text = shelf.page('2026-January.txt')
    assert re.findall('Message-ID: <(.)@', text) == ['a', 'b']


def test_a_broken_search_index_stops_nothing(shelf):
    shelf.post('a')
    (shelf.root / 'database/search.db').write_bytes(b'rubbish' * 1000)
    shelf.post('b', at=60)
    assert listed(shelf.page('2026-January/date.html')) == [0, 1]


def test_only_pages_that_change_are_written(shelf, monkeypatch):
    for number in range(20):
        shelf.post(f'm{number}', at=60 * number)
    written = []
    original = files.safefile.write

    def write(path, data, **options):
        written.append(os.path.relpath(path, shelf.root))
        original(path, data, **options)

    monkeypatch.setattr(files.safefile, 'write', write)
    shelf.post('new', at=6000)
    articles = [name for name in written if re.search(r'/\d{6}\.html', name)]
    assert sorted(articles) == ['2026-January/000019.html', '2026-January/000020.html']


def test_nothing_is_kept_open(shelf):
    shelf.post('a')
    assert not list((shelf.root / 'database').glob('articles.db-*'))
    assert building.lock_of(shelf.mlist).held is False
