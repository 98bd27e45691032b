"""charsets: names of strangers, and bytes to text whatever they are."""

import pytest

from mailman.mail import charsets


@pytest.mark.parametrize(
    'name, codec',
    [
        ('utf-8', 'utf-8'),
        (' UTF-8 ', 'utf-8'),
        ('"iso-8859-1"', 'iso8859-1'),
        ('us-ascii', 'ascii'),
        ('koi8-r', 'koi8-r'),
        ('gb2312', 'gb18030'),
        ('ks_c_5601-1987', 'cp949'),
        ('iso-8859-8-i', 'iso8859-8'),
        ('windows-1252', 'cp1252'),
    ],
)
def test_charsets_of_mail_are_known(name, codec):
    assert charsets.codec(name) == codec


@pytest.mark.parametrize(
    'name',
    [
        '',
        None,
        'no-such',
        'zlib',
        'hex',
        'base64',
        'rot13',
        'bz2_codec',
        'unicode_escape',
    ]
    + [
        'raw-unicode-escape',
        'punycode',
        'idna',
        'undefined',
        'mbcs',
        'x\0y',
        '../x',
        'a.b',
    ]
    + [
        'unknown-8bit',
        'x-unknown',
        'é',
        '\udce9',
        'a' * 1000,
        'os',
        'utf-8\n\nx',
        '%s',
    ],
)
def test_what_is_no_charset_is_none(name):
    assert charsets.codec(name) is None


@pytest.mark.parametrize(
    'data, charset, text',
    [
        (b'caf\xe9', 'iso-8859-1', 'café'),
        (b'caf\xe9', 'nonesuch', 'café'),
        (b'caf\xe9', 'us-ascii', 'café'),
        (b'caf\xe9', None, 'café'),
        (b'na\xc3\xafve', None, 'naïve'),
        (b'na\xc3\xafve', 'us-ascii', 'naïve'),
        (b'na\xc3\xafve', 'gb2312', 'na茂ve'),
        (b'\xff\xfe bad', 'utf-8', '\ufffd\ufffd bad'),
        (b'\x81', 'euc-jp', '\ufffd'),
        (b'', 'utf-8', ''),
        (b'\0', None, '\0'),
        (b'abc', 'utf-16', None),
        (b'+AGE-', 'utf-7', 'a'),
        (b'\x1b$B', 'iso-2022-jp', None),
    ],
)
def test_bytes_always_become_text(data, charset, text):
    found = charsets.decode(data, charset)
    assert isinstance(found, str)
    assert text is None or found == text


def test_the_fallback_decides_where_nothing_is_declared():
    assert charsets.decode(b'\xd0', fallback='koi8-r') == 'п'
    assert charsets.decode(b'\xd0', fallback='nonesuch') == 'Ð'


@pytest.mark.parametrize(
    'name', ['utf-8', 'utf-16', 'utf-7', 'iso-2022-jp', 'hz', 'gb18030']
)
def test_all_bytes_become_text_in_all_charsets(name):
    for size in range(1, 4):
        for byte in range(256):
            assert isinstance(charsets.decode(bytes([byte] * size), name), str)


def test_two_names_can_mean_one_charset():
    assert charsets.same('latin1', 'ISO-8859-1')
    assert not charsets.same('utf-8', 'latin-1')
    assert not charsets.same('nonesuch', 'nonesuch')


@pytest.mark.parametrize(
    'text, preferred, chosen',
    [
        ('abc', 'iso-8859-1', 'us-ascii'),
        ('é', 'ISO-8859-1', 'iso-8859-1'),
        ('日', 'iso-8859-1', 'utf-8'),
        ('é', 'nonesuch', 'utf-8'),
        ('é', None, 'utf-8'),
        ('é', 'us-ascii', 'utf-8'),
        ('a+b', 'utf-7', 'utf-7'),
    ],
)
def test_text_is_sent_in_the_least_charset_that_has_it(text, preferred, chosen):
    assert charsets.choose(text, preferred) == chosen


def test_escaped_bytes_are_recovered():
    assert charsets.recover('plain') == 'plain'
    assert charsets.recover('é \udcc3\udcbc \udce9') == 'é ü é'
    assert charsets.recover('\ud800') == '?'
