"""Searching an archive: who may, what is shown, and that nothing typed can break it."""

import pytest

from mailman.archive.search import Index
from mailman.security.passwords import hash_password

# 2026-05-01 12:00 UTC.
MAY = 1_777_636_800.0


@pytest.fixture
def archive(site, mlist):
    folder = site.archives_private / 'test' / 'database'
    folder.mkdir(parents=True, exist_ok=True)
    with Index(folder / 'search.db') as index:
        for number in range(45):
            index.add(
                number,
                '2026-May',
                f'Subject {number} <b>',
                'Anne Person',
                'anne@example.com',
                MAY + number,
                f'The quick brown fox, number {number}; write to bob@example.com.',
                False,
            )
        index.commit()
    return folder


def test_without_words_there_is_a_form(mlist, browser):
    answer = browser.get('search/test')
    assert answer.status == 200
    assert 'name="q"' in answer.text


def test_finds_are_shown_in_context_newest_first(archive, browser):
    text = browser.get('search/test?q=fox').text
    assert '<mark>fox</mark>' in text
    assert '/pipermail/test/2026-May/000044.html' in text
    assert '000010.html' not in text
    assert '45' in text


def test_further_finds_are_on_further_pages(archive, browser):
    first = browser.get('search/test?q=fox').text
    assert 'rel="next"' in first
    assert 'rel="prev"' not in first
    last = browser.get('search/test?q=fox&page=3').text
    assert '000000.html' in last
    assert 'rel="next"' not in last


def test_addresses_and_markup_of_mails_are_harmless(archive, browser):
    text = browser.get('search/test?q=fox').text
    assert 'bob@example.com' not in text
    assert 'bob at example.com' in text
    assert '<b>' not in text


@pytest.mark.parametrize(
    'query',
    [
        '"',
        "'",
        '*',
        'NEAR(',
        'a AND',
        '-',
        'author:',
        'after:x',
        '%00',
        '(((',
        'x' * 600,
        '"><svg/onload=x>',
        '日本語',
        '%ff%fe',
    ],
)
def test_whatever_is_typed_is_a_query(archive, browser, query):
    answer = browser.get(f'search/test?q={query}')
    assert answer.status == 200
    assert '<svg' not in answer.text


def test_nothing_found_is_said(archive, browser):
    assert '<mark>' not in browser.get('search/test?q=elephant').text


def test_a_private_archive_is_searched_by_its_readers_only(archive, mlist, browser):
    with mlist.lock():
        mlist.archive_private = 1
        mlist.mod_password = hash_password('modpw')
        mlist.save()
    answer = browser.get('search/test?q=fox')
    assert 'fox</mark>' not in answer.text
    assert 'name="username"' in answer.text
    fields = {'username': '', 'password': 'modpw', 'submit': '1'}
    answer = browser.post('search/test?q=fox', fields)
    assert '<mark>fox</mark>' in answer.text
    assert '/mailman/private/test/2026-May/' in answer.text
    wrong = {**fields, 'password': 'x'}
    browser.cookies.clear()
    assert browser.post('search/test?q=fox', wrong).status == 401


def test_an_archive_without_index_says_so(mlist, browser):
    assert browser.get('search/test?q=fox').status == 200


def test_a_broken_index_is_logged_and_said(archive, site, browser):
    (archive / 'search.db').write_bytes(b'garbage' * 1000)
    assert browser.get('search/test?q=fox').status == 200
    assert 'search' in (site.logs_dir / 'error').read_text()


def test_an_unknown_list_is_404(browser):
    assert browser.get('search/nothing?q=fox').status == 404
