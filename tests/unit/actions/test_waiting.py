"""The daily look at what waits for moderators."""

import pytest

from mailman.actions import moderation, waiting
from mailman.errors import HoldMessage
from mailman.lists.pending import Pending
from mailman.lists.requests import Requests

DAY = 86_400


@pytest.fixture
def clock(site):
    class Clock:
        now = 1_800_000_000.0

    site.now = lambda: Clock.now
    site.data_dir.mkdir(exist_ok=True)
    return Clock


@pytest.fixture
def quiet(mlist, clock):
    mlist.admin_immed_notify = mlist.respond_to_post_requests = False
    return mlist


@pytest.fixture
def hold(quiet, make_msg):
    def hold(*lines):
        why = HoldMessage('NonMemberPost', 'Post by a nonmember')
        return moderation.hold(quiet, make_msg(*lines), {}, why)

    return hold


WISH = {
    'address': 'new@joiner.example',
    'fullname': 'New Person',
    'password': '',
    'digest': 0,
    'language': 'en',
}


def notices(mlist):
    return mlist.queue('virgin').messages


def words(msg):
    return msg.get_payload(decode=True).decode()


def test_where_nothing_waits_nobody_is_told(quiet):
    waiting.look_after(quiet)
    assert notices(quiet) == []


def test_moderators_get_a_list_of_what_waits(quiet, hold):
    hold('Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=')
    moderation.hold_subscription(quiet, WISH)
    moderation.hold_unsubscription(quiet, 'anne@member.example')
    waiting.look_after(quiet)
    [(msg, data)] = notices(quiet)
    assert data['recips'] == ['test-owner@lists.example.com']
    assert data['tomoderators'] == 1
    assert msg['from'] == 'test-bounces@lists.example.com'
    assert msg['precedence'] == 'list'
    assert '3 Test' in msg['subject']
    text = words(msg)
    assert 'New Person <new@joiner.example>' in text
    assert '    anne@member.example\n' in text
    assert 'Subject: grüße' in text and 'Cause: Post by a nonmember' in text
    assert '/admindb/test' in text


def test_a_single_request_is_told_in_the_singular(quiet, hold):
    hold()
    waiting.look_after(quiet)
    assert notices(quiet)[0][0]['subject'] == 'One Test moderator request waits'


def test_old_posts_are_discarded_and_that_is_told(quiet, hold, clock):
    quiet.max_days_to_hold = 3
    old = hold()
    clock.now += 2 * DAY
    young = hold()
    moderation.hold_subscription(quiet, WISH)
    clock.now += 2 * DAY
    waiting.look_after(quiet)
    assert Requests(quiet).held_messages() == [young]
    assert len(Requests(quiet).subscriptions()) == 1
    assert not (quiet.site.data_dir / f'heldmsg-test-{old}.txt').exists()
    [(msg, _)] = notices(quiet)
    assert 'One held post' in words(msg) and '3 days' in words(msg)
    assert 'Discarded posting' in (quiet.site.logs_dir / 'vette').read_text()


def test_where_nothing_is_left_the_discarding_is_told(quiet, hold, clock):
    quiet.max_days_to_hold = 1
    hold()
    hold()
    clock.now += 2 * DAY
    waiting.look_after(quiet)
    [(msg, _)] = notices(quiet)
    assert '2 held posts' in words(msg) and 'Test' in msg['subject']


def test_posts_stay_for_ever_where_no_days_are_set(quiet, hold, clock):
    hold()
    clock.now += 1000 * DAY
    assert waiting.expire_old(quiet) == 0
    assert len(Requests(quiet).held_messages()) == 1


def test_a_flood_makes_no_enormous_mail(quiet, hold, monkeypatch):
    monkeypatch.setattr(waiting, 'MOST_LISTED', 2)
    for _ in range(5):
        hold('Subject: ' + 'x' * 5000)
    found = waiting.summary(quiet)
    assert found.count == 5
    assert found.text.count('Subject:') == 2 and '3 more' in found.text
    assert len(found.text) < 2000


def test_no_line_of_the_list_can_be_forged(quiet, hold):
    hold('Subject: one\n two', 'From: "a\rb" <x@y.example>')
    assert len(waiting.summary(quiet).text.splitlines()) == 4


def test_answers_of_other_days_are_forgotten(quiet, clock):
    quiet.hold_and_cmd_autoresponses = {
        'a@b.example': ((2020, 1, 1), 3),
        'c@d.example': ((2020, 1, 1), -1),
    }
    waiting.look_after(quiet)
    assert quiet.hold_and_cmd_autoresponses == {}


def test_old_cookies_are_forgotten(quiet, clock):
    Pending(quiet).new('U', 'anne@member.example')
    before = (quiet.directory / 'pending.pck').stat().st_size
    clock.now += 10 * DAY
    waiting.look_after(quiet)
    assert (quiet.directory / 'pending.pck').stat().st_size < before
