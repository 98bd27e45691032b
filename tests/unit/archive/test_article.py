"""Reading a mail for the archive: who, when, about what, in answer to what."""

import re
import time

import pytest

from mailman.archive import article, dates
from mailman.mail.message import Message


def test_an_ordinary_mail_is_read_whole(read_mail):
    made = read_mail('See you.\n', 'In-Reply-To: <a@example.com>')
    assert made.message_id == 'kick@example.com'
    assert (made.author, made.email) == ('Ann Lee', 'ann@example.com')
    assert (made.subject, made.sort_subject, made.is_reply) == (
        ('Kick-off', 'kick-off', False)
    )
    assert (made.date, made.zone) == (1578304800.0, 60)
    assert made.in_reply_to == ['a@example.com']
    assert made.text == 'See you.\n'
    assert made.body == '<p>See you.</p>\n'


def test_the_text_of_the_volume_has_2_1s_shape(read_mail):
    made = read_mail(
        'Ask bob@example.net.\n\nFrom here on.\n',
        'References: <a@example.com>\n <b@example.com>',
        'Subject: =?utf-8?q?R=C3=A9?=',
    )
    assert made.entry.decode() == (
        'From ann at example.com  Mon Jan  6 10:00:00 2020\n'
        'From: ann at example.com (Ann Lee)\n'
        'Date: Mon, 6 Jan 2020 11:00:00 +0100\n'
        'Subject: =?utf-8?q?R=C3=A9?=\n'
        'References: <a@example.com> <b@example.com>\n'
        'Message-ID: <kick@example.com>\n\n'
        'Ask bob at example.net.\n\n>From here on.\n\n\n'
    )


# --- dates ------------------------------------------------------------------

NOW = 1_600_000_000
SKEW = 15 * 86400


def date_of(*lines, last=0.0):
    msg = Message.from_string('\n'.join(lines) + '\n\n')
    return dates.of(msg, NOW, SKEW, last)


@pytest.mark.parametrize(
    'lines, expected',
    [
        (['Date: Mon, 6 Jan 2020 11:00:00 +0100'], (1578304800, 60)),
        (['Date: 6 Jan 2020 05:00:00 -0500 (EST)'], (1578304800, -300)),
        (['Date: Mon, 6 Jan 20 10:00 GMT'], (1578304800, 0)),
        (['Date: Mon, 6 Jan 2020 10:00:00 -0000'], (1578304800, None)),
        (['Date: Mon, 6 Jan 2020 10:00:00 +9999'], None),
        (['Date: Thu, 1 Jan 1960 00:00:00 +0000'], None),
        (['Date: Thu, 1 Jan 2099 00:00:00 +0000'], None),
        (['Date: ' + '9' * 5000], None),
        (['Date: Mon, 99 Foo 2020 10:00:00 +0000'], None),
        (['Date: Mon, 31 Feb 2020 10:00:00 +0000'], (1583143200, 0)),
    ],
)
def test_the_date_of_the_author_counts_where_it_can_be_true(lines, expected):
    found, zone = date_of(
        *lines, 'X-List-Received-Date: Tue, 7 Jan 2020 00:00:00 +0900'
    )
    if expected is None:
        assert zone is None
        assert found in (1578322800, date_of(*lines)[0])
    else:
        assert (found, zone) == expected


def test_a_date_in_the_far_future_does_not_hide_when_the_mail_came():
    received = 'Received: from a by b; Mon, 6 Jan 2020 10:00:00 +0000'
    future = 'Date: Thu, 1 Jan 2099 00:00:00 +0000'
    assert date_of(future, received) == (1578304800, None)


def test_without_a_date_it_is_when_the_mail_came():
    received = 'Received: from a by b; Mon, 6 Jan 2020 10:00:00 +0000'
    assert date_of(received) == (1578304800, None)
    assert date_of('From a@b  Mon Jan  6 10:00:00 2020', 'X: y')[0] == 1578304800
    assert date_of('X: y', last=5.0) == (6.0, None)
    assert date_of('X: y') == (NOW, None)


# --- subjects, authors, ids --------------------------------------------------


@pytest.mark.parametrize(
    'subject, expected, is_reply',
    [
        ('[Test] Re: Kick-off', 'kick-off', True),
        ('Re: [Test] AW: RE[2]: Fwd: Kick-off', 'kick-off', True),
        ('Sv: Kick-off', 'kick-off', True),
        ('Fwd: Kick-off', 'kick-off', False),
        ('Antw: WG: Kick-off', 'kick-off', True),
        ('\u56de\u590d\uff1aKick-off', 'kick-off', True),
        ('Re:', '', True),
        ('', '', False),
        ('Regarding: x', 'regarding: x', False),
    ],
)
def test_subjects_are_compared_without_what_programs_add(
    read_mail, subject, expected, is_reply
):
    made = read_mail('x\n', f'Subject: {subject}')
    assert (made.sort_subject, made.is_reply) == (expected, is_reply)


