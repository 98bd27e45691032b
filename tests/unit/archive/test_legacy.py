"""An archive that the real 2.1 made is continued: no article changes its address."""

import os
import re
import shutil
from pathlib import Path

import pytest

from mailman.archive import permalinks, removing
from mailman.archive.building import opened
from tests.unit.archive.conftest import Shelf

SAMPLE = Path(__file__).parents[2] / 'data' / 'legacy' / 'archives'
PAGES = {
    'kick-1@example.com': '2020-January/000000.html',
    'kick-2@example.net': '2020-January/000001.html',
    'zoe-1@example.org': '2020-January/000002.html',
    'carl-1@example.com': '2020-February/000003.html',
    'ann-3@example.com': '2020-February/000004.html',
    'bob-9@example.net': '2020-March/000005.html',
    'live-1@example.com': '2026-November/000007.html',
    'live-2@example.net': '2026-November/000008.html',
}
WITHOUT_ID = '2020-March/000006.html'


@pytest.fixture
def old(make_list, site):
    """A list with an archive of 2.1."""
    return take_over(make_list, site, 'project-talk')


def take_over(make_list, site, name):
    mlist = make_list(name)
    private = site.archives_private
    for folder in (name, f'{name}.mbox'):
        shutil.rmtree(private / folder, ignore_errors=True)
        shutil.copytree(SAMPLE / folder, private / folder, symlinks=True)
    return Shelf(mlist)


def addresses(shelf):
    with opened(shelf.mlist) as archive:
        return {row.message_id: row.file for row in archive.store.newest(100)}


def test_every_article_of_2_1_has_its_number_and_page(old):
    found = addresses(old)
    assert {x: found[x] for x in PAGES} == PAGES
    assert WITHOUT_ID in found.values()
    assert len(found) == 9


def test_pages_of_2_1_stay_byte_for_byte_as_they_are(old):
    before = old.pages()
    addresses(old)
    old.post('new', at=320 * 86_400, In_Reply_To='<live-1@example.com>')
    after = old.pages()
    articles = [name for name in before if re.search(r'/\d{6}\.html', name)]
    assert len(articles) == 9
    assert all(after[name] == before[name] for name in articles)


def test_the_next_post_gets_the_next_number(old):
    old.post('new', at=317 * 86_400, In_Reply_To='<live-1@example.com>')
    assert addresses(old)['new@x.example'] == '2026-November/000009.html'
    index = old.page('2026-November/thread.html')
    numbers = re.findall(r'^<li id="(\d+)"', index, re.MULTILINE)
    assert numbers == ['7', '9', '8']
    front = old.page('index.html')
    assert '2020-January/thread.html' in front and '2020-March.txt' in front


def test_threads_of_2_1_are_known(old):
    with opened(old.mlist) as archive:
        rows = {row.number: row for row in archive.store.newest(100)}
        parents = {n: archive.store.links(row).parent for n, row in rows.items()}
    assert {n: p.number for n, p in parents.items() if p} == {1: 0, 2: 1, 4: 3}
    assert rows[2].author == 'Zoé Müller'
    assert rows[2].zone == 60
    assert rows[1].email == 'bob@example.net'


def test_permanent_addresses_are_made_for_old_pages_too(old):
    addresses(old)
    for message_id, page in PAGES.items():
        copy = old.page(permalinks.file_of(message_id))
        assert re.sub(r'"\.\./[^/"]+/', '"', copy) == old.page(page)


@pytest.mark.parametrize('wipe', [False, True])
def test_links_lead_right_at_permanent_addresses_of_old_pages(old, wipe):
    """Links of 2.1 have no folder in them."""
    addresses(old)
    if wipe:
        old.arch(wipe=True)
    pages = [*(old.root / 'message').iterdir()]
    # Without Message-ID: the one that 2.1 made, and ours.
    assert len(pages) == len(PAGES) + 1 + wipe
    for path in pages:
        assert path.is_symlink() is wipe
        links = re.findall(r'(?i)href="([^":]+)"', path.read_text())
        assert len(links) > 4
        for link in links:
            assert (path.parent / link.partition('#')[0]).exists(), link


def test_attachments_of_2_1_stay_at_their_addresses(old):
    [old_html] = old.root.rglob('attachment.htm')
    names = sorted(x.name for x in old_html.parent.iterdir())
    old.arch(wipe=True)
    assert {*names} <= {x.name for x in old_html.parent.iterdir()}
    assert not list(old_html.parent.glob('*-0001*'))


def test_copies_of_index_links_become_links_again(old):
    """``cp -L`` makes files of links; they would never change any more."""
    for path in old.root.glob('2*/index.html'):
        path.unlink(missing_ok=True)
        path.write_text('thread.html')
    old.post('new', at=320 * 86_400)
    found = [os.readlink(path) for path in old.root.glob('2*/index.html')]
    assert found == ['thread.html'] * len(found) and len(found) > 3


