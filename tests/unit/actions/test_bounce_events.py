"""Bounce events: complete files that outlive the message they are about."""

import json

from mailman.actions import bounces
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
