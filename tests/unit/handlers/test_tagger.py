"""Tagger: which topics a post belongs to."""

import time

import pytest

from mailman.handlers import tagger

TOPICS = [
    ('Cats', 'cats', 'cat talk', 0),
    ('Dogs', 'dogs?\n\n  hounds', 'dog talk', 0),
]


def hits(mlist, msg):
    msgdata = {}
    tagger.process(mlist, msg, msgdata)
    return msgdata.get('topichits', [])


@pytest.fixture
def topical(make_list):
    def make(**settings):
        defaults = {'topics_enabled': 1, 'topics': TOPICS, 'topics_bodylines_limit': 5}
        return make_list(**{**defaults, **settings})

    return make


@pytest.mark.parametrize(
    'lines, body, expected',
    [
        (['Subject: about CATS: feeding'], '', ['Cats']),
        (['Subject: =?utf-8?q?c=61ts?='], '', ['Cats']),
        (['Keywords: dog, cats'], '', ['Cats', 'Dogs']),
        (['Subject: hounds'], '', ['Dogs']),
        ([], 'Keywords: dogs\n\nrest', ['Dogs']),
        ([], '\n\nSubject: dogs\n', ['Dogs']),
        ([], 'X: y\nkeywords:\n  cats\n\nrest', ['Cats']),
        ([], 'Hello\nKeywords: dogs\n', []),
        ([], 'I say: dogs\n', []),
        ([], 'a:\nb:\nc:\nd:\ne:\nKeywords: dogs\n', []),
        (['Subject: plain thing'], 'cats and dogs', []),
    ],
)
def test_topics_are_found(topical, make_msg, lines, body, expected):
    assert hits(topical(), make_msg(*lines, body=body)) == expected


def test_the_post_says_its_topics(topical, make_msg):
    msg = make_msg('Keywords: cats dogs')
    hits(topical(), msg)
    assert msg['x-topics'] == 'Cats Dogs'


def test_no_limit_reads_all_header_like_lines(topical, make_msg):
    body = 'a: b\n' * 50 + 'Keywords: cats\n'
    assert hits(topical(topics_bodylines_limit=-1), make_msg(body=body)) == ['Cats']


def test_limit_zero_leaves_the_text_alone(topical, make_msg):
    msg = make_msg(body='Keywords: cats\n')
    assert hits(topical(topics_bodylines_limit=0), msg) == []


@pytest.mark.parametrize('kind, expected', [('alternative', ['Cats']), ('mixed', [])])
def test_text_is_looked_for_in_alternatives_only(topical, make_msg, kind, expected):
    body = '--B\nContent-Type: text/html\n\nx\n--B\n\nKeywords: cats\n--B--\n'
    msg = make_msg(f'Content-Type: multipart/{kind}; boundary=B', body=body)
    assert hits(topical(), msg) == expected


def test_encoded_text_is_decoded(topical, make_msg):
    msg = make_msg(
        'Content-Transfer-Encoding: quoted-printable', body='Keywords: c=61ts'
    )
    assert hits(topical(), msg) == ['Cats']


def test_a_list_without_topics_does_nothing(topical, make_msg):
    msg = make_msg('Subject: cats')
    assert hits(topical(topics_enabled=0), msg) == []
    assert 'x-topics' not in msg


@pytest.mark.parametrize('pattern', ['(a+)+$', '(', '', '\n'])
def test_a_bad_pattern_matches_nothing_and_stops_nobody(topical, make_msg, pattern):
    mlist = topical(topics=[('Bad', pattern, '', 0), *TOPICS])
    start = time.monotonic()
    assert hits(mlist, make_msg('Subject: cats ' + 'a' * 41 + '!')) == ['Cats']
    assert time.monotonic() - start < 10