@pytest.mark.parametrize('number, word', [(0, b'kick-1@'), (6, b'09:00:00 +0000')])
def test_an_old_message_is_removed_from_the_mbox_too(old, number, word):
    """2.1 did not note where in the mbox an article is."""
    with opened(old.mlist) as archive:
        assert word in old.mbox.read_bytes()
        removing.remove(archive, number)
    entries = old.mbox.read_bytes()
    assert b'Message-ID: <kick-1@' not in entries or number
    assert entries.count(b'\nFrom ') == 7
    assert number in {int(x[-11:-5]) for x in addresses(old).values()}


def test_an_old_message_can_be_redacted(old):
    with opened(old.mlist) as archive:
        assert removing.redact(archive, 0, ['Kick-off'])
    assert b'Kick-off' not in old.mbox.read_bytes().partition(b'\nFrom ')[0]
    page = old.page(PAGES['kick-1@example.com']).partition('<!--beginarticle-->')[2]
    assert 'Kick-off' not in page.partition('<!--endarticle-->')[0]
    link = old.root / permalinks.file_of('kick-1@example.com')
    assert os.readlink(link) == '../' + PAGES['kick-1@example.com']


@pytest.mark.parametrize('wipe', [False, True])
@pytest.mark.parametrize('times', [1, 2])
def test_a_rebuild_changes_no_address(old, wipe, times):
    before = addresses(old)
    for _ in range(times):
        added = old.arch(wipe=wipe)
        assert added == 0
    after = addresses(old)
    assert sorted(after.values()) == sorted(before.values())
    assert {x: after[x] for x in PAGES} == PAGES
    if wipe:
        assert '<!DOCTYPE html>' in old.page('2020-January/000001.html')
        assert 'Fine with me.' in old.page('2020-January/000001.html')


def test_a_rebuild_finds_old_articles_for_the_search(old):
    old.arch()
    assert old.found('Friday') == [0, 1]


def test_a_french_private_archive(make_list, site):
    shelf = take_over(make_list, site, 'amis-du-jardin')
    shelf.mlist.archive_volume_frequency = 2
    shelf.mlist.preferred_language = 'fr'
    shelf.mlist.save()
    shelf.post('new', at=320 * 86_400)
    assert sorted(addresses(shelf).values()) == [
        '2026q4/000000.html',
        '2026q4/000001.html',
    ]


def test_a_page_that_stands_in_no_index_keeps_its_number(old):
    """2.1 forgot the first of two articles with one Message-ID."""
    page = old.page('2020-January/000001.html')
    (old.root / '2020-January/000042.html').write_text(page)
    with opened(old.mlist) as archive:
        row = archive.store.row(42)
    assert row.message_id == 'kick-2@example.net'
    assert row.subject == '[Project-talk] Kick-off meeting'
    assert row.email == 'bob@example.net'
    assert row.date == 1578313800
    old.post('new', at=320 * 86_400)
    assert addresses(old)['new@x.example'].endswith('/000043.html')


@pytest.mark.parametrize(
    'name, content',
    [
        ('pipermail.pck', b'rubbish'),
        ('pipermail.pck', b'cos\nsystem\n(S"touch pwned"\ntR.'),
        ('database/2020-January-article', b'rubbish'),
        ('database/2020-January-article', b'{s\xff\xff\xff\x7f'),
        ('database/2020-January-article', b''),
    ],
)
def test_broken_files_of_2_1_cost_no_number(old, name, content):
    (old.root / name).write_bytes(content)
    assert sorted(addresses(old).values()) == sorted([*PAGES.values(), WITHOUT_ID])
    old.post('new', at=320 * 86_400)
    assert addresses(old)['new@x.example'].endswith('/000009.html')


def test_paths_in_its_files_are_not_followed(old, tmp_path):
    outside = tmp_path / 'outside'
    outside.mkdir()
    (outside / '000050.html').write_text('x')
    (old.root / '2019-May').symlink_to(outside)
    assert not [page for page in addresses(old).values() if page.startswith('2019')]


@pytest.mark.parametrize('name', ['', '[...]'])
def test_pages_of_2_1_do_not_name_what_was_removed(old, name):
    with opened(old.mlist) as archive:
        if name:
            removing.redact(archive, 0, ['[Project-talk] Kick-off meeting'])
        else:
            removing.remove(archive, 0)
    name = name or '(removed)'
    for place in (
        PAGES['kick-2@example.net'],
        permalinks.file_of('kick-2@example.net'),
    ):
        page = old.page(place)
        assert re.search(rf'000000\.html">{re.escape(name)}\n</A></li>', page)
        assert '<TITLE> [Project-talk] Kick-off meeting' in page
