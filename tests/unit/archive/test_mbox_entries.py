"""Entries of the mbox byte by byte: nobody forges a message into the archive."""

import mailbox
import re

import pytest

from mailman.archive import mbox
from mailman.mail.message import Message

WHEN = 1767867630.0  # Thu Jan  8 10:20:30 2026 UTC


def message(raw):
    return Message.from_bytes(raw)


def read_back(content):
    """Read an mboxrd file as another program would: list of (From_ line, message)."""
    found = []
    for chunk in re.split(rb'(?m)^(?=From )', content)[1:]:
        line, _, rest = chunk.partition(b'\n')
        assert rest.endswith(b'\n\n') or rest == b'\n'
        found.append((line, re.sub(rb'(?m)^>(>*From )', rb'\1', rest[:-1])))
    return found


def test_an_entry_has_sender_and_time_in_front_and_an_empty_line_behind():
    msg = message(b'From: Anne <anne@x.example>\nSubject: x\n\nHello.\n')
    assert mbox.entry(msg, WHEN) == (
        b'From anne@x.example Thu Jan  8 10:20:30 2026\n'
        b'From: Anne <anne@x.example>\nSubject: x\n\nHello.\n\n'
    )


def test_the_time_is_utc_and_english_wherever_we_are(monkeypatch):
    monkeypatch.setenv('TZ', 'Asia/Tokyo')
    mbox.time.tzset()
    try:
        assert b' Thu Jan  8 10:20:30 2026\n' in mbox.entry(message(b'A: b\n\n'), WHEN)
    finally:
        monkeypatch.undo()
        mbox.time.tzset()


@pytest.mark.parametrize(
    'line, stored',
    [
        (b'From here on', b'>From here on'),
        (b'>From here on', b'>>From here on'),
        (b'>>>From here on', b'>>>>From here on'),
        (b'From:', b'From:'),
        (b'from here on', b'from here on'),
        (b' From here on', b' From here on'),
        (b'Away From here', b'Away From here'),
        (b'> From here on', b'> From here on'),
    ],
)
def test_lines_that_begin_a_message_are_quoted(line, stored):
    entry = mbox.entry(message(b'Subject: x\n\nfirst\n' + line + b'\nlast\n'), WHEN)
    assert b'\nfirst\n' + stored + b'\nlast\n' in entry


RAWS = [
    b'Subject: x\n\nFrom the first line on\n>From a second\n',
    b'Subject: x\n\nno line end',
    b'Subject: x\n\n\n\nempty lines around\n\n\n',
    b'Subject: x\n\n',
    b'Subject: Caf\xe9\n\n8-bit \xff\x00 bytes\n',
    b'Subject: folded\n From here\n\nx\n',
    b'\nno header\nFrom evil@x.example Thu Jan  8 10:20:30 2026\n\nSubject: forged\n',
    b'\nno header\n\nFrom evil@x.example Thu Jan  8 10:20:30 2026\nSubject: forged\n',
]


@pytest.mark.parametrize('raw', RAWS)
def test_what_goes_in_comes_out(raw):
    entry = mbox.entry(message(raw), WHEN)
    ((_, found),) = read_back(entry)
    # A last line without its end gets one, the format has no other way.
    assert found == (raw if raw.endswith(b'\n') else raw + b'\n')


def test_nobody_forges_a_message_into_the_archive(tmp_path):
    path = tmp_path / 'x.mbox'
    for raw in RAWS:
        mbox.append(path, message(raw), WHEN)
    assert len(read_back(path.read_bytes())) == len(RAWS)
    box = mailbox.mbox(path)
    try:
        assert len(box) == len(RAWS)
        assert 'forged' not in {str(mail['subject']) for mail in box}
    finally:
        box.close()


def test_our_own_reader_finds_the_same_messages(tmp_path):
    path = tmp_path / 'x.mbox'
    for raw in RAWS:
        mbox.append(path, message(raw), WHEN)
    found = [raw.partition(b'\n')[2] for raw in mbox.messages(path)]
    assert found == [raw if raw.endswith(b'\n') else raw + b'\n' for raw in RAWS]


def test_a_header_without_an_end_gets_one():
    assert mbox.entry(message(b'Subject: x\n'), WHEN).endswith(b'\nSubject: x\n\n\n')


@pytest.mark.parametrize(
    'raw, sender',
    [
        (b'From: a@x.example\nSender: s@y.example\n\n', b's@y.example'),
        (b'From: "A B" <a b@x.example>\n\n', None),
        (b'Subject: nobody\n\n', b'MAILER-DAEMON'),
        (b'From: <>\n\n', b'MAILER-DAEMON'),
        (b'From: =?utf-8?q?x=0AFrom_evil?= <caf\xc3\xa9@x.example>\n\n', None),
    ],
)  # fmt: skip
def test_the_sender_is_one_word_of_plain_characters(raw, sender):
    line = mbox.entry(message(raw), WHEN).partition(b'\n')[0]
    assert re.fullmatch(rb'From [!-~]+ Thu Jan  8 10:20:30 2026', line)
    if sender is not None:
        assert line.split()[1] == sender


def test_the_folder_is_made_and_messages_follow_one_another(tmp_path):
    path = tmp_path / 'test.mbox' / 'test.mbox'
    for number in (1, 2):
        mbox.append(path, message(b'Subject: %d\n\n.\n' % number), WHEN)
    assert [m for _, m in read_back(path.read_bytes())] == [
        b'Subject: 1\n\n.\n',
        b'Subject: 2\n\n.\n',
    ]
    assert path.stat().st_mode & 0o777 == 0o660 & ~_umask()


def _umask():
    import os

    mask = os.umask(0)
    os.umask(mask)
    return mask
