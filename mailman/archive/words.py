"""Words as the search knows them, in every script.

SQLite's tokenizer (unicode61, see ``TOKENIZER``) cuts text at what is no letter and no
digit, folds case and takes accents off Latin letters.  ``prepared`` does before it what
it cannot do:

* Chinese, Japanese, Korean, Thai, Lao, Khmer and Burmese become pairs of neighbours:
  日本語 is indexed as ``日本 本語 語``.  By its pairs any piece of such text is found,
  wherever words begin; the last letter is there for searches of one letter.
* Other ways to write the same: half-width and full-width forms, ligatures, vowel points
  of Arabic and Hebrew, ß and ss, ё and е.
* A run of letters that is longer than any word, such as base64, is left out.

The same is done to what is searched for.  Whoever changes it raises ``VERSION``: an
index that was made another way must be made anew.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from operator import add

VERSION = 1
TOKENIZER = "unicode61 remove_diacritics 2 categories 'L* N* Co Mn Mc'"

# Letters for private use, which no text keeps: first of a word of the subject, first of
# one of the author, last of the beginning of a word.
SUBJECT, AUTHOR, OPEN = '\ue001', '\ue002', '\ue003'

# Scripts that are written without spaces; a line may end anywhere.
_WRAPPED = (
    '\u0e01-\u0e3a\u0e40-\u0e4e'  # Thai
    '\u0e81-\u0ece\u0edc-\u0edf'  # Lao
    '\u1000-\u103f\u1050-\u108f'  # Burmese
    '\u1780-\u17d3'  # Khmer
    '\u3005-\u3007\u3031-\u3035\u303b\u3041-\u3096\u309d-\u309f'  # Hiragana
    '\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff'  # Katakana
    '\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff'  # Han
    '\U00020000-\U000323af'
)
# Korean has spaces, and words that grow at their ends.
_HANGUL = '\uac00-\ud7a3\u1100-\u11ff\u3131-\u318e'
PAIRED = f'{_WRAPPED}{_HANGUL}'

# What is written in several ways; the way that is indexed.
SAME = {
    **dict.fromkeys('ßẞ', 'ss'),
    **dict.fromkeys('æÆ', 'ae'),
    **dict.fromkeys('œŒ', 'oe'),
    **dict.fromkeys('øØ', 'o'),
    **dict.fromkeys('łŁ', 'l'),
    **dict.fromkeys('đĐðÐ', 'd'),
    **dict.fromkeys('ıİ', 'i'),
    **dict.fromkeys('ёЁ', 'е'),
    **dict(zip('άέήίόύώΐΰϊϋΆΈΉΊΌΎΏΪΫ', 'αεηιουωιυιυαεηιουωιυ', strict=True)),
    **dict.fromkeys('أإآٱ', 'ا'),
    'ى': 'ي',
    'ة': 'ه',
}
# Accents on their own, points, variation selectors, invisible hyphens and joiners,
# colours of faces, and our own.
_MARKS = (
    '\u00ad\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a'
    '\u0640\u064b-\u065f\u0670\u180e\u200b\u200d\u2060\ue000-\ue00f\ufe00-\ufe0f\ufeff'
    '\U0001f3fb-\U0001f3ff\U000e0000-\U000e01ef'
)
# One look at each letter, so one set of letters to begin with; then, if that begins a
# run of paired ones, the rest of it.  A line of a quote may end in a run, too.
_SPECIAL = re.compile(
    f'[{"".join(SAME)}{_MARKS}{PAIRED}][{PAIRED}]*'
    f'(?:(?<=[{_WRAPPED}])\\r?\\n[> ]*(?=[{_WRAPPED}])[{PAIRED}]+)*'
)
# The same for texts of Latin-1, four times as quick.
_SPECIAL_LATIN = re.compile('[\xadßæÆøØðÐ]')
_LINE_ENDS = re.compile(r'\r?\n[> ]*')

# Longer than words, hashes and message-ids.
LONGEST = 128
_PIECE_OF_LONG = LONGEST // 2
_TOO_LONG = re.compile(rf'\w{{{LONGEST + 1},}}')


# From so many letters on, arrays are quicker.
_MANY = 16


def prepared(text: str, searched: bool = False) -> str:
    """Give the text as it is handed to SQLite's tokenizer.

    ``searched``: it is what is searched for, whose ends may go on in the text.
    """
    if text.isascii():
        if len(text) <= LONGEST and '\0' not in text:
            return text
    else:
        text = unicodedata.normalize('NFKC', text)
        # Frequent ones; a call for each costs more.
        text = text.replace('ß', 'ss').replace('ё', 'е')
        try:
            text.encode('latin-1')
            special = _SPECIAL_LATIN
        except UnicodeEncodeError:
            special = _SPECIAL
        text = special.sub(_searched if searched else _indexed, text)
    if '\0' in text:
        text = text.replace('\0', ' ')
    if max(map(len, text.split('\n'))) > LONGEST and _has_long_run(text):
        text = _TOO_LONG.sub(' ', text)
    return text


def _has_long_run(text: str) -> bool:
    """Tell whether there may be a word that is too long: it has such a piece whole."""
    return any(
        ' ' not in (piece := text[at : at + _PIECE_OF_LONG]) and '\n' not in piece
        for at in range(0, len(text), _PIECE_OF_LONG)
    )


def _indexed(match: re.Match[str]) -> str:
    run, before = _run(match[0])
    if not run:
        return before
    return f'{before} {_pairs(run)} {run[-1]} '


def _searched(match: re.Match[str]) -> str:
    run, before = _run(match[0])
    if len(run) < 2:
        return f'{before} {run}{OPEN} ' if run else before
    return f'{before} {_pairs(run)} '


def _pairs(run: str) -> str:
    """Give all neighbours in a run of letters: ``ab bc cd`` of ``abcd``."""
    if len(run) < _MANY:
        return ' '.join(map(add, run, run[1:]))
    letters = array('I', run.encode('utf-32-le'))
    pairs = array('I', ' '.encode('utf-32-le')) * (3 * len(run) - 3)
    pairs[0::3], pairs[1::3] = letters[:-1], letters[1:]
    return pairs.tobytes().decode('utf-32-le')


def _run(text: str) -> tuple[str, str]:
    """Part a match of ``_SPECIAL``: its paired letters, and what is before them."""
    before, first = '', text[0]
    if first in SAME:
        before, text = SAME[first], text[1:]
    elif first in _MARK_SET:
        text = text[1:]
    return (_LINE_ENDS.sub('', text) if '\n' in text else text), before


def _letters(ranges: str) -> set[str]:
    found: set[str] = set()
    for match in re.finditer(r'(.)(?:-(.))?', ranges, re.DOTALL):
        first, last = match[1], match[2] or match[1]
        found.update(map(chr, range(ord(first), ord(last) + 1)))
    return found


_MARK_SET = _letters(_MARKS)
_WORD_BEGINS = re.compile(r'(?<![^\W_])(?=[^\W_])')


def marked(text: str, mark: str) -> str:
    """Give prepared text whose words say where they stand: SUBJECT or AUTHOR."""
    return _WORD_BEGINS.sub(mark, text)


# --- where it stands in the text -----------------------------------------------------


class _Letters(dict[int, str]):
    """One plain letter for each letter, so that all keep their places."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        plain_form = unicodedata.normalize('NFKD', letter).lower()
        bare = [one for one in plain_form if not unicodedata.combining(one)]
        found = SAME.get(letter, ''.join(bare) or letter)[0]
        if len(self) < 100_000:
            self[code] = found
        return found


