"""Words as the search knows them, in every script.

SQLite's tokenizer (see ``TOKENIZER``) knows ASCII only: it folds its case, and what is
not ASCII is part of a word.  ``prepared`` does before it all that this leaves to do:

* Case and accents are folded, what is no letter and no digit becomes a space.
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
from contextlib import suppress
from functools import cache, lru_cache
from operator import add

VERSION = 3
# Controls, which no text keeps: first of a word of the subject, first of one of the
# author, last of the beginning of a word.
SUBJECT, AUTHOR, OPEN = '\x01', '\x02', '\x03'
_OURS = f'\0{SUBJECT}{AUTHOR}{OPEN}'
# A quarter quicker than unicode61, and the words do not change with SQLite's version.
TOKENIZER = f"ascii tokenchars '{SUBJECT}{AUTHOR}'"

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
    'ς': 'σ',
    **dict(zip('άέήίόύώΐΰϊϋΆΈΉΊΌΎΏΪΫ', 'αεηιουωιυιυαεηιουωιυ', strict=True)),
    **dict.fromkeys('أإآٱ', 'ا'),
    'ى': 'ي',
    'ة': 'ه',
}
# Accents on their own, points, variation selectors, invisible hyphens and joiners, and
# colours of faces.
_MARKS = (
    '\u00ad\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a'
    '\u0640\u064b-\u065f\u0670\u180e\u200b\u200d\u2060\ufe00-\ufe0f\ufeff'
    '\U0001f3fb-\U0001f3ff\U000e0000-\U000e01ef'
)
_IS_MARK = f'[{_MARKS}]'

# As the tokenizer sees it.
_LETTER = f'{SUBJECT}{AUTHOR}{OPEN}0-9A-Za-z\x80-\U0010ffff'
# Longer than words, hashes and message-ids.
LONGEST = 128
_PIECE_OF_LONG = LONGEST // 2
_TOO_LONG = f'[_{_LETTER}]{{{LONGEST + 1},}}'

# When they are needed: these take long to compile, and most searches need none.
_compiled = cache(re.compile)


def prepared(text: str, searched: bool = False) -> str:
    """Give the text as it is handed to SQLite's tokenizer.

    ``searched``: it is what is searched for, whose ends may go on in the text.
    """
    for control in _OURS:
        if control in text:
            text = text.replace(control, ' ')
    if text.isascii():
        if len(text) <= LONGEST:
            return text
    else:
        text = _folded(text)
        # Most Latin text is ASCII by now, which takes no time to tell.
        if not text.isascii() and _compiled(_PAIRED).search(text):
            text = _searched(text) if searched else _indexed(text)
    if max(map(len, text.split('\n'))) > LONGEST and _has_long_run(text):
        text = _compiled(_TOO_LONG).sub(' ', text)
    return text


def _has_long_run(text: str) -> bool:
    """Tell whether there may be a word that is too long: it has such a piece whole."""
    return any(
        ' ' not in (piece := text[at : at + _PIECE_OF_LONG]) and '\n' not in piece
        for at in range(0, len(text), _PIECE_OF_LONG)
    )


_LOWER = {code: chr(code).lower() for code in range(0x80)}
_WORD = re.compile(f'[{_LETTER}]+')


def tokens(text: str) -> list[str]:
    """Give the words that SQLite makes of prepared text, each once."""
    return list(dict.fromkeys(_WORD.findall(text.translate(_LOWER))))


def marked(text: str, mark: str) -> str:
    """Give the words of prepared text, saying where they stand: SUBJECT or AUTHOR."""
    return ' '.join([f'{mark}{word}' for word in _WORD.findall(text)])


# Subjects and authors come again and again.
_LONGEST_KEPT = 300


def twice(text: str, mark: str) -> str:
    """Give what is indexed of a subject or author: its words with a mark, and bare."""
    return _twice_kept(text, mark) if len(text) <= _LONGEST_KEPT else _twice(text, mark)


def _twice(text: str, mark: str) -> str:
    text = prepared(text)
    return f'{marked(text, mark)} {text}'


_twice_kept = lru_cache(maxsize=4096)(_twice)


# --- letters ------------------------------------------------------------------------

# Frequent letters that stay as they are; those of others are looked at one by one.
_KEPT = (
    '\x00-\x7f'
    'α-ρσ-ωа-яђ-џא-ת'
    '\u0620\u0621\u0624\u0626-\u0628\u062a-\u063f\u0641-\u0648\u064a'  # Arabic
    '\u067e\u0686\u0698\u06a9\u06af\u06cc'
    '\u0904-\u0939'  # Devanagari
    '\u0e01-\u0e30\u0e32\u0e40-\u0e46'  # Thai
    '\u3041-\u3096\u30a1-\u30fa\u30fc\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3'
)
_NOT_KEPT = f'[^{_KEPT}]'
# What joins the letter before it, or comes to do so, and is no accent: parts of Korean
# letters in all their forms, and half a width of kana.
_PARTS = ((0x1100, 0x11FF), (0x3131, 0x318E), (0x3200, 0x321E), (0x3260, 0x327E)) + (
    (0xFF9E, 0xFFDC),
)
_JOINS = frozenset(chr(code) for a, b in _PARTS for code in range(a, b + 1))
# Latin and Greek letters lose their accents; й stays й.
_LAST_WITH_ACCENTS = '\u03ff'
_MOST_KEPT = 100_000
# Of more letters than these, each is looked up where it stands.
_MANY_LETTERS = 64


def _folded_letter(letter: str) -> str:
    """Give what is indexed of a letter: one letter, several, a space or nothing."""
    text = unicodedata.normalize('NFKC', letter)
    # First of all accents: some, as the iota below Greek letters, have a capital.
    text = ''.join(map(_without_accents, text)).casefold()
    return ''.join(map(_bare, unicodedata.normalize('NFKC', text)))


def _without_accents(letter: str) -> str:
    if letter in SAME:
        return SAME[letter]
    if _compiled(_IS_MARK).match(letter):
        return ''
    base = unicodedata.normalize('NFD', letter)[0]
    return SAME.get(base, base) if base <= _LAST_WITH_ACCENTS else letter


def _bare(letter: str) -> str:
    letter = _without_accents(letter)
    if not letter:
        return ''
    kind = unicodedata.category(letter[0])
    return letter if kind[0] in 'LN' or kind in ('Co', 'Mn', 'Mc') else ' '


class _Folded(dict[int, str]):
    """What is indexed of each letter, as it is asked for."""

    def __missing__(self, code: int) -> str:
        found = _folded_letter(chr(code)) if code > 0x7F else chr(code)
        if len(self) < _MOST_KEPT:
            self[code] = found
        return found


_FOLDED = _Folded()


@cache
def _bytes_of(charset: str) -> tuple[bytes, list[tuple[str, str]]]:
    """Give what folds the bytes of a charset to Latin-1, and letters it cannot fold."""
    table, more = bytearray(range(256)), []
    for code in range(0x80, 0x100):
        letters = _folded_letter(bytes([code]).decode(charset, 'replace'))
        if len(letters) == 1 and letters <= '\xff':
            table[code] = ord(letters)
        else:
            more.append((chr(code), letters))
    return bytes(table), more


# Text in the letters of one of these takes a tenth of the time.
_CHARSETS = 'latin-1', 'cp1252'


def _folded(text: str) -> str:
    """Fold case and accents of what is not ASCII; what is no letter is a space."""
    if '\ufffd' in text:
        text = text.replace('\ufffd', ' ')
    for charset in _CHARSETS:
        with suppress(UnicodeEncodeError):
            data = text.encode(charset)
            table, more = _bytes_of(charset)
            text = data.translate(table).decode('latin-1')
            if not text.isascii():
                for letter, letters in more:
                    text = text.replace(letter, letters)
            return text
    return _folded_letters(text)


def _folded_letters(text: str) -> str:
    """Fold letters of any script: few different ones, so each is replaced at once."""
    found = set(_compiled(_NOT_KEPT).findall(text))
    if 'M' in ''.join(map(unicodedata.category, found)) or found & _JOINS:
        text = unicodedata.normalize('NFKC', text)
        found = set(_compiled(_NOT_KEPT).findall(text))
    if len(found) > _MANY_LETTERS:
        return text.translate(_FOLDED)
    for letter in found:
        letters = _FOLDED[ord(letter)]
        if letters != letter:
            text = text.replace(letter, letters)
    return text


# --- pairs --------------------------------------------------------------------------

_PAIRED = f'[{PAIRED}]'
_RUN = f'[{PAIRED}]+'
# With the spaces between its words, so that there are few runs to part.
_RUNS = f'[{PAIRED}][{PAIRED} \\n>]*'
_BEGINS = f'[ \\n>][{PAIRED}]'
# Where a line ends within what has no spaces, in a quote, too.
_LINE_ENDS = f'\\n(?<=[{_WRAPPED}]\\n)[> ]*(?=[{_WRAPPED}])'
# From so many letters on, arrays are quicker.
_MANY = 16


def _indexed(text: str) -> str:
    """Give folded text with pairs in place of what is paired."""
    return _compiled(_RUNS).sub(_pairs_of_runs, _without_line_ends(text))


def _searched(text: str) -> str:
    """The same of what is searched for: the last letter may have a neighbour."""
    return _compiled(_RUN).sub(_pairs_searched, _without_line_ends(text))


def _without_line_ends(text: str) -> str:
    return _compiled(_LINE_ENDS).sub('', text.replace('\r\n', '\n'))


def _pairs_of_runs(match: re.Match[str]) -> str:
    runs = match[0]
    # The last letter of a run is paired with the space behind it, so it stands alone.
    return f' {_pairs(runs, _compiled(_BEGINS).sub("  ", runs)[1:] + " ")} '


def _pairs_searched(match: re.Match[str]) -> str:
    run = match[0]
    return f' {_pairs(run[:-1], run[1:])} ' if len(run) > 1 else f' {run}{OPEN} '


def _pairs(first: str, second: str) -> str:
    """Give letters of two texts as pairs: ``ab bc cd`` of ``abc`` and ``bcd``."""
    if len(first) < _MANY:
        return ' '.join(map(add, first, second))
    pairs = array('I', ' '.encode('utf-32-le')) * (3 * len(first))
    pairs[0::3] = array('I', first.encode('utf-32-le'))
    pairs[1::3] = array('I', second.encode('utf-32-le'))
    return pairs.tobytes().decode('utf-32-le')


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


def pattern(text: str, prefix: bool = False) -> str:
    """Give a regular expression that finds a text in ``plain`` text; '' for none.

    Its words stand one behind the other there, with little between them.
    """
    text = unicodedata.normalize('NFKC', text)
    for letter in set(text) & SAME.keys():
        text = text.replace(letter, SAME[letter])
    pieces = _PIECE.findall(plain(_compiled(_IS_MARK).sub('', text)))
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
    return _compiled(_PAIRED).match(text) is not None
