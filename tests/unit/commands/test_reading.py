"""What of a command mail is read."""

import base64

import pytest

from mailman.commands import reading
from mailman.commands.obey import words_of_subject
from mailman.mail.message import Message


def read(text, limit=25):
    raw = text.encode() if isinstance(text, str) else text
    return reading.read(Message.from_bytes(raw), limit)


MIXED = """\
Subject: x
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: multipart/alternative; boundary="c"

--c
Content-Type: text/plain

help
--c
Content-Type: text/html

<p>lists</p>
--c--
--b
Content-Type: message/rfc822

Subject: inner

who
--b--
"""


def test_subject_and_lines_are_text():
    found = read('Subject: =?utf-8?q?h=C3=A9lp?=\n\nwho\nlists\n')
    assert (found.subject, found.lines[:2]) == ('hélp', ['who', 'lists'])
    assert not found.other_parts


def test_the_first_plain_part_counts():
    found = read(MIXED)
    assert (found.lines, found.other_parts) == (['help'], True)


def test_an_attached_message_is_not_read():
    text = MIXED.replace('text/plain', 'image/png').replace('text/html', 'image/png')
    assert ''.join(read(text).lines) == ''


def test_html_is_read_where_there_is_no_plain_text():
    found = read(
        'Content-Type: text/html; charset=utf-8\n\n'
        '<html><head><style>who</style></head><body><div>help</div>'
        '<div>set&nbsp;show<br>end</div></body></html>\n'
    )
    lines = [line.split() for line in found.lines if line.strip()]
    assert lines == [['help'], ['set', 'show'], ['end']]
    # It was read, so that the answer does not say that it was not.
    assert not found.other_parts


@pytest.mark.parametrize(
    'encoding, body',
    [
        ('base64', base64.encodebytes('écho\nhelp\n'.encode()).decode()),
        ('quoted-printable', '=C3=A9cho\nhe=\nlp\n'),
        ('8bit', 'écho\nhelp\n'),
    ],
)
def test_transfer_encodings_are_taken_off(encoding, body):
    head = 'Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: '
    assert read(f'{head}{encoding}\n\n{body}').lines[:2] == ['écho', 'help']


def test_raw_bytes_of_no_known_charset_are_read():
    found = read(
        b'Subject: x\nContent-Type: text/plain; charset=klingon\n\necho \xe9\n'
    )
    assert found.lines[0] == 'echo é'


def test_a_signature_ends_the_text():
    assert read('\nhelp\n-- \nwho\n').lines == ['help']


def test_lines_beyond_the_limit_are_ignored():
    found = read('\n' + '\n'.join(f'echo {n}' for n in range(5)) + '\n\n', limit=3)
    assert found.lines == ['echo 0', 'echo 1', 'echo 2']
    assert found.ignored == ['echo 3', 'echo 4']


def test_line_ends_of_all_systems_part_lines():
    assert read('\none\rtwo\r\nthree\x0b\n').lines == ['one', 'two', 'three\x0b', '']


@pytest.mark.parametrize(
    'subject',
    [
        'confirm abc',
        'Re: confirm abc',
        'RE:confirm abc',
        'AW: Re: confirm abc',
        'Antw: confirm abc',
        'SV: VS: Odp: confirm abc',
        'RE : confirm abc',
        'Rép : confirm abc',
        'Re[2]: confirm abc',
        '回复: confirm abc',
        '答复：confirm abc',
        'Автоответ: confirm abc',
        'please confirm abc',
        '[Friends] confirm abc',
    ],
)
def test_a_command_is_found_behind_the_marks_of_an_answer(subject):
    assert words_of_subject(subject) == ['confirm', 'abc']


@pytest.mark.parametrize(
    'subject', ['', ' ', 'Re:', 'hello there help', 'a: b: c: d', ':' * 500, '\0']
)
def test_other_subjects_hold_no_command(subject):
    assert words_of_subject(subject) == []


def test_a_huge_subject_takes_no_time():
    assert words_of_subject('a:' * 100_000) == []
    assert words_of_subject('a ' * 100_000) == []
