"""Parts that the system makes, and text parts that it rewrites."""

import pytest

from mailman.mail.message import Message
from mailman.mail.mimeparts import (
    attached,
    become,
    cut,
    read_text,
    rewrite_text,
    text_part,
)


def parsed(text):
    return Message.from_bytes(text.encode('utf-8', 'surrogateescape'))


@pytest.mark.parametrize(
    'text, charset, expected',
    [
        ('plain', 'us-ascii', 'us-ascii'),
        ('déjà', 'iso-8859-1', 'iso-8859-1'),
        ('déjà €', 'iso-8859-1', 'utf-8'),
        ('déjà', None, 'utf-8'),
        ('déjà', 'no-such-charset', 'utf-8'),
    ],
)
def test_a_text_part_has_a_charset_that_has_its_letters(text, charset, expected):
    part = text_part(text, charset)
    assert part.get_content_charset() == expected
    assert part.get_payload(decode=True).decode(expected) == text + '\n'
    assert part.as_bytes().isascii()


def test_nul_and_crlf_do_not_go_out():
    assert text_part('a\0b\r\nc').get_payload() == 'ab\nc\n'


def test_an_attached_message_keeps_its_bytes():
    msg = parsed('Subject : odd\nX:  y\n\nbody without end')
    assert msg.as_bytes() in attached(msg).as_bytes()


def test_a_short_message_is_not_cut():
    msg = parsed('Subject: x\n\nbody\n')
    assert cut(msg, 1000, 'note') is msg


@pytest.mark.parametrize(
    'text',
    [
        'Subject: x\nContent-Type: multipart/mixed; boundary=B\n\n--B\n\n'
        + 'y\n' * 9000,
        'Subject: x\nX-Long: ' + 'y' * 9000 + '\n\nbody\n',
        'Subject: x\n' + 'X-Many: y\n' * 2000 + '\nbody\n',
        'Subject: x\n\n' + 'é' * 9000,
        'y' * 9000,
    ],
)
def test_a_long_message_is_cut_to_text(text):
    short = cut(parsed(text), 1000, 'the rest is missing')
    assert len(short.as_bytes()) < 3000
    assert short.get_content_type() == 'text/plain'
    assert 'the rest is missing' in short.get_payload()
    if text.startswith('Subject'):
        assert short['subject'] == 'x'


@pytest.mark.parametrize('encoding', ['7bit', 'base64', 'quoted-printable', '8bit'])
def test_a_rewritten_text_keeps_its_encoding(encoding):
    source = text_part('x')
    del source['content-transfer-encoding']
    source['Content-Transfer-Encoding'] = encoding
    rewrite_text(source, 'grüße\n', 'utf-8')
    again = Message.from_bytes(source.as_bytes())
    assert again['content-transfer-encoding'] == encoding
    assert again.get_payload(decode=True).decode() == 'grüße\n'


@pytest.mark.parametrize(
    'charset, raw',
    [('utf-8', b'gr\xfc'), ('us-ascii', b'gr\xc3\xbc'), ('x-odd', b'\xff')],
)
def test_text_in_a_wrong_charset_survives_a_rewrite(charset, raw):
    part = Message.from_bytes(
        b'Content-Type: text/plain; charset=' + charset.encode() + b'\n\n' + raw
    )
    text, codec = read_text(part)
    rewrite_text(part, text, codec)
    assert part.as_bytes().endswith(b'\n\n' + raw)


def test_a_multipart_has_no_text():
    msg = parsed('Content-Type: multipart/mixed; boundary=B\n\n--B\n\nx\n--B--\n')
    assert read_text(msg) == ('', 'utf-8')


def test_a_message_can_become_its_part():
    msg = parsed(
        'Subject: s\nContent-Type: multipart/mixed; boundary=B\n'
        'Content-Description: all\n\n'
        '--B\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n'
        '\nPHA+\n--B--\n'
    )
    become(msg, msg.get_payload(0))
    assert msg['subject'] == 's'
    assert msg['content-type'] == 'text/html'
    assert 'content-description' not in msg
    assert msg.get_payload(decode=True) == b'<p>'


def test_a_part_without_type_makes_a_plain_message():
    msg = parsed('Content-Type: multipart/mixed; boundary=B\n\n--B\n\nx\n--B--\n')
    become(msg, msg.get_payload(0))
    assert msg['content-type'] == 'text/plain'
    assert msg.as_bytes().endswith(b'\n\nx')


def test_a_message_can_become_a_multipart():
    msg = parsed(
        'Content-Type: multipart/mixed; boundary=A\n\n--A\n'
        'Content-Type: multipart/mixed; boundary=B\n\nhello\n'
        '--B\n\nx\n--B\n\ny\n--B--\n'
        '--A--\n'
    )
    become(msg, msg.get_payload(0))
    again = Message.from_bytes(msg.as_bytes())
    assert [part.get_payload() for part in again.get_payload()] == ['x', 'y']
    assert again.preamble == 'hello'
