"""text: wrapping as 2.1 does, and filling in values."""

import time
from types import MappingProxyType

import pytest

from mailman.mail.text import fill, to_dollar, to_percent, wrap

VALUES = {'name': 'Test', 'count': 7, 'none': None, 'x1': 'a%b$c'}


@pytest.mark.parametrize(
    'text, wrapped',
    [
        ('', ''),
        ('short', 'short'),
        ('short\n', 'short\n'),
        ('one\ntwo', 'one two'),
        ('one\ntwo\n\nthree\nfour\n', 'one two\n\nthree four\n'),
        ('one\n  indented\ntwo\nthree', 'one\n  indented\ntwo three'),
        ('\tindented\n\tagain', '\tindented\n\tagain'),
        ('a\n\n\nb', 'a\n\n\nb'),
        ('a  b\nc', 'a  b c'),
        ('a \nb', 'a b'),
        ('\n\na', '\n\na'),
    ],
)
def test_paragraphs_are_filled_and_indented_lines_stay(text, wrapped):
    assert wrap(text) == wrapped


def test_lines_end_before_the_column():
    text = 'word ' * 100
    lines = wrap(text).split('\n')
    assert max(map(len, lines)) <= 70
    assert len(lines[0]) == 69
    assert ' '.join(lines).split() == text.split()


def test_a_line_may_be_as_long_as_the_column():
    assert wrap('x' * 34 + ' ' + 'y' * 35 + ' z') == 'x' * 34 + ' ' + 'y' * 35 + '\nz'


def test_a_long_word_is_never_broken():
    url = 'http://lists.example.com/' + 'x' * 100
    assert wrap(f'see {url} for more') == f'see\n{url}\nfor more'


def test_a_long_indented_line_stays():
    line = '    ' + 'word ' * 30
    assert wrap(line) == line


def test_the_column_can_be_chosen():
    assert wrap('a b c d', 3) == 'a b\nc d'


@pytest.mark.parametrize(
    'template, text',
    [
        ('%(name)s list', 'Test list'),
        ('%(count)d and %(count)s', '7 and 7'),
        ('%(name)d', 'Test'),
        ('%(count)5d|%(count)-5s|%(count)05d', '    7|7    |00007'),
        ('%(count).2f', '7'),
        ('%(name)r', "'Test'"),
        ('%(none)s', 'None'),
        ('100%% of %(name)s', '100% of Test'),
        ('%(x1)s', 'a%b$c'),
        ('%%(name)s', '%(name)s'),
        # nothing to fill in
        ('%(unknown)s stays', '%(unknown)s stays'),
        ('%(name)s, %(unknown)s', 'Test, %(unknown)s'),
        ('%(name)s 100% sure', 'Test 100% sure'),
        ('100% of it', '100% of it'),
        ('%s %d %', '%s %d %'),
        ('%(name)', '%(name)'),
        ('%(name.__class__)s', '%(name.__class__)s'),
        ('%()s', '%()s'),
        ('$name', '$name'),
        ('%(count)9999999999d', '%(count)9999999999d'),
    ],
)
def test_percent_marks_are_filled(template, text):
    assert fill(template, VALUES) == text
    # The careful way.
    assert fill(template, MappingProxyType(VALUES)) == text
    assert fill(template + ' ' * 1000, VALUES) == text + ' ' * 1000


@pytest.mark.parametrize(
    'template, text',
    [
        ('$name and ${name}s', 'Test and Tests'),
        ('$$5', '$5'),
        ('$unknown ${unknown} stay', '$unknown ${unknown} stay'),
        ('$1 $ ${ ${} ${a.b}', '$1 $ ${ ${} ${a.b}'),
        ('$x1', 'a%b$c'),
        ('%(name)s', '%(name)s'),
    ],
)
def test_dollar_marks_are_filled(template, text):
    assert fill(template, VALUES, dollar=True) == text


def test_marks_are_rewritten_both_ways():
    assert to_dollar('%(name)s costs $5, 10%% off') == '${name} costs $$5, 10% off'
    assert (
        to_percent('${name} costs $$5, 10% off $x')
        == '%(name)s costs $5, 10%% off %(x)s'
    )
    assert to_percent(to_dollar('%(a)s $ %% x')) == '%(a)s $ %% x'


@pytest.mark.parametrize(
    'piece', ['%', '%(', '%(a', '%(a)', '$', '${', 'a b ', 'a\n', ' ', '\n', 'x']
)
def test_texts_of_any_kind_take_linear_time(piece):
    text = piece * (200_000 // len(piece))
    start = time.perf_counter()
    wrap(text)
    fill(text, VALUES)
    fill(text, VALUES, dollar=True)
    to_percent(to_dollar(text))
    assert time.perf_counter() - start < 4
