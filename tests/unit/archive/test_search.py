"""The search index: what is found, what is forgotten, who may look meanwhile."""

import os
import random
import sqlite3
from contextlib import closing

import pytest

from mailman.archive import search
from mailman.archive.search import Index, SearchError, prepare

DAY = 86_400.0
START = 1_767_225_600.0  # 2026-01-01


@pytest.fixture
def index(tmp_path):
    with Index(tmp_path / 'search.db') as index:
        yield index


def entry(number, text, subject='a subject', author='Anne', **more):
    email = more.get('email', 'anne@member.example')
    date = more.get('date', START + number * DAY)
    attached = more.get('attached', False)
    return (number, '2026-January', subject, author, email, date, text, attached)


def fill(index, *texts, **more):
    index.add_many(entry(number, text, **more) for number, text in enumerate(texts))
    index.commit()


def found(index, query, **more):
    result = index.search(query, **more)
    assert result.total == len(result.hits)
    return [hit.number for hit in result.hits]


# --- what is found --------------------------------------------------------------------


@pytest.mark.parametrize(
    'query, expected',
    [
        ('fox', [2, 0]),
        ('FOX quick', [0]),
        ('lazy dog', [2, 1]),
        ('"lazy dog"', [1]),
        ('"dog lazy"', [2]),
        ('la* fox', [2]),
        ('"a laz*"', [1]),
        ('lazy -fox', [1]),
        ('-lazy', [4, 3, 0]),
        ('-"lazy dog" -cafe', [3, 2, 0]),
        ('dog -"lazy dog"', [2]),
        ('cafe', [4]),
        ('CAFÉ', [4]),
        ('well-known', [3]),
        ('known-well', []),
        ('"fox fox"', []),
        ('fox AND "', []),
        ('nothing', []),
    ],
)
def test_words_phrases_and_their_absence(index, query, expected):
    fill(
        index,
        'The quick brown fox.',
        'A lazy dog',
        'the dog: lazy. A fox',
        'a well-known face',
        'Das Café',
    )
    assert found(index, query) == expected


@pytest.mark.parametrize(
    'query, expected',
    [
        ('日本', [0]),
        ('本語', [0]),
        ('日語', []),
        ('日本語の', [0]),
        ('日本の', []),
        ('語', [1, 0]),
        ('サーバ', [1]),
        ('ｻｰﾊﾞ', [1]),
        ('subject:検索', [1, 0]),
        ('subject:検', [1, 0]),
        ('서울', [2]),
        ('사용', [2]),
        ('กรุง', [3]),
        ('-日本', [3, 2, 1]),
        ('-日本語の', [3, 2, 1]),
    ],
)
def test_scripts_without_spaces(index, query, expected):
    subject = '検索の件'
    index.add(*entry(0, 'これは日本語の文。本の日', subject))
    index.add(*entry(1, 'サーバーと言語', subject))
    index.add(*entry(2, '서울에서 사용자'))
    index.add(*entry(3, 'กรุงเทพ'))
    assert found(index, query) == expected


def test_author_subject_and_attachments(index):
    index.add(*entry(0, 'plan', 'About Bob', 'Anne Person', attached=True))
    index.add(*entry(1, 'plan', 'About Anne', 'Bob', email='bob@x.example'))
    assert found(index, 'author:anne') == [0]
    assert found(index, 'author:"anne person"') == [0]
    assert found(index, 'author:"person bob"') == []
    assert found(index, 'from:bob@x.example') == [1]
    assert found(index, 'subject:anne') == [1]
    assert found(index, 'subject:ann*') == [1]
    assert found(index, 'subject:plan') == []
    assert found(index, 'anne') == [1, 0]
    assert found(index, '-author:anne') == [1]
    assert found(index, 'has:attachment plan') == [0]
    assert found(index, '-has:attachment') == [1]


def test_dates(index):
    fill(index, *['word'] * 40)
    assert found(index, 'after:2026-02-05 word', limit=50) == [39, 38, 37, 36, 35]
    assert found(index, 'before:2026-01-02') == [1, 0]
    assert found(index, 'date:2026-01-02') == [1]
    assert found(index, 'date:2026-02', limit=50) == list(range(39, 30, -1))


