"""Why a post is held: kept in English, read in another language."""

import pytest

from mailman.actions import reasons
from mailman.mail.text import wrap

FRENCH = {
    reasons.TOO_BIG: 'Trop grand : %(size)s octets, la limite est de %(limit)s Ko',
    reasons.FILTER_RULE: 'Une règle de filtrage : %(pattern)s',
    'Message has a suspicious header': 'En-tête suspect',
    'Blind carbon copies or other implicit destinations are not allowed at all '
    'on this list of ours': 'Pas de copie cachée',
}


class French:
    """A translator with a catalogue of its own."""

    def __call__(self, text, /, **values):
        translated = FRENCH.get(text, text)
        return translated % values if values else translated


@pytest.mark.parametrize(
    'stored, expected',
    [
        ('Message has a suspicious header', 'En-tête suspect'),
        (
            'Message body is too big: 70000 bytes with a limit of 40 KB',
            'Trop grand : 70000 octets, la limite est de 40 Ko',
        ),
        (
            'The message headers matched a filter rule: ^subject: (a|b) 100%',
            'Une règle de filtrage : ^subject: (a|b) 100%',
        ),
        ('What a handler of the site said', 'What a handler of the site said'),
        ('', ''),
    ],
)
def test_a_reason_is_read_in_the_language_of_the_reader(stored, expected):
    assert reasons.translated(stored, French()) == expected


@pytest.mark.parametrize('stored', [t for t in FRENCH if '%' not in t])
def test_a_wrapped_reason_is_known_as_well(stored):
    assert reasons.translated(wrap(stored, 30), French()) == FRENCH[stored]
