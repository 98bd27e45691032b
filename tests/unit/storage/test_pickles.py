"""pickles: plain values out, plain values in, and never any code."""

import base64
import contextlib
import gc
import io
import os
import pickle
import random
import sys
import tracemalloc
from email.message import Message as StdlibMessage
from enum import IntEnum
from pathlib import Path

import pytest

from mailman.errors import CorruptFile, UnsafePickle
from mailman.storage import pickles
from mailman.storage.pickles import RawMessage, decode_strings, dumps, load_many, loads

TREE = Path(__file__).parents[2] / 'data' / 'legacy' / 'tree'
SAMPLES = sorted(p for p in TREE.rglob('*') if p.suffix in ('.pck', '.bak', '.last'))

PLAIN = {
    'str': 'Zoé 漢字 \udcff',
    'numbers': [1, -2, 2**80, 3.5, True, None],
    'nested': {'tuple': (1, ('a', b'bytes')), 3: {'x'}, 'f': frozenset((1,))},
}


# --- our own ----------------------------------------------------------------


def test_plain_values_come_back():
    assert loads(dumps(PLAIN)) == PLAIN


def test_other_readers_of_pickles_do_not_see_the_checksum():
    assert pickle.loads(dumps(PLAIN)) == PLAIN


class Colour(IntEnum):
    RED = 3


class Name(str):
    __slots__ = ()


def test_heirs_of_plain_types_become_plain():
    value = loads(
        dumps({'a': [Colour.RED], 'b': Name('x'), 'c': (True, bytearray(b'y'))})
    )
    assert value == {'a': [3], 'b': 'x', 'c': (True, b'y')}
    assert type(value['a'][0]) is int
    assert type(value['b']) is str


@pytest.mark.parametrize('value', [object(), print, Path('x'), StdlibMessage(), int])
def test_anything_else_is_not_written(value):
    with pytest.raises(TypeError):
        dumps({'a': [value]})


def test_every_damage_of_sixteen_bytes_is_noticed_or_harmless():
    good = dumps(PLAIN)
    chance = random.Random(4)
    for _ in range(500):
        start = chance.randrange(len(good))
        bad = good[:start] + chance.randbytes(16) + good[start + 16 :]
        with contextlib.suppress(CorruptFile, UnsafePickle):
            assert loads(bad) == PLAIN


@pytest.mark.parametrize('length', range(0, 200, 7))
def test_a_file_cut_short_is_noticed(length):
    good = dumps(PLAIN)
    with pytest.raises((CorruptFile, UnsafePickle)):
        loads(good[:length])


@pytest.mark.parametrize(
    'data',
    [b'', b'\0' * 100, b'hello', b'N.rest', b'.', b']' * 50_000 + b'a' * 49_999 + b'.'],
)
def test_what_is_no_pickle_is_refused(data):
    with pytest.raises((CorruptFile, UnsafePickle)):
        loads(data)


# --- code -------------------------------------------------------------------


