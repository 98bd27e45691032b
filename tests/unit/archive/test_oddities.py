"""Whatever breaks archivers: every mail has one page, and is found exactly once."""

import re

import pytest

from mailman.archive.building import opened
from tests.support.mboxes import EMPTY, mixed, oddities, write

COUNT = 60


@pytest.fixture(scope='module')
def made():
    """The mails, some as on any list, and one of each oddity among them."""
    return list(mixed(COUNT, odd=0.001, seed=3))


@pytest.fixture
def built(shelf, made):
    shelf.mbox.parent.mkdir(parents=True, exist_ok=True)
    write(shelf.mbox, made)
    shelf.arch()
    return shelf


def pages(shelf):
    """Answer {number: text of the page}."""
    found = {}
    for path in shelf.root.glob('*/*.html'):
        if re.fullmatch(r'\d{6}', path.stem) and path.parent.name != 'message':
            found[int(path.stem)] = path.read_text()
    return found


def text_of(page):
    body = page.partition('<!--beginarticle-->')[2].partition('<!--endarticle-->')[0]
    return re.sub(r'<[^>]*>|\s', '', body)


def test_every_mail_has_its_page(built, made):
    found = pages(built)
    assert sorted(found) == list(range(len(made)))
    for page in found.values():
        assert '<script' not in page.lower()
        assert page.rstrip().endswith('</html>')


def test_every_mail_is_found_once_by_the_search(built, made):
    lost = {}
    for number, mail in enumerate(made):
        if mail.oddity in EMPTY or mail.oddity in HIDDEN:
            continue
        result = built.found(f'"{mail.token}"')
        if number not in result:
            lost[mail.oddity or number] = result
        if mail.oddity:
            assert result == [number], mail.oddity
    assert lost == {}


# Their text cannot be read, or is a file beside the page.
HIDDEN = ('broken base64', 'upward name', 'unknown encoding')


def test_a_second_time_changes_nothing(built, made):
    before = built.pages()
    assert built.arch() == 0
    built.arch(wipe=True)
    after = built.pages()
    assert after.keys() == before.keys()
    assert [name for name in before if before[name] != after[name]] == []


def test_one_after_the_other_they_are_archived_as_well(shelf):
    made = list(oddities())
    with opened(shelf.mlist) as archive:
        for mail in made:
            archive.add([mail.entry()])
    assert sorted(pages(shelf)) == list(range(len(made)))
    assert not shelf.dirty()
