"""headers: RFC 2047 both ways, folding, and lines for a log."""

import time

import pytest

from mailman import errors
from mailman.mail import headers
from mailman.mail.headers import decode, encode, encode_phrase, field, fold, one_line

GERMAN = 'Grüße an alle'
LONG = 'Ein langer Betreff über viele schöne Wörter, ' * 6


@pytest.mark.parametrize(
    'value, text',
    [
        ('plain', 'plain'),
        ('', ''),
        ('=?utf-8?q?gr=C3=BC=C3=9Fe?=', 'grüße'),
        ('=?UTF-8?Q?gr=c3=bc_=C3=9Fe?=', 'grü ße'),
        ('=?koi8-r?b?8NLJ18XU?=', 'Привет'),
        ('Re: =?iso-2022-jp?b?GyRCRnxLXBsoQg==?=', 'Re: 日本'),
        ('=?utf-8?q?one?= two =?utf-8?q?three?=', 'one two three'),
        ('=?utf-8?q?one?= =?utf-8?q?two?=', 'onetwo'),
        ('=?utf-8?q?one?=\n =?koi8-r?b?8NLJ18XU?=', 'oneПривет'),
        ('=?utf-8?q?gr=C3?= =?utf-8?q?=BC?=', 'grü'),
        ('a=?utf-8?q?b?=c', 'abc'),
        ('=?utf-8*en?q?a?=', 'a'),
        ('=?utf-8?b?YQ?=', 'a'),
        ('=?utf-8?q?with blanks in it?=', 'with blanks in it'),
        ('=?utf-8?q??=', ''),
        ('folded\n\tonce', 'folded once'),
        ('two  blanks', 'two  blanks'),
        # broken: as written
        ('=?utf-8?b?!!!notbase64?= tail', '=?utf-8?b?!!!notbase64?= tail'),
        ('=?no-such-charset?q?abc?=', '=?no-such-charset?q?abc?='),
        ('=?utf-8?x?abc?=', '=?utf-8?x?abc?='),
        ('=?utf-8?q?abc', '=?utf-8?q?abc'),
        ('=?unicode_escape?q?=5Cx41?=', '=?unicode_escape?q?=5Cx41?='),
        ('=?utf-8?q?=ZZ=4?=', '=ZZ=4'),
        ('=?us-ascii?q?caf=E9?=', 'café'),
        # raw bytes
        ('d\udce9j\udce0 vu', 'déjà vu'),
        ('gr\udcc3\udcbc', 'grü'),
        ('ü \udce9', 'ü é'),
        ('\ud800', '?'),
        # hidden line breaks
        ('=?utf-8?q?a=0D=0ABcc:_b=00?=', 'a Bcc: b '),
        ('a\rb\0c', 'a b c'),
    ],
)
def test_values_are_decoded_leniently(value, text):
    assert decode(value) == text


def test_what_is_not_text_is_decoded_as_well():
    assert decode(None) == 'None'
    assert decode(5) == '5'


@pytest.mark.parametrize(
    'value', ['x\ny', 'x\ry', 'x\0y', '\n', 'é\nBcc: x', 'x\n y', 'x\r\n y']
)
@pytest.mark.parametrize('name', ['', 'Subject', 'From'])
def test_line_breaks_and_nul_are_refused(value, name):
    with pytest.raises(errors.BadHeader):
        encode(value, name=name)


def test_ascii_stays_ascii():
    assert encode('Hello, "world" <x@y>', name='From') == 'Hello, "world" <x@y>'


def test_raw_bytes_are_not_encoded():
    assert encode('d\udce9j\udce0 vu') == 'd\udce9j\udce0 vu'


@pytest.mark.parametrize(
    'charset', ['utf-8', 'iso-8859-1', 'us-ascii', 'no-such', 'utf-16']
)
@pytest.mark.parametrize(
    'text', [GERMAN, LONG, '日本語' * 40, 'x' * 300 + 'é', 'ü', 'a é \udce9']
)
def test_what_was_encoded_decodes_to_the_same(text, charset):
    value = encode(text, charset, 'Subject')
    assert value.isascii()
    assert decode(value) == headers.charsets.recover(text).strip()
    assert decode(fold('Subject', value)[9:]) == decode(value)


def test_the_charset_is_used_where_it_has_the_letters():
    assert encode('señal', 'ISO-8859-1') == '=?iso-8859-1?q?se=F1al?='
    assert encode('日本', 'iso-8859-1').startswith('=?utf-8?')