@pytest.mark.parametrize(
    'written, expected',
    [
        ('Ann Lee <ann@example.com>', ('Ann Lee', 'ann@example.com')),
        ('"Lee, Ann" <ann@example.com>', ('Lee, Ann', 'ann@example.com')),
        ('ann@example.com (Ann Lee)', ('Ann Lee', 'ann@example.com')),
        ('ann@example.com', ('ann@example.com', 'ann@example.com')),
        ('=?utf-8?q?Zo=C3=A9?= <z@example.com>', ('Zo\u00e9', 'z@example.com')),
        ('Zo\u00e9 <z@example.com>', ('Zo\u00e9', 'z@example.com')),
        ('=?utf-8?q?a=0Ab=E2=80=AEc?= <z@example.com>', ('a bc', 'z@example.com')),
        ('nobody at all', ('nobodyatall', 'nobodyatall')),
        ('', ('', '')),
    ],
)
def test_the_author_is_read_however_it_is_written(read_mail, written, expected):
    made = read_mail('x\n', f'From: {written}')
    assert (made.author, made.email) == expected


@pytest.mark.parametrize(
    'value, expected',
    [
        ('<a@x> <b@x>', ['a@x', 'b@x']),
        ('<a@x>\n\t<b@x>', ['a@x', 'b@x']),
        ('Your message of "Mon" <a@x> (and more)', ['a@x']),
        ('<a\n b@x>', ['ab@x']),
        ('a@x b@x', ['a@x', 'b@x']),
        ('<a@x> <a@x>', ['a@x']),
        ('no id at all', []),
        ('<<<<', []),
    ],
)
def test_message_ids_are_found_among_garbage(value, expected):
    assert article.ids(value, True) == expected


def test_of_many_references_the_last_ones_count():
    found = article.ids(' '.join(f'<{n}@x>' for n in range(5000)), True)
    assert (len(found), found[-1]) == (100, '4999@x')


def test_a_mail_without_message_id_always_gets_the_same_one(read_mail):
    first, second = (read_mail(raw=b'Subject: x\n\nbody\n') for _ in range(2))
    assert re.fullmatch(r'[0-9a-f]{40}@lists\.example\.com', first.message_id)
    assert first.message_id == second.message_id


@pytest.mark.parametrize(
    'raw',
    [
        b'',
        b'\n',
        b'\0' * 100,
        b'no header at all',
        b'Message-ID: <\xff\xfe@\xed\xa0\x80>\nSubject: \xff\n\n\xff\xfe',
        b'Content-Type: text/plain; charset=utf-7\n\n+2AA-',
        b'Content-Type: text/plain; charset="../../etc/passwd"\n\n\xff',
        b'Content-Type: multipart/mixed\n\nx',
        b'Content-Type: multipart/alternative; boundary=B\n\n--B\n--B--\n',
        b'Content-Type: message/rfc822\n\n',
        b'Content-Transfer-Encoding: base64\n\n====',
        bytes(range(256)) * 40,
    ],
)
def test_any_bytes_give_an_article_that_can_be_stored(read_mail, page_of, raw):
    made = read_mail(raw=raw)
    for text in (made.message_id, made.subject, made.author, made.email, made.text):
        text.encode('utf-8')
    assert made.message_id
    page_of(made).encode('utf-8')


def test_what_cannot_be_read_is_shown_by_its_headers(read_mail, page_of, monkeypatch):
    def fail(*args):
        raise ValueError('no')

    monkeypatch.setattr(article, '_read', fail)
    made = read_mail('secret\n')
    assert 'Subject: Kick-off' in made.body
    assert b'ann at example.com' in made.entry
    page_of(made)


FIELDS = ['From', 'Subject', 'References', 'Date', 'Message-ID', 'Received']


@pytest.mark.parametrize('field', FIELDS)
def test_long_runs_in_headers_cost_no_time(read_mail, field):
    words = ['=?utf-8?q?a?= ', '=?', '=?utf-8?b?', 'Re: ', 're:re:', '<a@b> ', 'x@y ']
    for sign in [*'a@._ <>("\\:', *words]:
        start = time.process_time()
        read_mail('x\n', f'{field}: {sign * (100_000 // len(sign))}')
        assert time.process_time() - start < 5, sign
