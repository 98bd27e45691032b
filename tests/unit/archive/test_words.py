"""Words in every script: what is indexed, and how it is found in the text."""

import re
import sqlite3
from contextlib import closing

import pytest

from mailman.archive import words


def tokens(text):
    """Answer the words that SQLite makes of a prepared text."""
    with closing(sqlite3.connect(':memory:')) as db:
        db.execute(
            "CREATE VIRTUAL TABLE w USING fts5(x, content='', "
            f'tokenize="{words.TOKENIZER}")'
        )
        db.execute("CREATE VIRTUAL TABLE v USING fts5vocab(w, 'instance')")
        db.execute('INSERT INTO w (rowid, x) VALUES (1, ?)', (words.prepared(text),))
        found = db.execute('SELECT term FROM v ORDER BY offset')
        return [word for (word,) in found]


@pytest.mark.parametrize(
    'text, expected',
    [
        ('Hello, World_wide 42', ['hello', 'world', 'wide', '42']),
        ('Café CAFE\u0301 naïve', ['cafe', 'cafe', 'naive']),
        ('Straße STRASSE', ['strasse', 'strasse']),
        ('Ærø Łódź Đà Nẵng', ['aero', 'lodz', 'da', 'nang']),
        ('Ёлка елка', ['елка', 'елка']),
        ('Ελληνικές ἈΡΧΉ', ['ελληνικεσ', 'αρχη']),
        ('ἐν ἀρχῇ τῷ ΘΕΩ\u0345', ['εν', 'αρχη', 'τω', 'θεω']),
        ('Й и\u0306 й', ['й', 'й', 'й']),
        ('“quoted”—dash… 5µm 3½ №7', ['quoted', 'dash', '5μm', '31', '2', 'no7']),
        ('naïve«œuvre»Žižek', ['naive', 'oeuvre', 'zizek']),
        ('日本語。テスト、OK', ['日本', '本語', '語', 'テス', 'スト', 'ト', 'ok']),
        ('\u1112\u1161\u11ab\u1100\u116e\u11a8', ['한국', '국']),
        ('a\ufffdb', ['a', 'b']),
        ('日本語', ['日本', '本語', '語']),
        ('猫', ['猫']),
        ('Pythonを使う', ['python', 'を使', '使う', 'う']),
        ('サーバ ｻｰﾊﾞ', ['サー', 'ーバ', 'バ', 'サー', 'ーバ', 'バ']),
        ('\U00020bb7野家', ['\U00020bb7野', '野家', '家']),
        ('서울에서 만나요', ['서울', '울에', '에서', '서', '만나', '나요', '요']),
        ('ﾡￂ', ['가']),
        ('ไทย', ['ไท', 'ทย', 'ย']),
        ('हिन्दी', ['हिन्दी']),
        ('שָׁלוֹם', ['שלום']),
        ('العَرَبِيَّة', ['العربيه']),
        ('soft\u00adhyphen', ['softhyphen']),
        ('ｆｕｌｌ　ｗｉｄｔｈ ﬁne', ['full', 'width', 'fine']),
        ('smile 😀 👍🏽 👩\u200d👧 ❤\ufe0f', ['smile']),
    ],
)
def test_words_of_every_script_are_indexed(text, expected):
    assert tokens(text) == expected


def test_a_line_may_end_within_a_word_that_has_no_spaces():
    assert tokens('> 東\n> 京都') == tokens('東京都')


def test_korean_is_indexed_alike_beside_whatever_stands_there():
    assert set(tokens('ㅋㅠㅠ')) <= set(tokens('ㅋㅠㅠ ❤\ufe0f'))


def test_korean_words_end_with_their_line():
    assert '울만' not in tokens('서울\n만나')


def test_runs_that_are_no_words_are_left_out():
    assert tokens(f'before {"A" * 200} after') == ['before', 'after']
    assert tokens('A' * words.LONGEST) == ['a' * words.LONGEST]
    for before in range(70):
        assert tokens('x ' * before + 'A' * (words.LONGEST + 1)) == ['x'] * before