def test_the_newest_comes_first_whatever_its_number(index):
    index.add(*entry(0, 'word', date=START + 9))
    index.add(*entry(1, 'word', date=START))
    assert found(index, 'word') == [0, 1]


def test_what_fits_best_comes_first_when_asked(index):
    fill(index, 'the plan is a plan', 'no such thing', f'the plan {"and " * 900}')
    index.add(*entry(3, 'the thing', 'The plan'))
    index.add(*entry(4, f'{"and " * 900} plan'))
    assert found(index, 'plan', by_rank=True)[0] == 3
    assert found(index, 'plan', by_rank=True)[1] == 0
    assert set(found(index, 'plan', by_rank=True)) == {0, 2, 3, 4}


def test_pages_of_results(index, monkeypatch):
    monkeypatch.setattr(search, 'MOST_RANKED', 10)
    fill(index, *['word'] * 45)
    for by_rank in (False, True):
        seen = []
        for offset in (0, 20, 40):
            result = index.search('word', 20, offset, by_rank=by_rank)
            assert result.total == 45
            seen += [hit.number for hit in result.hits]
        assert sorted(seen) == list(range(45))


def test_looking_into_texts_has_an_end_and_says_so(index, monkeypatch):
    monkeypatch.setattr(search, 'MOST_CHECKED', 10)
    fill(index, *['some words'] * 45)
    result = index.search('"some words"')
    assert (result.total, result.more) == (10, True)
    assert result.hits[0].number == 44


def test_a_hit_shows_where_it_was_found(index):
    fill(index, 'See the Plan here.')
    [hit] = index.search('plan').hits
    assert hit.volume == '2026-January'
    assert (hit.subject, hit.author, hit.date) == ('a subject', 'Anne', START)
    assert hit.snippet == [('See the ', False), ('Plan', True), (' here.', False)]


def test_anything_that_is_typed_is_a_query(index):
    fill(index, 'words AND more OR less', '日本語')
    letters = 'ab *"-():^{}+\0\'\\ \n日é😀\ud800ANDORNOT:subject:after:2026-*~NEAR/'
    rng = random.Random(1)
    for _ in range(400):
        query = ''.join(rng.choices(letters, k=rng.randint(0, 30)))
        index.search(query)
        index.search(query, by_rank=True)


def test_nothing_asked_is_nothing_found(index):
    fill(index, 'word')
    assert index.search('').total == 0
    assert index.search('😀').total == 0
    assert index.search('word', 0).hits == []


# --- what is forgotten ----------------------------------------------------------------


def test_a_removed_message_leaves_no_byte_behind(index, tmp_path):
    fill(index, *[f'word{n} secretword{n} 秘密{n}' for n in range(300)])
    index.remove(7)
    index.commit()
    assert found(index, 'secretword7') == []
    assert found(index, 'secretword8') == [8]
    index.close()
    raw = (tmp_path / 'search.db').read_bytes()
    assert b'word7\x00' not in raw.replace(b'word77', b'')
    with sqlite3.connect(tmp_path / 'search.db') as db:
        db.execute("CREATE VIRTUAL TABLE temp.v USING fts5vocab(main, words, 'row')")
        terms = {term for (term,) in db.execute('SELECT term FROM temp.v')}
    db.close()
    assert 'secretword8' in terms
    assert 'secretword7' not in terms


def test_removing_what_is_not_there_does_nothing(index):
    fill(index, 'word')
    index.remove(42)
    index.commit()
    assert found(index, 'word') == [0]


def test_adding_again_replaces(index):
    fill(index, 'old words', 'other')
    index.add(*entry(0, 'new words', 'new subject', 'Bob', email='b@x.example'))
    index.commit()
    assert found(index, 'old') == []
    assert found(index, 'author:anne') == [1]
    assert found(index, 'new') == [0]
    assert index.numbers() == {0, 1}


