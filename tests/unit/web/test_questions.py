"""Questions of the site on the subscribe form."""

import io
import urllib.request

import pytest

from mailman.web import questions

ASKED = {
    'en': [('Two and three?', '5|five'), ('Sky?', 'blue$')],
    'de': [('Elf?', '11')],
}


@pytest.fixture
def asking(site):
    site.cfg.CAPTCHAS = ASKED
    site.cfg.RECAPTCHA_SITE_KEY, site.cfg.RECAPTCHA_SECRET_KEY = 'k', 'secret'
    return site


def test_a_question_is_one_of_the_language_or_english(asking):
    assert {questions.choose(asking, 'fr') for _ in range(50)} == {'en.0', 'en.1'}
    assert questions.choose(asking, 'de') == 'de.0'
    assert questions.text(asking, 'de.0') == 'Elf?'


def test_a_site_without_questions_asks_none(site):
    assert questions.choose(site, 'en') == ''


@pytest.mark.parametrize(
    'question, given, right',
    [
        ('en.0', ' FIVE ', True),
        ('en.0', 'six', False),
        ('en.1', 'blueish', False),
        ('en.7', 'x', False),
        ('xx.0', '', False),
        ('nonsense', '', False),
        ('', '', False),
    ],
)
def test_answers_fit_the_pattern(asking, question, given, right):
    assert questions.is_answer(asking, question, given) is right


def test_a_broken_pattern_keeps_nobody_out_and_is_logged(site):
    site.cfg.CAPTCHAS = {'en': [('?', '(')]}
    assert questions.is_answer(site, 'en.0', 'x')
    assert 'no pattern' in (site.logs_dir / 'error').read_text()


@pytest.mark.parametrize(
    'body, solved', [(b'{"success": true}', True), (b'{"success": false}', False)]
)
def test_google_decides_about_its_puzzle(asking, monkeypatch, body, solved):
    sent = []

    def urlopen(url, data, timeout):
        sent.append((url, data))
        return io.BytesIO(body)

    monkeypatch.setattr(urllib.request, 'urlopen', urlopen)
    assert questions.recaptcha_is_solved(asking, 'word', '192.0.2.1') is solved
    ((url, data),) = sent
    assert url.startswith('https://www.google.com/')
    assert b'secret=secret' in data and b'response=word' in data


@pytest.mark.parametrize('body', [b'', b'[]', OSError('no network')])
def test_a_service_that_does_not_answer_keeps_nobody_out(asking, monkeypatch, body):
    def urlopen(url, data, timeout):
        if isinstance(body, OSError):
            raise body
        return io.BytesIO(body)

    monkeypatch.setattr(urllib.request, 'urlopen', urlopen)
    assert questions.recaptcha_is_solved(asking, 'word', '192.0.2.1')
    assert 'reCAPTCHA gave no answer' in (asking.logs_dir / 'error').read_text()


def test_without_a_word_nobody_is_asked(asking):
    assert not questions.recaptcha_is_solved(asking, '', '192.0.2.1')


def test_both_keys_are_needed(site):
    site.cfg.RECAPTCHA_SITE_KEY = 'k'
    assert questions.recaptcha_key(site) == ''
