"""py2marshal: config.db of lists from before 2.1."""

import contextlib
import marshal
import random

import pytest

from mailman.errors import CorruptFile
from mailman.storage.py2marshal import loads

# marshal.dumps of Python 3 with version 1 writes what Python 2 wrote, except that
# Python 2's byte strings are 's' or interned 't'.
OLD = {
    b'members': {b'a@b.c': 0},
    b'digest_members': {},
    b'numbers': [1, -5, 2**40, -(2**70), 1.5, None, True, False],
    b'pair': (b'x', b'y'),
}


@pytest.mark.parametrize('version', [0, 1, 2])
def test_plain_values_come_back(version):
    assert loads(marshal.dumps(OLD, version)) == OLD


def test_interned_strings_and_references_come_back():
    data = (
        b'[\x03\x00\x00\x00t\x01\x00\x00\x00aR\x00\x00\x00\x00u\x02\x00\x00\x00\xc3\xa9'
    )
    assert loads(data) == [b'a', b'a', 'é']


@pytest.mark.parametrize(
    'data',
    [
        b'',
        b'0',
        b'c\0\0\0\0',
        b's\xff\xff\xff\x7fabc',
        b's\xff\xff\xff\xff',
        b'[\xff\xff\xff\x7f',
        b'(\x01\x00\x00\x000',
        b'l\xff\xff\xff\x7f',
        b'R\x05\x00\x00\x00',
        b'{N0',
        b'{{0N0',
        b'[\x01\x00\x00\x00' * 1000,
    ],
)
def test_what_is_damaged_or_no_data_is_refused(data):
    with pytest.raises(CorruptFile):
        loads(data)


def test_mutated_files_are_read_or_refused():
    chance, good = random.Random(3), marshal.dumps(OLD, 1)
    for _ in range(2000):
        data = bytearray(good)
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        with contextlib.suppress(CorruptFile):
            loads(bytes(data))
