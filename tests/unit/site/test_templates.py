"""Mail texts: where they are looked for, how they are filled, what ours say."""

import json
import re
from pathlib import Path

import pytest

from mailman.site import Site, templates

TREE = Path(__file__).resolve().parents[3]
FACTS = json.loads((TREE / 'tests/data/mail_texts.json').read_text())['templates']
MARK = re.compile(r'%\((\w+)\)[sd]')
HOST = 'lists.example.com'


@pytest.fixture
def own(tmp_path):
    """A site whose texts are all in tmp_path; its default language is German."""
    folder = tmp_path / 'Mailman'
    folder.mkdir()
    (folder / 'mm_cfg.py').write_text(
        "from Defaults import *\nDEFAULT_SERVER_LANGUAGE = 'de'\n"
    )
    return Site(tmp_path, install={'mailhost': HOST})


def put(site, place, text):
    path = site.prefix / place
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


# From the most special to the most general; French asked for, a Spanish list.
PLACES = [
    *('lists/test/fr', f'templates/{HOST}/fr', 'templates/site/fr', 'templates/fr'),
    *('lists/test/es', f'templates/{HOST}/es', 'templates/site/es', 'templates/es'),
    *('lists/test/de', f'templates/{HOST}/de', 'templates/site/de', 'templates/de'),
    *('lists/test/en', f'templates/{HOST}/en', 'templates/site/en', 'templates/en'),
]


@pytest.mark.parametrize('number', range(len(PLACES)))
def test_the_most_special_text_is_taken(own, number):
    for place in PLACES[number:]:
        put(own, f'{place}/verify.txt', place)
    text = own.render(
        'verify.txt', {}, lang='fr', list_lang='es', mlist_name='test', host=HOST
    )
    assert text == PLACES[number]


def test_without_a_list_its_texts_and_its_hosts_are_passed_over(own):
    for place in PLACES:
        put(own, f'{place}/verify.txt', place)
    assert own.render('verify.txt', {}, lang='fr') == 'templates/site/fr'


def test_a_language_may_come_as_one_folder(own):
    put(own, 'templates/de/verify.txt', 'de')
    put(own, 'messages/fr/verify.txt', 'beside the catalogue')
    assert own.render('verify.txt', {}, lang='fr') == 'beside the catalogue'
    put(own, 'templates/fr/verify.txt', '2.1')
    assert own.render('verify.txt', {}, lang='fr') == '2.1'


def test_a_text_that_is_nowhere_is_an_error(own):
    with pytest.raises(FileNotFoundError):
        own.render('verify.txt', {}, lang='fr')


@pytest.mark.parametrize(
    'name', ['../../etc/passwd', '', '.hidden', 'a\0b', '/etc/hosts']
)
def test_a_name_that_is_no_file_name_is_not_found(own, name):
    with pytest.raises(FileNotFoundError):
        own.render(name, {})


def test_a_hostile_language_or_host_is_no_path(own, tmp_path):
    put(own, 'secret/verify.txt', 'secret')
    put(own, 'templates/en/verify.txt', 'ours')
    for lang, host in (('../secret', None), ('/', HOST), ('en', '../../secret')):
        assert own.render('verify.txt', {}, lang=lang, host=host) == 'ours'


def test_a_text_that_cannot_be_read_is_an_error(own):
    (own.prefix / 'templates/en/verify.txt').mkdir(parents=True)
    with pytest.raises(IsADirectoryError):
        own.render('verify.txt', {})


def test_values_are_filled_in_and_others_left(own):
    put(own, 'templates/en/verify.txt', '%(email)s %(nobody)s 100%% %(n)d')
    text = own.render('verify.txt', {'email': 'a@b.example', 'n': 3})
    assert text == 'a@b.example %(nobody)s 100% 3'


def test_a_text_is_never_a_program(own):
    source = '{{ 7 * 7 }} {% raise %} %(a.__class__)s %(a)s'
    put(own, 'templates/en/verify.txt', source)
    assert own.render('verify.txt', {'a': '%(b)s', 'b': 'x'}) == (
        '{{ 7 * 7 }} {% raise %} %(a.__class__)s %(b)s'
    )


def test_paragraphs_are_wrapped_and_indented_lines_kept(own):
    put(own, 'templates/en/verify.txt', f'{"word " * 30}\n\n    {"x" * 90}\n')
    lines = own.render('verify.txt', {}).splitlines()
    assert all(len(line) <= 70 for line in lines if not line.startswith('  '))
    assert f'    {"x" * 90}' in lines


@pytest.mark.parametrize('name, raw', [('verify.txt', True), ('postauth.txt', False)])
def test_a_raw_or_laid_out_text_is_not_wrapped(own, name, raw):
    put(own, f'templates/en/{name}', 'word ' * 30)
    assert own.render(name, {}, raw=raw) == 'word ' * 30


@pytest.mark.parametrize(
    'lang, data, text',
    [
        ('de', 'Grüße'.encode(), 'Grüße'),
        ('de', 'Grüße'.encode('latin-1'), 'Grüße'),
        ('pl', 'Żółw'.encode('iso-8859-2'), 'Żółw'),
        ('en', 'Grüße'.encode('latin-1'), 'Grüße'),
        ('ja', b'\xff\xff', '\ufffd\ufffd'),
    ],
)
def test_utf8_and_the_charset_of_2_1_are_read(own, lang, data, text):
    put(own, f'templates/{lang}/verify.txt', data)
    assert own.render('verify.txt', {}, lang=lang) == text


def test_line_ends_of_windows_are_taken(own):
    put(own, 'templates/en/help.txt', 'a\r\nb\r\n')
    assert own.render('help.txt', {}) == 'a\nb\n'


# --- our own texts --------------------------------------------------------------


def ours(name):
    return (TREE / 'templates/en' / name).read_text()


@pytest.mark.parametrize('name', sorted(FACTS))
def test_a_text_of_ours_uses_the_values_of_2_1(name):
    assert sorted(set(MARK.findall(ours(name)))) == FACTS[name]['variables']


def test_there_is_each_text_of_2_1_and_no_other():
    assert {path.name for path in (TREE / 'templates/en').glob('*.txt')} == set(FACTS)


def test_the_laid_out_texts_are_those_of_2_1():
    raw = {n for n, f in FACTS.items() if f['read_by_code'] and not f['rewrapped']}
    assert raw == templates.LAID_OUT


@pytest.mark.parametrize('name', sorted(FACTS))
def test_a_text_of_ours_is_neat(name):
    text = ours(name)
    assert text.isascii() and text.endswith('\n') and not text.endswith('\n\n')
    assert all(len(line) <= 80 and line == line.rstrip() for line in text.split('\n'))


@pytest.mark.parametrize('name', sorted(FACTS))
def test_a_text_of_ours_is_rendered(site, name):
    values = dict.fromkeys(FACTS[name]['variables'], 'VALUE')
    text = site.render(name, values, lang='fr', mlist_name='test', host=HOST)
    assert 'VALUE' in text
    assert '%(' not in text
