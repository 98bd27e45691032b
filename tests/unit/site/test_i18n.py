"""Translator and catalogues: a text, its values by name, in a given language."""

import os

import pytest

from mailman.site.i18n import N_, Translator, load
from mailman.site.po import to_mo

PO = r"""
# A catalogue for tests; its header is marked as xgettext leaves it.
#, fuzzy
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\n"

#: mailman/web/page.py:1
msgid "Post by %(member)s"
msgstr "Message de %(member)s"

msgid ""
"One line\n"
"another \"line\" \\"
msgstr ""
"Une ligne\n"
"une \"autre\" \\"

msgid "%(n)s member"
msgid_plural "%(n)s members"
msgstr[0] "%(n)s abonné"
msgstr[1] "%(n)s abonnés"

#, fuzzy
msgid "Guessed"
msgstr "Deviné"

msgid "Not translated"
msgstr ""

#~ msgid "Gone"
#~ msgstr "Parti"
""".encode()


@pytest.fixture
def messages(tmp_path):
    """A messages directory whose French catalogue is a source file."""
    folder = tmp_path / 'fr' / 'LC_MESSAGES'
    folder.mkdir(parents=True)
    (folder / 'mailman.po').write_bytes(PO)
    return tmp_path


def test_english_needs_no_catalogue(messages):
    _ = load(messages, 'en')
    assert _('Post by %(member)s', member='Anne') == 'Post by Anne'


def test_a_text_is_translated_and_filled(messages):
    _ = load(messages, 'fr')
    assert _('Post by %(member)s', member='Anne') == 'Message de Anne'
    assert _.lang == 'fr'


def test_a_compiled_catalogue_is_read_first(messages):
    other = PO.replace(b'Message de', b'Envoi de')
    mo = messages / 'fr' / 'LC_MESSAGES' / 'mailman.mo'
    mo.write_bytes(to_mo(other))
    assert load(messages, 'fr')('Post by %(member)s', member='A') == 'Envoi de A'


def test_a_source_that_is_newer_than_its_compiled_form_is_read(messages):
    po = messages / 'fr' / 'LC_MESSAGES' / 'mailman.po'
    po.with_suffix('.mo').write_bytes(to_mo(PO))
    po.write_bytes(PO.replace(b'Message de', b'Envoi de'))
    os.utime(po, (2_000_000_000, 2_000_000_000))
    assert load(messages, 'fr')('Post by %(member)s', member='A') == 'Envoi de A'


def test_a_text_over_several_lines_with_quotes(messages):
    text = 'One line\nanother "line" \\'
    assert load(messages, 'fr')(text) == 'Une ligne\nune "autre" \\'


@pytest.mark.parametrize('text', ['Guessed', 'Not translated', 'Gone', 'Unknown', ''])
def test_what_has_no_translation_stays_english(messages, text):
    assert load(messages, 'fr')(text) == text


@pytest.mark.parametrize(
    'n, expected', [(0, '0 abonné'), (1, '1 abonné'), (2, '2 abonnés')]
)
def test_plural_forms_are_the_languages_own(messages, n, expected):
    _ = load(messages, 'fr')
    assert _.plural('%(n)s member', '%(n)s members', n) == expected


@pytest.mark.parametrize('n, expected', [(0, 'members'), (1, 'member'), (2, 'members')])
def test_plural_forms_of_english(n, expected):
    _ = Translator('en')
    assert _.plural('%(n)s member', '%(n)s members', n) == f'{n} {expected}'


def test_percent_signs_without_values_are_left_alone():
    _ = Translator('en')
    assert _('100% of %(x)s') == '100% of %(x)s'
    assert _('100%% of %(x)s', x='y') == '100% of y'


def test_a_value_is_never_filled_in_turn():
    _ = Translator('en')
    assert _('%(a)s', a='%(b)s', b='secret') == '%(b)s'


@pytest.mark.parametrize('lang', ['xx', '', '..', '../fr', 'fr/../fr', 'f\0r'])
def test_a_language_without_a_catalogue_speaks_english(messages, lang):
    assert load(messages, lang)('Post by %(member)s', member='A') == 'Post by A'


@pytest.mark.parametrize(
    'data', [b'', b'no catalogue', b'\xde\x12\x04\x95' + b'\xff' * 40]
)
def test_a_broken_catalogue_speaks_english(messages, data):
    (messages / 'fr' / 'LC_MESSAGES' / 'mailman.mo').write_bytes(data)
    assert load(messages, 'fr')('Post by %(member)s', member='A') == 'Post by A'


def test_a_broken_source_speaks_english(messages):
    po = messages / 'fr' / 'LC_MESSAGES' / 'mailman.po'
    po.write_bytes(b'msgid "a\nmsgstr "b"\n')
    assert load(messages, 'fr')('a') == 'a'


def test_entries_need_no_blank_line_between_them():
    mo = to_mo(b'msgid "a"\nmsgstr "A"\nmsgid "b"\nmsgstr "B"\n')
    assert b'a\0b\0' in mo and b'A\0B\0' in mo


def test_a_context_keeps_two_equal_texts_apart():
    assert b'menu\x04Open\0' in to_mo(
        b'msgctxt "menu"\nmsgid "Open"\nmsgstr "Ouvrir"\n'
    )


def test_marking_a_text_does_not_change_it():
    assert N_('later') == 'later'
