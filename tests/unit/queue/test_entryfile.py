"""entryfile: a JSON line and a message; and 2.1's two pickles."""

import pickle
import time
from datetime import date

import pytest

from mailman.errors import CorruptFile, UnsafePickle
from mailman.queue.entryfile import pack, plain, unpack

RAW = b'From: a@b.example\nX: caf\xe9\r\n\nbody\n{"not": "metadata"}\n'


def test_the_message_comes_back_byte_for_byte():
    assert unpack(pack(RAW, {'listname': 'test'})) == (RAW, {'listname': 'test'})


def test_the_first_line_can_be_read_with_head():
    assert pack(b'x', {'a': 1}).split(b'\n') == [b'{"a": 1}', b'x']


@pytest.mark.parametrize(
    'value',
    [
        b'\x00\xff',
        {'x', 'y'},
        {('a', 1)},
        'surrogate \udce9',
        'Zoé 漢字\nsecond line',
        1795246969.630946,
        None,
        True,
        {'nested': [{'deep': b'x'}]},
        {'$bytes': 5},
        {'$set': 'no'},
    ],
    ids=repr,
)
def test_values_survive(value):
    assert unpack(pack(b'', {'v': value}))[1] == {'v': value}


def test_tuples_come_back_as_lists():
    assert plain({'recips': ('a', 'b')}) == {'recips': ['a', 'b']}


def test_private_keys_are_not_stored_except_the_count_of_crashes():
    assert plain({'_envelope': object(), '_bak_count': 2, 'a': 1}) == {
        '_bak_count': 2,
        'a': 1,
    }


def test_odd_values_of_a_sites_handler_do_not_cost_the_message():
    circle = []
    circle.append(circle)
    data = plain(
        {'day': date(2026, 1, 8), 'circle': circle, 'keys': {(1, 2): 3}, 'a': 1}
    )
    assert data == {'day': '2026-01-08', 'circle': None, 'keys': None, 'a': 1}


def test_a_hundred_thousand_recipients_are_quick():
    recips = [f'user{n}@example{n % 90}.com' for n in range(100_000)]
    started = time.process_time()
    assert plain({'recips': recips}) == {'recips': recips}
    assert time.process_time() - started < 2.5


@pytest.mark.parametrize(
    'content',
    [
        b'',
        b'{',
        b'{"a": 1}',
        b'{"a": }\nx',
        b'{}{}\nx',
        b'{"a": ' + b'[' * 100_000 + b'\n',
        b'{"a": ' + b'9' * 5000 + b'}\n',
        b'[1]\nx',
        b'hello\n',
        b'\0' * 50,
        pickle.dumps('only one', 0),
        pickle.dumps('m', 0) + pickle.dumps('no dict', 0),
        pickle.dumps(7, 0) + pickle.dumps({}, 0),
        pickle.dumps('m', 0) + pickle.dumps({}, 0)[:-1],
        pickle.dumps('m', 0) * 3,
    ],
)
def test_what_is_no_entry_is_refused(content):
    with pytest.raises((CorruptFile, UnsafePickle)):
        unpack(content)


def test_an_entry_of_2_1_with_code_in_it_is_refused():
    with pytest.raises(UnsafePickle):
        unpack(b"cos\nsystem\n(S'true'\ntR.(dp0\n.")


def test_a_text_entry_of_2_1_is_read():
    message = b"S'Subject: caf\\xe9\\n\\nx\\n'\np0\n."
    content = message + b"(dp0\nS'listname'\nS'test'\nsS'tolist'\nI1\ns."
    assert unpack(content) == (
        b'Subject: caf\xe9\n\nx\n',
        {'listname': 'test', 'tolist': 1},
    )


def test_a_unicode_entry_of_2_1_is_read():
    content = pickle.dumps('Subject: é\n\n', 2) + pickle.dumps({'a': 1}, 2)
    assert unpack(content) == ('Subject: é\n\n'.encode(), {'a': 1})
