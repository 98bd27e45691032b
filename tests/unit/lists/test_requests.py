"""Requests: what waits for a moderator."""

import os

import pytest

from mailman.constants import RequestType
from mailman.errors import CorruptFile
from mailman.lists import MailList
from mailman.lists.requests import Requests
from mailman.storage import pickles


@pytest.fixture
def requests(mlist):
    return Requests(mlist)


def held_files(site):
    return sorted(os.listdir(site.data_dir))


def test_a_held_post_is_kept_with_its_metadata(site, requests, make_msg):
    msg = make_msg('Subject: =?utf-8?q?caf=C3=A9?=')
    msgdata = {'listname': 'test', 'pipeline': ('Hold', 'Moderate'), '_fasttrack': 1}
    request_id = requests.hold_message(msg, 'Post by non-member', msgdata)
    assert request_id == 1
    kind, held = requests.get(1)
    assert kind == RequestType.HELD_MESSAGE
    assert held.sender == 'anne@member.example'
    assert held.subject == '=?utf-8?q?caf=C3=A9?='
    assert held.reason == 'Post by non-member'
    assert held.filename == 'heldmsg-test-1.txt'
    assert held.msgdata == {'listname': 'test', 'pipeline': ['Hold', 'Moderate']}
    assert requests.message(1).as_bytes() == msg.as_bytes()


def test_the_held_file_is_text_with_an_envelope_line(site, requests, make_msg):
    requests.hold_message(make_msg(), 'reason')
    text = (site.data_dir / 'heldmsg-test-1.txt').read_text()
    assert text.startswith('From anne@member.example  ')
    assert '\nSubject: hello\n' in text


def test_an_envelope_line_of_the_message_is_kept(requests, make_msg):
    msg = make_msg()
    msg.set_unixfrom('From bounce@x.example  Thu Jan  8 10:20:30 2026')
    requests.hold_message(msg, 'reason')
    assert requests.message(1).get_unixfrom() == msg.get_unixfrom()


def test_bytes_of_a_held_post_stay_as_they_are(requests):
    from mailman.mail.message import Message

    raw = b'From: a@b.example\nSubject: caf\xe9\n\nFrom here\n\xff\x00\n'
    requests.hold_message(Message.from_bytes(raw), 'reason')
    assert requests.message(1).as_bytes() == raw


def test_wishes_to_join_and_to_leave_are_kept(requests, mlist):
    first = requests.hold_subscription('a@b.c', name='Zoé', password='h', digest=True)
    second = requests.hold_unsubscription('anne@member.example')
    assert requests.subscriptions() == [first]
    assert requests.unsubscriptions() == [second]
    assert requests.held_messages() == []
    assert requests.count() == 2
    kind, wish = requests.get(first)
    assert kind == RequestType.SUBSCRIPTION
    assert wish[1:] == ('a@b.c', 'Zoé', 'h', 1, 'en')
    assert requests.get(second)[1].address == 'anne@member.example'


def test_the_file_has_2_1s_layout(requests, mlist, make_msg):
    requests.hold_message(make_msg(), 'reason')
    requests.hold_unsubscription('a@b.c')
    stored = pickles.loads((mlist.directory / 'request.pck').read_bytes())
    assert stored['version'] == (0, 1)
    assert stored[1][0] == 1
    assert type(stored[1][1]) is tuple
    assert len(stored[1][1]) == 6
    assert stored[2] == (3, 'a@b.c')


def test_a_removed_request_leaves_nothing(site, requests, make_msg):
    requests.hold_message(make_msg(), 'reason')
    requests.remove(1)
    assert requests.get(1) is None
    assert requests.message(1) is None
    assert held_files(site) == []
    requests.remove(1)


def test_several_requests_are_removed_at_once(site, requests, make_msg):
    for _ in range(3):
        requests.hold_message(make_msg(), 'why')
    requests.hold_unsubscription('anne@member.example')
    requests.remove(1, 3, 4, 99)
    assert requests.held_messages() == [2]
    assert list(requests.all_held()) == [2]
    assert requests.count() == 1
    assert [path.name for path in site.data_dir.glob('heldmsg-*')] == [
        'heldmsg-test-2.txt'
    ]


def test_a_number_is_never_given_twice(site, requests, mlist, make_msg):
    assert requests.hold_unsubscription('a@b.c') == 1
    requests.remove(1)
    assert requests.hold_unsubscription('a@b.c') == 2
    mlist.save_changes()
    again = Requests(MailList.open(site, 'test'))
    assert again.hold_unsubscription('a@b.c') == 3
    # Counters that were lost do not matter as long as something waits.
    again.mlist.next_request_id = 1
    assert again.hold_unsubscription('a@b.c') == 4


@pytest.mark.parametrize('ending', ['txt', 'pck'])
def test_a_file_left_by_a_crash_is_not_written_over(site, requests, make_msg, ending):
    site.data_dir.mkdir(parents=True)
    (site.data_dir / f'heldmsg-test-1.{ending}').write_text('left')
    assert requests.hold_message(make_msg(), 'reason') == 2


def test_a_lost_file_is_no_message(site, requests, make_msg):
    requests.hold_message(make_msg(), 'reason')
    (site.data_dir / 'heldmsg-test-1.txt').unlink()
    assert requests.message(1) is None
    requests.remove(1)
    assert requests.count() == 0


@pytest.mark.parametrize(
    'name', ['../../etc/passwd', '/etc/passwd', 'adm.pw', 'heldmsg-a/../b-1.txt', '']
)
def test_an_entry_cannot_name_another_file(site, requests, mlist, name):
    entry = (1, (1.0, 'a@b.c', 's', 'r', name, {}))
    (mlist.directory / 'request.pck').write_bytes(pickles.dumps({1: entry}))
    with pytest.raises(CorruptFile):
        requests.message(1)
    requests.remove(1)
    assert requests.count() == 0
    assert os.path.exists('/etc/passwd')


def test_a_pickled_post_that_is_none_is_refused(site, requests, mlist):
    site.data_dir.mkdir(parents=True)
    entry = (1, (1.0, 'a@b.c', 's', 'r', 'heldmsg-test-1.pck', {}))
    (mlist.directory / 'request.pck').write_bytes(pickles.dumps({1: entry}))
    for content in (b'', b"cos\nsystem\n(S'true'\ntR.", pickles.dumps(7)):
        (site.data_dir / 'heldmsg-test-1.pck').write_bytes(content)
        with pytest.raises(CorruptFile):
            requests.message(1)


def test_odd_entries_are_left_out(requests, mlist):
    odd = {1: 'x', 2: (1, ()), 3: (9, 'a'), 4: (3, 7), 'a': (3, 'b'), 5: (3, 'a@b.c')}
    (mlist.directory / 'request.pck').write_bytes(pickles.dumps(odd))
    assert requests.unsubscriptions() == [5]
    assert requests.count() == 1
