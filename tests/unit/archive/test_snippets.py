"""A few words around what was found."""

from mailman.archive import words
from mailman.archive.snippets import WIDTH, snippet


def cut(text, *wanted):
    return snippet(text, [words.pattern(one) for one in wanted])


def test_what_was_found_is_a_piece_of_its_own():
    assert cut('Say Hello, you.', 'hello') == [
        ('Say ', False),
        ('Hello', True),
        (', you.', False),
    ]


def test_the_place_with_the_most_words_is_shown():
    text = f'one {"x " * 300} one two {"y " * 300}'
    pieces = cut(text, 'two', 'one')
    assert [piece for piece, found in pieces if found] == ['one', 'two']
    assert pieces[0] == ('… ', False)
    assert pieces[-1][0].endswith(' …')


def test_it_is_short_and_does_not_cut_words():
    text = ' '.join(f'word{n}' for n in range(1000))
    pieces = cut(text, 'word500')
    shown = ''.join(piece for piece, _ in pieces).strip('… ')
    assert len(shown) <= WIDTH
    assert all(word in text.split() for word in shown.split())


def test_without_a_find_it_is_the_beginning():
    assert cut('The text\n> that is', 'nothing') == [('The text that is', False)]
    assert snippet('', []) == []


def test_text_without_spaces_is_cut_anywhere():
    pieces = cut('あ' * 1000 + '東京' + 'い' * 1000, '東京')
    assert ('東京', True) in pieces
    assert sum(len(piece) for piece, _ in pieces) < WIDTH + 10


def test_a_find_over_two_lines_of_a_quote_is_one():
    assert ('東京都', True) not in cut('> 東\n> 京都', '東京都')
    assert ('東 京都', True) in cut('> 東\n> 京都', '東京都')
