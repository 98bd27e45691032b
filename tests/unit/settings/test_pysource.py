"""Files of config_list: what 2.1, owners and we write must read alike."""

import pytest

from mailman.settings.pysource import compile_file, modernise


def values(content):
    """Run a file's content and give the names it leaves behind."""
    names = {'__builtins__': {}}
    exec(compile_file(content, 'a.cfg'), names)
    return {name: value for name, value in names.items() if name[0] != '_'}


@pytest.mark.parametrize(
    'charset, encoded',
    [
        ('utf-8', 'é'.encode()),
        ('iso-8859-1', b'\xe9'),
        ('iso-8859-15', b'\xe9'),
        ('latin-1', b'\xe9'),
    ],
)
def test_the_coding_line_is_respected(charset, encoded):
    line = f'# -*- coding: {charset} -*-\n'.encode()
    assert values(b'# -*- python -*-\n' + line + b'a = "caf' + encoded + b'"') == {
        'a': 'café'
    }


@pytest.mark.parametrize(
    'content',
    [
        'a = "café"'.encode(),
        b'a = "caf\xe9"',
        b'\xef\xbb\xbfa = "caf\xc3\xa9"',
        b'# -*- coding: us-ascii -*-\na = "caf\xe9"',
        b'# -*- coding: no-such-charset -*-\na = "caf\xc3\xa9"',
        b'# -*- coding: utf-8 -*-\na = "caf\xe9"',
    ],
)
def test_without_a_coding_line_that_fits_it_is_utf8_or_latin1(content):
    assert values(content) == {'a': 'café'}


def test_east_asian_files_are_read():
    content = '# -*- coding: euc-jp -*-\na = """日本\n語"""'.encode('euc-jp')
    assert values(content) == {'a': '日本\n語'}


@pytest.mark.parametrize(
    'charset, literal, expected',
    [
        # repr() of Python 2's byte strings.
        ('utf-8', r"'caf\xc3\xa9'", 'café'),
        ('iso-8859-1', r"'caf\xe9'", 'café'),
        ('iso-8859-1', r"'caf\351'", 'café'),
        ('us-ascii', r"'caf\xc3\xa9'", 'café'),
        ('us-ascii', r"'caf\xe9'", 'café'),
        ('utf-8', r"'caf\xe9'", 'café'),
        ('euc-jp', r"'\xc6\xfc'", '日'),
        # Text literals are text.
        ('iso-8859-1', r"u'caf\xe9 \u65e5'", 'café 日'),
        ('utf-8', r"u'\xc3\xa9'", 'Ã©'),
        # No escapes at all.
        ('utf-8', r"r'\xc3\xa9'", r'\xc3\xa9'),
        ('utf-8', r"'\\xc3\\xa9'", r'\xc3\xa9'),
        # What our own repr() writes.
        ('utf-8', r"'\xad\x85 \u200b'", '\xad\x85 \u200b'),
    ],
)
def test_a_literal_means_what_its_writer_meant(charset, literal, expected):
    content = f'# -*- coding: {charset} -*-\na = {literal}\n'.encode()
    assert values(content) == {'a': expected}


@pytest.mark.parametrize(
    'source, expected',
    [
        ('0644', 0o644),
        ('00', 0),
        ('10L', 10),
        ('0x1FL', 31),
        ('0L', 0),
        ('1.05', 1.05),
        ('1e5', 100000.0),
        ('0', 0),
        ('[1L, 0777, 2.0]', [1, 0o777, 2.0]),
        ('"0644 10L"', '0644 10L'),
        ("'''0644\n10L'''", '0644\n10L'),
    ],
)
def test_numbers_of_python_2(source, expected):
    assert values(f'a = {source}  # 0644 and 10L\n'.encode()) == {'a': expected}


def test_names_with_digits_are_names():
    assert values(b'a010L = 1\nb = a010L + 010') == {'a010L': 1, 'b': 9}


@pytest.mark.parametrize('text', [r'C:\Users', r'a \N b', r'^\.x\d\u'])
def test_backslashes_that_python_2_left_alone_stay(text):
    assert values(f'a = """{text}"""'.encode()) == {'a': text}


def test_quotes_inside_of_quotes_do_not_end_a_literal():
    source = 'a = "it\'s 010" + \'say "010"\' + "\\"010" # it\'s\nb = 010\n'
    assert values(source.encode()) == {'a': 'it\'s 010say "010""010', 'b': 8}


def test_what_python_3_reads_alike_is_not_touched():
    source = '# "\nowner = ["a@b.example"]\nx = rb"\\xff" or f"{1}" or r\'\\d\'\n'
    assert modernise(source, 'utf-8') == source


@pytest.mark.parametrize('content', [b'a = (', b'print "x"', b'a = "\0"'])
def test_what_is_no_python_is_an_error(content):
    with pytest.raises((SyntaxError, ValueError)):
        compile_file(content, 'a.cfg')