class Attack:
    def __init__(self, function, *args):
        self.call = (function, args)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize('protocol', [0, 1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    'attack',
    [
        Attack(os.system, 'touch /tmp/never'),
        Attack(eval, '1'),
        Attack(getattr, 'x', 'upper'),
        Attack(bytearray, 10**12),
        Attack(base64.b64decode, 'AAAA'),
    ],
)
def test_code_never_runs(attack, protocol):
    with pytest.raises((UnsafePickle, CorruptFile)):
        loads(pickle.dumps({'members': attack}, protocol))


@pytest.mark.parametrize(
    'data',
    [
        b'cos\nsystem\n(S"true"\ntR.',
        b'ios\nsystem\n(S"true"\n.',
        b'(S"true"\nios\nsystem\n.',
        b'(cos\nsystem\no.',
        b'cmailman.lists\nMailList\n.',
        b'c__builtin__\nobject\n.',
        b'cemail.message\nMessage\n.',
        b'Pabc\n.',
        b'\x82\x01.',
        b'c_codecs\nencode\n(V' + b'a\nVutf-16\ntR.',
        b'c__builtin__\nset\n(I99999999999\ntR.',
        # A state for the function that makes sets.
        b'c__builtin__\nset\n}Va\nI1\nsb.',
    ],
)
def test_hand_made_attacks_are_refused(data):
    with pytest.raises((UnsafePickle, CorruptFile)):
        loads(data)


def test_reading_imports_nothing():
    before = set(sys.modules)
    with pytest.raises(UnsafePickle):
        loads(b'cantigravity\nfly\n.')
    assert set(sys.modules) == before


def test_a_checksum_does_not_open_the_door():
    good = dumps({})
    evil = b'cos\nsystem\n(S"true"\ntR.'
    import hashlib

    line = good[good.index(b'\n#') :].split(b':')[0]
    digest = hashlib.sha256(evil).hexdigest().encode()
    with pytest.raises(UnsafePickle):
        loads(evil + line + b':' + digest + b'\n')


# --- memory and time --------------------------------------------------------

LAUGHS = (
    b'(lp0\n' + b''.join(b'(g%d\ng%d\nlp%d\n' % (n, n, n + 1) for n in range(60)) + b'.'
)


@pytest.mark.parametrize(
    'data',
    [
        b'Nr\xff\xff\xff\xff.',  # 64 GB of memo
        b'Np4000000000\n.',
        b'T\xff\xff\xff\x7fx.',
        b'\x8e' + b'\xff' * 7 + b'\x7f.',
        b'\x96' + b'\xff' * 7 + b'\x0f.',
        b'\x8b\xff\xff\xff\x7f.',
        b'\x95\xff\xff\xff\xff\xff\xff\xff\x7fN.',
        b'I' + b'9' * 100_000 + b'\n.',
        LAUGHS,
        b']p0\ng0\na.',  # a list in itself
    ],
)
def test_a_small_file_cannot_ask_for_much_memory(data):
    tracemalloc.start()
    try:
        with pytest.raises((UnsafePickle, CorruptFile)):
            loads(data)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


def test_mutated_pickles_are_read_or_refused_in_bounds():
    samples = [p.read_bytes() for p in SAMPLES if p.stat().st_size < 3000]
    samples += [pickle.dumps(PLAIN, protocol) for protocol in range(6)]
    chance = random.Random(21)
    gc.collect()
    tracemalloc.start()
    try:
        for _ in range(4000):
            data = bytearray(chance.choice(samples))
            for _ in range(chance.randint(1, 6)):
                data[chance.randrange(len(data))] = chance.randrange(256)
            with contextlib.suppress(CorruptFile, UnsafePickle, TypeError):
                decode_strings(load_many(bytes(data)))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 5_000_000


# --- 2.1 --------------------------------------------------------------------


@pytest.mark.parametrize('path', SAMPLES, ids=lambda p: str(p.relative_to(TREE))[:60])
def test_every_file_of_the_sample_site_is_read(path):
    values = decode_strings(load_many(path.read_bytes()))
    assert values
    assert 'object at' not in repr(values)


def test_byte_strings_become_text_in_the_given_charset_or_a_likely_one():
    assert decode_strings(b'caf\xe9', 'iso-8859-1') == 'café'
    assert decode_strings('日本'.encode('euc-jp'), 'euc-jp') == '日本'
    assert decode_strings('é'.encode(), 'us-ascii') == 'é'
    assert decode_strings(b'\xe9', 'us-ascii') == 'é'
    assert decode_strings(b'\xe9', 'no-such-charset') == 'é'


def test_decoding_reaches_everywhere_but_into_messages():
    value = {b'a': [b'b', (b'c', {b'd'})], b'm': RawMessage(b'Subject: x\n\n')}
    decoded = decode_strings(value)
    assert decoded == {'a': ['b', ('c', {'d'})], 'm': b'Subject: x\n\n'}
    assert type(decoded['m']) is RawMessage


USER_DESC = (
    b"(iMailman.UserDesc\nUserDesc\np0\n(dp1\nS'address'\nS'a@b.c'\nsS'digest'\nI1\nsb."
)


def test_an_old_style_instance_becomes_a_dict():
    assert decode_strings(loads(USER_DESC)) == {'address': 'a@b.c', 'digest': 1}


@pytest.mark.parametrize('protocol', [0, 1, 2, 3, 4])
def test_messages_of_the_python_3_port_become_bytes(protocol):
    message = StdlibMessage()
    message['Subject'] = 'hello'
    message['X-Other'] = 'caf\udce9'
    message.set_payload('body\n')
    raw = loads(pickle.dumps(message, protocol))
    assert raw == b'Subject: hello\nX-Other: caf\xe9\n\nbody\n'


@pytest.mark.parametrize('protocol', [0, 1, 2])
def test_bytes_and_sets_of_the_python_3_port_come_back(protocol):
    value = {'a': b'\x00\xff', 'b': {1, 2}, 'c': frozenset((3,)), 'd': bytearray(b'x')}
    assert loads(pickle.dumps(value, protocol)) == value


def test_several_pickles_in_one_file_are_read_in_order():
    target = io.BytesIO()
    for value in ('one', 2, {'three': 3}):
        pickle.dump(value, target, 2)
    assert load_many(target.getvalue()) == ['one', 2, {'three': 3}]


def test_a_big_list_is_quick_to_write_and_read():
    import time

    members = {f'user{n}@example.com': 0 for n in range(100_000)}
    value = {'members': members, 'language': dict.fromkeys(members, 'en')}
    started = time.process_time()
    assert loads(dumps(value)) == value
    assert time.process_time() - started < 7.5


def test_fingerprints_tell_values_apart():
    assert pickles.fingerprint([1, 'a']) == pickles.fingerprint([1, 'a'])
    assert pickles.fingerprint([1, 'a']) != pickles.fingerprint([1, 'b'])
    assert pickles.fingerprint(print)
