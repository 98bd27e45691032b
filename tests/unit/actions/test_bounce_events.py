"""Bounce events: complete files that outlive the message they are about."""

import json
import pickle
import shutil
import time
from pathlib import Path

import pytest

from mailman.actions import bounces
from mailman.actions.bounces import eventfiles
from mailman.mail.message import Message


def test_an_event_says_who_why_and_which_post(site, make_msg):
    site.now = lambda: 1_700_000_000.5
    path = bounces.record(
        site, 'test', {'a@b.example': (550, 'gone')}, make_msg(), 'tok'
    )
    event = json.loads(path.read_text())
    assert path.parent == site.data_dir / 'bounce-events'
    assert event['addresses'] == {'a@b.example': [550, 'gone']}
    assert (event['listname'], event['time']) == ('test', 1_700_000_000.5)
    assert event['probe_token'] == 'tok'


def test_the_posts_bytes_come_back_as_they_were(site):
    raw = b'Subject: caf\xe9\n\n\xff\xfe \xc3\xa9\n'
    path = bounces.record(site, 'test', {'a@b': (550, 'x')}, Message.from_bytes(raw))
    event = json.loads(path.read_text())
    assert event['message'].encode('ascii', 'surrogateescape') == raw


def test_a_huge_post_is_cut(site, make_msg):
    path = bounces.record(
        site, 'test', {'a@b': (550, 'x')}, make_msg(body='x' * 500000)
    )
    assert path.stat().st_size < 70000


def test_events_come_oldest_first(site, make_msg):
    times = iter([900.0, 1000.5, 99.0])
    site.now = lambda: next(times)
    for name in 'bca':
        bounces.record(site, name, {'a@b': (550, 'x')}, make_msg())
    names = [json.loads(p.read_text())['listname'] for p in bounces.events(site)]
    assert names == ['a', 'b', 'c']


def test_no_events_is_no_error(site):
    assert bounces.events(site) == []


def found(site):
    return [
        (event.listname, event.addresses, time.localtime(event.time)[:3])
        for event in eventfiles.read(site)
    ]


@pytest.mark.parametrize(
    'content',
    [
        b'',
        b'no json',
        b'[]',
        b'{}',
        b'{"listname": "test", "time": 1, "addresses": {"a@b": 5}}',
        b'{"listname": "test", "time": "x", "addresses": {}}',
        b'[' * 100000,
    ],
)
def test_what_is_no_event_is_set_aside(site, make_msg, content):
    good = bounces.record(site, 'test', {'a@b': (550, 'x')}, make_msg())
    bad = good.with_name('1.0+bad.json')
    bad.write_bytes(content)
    assert len(found(site)) == 1
    assert bounces.events(site) == [good]
    assert bad.with_suffix('.bad').read_bytes() == content
    assert 'set aside' in (site.logs_dir / 'error').read_text()


def test_the_message_of_an_event_that_is_gone_is_empty(site, make_msg):
    path = bounces.record(site, 'test', {'a@b': (550, 'x')}, make_msg())
    [event] = eventfiles.read(site)
    assert event.message()['subject'] == 'hello'
    path.unlink()
    assert event.message().as_bytes().strip() == b''


@pytest.fixture
def data_dir(site):
    """The folder of 2.1's files."""
    site.data_dir.mkdir(exist_ok=True)
    return site.data_dir


LEGACY = Path(__file__).resolve().parents[2] / 'data/legacy/tree/data'


def test_the_events_of_2_1_are_taken_over(site, data_dir):
    [old] = LEGACY.glob('bounce-events-*.pck')
    copy = data_dir / old.name
    shutil.copyfile(old, copy)
    eventfiles.take_over(site)
    events = found(site)
    assert events
    for name, addresses, day in events:
        assert name and all('@' in address for address in addresses)
        assert day[0] > 2000
    [first, *_] = eventfiles.read(site)
    assert first.message().items()
    assert not copy.exists()


def test_a_broken_file_of_2_1_is_set_aside(site, data_dir):
    path = data_dir / 'bounce-events-00001.pck'
    path.write_bytes(b'cos\nsystem\n(S"true"\ntR.')
    eventfiles.take_over(site)
    assert not path.exists()
    assert path.with_suffix('.bad').exists()


def test_odd_items_in_a_file_of_2_1_are_skipped(site, data_dir):
    path = data_dir / 'bounce-events-00001.pck'
    items = [
        (b'test', b'ann@b.example', (2026, 1, 8), b'Subject: x\n\n'),
        ('test', 7, (2026, 1, 8), ''),
        ('test', 'ann@b.example', (), ''),
        'nothing',
    ]
    path.write_bytes(b''.join(pickle.dumps(item, 1) for item in items))
    eventfiles.take_over(site)
    expected = [('test', {'ann@b.example': (550, '')}, (2026, 1, 8))]
    assert found(site) == expected
