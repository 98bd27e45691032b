"""Walk over a pickle without running it, to know that running it is harmless.

The C unpickler believes the numbers in its input: a memo index of four bytes makes it
clear 64 GB.  The walk refuses indexes and lengths that the input cannot need, and
opcodes that no file of ours or of 2.1 has.  It costs about 0.3 us an opcode, so it is
for files without a checksum; those are 2.1's, read once and then saved as ours.
"""

from __future__ import annotations

import struct

from mailman.errors import CorruptFile, UnsafePickle

# Opcodes by the form of what follows them (pickletools has the whole story).
_FIXED = {
    **dict.fromkeys(
        b'(.012NR\x85\x86\x87\x88\x89abdoest}])ul\x81\x94\x8f\x90\x91\x93', 0
    ),
    **dict.fromkeys(b'Kh\x80', 1),
    ord('M'): 2,
    ord('J'): 4,
    ord('j'): 4,
    ord('G'): 8,
    0x95: 8,  # FRAME: its length is checked by the reader
}
_LINES = {**dict.fromkeys(b'FILSVgp', 1), **dict.fromkeys(b'ci', 2)}
_COUNTED = {
    ord('U'): '<B',
    ord('C'): '<B',
    0x8C: '<B',  # SHORT_BINUNICODE
    0x8A: '<B',  # LONG1
    ord('T'): '<i',
    ord('X'): '<I',
    ord('B'): '<I',
    0x8B: '<i',  # LONG4
    0x8D: '<Q',  # BINUNICODE8
    0x8E: '<Q',  # BINBYTES8
    0x96: '<Q',  # BYTEARRAY8
}
_STOP, _PUT, _BINPUT, _LONG_BINPUT = ord('.'), ord('p'), ord('q'), ord('r')
_LONGEST_NUMBER = 4300
_ARGUMENT_LENGTHS = [_FIXED.get(code, -1) for code in range(256)]
_ARGUMENT_LENGTHS[_BINPUT] = 1


def find_end(data: bytes, start: int = 0) -> int:
    """Return the place behind the STOP of the pickle that begins at ``start``.

    Raises CorruptFile when there is none, UnsafePickle for what must not be run.
    """
    lengths, place, size = _ARGUMENT_LENGTHS, start, len(data)
    while place < size:
        code = data[place]
        length = lengths[code]
        if length >= 0:
            place += 1 + length
            if code == _STOP:
                return place
        else:
            place = _skip(data, place, code, size - start)
    raise CorruptFile('pickle', 'it ends too early')


def _skip(data: bytes, place: int, code: int, size: int) -> int:
    """Return the place behind an opcode whose argument has no fixed size."""
    if code in _COUNTED:
        return _skip_counted(data, place + 1, _COUNTED[code])
    if code in _LINES:
        return _skip_lines(data, place + 1, code, size)
    if code == _LONG_BINPUT:
        if _number(data, place + 1, '<I') > size:
            raise UnsafePickle('a memo index beyond the length of the file')
        return place + 5
    raise UnsafePickle(f'opcode {code:#04x}')


def _number(data: bytes, place: int, form: str) -> int:
    try:
        return int(struct.unpack_from(form, data, place)[0])
    except struct.error:
        raise CorruptFile('pickle', 'it ends too early') from None


def _skip_counted(data: bytes, place: int, form: str) -> int:
    count = _number(data, place, form)
    end = place + struct.calcsize(form) + count
    if count < 0 or end > len(data):
        raise CorruptFile('pickle', 'a string is longer than the file')
    return end


def _skip_lines(data: bytes, place: int, code: int, size: int) -> int:
    start = place
    for _ in range(_LINES[code]):
        place = data.find(b'\n', place) + 1
        if not place:
            raise CorruptFile('pickle', 'a line does not end')
    if code in b'ILgpF' and place - start > _LONGEST_NUMBER:
        raise UnsafePickle('a number with too many digits')
    if code == _PUT:
        _check_index(data[start : place - 1], size)
    return place


def _check_index(digits: bytes, size: int) -> None:
    try:
        index = int(digits)
    except ValueError:
        raise CorruptFile('pickle', 'a memo index is no number') from None
    if not 0 <= index <= size:
        raise UnsafePickle('a memo index beyond the length of the file')