_PLAIN = _Letters()
_NOT_ASCII = re.compile(r'[^\x00-\x7f]+')


def plain(text: str) -> str:
    """Fold case and accents, letter by letter."""
    if not text.isascii():
        text = _NOT_ASCII.sub(_plain_run, text)
    return text.lower()


def _plain_run(match: re.Match[str]) -> str:
    return match[0].translate(_PLAIN)


# Two letters of what is searched for may be one in the text, and its first one stays.
_ONE_OF_TWO = re.compile('ss|ae|oe')
_PIECE = re.compile(f'[{PAIRED}]|[^\\W_{PAIRED}]+')
_IN_WORD = f'[^\\W_{PAIRED}]'
_IS_PAIRED = re.compile(f'[{PAIRED}]')


def pattern(text: str, prefix: bool = False) -> str:
    """Give a regular expression that finds a text in ``plain`` text; '' for none.

    Its words stand one behind the other there, with little between them.
    """
    text = unicodedata.normalize('NFKC', text)
    for letter in set(text) & SAME.keys():
        text = text.replace(letter, SAME[letter])
    pieces = _PIECE.findall(plain(''.join(c for c in text if c not in _MARK_SET)))
    if not pieces:
        return ''
    found: list[str] = []
    before = True
    for piece in pieces:
        paired = is_paired(piece)
        if found:
            found.append(r'\s{0,3}(?:> ?)*' if before and paired else r'[\W_]{0,20}')
        elif not paired:
            found.append(f'(?<!{_IN_WORD})')
        found.append(_ONE_OF_TWO.sub(r'(?:\g<0>|{\g<0>})', piece))
        before = paired
    if not before:
        found.append(f'{_IN_WORD}{{0,{LONGEST}}}' if prefix else f'(?!{_IN_WORD})')
    text = ''.join(found)
    for both, one in (('ss', 's'), ('ae', 'a'), ('oe', 'o')):
        text = text.replace(f'{{{both}}}', one)
    return text


def is_phrase(text: str) -> bool:
    """Tell whether it is more than one word of a script with spaces."""
    found = _PIECE.findall(text)
    return sum(not is_paired(piece) for piece in found) > 1


def is_paired(text: str) -> bool:
    """Tell whether it begins with a letter of a script that is indexed by pairs."""
    return _IS_PAIRED.match(text) is not None
