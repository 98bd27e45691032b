"""The mbox: what is put in comes out again."""

import os

import pytest

from mailman.archive import mbox
from mailman.mail.message import Message

NOON = 1_767_868_200


def round_trip(path, *msgs):
    for msg in msgs:
        mbox.append(path, msg, NOON)
    return [Message.from_bytes(raw) for raw in mbox.messages(path)]


@pytest.mark.parametrize(
    'body',
    [
        'words\n',
        '',
        '\n\n\n',
        'From the start\nFrom again\n',
        '>From quoted\n>>From twice\n',
        'a\n\nFrom after a gap\n\n',
        'caf\udce9 \udcff\n',
    ],
)
def test_what_is_put_in_comes_out(tmp_path, make_msg, body):
    one, two = make_msg(body=body), make_msg('Subject: two')
    found = round_trip(tmp_path / 'mbox', one, two)
    assert [msg.as_bytes() for msg in found] == [one.as_bytes(), two.as_bytes()]


def test_a_text_without_a_line_end_gets_one(tmp_path, make_msg):
    [msg] = round_trip(tmp_path / 'mbox', make_msg(body='no end'))
    assert msg.get_payload() == 'no end\n'


def test_sender_and_time_stand_in_the_from_line(tmp_path, make_msg):
    [msg] = round_trip(tmp_path / 'mbox', make_msg())
    assert msg.get_unixfrom() == 'From anne@member.example Thu Jan  8 10:30:00 2026'


def test_a_file_of_2_1_is_read(tmp_path):
    """It added one > to lines that start with From, whatever came before them."""
    path = tmp_path / 'mbox'
    path.write_bytes(
        b'From a@b.example Thu Jan  8 10:30:00 2026\nSubject: x\n\n>From here\n\n'
        b'From a@b.example Thu Jan  8 10:30:00 2026\nSubject: y\n\nFromage\n\n'
    )
    bodies = [Message.from_bytes(raw).get_payload() for raw in mbox.messages(path)]
    assert bodies == ['From here\n', 'Fromage\n']


def test_rubbish_before_the_first_message_is_not_lost(tmp_path):
    path = tmp_path / 'mbox'
    path.write_bytes(b'lost\n\nFrom a@b.example x\nSubject: y\n\nz\n\n')
    assert next(mbox.messages(path)) == b'lost\n'


def test_an_empty_file_has_no_messages(tmp_path):
    (tmp_path / 'mbox').touch()
    assert list(mbox.messages(tmp_path / 'mbox')) == []


def test_only_a_plain_file_is_read(tmp_path):
    os.mkfifo(tmp_path / 'mbox')
    with pytest.raises(OSError, match='not a regular file'):
        next(mbox.messages(tmp_path / 'mbox'))