def test_the_shorter_encoding_is_used():
    assert '?b?' in encode('привет')
    assert '?q?' in encode('internationalisé')


@pytest.mark.parametrize('text', [LONG, '日本語' * 60])
def test_no_encoded_word_is_longer_than_75(text):
    words = encode(text, name='Subject').split()
    assert max(len(word) for word in words if word.startswith('=?')) <= 75
    assert max(map(len, fold('Subject', ' '.join(words)).splitlines())) <= 78


@pytest.mark.parametrize(
    'value, parts',
    [
        ('Discusión de señales <a@b.example>', ['<a@b.example>', 'de']),
        ('"José, Größe" <a@b.example>, x@y.example', ['<a@b.example>,', 'x@y.example']),
        ('Bob (Büro) <a@b.example>', ['Bob', '<a@b.example>']),
        ('ü@ö.example', ['ü@ö.example']),
        ('ü <ü@ö.example>', ['<ü@ö.example>']),
        ('"unclosed é', []),
        ('Büro: é@x.example, "b" <c@d>;', ['é@x.example,', '"b"', '<c@d>;']),
    ],
)
@pytest.mark.parametrize('name', ['From', 'to', 'List-Id'])
def test_in_address_fields_only_names_are_encoded(value, parts, name):
    words = encode(value, name=name).split()
    assert [part for part in parts if part not in words] == []
    assert all(word.isascii() or '@' in word for word in words)


def test_a_comma_in_a_quoted_name_is_hidden_in_the_encoded_word():
    assert encode('"Größe, José" <a@b>', name='From').count(',') == 0


def test_a_name_is_encoded_whole():
    assert ' ' not in encode_phrase('José X')
    assert decode(encode_phrase('José, (X)', 'iso-8859-1')) == 'José, (X)'


@pytest.mark.parametrize(
    'value, folded',
    [
        ('x', 'Subject: x\n'),
        ('', 'Subject: \n'),
        ('x' * 200, 'Subject: ' + 'x' * 200 + '\n'),
        ('a ' * 40 + 'end', 'Subject: ' + 'a ' * 34 + 'a\n' + ' a' * 5 + ' end\n'),
        ('a\n b', 'Subject: a b\n'),
        ('x' * 66 + '  ' + 'y' * 9, 'Subject: ' + 'x' * 66 + '\n  ' + 'y' * 9 + '\n'),
        ('a\n\nb', 'Subject: a b\n'),
    ],
)
def test_fields_fold_at_blanks(value, folded):
    assert fold('Subject', value) == folded


@pytest.mark.parametrize(
    'value', ['x\nBcc: y', 'é\r\n\r\nbody', 'é' * 100 + '\nx', '\n', '\0']
)
def test_a_field_is_one_field(value):
    lines = field('Subject', value).splitlines()
    assert lines[0].startswith('Subject:')
    assert all(line.startswith(' ') and line.strip() for line in lines[1:])


@pytest.mark.parametrize(
    'text, line',
    [
        ('plain', 'plain'),
        ('a\nb', 'a b'),
        ('a \r\n  b', 'a b'),
        ('a\x1b[31mb', 'a\\x1b[31mb'),
        ('a\0b', 'a\\x00b'),
        ('é\udce9', 'é\\udce9'),
        ('a\u2028b', 'a\\u2028b'),
        ('a\x85b', 'a\\x85b'),
        (None, 'None'),
    ],
)
def test_a_log_line_is_one_line(text, line):
    assert one_line(text) == line
    assert len(one_line(text).splitlines()) == 1


def test_a_log_line_can_be_cut():
    assert one_line('x' * 100, 10) == 'x' * 10 + '...'
    assert one_line('x' * 10, 10) == 'x' * 10


PIECES = ['(', '"', '\\"', '<', '=?', '=?a?q?x', '=?utf-8?q?a?= ', '=?utf-8?b?YQ', 'é"']
PIECES += ['\n ', '\r', 'é ', '\udce9', '\ud800', ', ', '*', '"\\', 'a']


@pytest.mark.parametrize('piece', PIECES)
def test_hostile_values_take_linear_time(piece):
    value = piece * (100_000 // len(piece))
    start = time.perf_counter()
    decode(value)
    one_line(value)
    for name in ('From', 'Subject'):
        field(name, value)
        field(name, 'é' + value)
    assert time.perf_counter() - start < 4