def test_the_same_number_twice_in_one_go_is_one_message(index):
    index.add_many([entry(0, 'first'), entry(0, 'second')])
    assert found(index, 'first') == []
    assert found(index, 'second') == [0]


@pytest.mark.parametrize('letters', [0, 300, 1 << 20])
def test_however_many_are_added_at_once_the_index_is_the_same(
    index, monkeypatch, letters
):
    monkeypatch.setattr(search, 'WAITING', letters)
    index.add_many(entry(n, f'word{n % 3} 日本', f'old{n}') for n in range(30))
    index.add_many(entry(n, 'other') for n in (7, 3, 29, 3, 31, 30))
    assert found(index, 'other', limit=50) == [31, 30, 29, 7, 3]
    assert found(index, 'old7') == []
    index.add(*entry(2, 'last'))
    index.remove(31)
    index.commit()
    assert index.numbers() == set(range(31))
    assert found(index, 'word1') == [28, 25, 22, 19, 16, 13, 10, 4, 1]
    assert found(index, 'last') == [2]


def test_clearing_forgets_everything(index):
    fill(index, 'word', '日本')
    index.add(*entry(7, 'word'))
    index.clear()
    index.commit()
    assert found(index, 'word') == []
    fill(index, 'word')
    assert found(index, 'word') == [0]


@pytest.mark.parametrize('text', ['\ud800 broken', '', '\0word\0', 'é' * 700_000])
def test_any_text_can_be_added_and_removed(index, text):
    index.add(*entry(0, text, text[:100], text[:100]))
    index.remove(0)
    index.commit()
    assert index.numbers() == set()


def terms(path):
    with sqlite3.connect(path) as db:
        db.execute("CREATE VIRTUAL TABLE temp.v USING fts5vocab(main, words, 'row')")
        found = {term for (term,) in db.execute('SELECT term FROM v')}
    db.close()
    return found


def test_what_is_removed_leaves_no_word(index, tmp_path):
    letters = ''.join(chr(code) for code in range(0x3000)) + '日本語の文\n> です'
    rng = random.Random(1)
    odd = [''.join(rng.choices(letters, k=99)) for _ in range(20)]
    odd += ['\ud800\0 한국어 사람', 'µ½ﬁ ß', 'x' * 300, '日' * 300, 'กำ กำ']
    for number, text in enumerate(odd):
        index.add(*entry(number, text, text[:40], text[40:60], email=text[-9:]))
    index.commit()
    assert terms(tmp_path / 'search.db')
    for number in range(len(odd)):
        index.remove(number)
    index.commit()
    index.close()
    assert terms(tmp_path / 'search.db') == set()


def test_a_worker_may_prepare_texts(index):
    ready = prepare('a subject', 'Anne', 'anne@member.example', 'Größe \ud800')
    index.add(*entry(0, ready))
    assert found(index, 'grösse') == [0]
    index.remove(0)
    index.commit()
    assert found(index, 'grösse') == []


# --- the file -------------------------------------------------------------------------


def test_readers_see_what_was_committed_and_do_not_wait(index, tmp_path):
    fill(index, 'word')
    with Index(tmp_path / 'search.db') as reader:
        index.add(*entry(1, 'word'))
        assert found(reader, 'word') == [0]
        index.commit()
        assert found(reader, 'word') == [1, 0]


