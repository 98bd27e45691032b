"""passwords: our stored form, and what 2.1 left behind."""

import hashlib

import pytest

from mailman.security import passwords
from mailman.security.passwords import check, hash_password

SHA1 = hashlib.sha1(b'secret').hexdigest()
MD5 = hashlib.md5(b'secret').digest()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(passwords, 'COST', 2**4)


def test_a_password_opens_what_was_made_from_it():
    stored = hash_password('secret')
    assert check('secret', stored) == (True, False, False)
    assert not check('Secret', stored)


def test_a_result_is_true_only_when_the_password_is_right():
    assert bool(check('secret', SHA1))
    assert not bool(check('wrong', SHA1))


def test_one_password_is_stored_differently_each_time():
    assert hash_password('secret') != hash_password('secret')


def test_the_stored_form_is_scrypt_and_tells_its_cost():
    fields = hash_password('secret').split('$')
    assert fields[:4] == ['scrypt', '16', '8', '1']
    assert 'secret' not in '$'.join(fields)


def test_letters_beyond_ascii_count():
    stored = hash_password('pässwörd')
    assert check('pässwörd', stored)
    assert not check('passwörd', stored)


def test_a_newline_behind_the_stored_form_does_not_matter():
    assert check('secret', hash_password('secret') + '\n')
    assert check('secret', SHA1 + '\n')


@pytest.mark.parametrize(
    'stored',
    [SHA1, SHA1.upper(), SHA1.encode(), MD5, MD5.decode('latin-1')],
)
def test_forms_of_2_1_are_accepted_once_and_then_upgraded(stored):
    assert check('secret', stored) == (True, True, False)
    assert check('wrong', stored) == (False, False, False)


def test_the_md5_form_may_end_in_a_blank_byte():
    word = next(
        w
        for w in map(str, range(99999))
        if hashlib.md5(w.encode()).digest()[-1:] == b'\n'
    )
    assert check(word, hashlib.md5(word.encode()).digest())


def test_a_latin_1_password_of_2_1_is_recognised():
    assert check('señal', hashlib.sha1('señal'.encode('latin-1')).hexdigest())
    assert check('señal', hashlib.sha1('señal'.encode()).hexdigest())


@pytest.mark.parametrize('stored', ['secret', b'secret'])
def test_clear_text_is_for_members_only(stored):
    assert check('secret', stored, clear_text=True) == (True, True, False)
    assert not check('secret', stored)


def test_a_members_password_is_not_compared_with_a_digest_of_it():
    assert not check('secret', SHA1, clear_text=True)
    assert check(SHA1, SHA1, clear_text=True)


@pytest.mark.parametrize('given', ['', None])
@pytest.mark.parametrize('stored', ['', None, b'', '\n', SHA1])
@pytest.mark.parametrize('clear', [True, False])
def test_an_empty_password_never_opens_anything(given, stored, clear):
    assert not check(given, stored, clear_text=clear)


@pytest.mark.parametrize('stored', ['', None, b'', '\n', ' '])
@pytest.mark.parametrize('given', ['x', '\n', 'None', ' x'])
def test_a_missing_secret_is_opened_by_nothing(given, stored):
    assert not check(given, stored)
    assert not check(given, stored, clear_text=True) or given == stored


@pytest.mark.parametrize(
    'stored', ['ab3dEfGhIjKlM', '$1$salt$0123456789abcdefghijkl', '$6$salt$hash']
)
def test_a_crypt_form_asks_for_a_reset(stored):
    assert check('secret', stored) == (False, False, True)


@pytest.mark.parametrize(
    'stored',
    [
        'scrypt$0$8$1$aaaa$aaaa',
        'scrypt$3$8$1$aaaa$aaaa',
        'scrypt$9999999$99$99$aaaa$aaaa',
        'scrypt$16$0$1$aaaa$aaaa',
        'scrypt$16$8$0$aaaa$aaaa',
        'scrypt$16$8$1$a$a',
        'scrypt$16$8$1$====$====',
        'scrypt$16$8$1$aaaa$====',
        'scrypt$16$8$1$aaaa',
        'scrypt$',
        '\udce9' * 16,
        'x' * 10000,
    ],
)
def test_a_damaged_form_refuses_and_does_not_raise(stored):
    assert not check('secret', stored)


def test_a_cheaper_scrypt_form_is_upgraded(monkeypatch):
    stored = hash_password('secret')
    monkeypatch.setattr(passwords, 'COST', 2**5)
    assert check('secret', stored) == (True, True, False)


def test_a_huge_password_is_refused_unread():
    assert not check('x' * 100_000, hash_password('x' * 100_000))


def test_nothing_can_be_stored_for_an_empty_password():
    with pytest.raises(ValueError, match='empty'):
        hash_password('')


def test_our_form_is_told_from_others():
    assert passwords.is_current(hash_password('secret'))
    assert not any(map(passwords.is_current, [SHA1, 'secret', None, MD5, 'scrypt$']))


def test_a_password_that_is_wrong_is_not_upgraded():
    assert check('wrong', hash_password('secret')) == (False, False, False)


def test_salt_and_hash_are_read_with_padding_and_without():
    fields = hash_password('secret').split('$')
    padded = '$'.join(field + '=' * (-len(field) % 4) for field in fields[4:])
    assert check('secret', '$'.join(fields[:4]) + '$' + padded)


def test_the_cost_is_what_it_should_be(monkeypatch):
    monkeypatch.undo()
    assert passwords.COST >= 2**14
    assert check('secret', hash_password('secret')) == (True, False, False)
