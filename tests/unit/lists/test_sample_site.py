"""The sample site that 2.1 wrote: everything is there as expected.json says."""

import json
import shutil
from pathlib import Path

import pytest

from mailman.constants import DeliveryStatus, MemberFlag, RequestType
from mailman.lists import MailList, catalog
from mailman.lists.pending import Pending
from mailman.lists.requests import Requests

LEGACY = Path(__file__).parents[2] / 'data' / 'legacy'
EXPECTED = json.loads((LEGACY / 'expected.json').read_text())['lists']
# While the cookies of the sample's held posts are good (until 24 November 2026).
WHEN_WRITTEN = 1795246970.0
STATUSES = {
    'enabled': DeliveryStatus.ENABLED,
    'unknown': DeliveryStatus.UNKNOWN,
    'byuser': DeliveryStatus.BY_USER,
    'byadmin': DeliveryStatus.BY_ADMIN,
    'bybounce': DeliveryStatus.BY_BOUNCE,
}
FLAGS = {
    'ack': MemberFlag.ACKNOWLEDGE_POSTS,
    'hide': MemberFlag.CONCEAL_SUBSCRIPTION,
    'mod': MemberFlag.MODERATE,
    'nmtopics': MemberFlag.RECEIVE_NONMATCHING_TOPICS,
    'nodupes': MemberFlag.DONT_RECEIVE_DUPLICATES,
    'noremind': MemberFlag.SUPPRESS_PASSWORD_REMINDER,
    'notmetoo': MemberFlag.DONT_RECEIVE_OWN_POSTS,
    'plain': MemberFlag.DISABLE_MIME,
}


@pytest.fixture
def sample(site):
    """The site, with the sample's lists and data."""
    site.now = lambda: WHEN_WRITTEN
    for source, target in (('lists', site.lists_dir), ('data', site.data_dir)):
        shutil.copytree(LEGACY / 'tree' / source, target, dirs_exist_ok=True)
    return site


def plain(value):
    """Undo expected.json's value_notation: what the value is in ours."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    if not isinstance(value, dict):
        return value
    if 'bytes_latin1' in value:
        return value.get('text') or value['bytes_latin1']
    if 'unicode' in value:
        return value['unicode']
    if 'tuple' in value:
        return tuple(plain(item) for item in value['tuple'])
    if 'pairs' in value:
        return {plain(key): plain(item) for key, item in value['pairs']}
    if 'instance' in value:
        return plain(value['state'])
    return {key: plain(item) for key, item in value.items()}


def test_the_lists_are_found(sample):
    assert catalog.names(sample) == sorted(EXPECTED)


@pytest.mark.parametrize('saved', [False, True], ids=['as 2.1 wrote it', 'saved by us'])
@pytest.mark.parametrize('name', EXPECTED)
def test_every_setting_is_as_expected(sample, name, saved):
    mlist = MailList.open(sample, name)
    if saved:
        mlist.save()
        mlist = MailList.open(sample, name)
    expected = plain(EXPECTED[name]['config'])
    found = {key: getattr(mlist, key) for key in expected}
    assert found == expected
    assert not (sample.logs_dir / 'error').exists()


@pytest.mark.parametrize('name', EXPECTED)
def test_every_member_is_as_expected(sample, name):
    mlist = MailList.open(sample, name)
    expected = EXPECTED[name]['members']
    assert sorted(mlist.member_keys()) == sorted(expected)
    for key, member in expected.items():
        assert mlist.address_of(key) == member['address_as_given']
        assert mlist.is_digest(key) == member['digest']
        assert mlist.name_of(key) == (member['name'] or {'text': ''})['text']
        assert mlist.language_of(key) == member['language']
        assert mlist.password_of(key) == plain(member['password'])
        assert mlist.delivery_status_of(key) == STATUSES[member['delivery']]
        assert mlist.topics_of(key) == member['topics']
        flags = {word: mlist.option(key, flag) for word, flag in FLAGS.items()}
        assert flags == member['flags']
        check_bounces(mlist.bounce_info_of(key), member['bounce'])


def check_bounces(found, expected):
    if expected is None:
        assert found is None
        return
    for name in ('score', 'noticesleft'):
        assert found[name] == expected[name]
    for name in ('date', 'lastnotice'):
        assert list(found[name]) == expected[name]
    assert bool(found['cookie']) == expected['has_cookie']


@pytest.mark.parametrize('name', EXPECTED)
def test_every_cookie_is_honoured(sample, name):
    pending = Pending(MailList.open(sample, name))
    expected = EXPECTED[name].get('pending') or {'entries': {}}
    found = dict(pending.items())
    assert sorted(found) == sorted(expected['entries'])
    for cookie, entry in expected['entries'].items():
        assert found[cookie][0] == entry['op']
        assert pending.expires(cookie) == entry['expires']
        for value, wanted in zip(found[cookie][1:], entry['content'], strict=True):
            if isinstance(wanted, dict) and 'message' in wanted:
                message_id = wanted['message']['message_id'].encode()
                assert b'Message-ID: ' + message_id in value
            else:
                assert value == plain(wanted)


@pytest.mark.parametrize('name', EXPECTED)
def test_every_request_is_shown_with_its_post(sample, name):
    requests = Requests(MailList.open(sample, name))
    expected = dict(EXPECTED[name].get('requests') or {})
    expected.pop('version', None)
    assert requests.count() == len(expected)
    for number, entry in expected.items():
        kind, data = requests.get(int(number))
        assert kind.name.lower() == entry['type']
        if kind == RequestType.UNSUBSCRIPTION:
            assert data.address == entry['data']
            continue
        assert tuple(data) == plain(entry['data'])
        if kind == RequestType.HELD_MESSAGE:
            message = requests.message(int(number))
            wanted = entry['file_message']
            assert message['message-id'] == wanted['message_id']
            assert list(message.keys()) == wanted['header_names']
            assert message.get_content_type() == wanted['content_type']
            assert len(list(message.walk())) == wanted['n_parts']


@pytest.mark.parametrize('name', EXPECTED)
def test_a_new_request_gets_a_number_above_all(sample, name, make_msg):
    requests = Requests(MailList.open(sample, name))
    used = [int(n) for n in EXPECTED[name].get('requests') or {} if n.isdigit()]
    assert requests.hold_message(make_msg(), 'reason') > max(used, default=0)


def test_held_posts_of_2_1_can_be_removed(sample):
    requests = Requests(MailList.open(sample, 'project-talk'))
    requests.remove(4)
    assert not (sample.data_dir / 'heldmsg-project-talk-4.pck').exists()
    assert requests.held_messages() == [5]


def test_the_cookies_of_held_posts_end_and_the_others_stay(sample):
    sample.now = lambda: 1795506168.0  # 24 November 2026
    pending = Pending(MailList.open(sample, 'project-talk'))
    assert sorted({op for _, (op, *_) in pending.items()}) == ['C', 'E', 'P', 'S', 'U']


def test_the_own_pipeline_of_a_list_is_there(sample):
    assert MailList.open(sample, 'project-talk').pipeline[0] == 'SpamDetect'
    assert MailList.open(sample, 'announce').pipeline is None


def test_lists_whose_copy_alone_is_left_open_too(sample):
    (sample.lists_dir / 'announce' / 'config.pck').unlink()
    assert MailList.open(sample, 'announce').real_name == 'Announce'
