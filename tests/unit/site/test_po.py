"""Catalogues: read, written, and compiled."""

import gettext
import io

import pytest

from mailman.site import po

ENTRIES = [
    po.Entry('', ['Language: fr\nContent-Type: text/plain; charset=UTF-8\n']),
    po.Entry('Yes', ['Oui'], places=['a.py', 'b.py'], notes=['# of a setting']),
    po.Entry('%(n)s member', ['%(n)s membre', '%(n)s membres'], '%(n)s members'),
    po.Entry('two\n\nparagraphs\n', ['deux\n\nparagraphes\n']),
    po.Entry('a "quote", a \\ and a\ttab', ['un « mot »']),
    po.Entry('long ' * 40, ['très long ' * 40]),
    po.Entry(' edges ', [' bords ']),
    po.Entry('Open', ['Ouvrir'], context='menu'),
    po.Entry('Maybe', ['Peut-être'], flags=['fuzzy']),
    po.Entry('Old', ['Vieux'], gone=True),
]


def test_what_is_written_is_read_again():
    assert po.read(po.write(ENTRIES)) == ENTRIES


def test_no_line_is_longer_than_a_page():
    lines = po.write(ENTRIES).decode().split('\n')
    assert max(map(len, lines)) <= 80


def test_a_long_word_is_not_broken():
    assert po.read(po.write([po.Entry('x' * 200, ['y'])]))[0].source == 'x' * 200


def test_what_is_gone_stands_at_the_end():
    shuffled = [ENTRIES[-1], *ENTRIES[:-1]]
    assert po.read(po.write(shuffled)) == ENTRIES


@pytest.mark.parametrize(
    'entry, usable',
    [
        (po.Entry('a', ['b']), True),
        (po.Entry('', ['header'], flags=['fuzzy']), True),
        (po.Entry('a', ['']), False),
        (po.Entry('a'), False),
        (po.Entry('a', ['b', ''], 'c'), False),
        (po.Entry('a', ['b'], flags=['fuzzy']), False),
        (po.Entry('a', ['b'], gone=True), False),
    ],
)
def test_only_finished_entries_say_something(entry, usable):
    assert entry.usable is usable


def test_another_charset_becomes_utf_8():
    source = (
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=ISO-8859-1\\n"\n'
        'msgid "summer"\nmsgstr "été"\n'
    ).encode('latin-1')
    assert po.read(source)[1].texts == ['été']
    compiled = gettext.GNUTranslations(io.BytesIO(po.to_mo(source)))
    assert compiled.gettext('summer') == 'été'


@pytest.mark.parametrize(
    'source',
    [
        b'msgid "a\nmsgstr "b"\n',
        b'msgid "a"\nnonsense\nmsgstr "b"\n',
        b'msgid ""\nmsgstr "charset=no-such-charset"\n',
        b'msgid "a"\nmsgstr "\xff"\n',
    ],
)
def test_a_broken_source_is_refused(source):
    with pytest.raises(ValueError):
        po.to_mo(source)


def test_pythons_own_reader_takes_what_we_compile():
    compiled = gettext.GNUTranslations(io.BytesIO(po.to_mo(po.write(ENTRIES))))
    assert compiled.gettext('Yes') == 'Oui'
    assert compiled.gettext('Maybe') == 'Maybe'
    assert compiled.gettext('Old') == 'Old'
    assert compiled.pgettext('menu', 'Open') == 'Ouvrir'
    assert compiled.ngettext('%(n)s member', '%(n)s members', 2) == '%(n)s membres'
