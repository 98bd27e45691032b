"""Bytes of a mail as text: what programs say of it, and what they mean."""

import pytest

from mailman.archive import texts
from mailman.archive.texts import UNWANTED, clean, kind_of, text_of
from mailman.mail import charsets
from mailman.mail.message import Message


def part(kind, data=b''):
    return Message.from_bytes(b'Content-Type: ' + kind.encode() + b'\n\n' + data)


def text(kind, data, fallback=''):
    return text_of(data, kind_of(part(kind)), fallback)


SIMPLE = (
    [f'iso-8859-{number}' for number in (*range(2, 12), *range(13, 17))]
    + [f'windows-125{number}' for number in range(9)]
    + ['koi8-r', 'koi8-u', 'cp866', 'windows-874', 'macintosh', 'x-mac-roman']
)


@pytest.mark.parametrize('charset', SIMPLE)
def test_bytes_that_make_unwanted_letters_are_left_out_like_the_letters(charset):
    data = bytes(byte for byte in range(32, 256)) + b'\n\xff'
    expected = clean(charsets.decode(data, charset))
    assert text(f'text/plain; charset={charset}', data) == expected


def test_all_that_is_unwanted_is_found_in_utf8_by_the_byte_it_begins_with():
    codes = [*range(0x80, 0xD800), *range(0xE000, 0x11000)]
    unwanted = [one for one in map(chr, codes) if UNWANTED.match(one)]
    assert {one.encode()[0] for one in unwanted} <= set(texts._MAY_BE_UNWANTED)
    data = ('ä' + 'ö'.join(unwanted) + '\u2019\xab\uff0c').encode()
    rest = 'ä' + 'ö' * (len(unwanted) - 1) + '\u2019\xab\uff0c'
    assert text('text/plain; charset=utf-8', data) == rest


@pytest.mark.parametrize(
    'kind, data, fallback, expected',
    [
        (
            'text/plain; charset=iso-8859-1',
            b'\x93a\x94 \x81',
            '',
            '\u201ca\u201d \ufffd',
        ),
        ('text/plain; charset=iso-8859-1', 'ä'.encode(), '', 'ä'),
        ('text/plain; charset=utf-8', b'\xe4\xf6 a', 'iso-8859-15', 'äö a'),
        ('text/plain; charset=utf-8', 'äöü'.encode() + b'\xff', '', 'äöü\ufffd'),
        ('text/plain', b'\xa4', 'iso-8859-15', '\u20ac'),
        ('text/plain', b'\xa4\xa2', 'euc-jp', 'あ'),
        ('text/plain; charset=iso-2022-jp', b'\x1b$B$"\x1b(B\x07', '', 'あ'),
        ('text/plain; charset=utf-16', 'ab\u202e'.encode('utf-16'), '', 'ab'),
        ('text/plain', b'a\0\x1b[1m\r\nb\rc\x7f', '', 'a[1m\nb\nc'),
    ],
)
def test_what_is_meant_counts_more_than_what_is_said(kind, data, fallback, expected):
    assert text(kind, data, fallback) == expected


def test_what_a_type_says_is_read_once_and_for_few_types():
    kind = kind_of(part('Text/Plain; charset="UTF-8"; Format=Flowed; DelSp=Yes'))
    assert kind == ('text/plain', True, 'utf-8', True, 'utf-8', False, True, True)
    for number in range(2 * texts._REMEMBERED):
        kind_of(part(f'text/x{number}'))
    kind_of(part('text/plain; x=' + 'y' * 1000))
    assert len(texts._kinds) <= texts._REMEMBERED
    assert max(map(len, texts._kinds)) <= texts._USUAL
    assert kind_of(part('text/x1; name=a')).is_named


def test_a_broken_multipart_is_text():
    assert kind_of(part('multipart/mixed')).is_text
    assert not kind_of(part('image/png')).is_text
    assert kind_of(Message.from_bytes(b'\n')).type == 'text/plain'