@pytest.mark.parametrize('count', [2, 15, 16, 17, 300])
def test_long_runs_are_paired_as_short_ones(count):
    run = ('日本語文字𠀀記事投稿返信件名' * 30)[:count]
    pairs = [run[at : at + 2] for at in range(count)]
    assert words.prepared(run).split() == pairs
    assert words.prepared(run, searched=True).split() == pairs[:-1]


def test_letters_that_mean_something_to_us_are_taken_out():
    assert tokens(f'{words.SUBJECT}word{words.OPEN}') == ['word']


@pytest.mark.parametrize('charset', ['latin-1', 'cp1252', 'koi8-r', 'cp1253', 'cp1256'])
def test_letters_are_folded_alike_together_and_alone(charset):
    letters = bytes(range(256)).decode(charset, 'ignore')
    alone = [tokens(letter) for letter in letters]
    assert tokens(' '.join(letters)) == [word for found in alone for word in found]
    for letter, found in zip(letters, alone, strict=True):
        assert tokens(f'Ա {letter}')[1:] == found


def test_frequent_letters_stay_as_they_are():
    kept = re.compile(f'[{words._KEPT}]')
    for code in range(0x80, 0x10000):
        if kept.match(chr(code)):
            assert words._folded_letter(chr(code)) == chr(code)


def test_what_was_folded_stays_as_it_is():
    for code in (*range(0x80, 0x3100), *range(0xA000, 0xAC00), *range(0xF900, 0x10800)):
        for letter in words._folded_letter(chr(code)):
            assert letter.isascii() or words._folded_letter(letter) == letter


def test_words_are_what_sqlite_makes_of_a_text():
    text = f'{words.twice("Über a_b", words.SUBJECT)} İ x\x01y 日本 हिन्दी Ǆ ﷺ ,.-'
    assert set(words.tokens(words.prepared(text))) == set(tokens(text))


def test_subjects_and_authors_are_indexed_twice():
    expected = '\x02anne \x02ostrasse anne ostrasse'
    assert words.twice('anne Østraße'.lower(), words.AUTHOR) == expected
    long = 'Word ' * 100
    assert words.twice(long, words.SUBJECT) == '\x01Word ' * 100 + long


def test_a_text_of_broken_letters_is_no_trouble():
    assert words.prepared('\0a\0') == ' a '
    assert words.prepared('') == ''


@pytest.mark.parametrize(
    'wanted, text',
    [
        ('hello', 'Say HELLO!'),
        ('cafe', 'das Café'),
        ('café', 'THE CAFE'),
        ('strasse', 'In der Straße'),
        ('straße', 'IN DER STRASSE'),
        ('some words', 'some\n> words'),
        ('well-known', 'well known'),
        ('東京', '大東京都'),
        ('λόγος καλός', 'Ο ΛΌΓΟΣ ΚΑΛΌΣ'),
        ('東京都', '東\n> 京都'),
        ('サーバ', 'サーバー'),
        ('서울', '한국서울에서'),
    ],
)
def test_what_is_wanted_is_found_in_the_text(wanted, text):
    assert re.search(words.pattern(wanted), words.plain(text))


@pytest.mark.parametrize(
    'wanted, text',
    [
        ('the', 'other'),
        ('the', 'them'),
        ('some words', 'some other words'),
        ('a.c', 'abc'),
    ],
)
def test_what_is_not_there_is_not_found(wanted, text):
    assert not re.search(words.pattern(wanted), words.plain(text))


def test_the_beginning_of_a_word_finds_the_whole_of_it():
    found = re.search(words.pattern('exam', prefix=True), 'an example of it')
    assert found[0] == 'example'


def test_plain_text_keeps_each_letter_in_its_place():
    text = 'Straße ÆON ﬁne İstanbul Ẵ 日本 e\u0301 \ud800'
    assert len(words.plain(text)) == len(text)


def test_nothing_to_look_for_has_no_pattern():
    assert words.pattern('!? 😀') == ''