def test_the_group_may_write(index, tmp_path):
    umask = os.umask(0o077)
    try:
        fill(index, 'word')
        modes = {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    finally:
        os.umask(umask)
    assert modes == {0o660}


def test_what_is_not_committed_is_forgotten(index, tmp_path):
    fill(index, 'word')
    index.add(*entry(1, 'word'))
    index.close()
    assert found(index, 'word') == [0]


def test_no_index_is_no_file(tmp_path):
    with Index(tmp_path / 'search.db') as index, pytest.raises(FileNotFoundError):
        index.search('word')
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize('content', [b'', b'rubbish' * 1000, b'SQLite format 3\0' * 99])
def test_a_file_that_is_no_index_is_named_and_can_be_replaced(tmp_path, content):
    path = tmp_path / 'search.db'
    path.write_bytes(content)
    with Index(path) as index:
        with pytest.raises(SearchError, match=r'search\.db'):
            index.search('word')
        index.clear()
        fill(index, 'word')
        assert found(index, 'word') == [0]


def test_a_damaged_index_is_an_error_and_can_be_replaced(tmp_path):
    path = tmp_path / 'search.db'
    with Index(path) as index:
        fill(index, *['some words'] * 500)
    with path.open('r+b') as file:
        file.seek(4096)
        file.write(os.urandom(path.stat().st_size - 4096))
    with Index(path) as index:
        with pytest.raises(SearchError):
            index.search('words')
        index.clear()
        fill(index, 'word')
        assert found(index, 'word') == [0]


def test_an_index_of_another_version_is_made_anew(index, tmp_path, monkeypatch):
    fill(index, 'word')
    index.close()
    monkeypatch.setattr(search, 'FORMAT', 1)
    with pytest.raises(SearchError, match='version'):
        index.search('word')
    with pytest.raises(SearchError, match='version'):
        index.add(*entry(0, 'word'))


def make_old(path):
    """Turn an index into one of version 1, which had another tokenizer."""
    with sqlite3.connect(path) as db:
        db.execute('DROP TABLE words')
        db.execute("CREATE VIRTUAL TABLE words USING fts5(body, content='')")
        db.execute("INSERT INTO words (rowid, body) VALUES (0, 'old')")
        db.execute('PRAGMA user_version = 101')
    db.close()


def test_who_writes_to_an_older_index_makes_its_words_anew(index, tmp_path):
    fill(index, 'größe', '日本語')
    index.close()
    make_old(index.path)
    with pytest.raises(SearchError, match='bin/arch'):
        index.search('grosse')
    index.add(*entry(2, 'GRÖSSE'))
    index.commit()
    assert found(index, 'grösse') == [2, 0]
    assert found(index, '本語') == [1]
    index.remove(0)
    index.commit()
    assert found(index, 'grösse') == [2]
    assert 'old' not in terms(tmp_path / 'search.db')


def test_a_damaged_text_does_not_keep_an_older_index_old(index, tmp_path):
    fill(index, 'word', 'another')
    index.close()
    make_old(index.path)
    with closing(sqlite3.connect(tmp_path / 'search.db')) as db, db:
        db.execute("UPDATE texts SET text = x'00' WHERE number = 0")
    index.add(*entry(2, 'word'))
    index.commit()
    assert found(index, 'word') == [2]
    assert found(index, 'another') == [1]
    index.remove(0)
    index.commit()
    assert index.numbers() == {1, 2}


def test_what_breaks_off_adds_nothing(index):
    def broken():
        yield entry(0, 'word')
        raise ValueError

    with pytest.raises(ValueError):
        index.add_many(broken())
    index.commit()
    assert index.numbers() == set()


def test_an_older_index_that_is_cleared_is_empty(index):
    fill(index, 'word')
    index.close()
    make_old(index.path)
    index.clear()
    index.commit()
    assert index.numbers() == set()
    fill(index, 'word')
    assert found(index, 'word') == [0]


def test_an_older_index_is_made_anew_or_stays_as_it_was(index, monkeypatch):
    fill(index, 'word')
    index.close()
    make_old(index.path)
    with monkeypatch.context() as patch:
        patch.setattr(search, '_INSERT_WORDS', 'INSERT INTO nowhere VALUES (?, ?)')
        with pytest.raises(SearchError, match='nowhere'):
            index.add(*entry(1, 'word'))
    with pytest.raises(SearchError, match='version'):
        index.search('word')
    index.add(*entry(1, 'word'))
    assert found(index, 'word') == [1, 0]


def test_the_index_is_smaller_than_the_text(tmp_path):
    from tests.support.mboxes import Writer

    writer = Writer(7)
    texts = [writer._text(writer._thread(), f'x{n}')[0] for n in range(600)]
    with Index(tmp_path / 'search.db') as index:
        fill(index, *texts)
        index.optimize()
    size = sum(len(text.encode()) for text in texts)
    assert (tmp_path / 'search.db').stat().st_size < size
