"""tokens: cookies and passwords that nobody can guess."""

import re

import pytest

from mailman.security import tokens


def test_a_cookie_is_40_hex_digits_as_in_2_1():
    assert re.fullmatch(r'[0-9a-f]{40}', tokens.new_cookie())


def test_ten_thousand_cookies_are_all_different():
    assert len({tokens.new_cookie() for _ in range(10_000)}) == 10_000


def test_ten_thousand_passwords_are_all_different():
    assert len({tokens.make_password() for _ in range(10_000)}) == 10_000


@pytest.mark.parametrize('asked', [-1, 0, 8, 12, 13, 30])
def test_a_password_has_64_bits_even_if_a_shorter_one_was_asked_for(asked):
    password = tokens.make_password(asked)
    assert len(password) == max(asked, tokens.SHORTEST)
    assert len(set(tokens._READABLE)) ** tokens.SHORTEST > 2**64


def test_a_password_has_no_signs_that_are_taken_for_another():
    for _ in range(200):
        assert not set(tokens.make_password()) & set('lIoO01')
