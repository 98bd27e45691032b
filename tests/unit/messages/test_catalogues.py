"""The languages we bring: everything is translated, and nothing is broken."""

import json
import re
from pathlib import Path

import pytest

from mailman.cli import transcheck
from mailman.mail.text import fill
from mailman.site import i18n, po

TREE = Path(__file__).resolve().parents[3]
MESSAGES = TREE / 'messages'
LANGUAGES = sorted(path.parts[-3] for path in MESSAGES.glob('*/*/mailman.po'))


@pytest.fixture
def here(site):
    """A site with the checkout's catalogues."""
    site.cfg.MESSAGES_DIR = str(MESSAGES)
    return site


def entries(lang):
    path = MESSAGES / lang / 'LC_MESSAGES' / 'mailman.po'
    return [e for e in po.read(path.read_bytes()) if e.source and not e.gone]


def test_english_has_these_translations():
    assert LANGUAGES == ['de', 'es', 'fr']


@pytest.mark.parametrize('lang', LANGUAGES)
def test_catalogues_have_all_texts_of_the_program(update, lang):
    known = {(entry.source, entry.plural) for entry in entries(lang)}
    texts = {(entry.source, entry.plural) for entry in update.gather()}
    assert texts - known == set(), 'make messages, then translate'
    assert known - texts == set(), 'make messages'


@pytest.mark.parametrize('lang', LANGUAGES)
def test_nothing_is_left_in_english(here, lang):
    assert transcheck.untranslated(here, lang) == []


@pytest.mark.parametrize('lang', LANGUAGES)
def test_every_mail_text_has_the_same_values(here, lang):
    assert list(transcheck.template_problems(here, lang)) == []


@pytest.mark.parametrize('lang', LANGUAGES)
def test_no_translation_is_broken(here, lang):
    assert list(transcheck.catalogue_problems(here, lang)) == []


@pytest.mark.parametrize('lang', LANGUAGES)
def test_no_mail_text_is_of_nobody(here, lang):
    ours = {path.name for path in (TREE / 'templates' / 'en').iterdir()}
    assert {path.name for path in (TREE / 'templates' / lang).iterdir()} == ours


@pytest.mark.parametrize('lang', LANGUAGES)
def test_translations_are_filled_as_they_look(lang):
    for entry in entries(lang):
        names = set(re.findall(r'%\((\w+)\)', entry.source + entry.plural))
        values = dict.fromkeys(names, 'X')
        for text in entry.texts:
            # A text about such marks shows them, and is never filled.
            if '$name' not in entry.source and 'illed in' not in entry.source:
                assert '%(' not in fill(text, values), text


@pytest.mark.parametrize('lang', LANGUAGES)
def test_mail_commands_keep_their_words(lang):
    """Who reads "set ack on|off" in any language types just that."""
    for entry in entries(lang):
        if not any(place.startswith('mailman/commands/') for place in entry.places):
            continue
        for line in commands_in(entry.source):
            words = re.findall(r'[a-z]+=?|\.\.\.|\||[][]', line)
            found = [w for each in commands_in(entry.texts[0]) for w in each.split()]
            for word in words:
                assert any(word in each for each in found), (entry.source, word)


def commands_in(text):
    """The lines of a command's help that say how to write it, without values."""
    lines = text.rstrip().split('\n')
    if not any(line.startswith('    ') for line in lines) or '%' in text:
        return []
    return [re.sub(r'<.*?>', '', li) for li in lines if li and not li.startswith(' ')]


@pytest.mark.parametrize('lang', LANGUAGES)
def test_laid_out_texts_stay_within_the_page(lang):
    for entry in entries(lang):
        if any(place.startswith('mailman/cli/') for place in entry.places):
            if entry.source.count('\n') < 1 or '%' in entry.source:
                continue
            for text in entry.texts:
                assert max(map(len, text.split('\n'))) <= 92, text


@pytest.mark.parametrize('lang', LANGUAGES)
def test_a_compiled_catalogue_says_the_same(lang, tmp_path):
    folder = tmp_path / lang / 'LC_MESSAGES'
    folder.mkdir(parents=True)
    data = (MESSAGES / lang / 'LC_MESSAGES' / 'mailman.po').read_bytes()
    (folder / 'mailman.mo').write_bytes(po.to_mo(data))
    compiled, source = i18n.load(tmp_path, lang), i18n.load(MESSAGES, lang)
    for entry in entries(lang):
        if entry.plural:
            for n in (0, 1, 2):
                pair = (entry.source, entry.plural)
                assert compiled.plural(*pair, n) == source.plural(*pair, n)
        else:
            assert compiled(entry.source) == source(entry.source) == entry.texts[0]


@pytest.mark.parametrize('lang, none', [('fr', True), ('de', False), ('es', False)])
def test_none_counts_as_each_language_counts(lang, none):
    _ = i18n.load(MESSAGES, lang)
    pair = (
        "Today's Topics (%(n)s message)",
        "Today's Topics (%(n)s messages)",
    )
    single = _.plural(*pair, 1).replace('1', '0')
    assert (_.plural(*pair, 0) == single) is none


def test_all_languages_of_2_1_can_be_chosen(here):
    facts = json.loads((TREE / 'tests/data/languages.json').read_text())['languages']
    assert set(facts) <= set(here.languages())
    for lang in facts:
        _ = here.translator(lang)
        assert _.lang == lang
        translated = _('Nothing to do.') != 'Nothing to do.'
        assert translated is (lang in LANGUAGES)
        assert here.render('nomoretoday.txt', {}, lang=lang)
