"""Character references: read as browsers do, and never an error."""

import html
import time

import pytest

from mailman.mail.charrefs import unescape, unescape_attribute


@pytest.mark.parametrize(
    'text',
    ['&amp;', '&eacute;', '&copy', '&#233;', '&#xE9;', '&#XE9', '&#0;', '&#150;']
    + ['&#55296;', '&#1114112;', '&nonsense;', '& &; &# &#x; &#;', 'a&ampb', '&notit;'],
)
def test_the_library_reads_them_alike(text):
    assert unescape(text) == html.unescape(text)


@pytest.mark.parametrize('text', ['&#' + '9' * 5000, '&#x' + 'f' * 5000 + ';'])
def test_endless_numbers_are_no_error(text):
    assert unescape(text) == unescape_attribute(text) == '\ufffd'


def test_zeros_before_a_number_do_not_count():
    assert unescape('&#' + '0' * 9000 + '106;') == 'j'


def test_an_address_with_parameters_stays_one():
    assert unescape_attribute('?a=1&copy=2&lt=3&amp;x') == '?a=1&copy=2&lt=3&x'
    assert unescape_attribute('&copy &copy; &#106') == '© © j'


@pytest.mark.parametrize('piece', ['&', '&#', '&#1', '&a', '&#x'])
def test_time_grows_with_the_length_alone(piece):
    started = time.process_time()
    unescape(piece * 200_000)
    assert time.process_time() - started < 10
