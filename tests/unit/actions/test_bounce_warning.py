"""What cron/disabled does: warn when it is time, remove after the last warning."""

import time

import pytest

from mailman.actions.bounces import warn_disabled
from mailman.constants import DeliveryStatus
from mailman.lists import MailList
from mailman.lists.pending import Pending
from mailman.queue import Queue

ANNE, BOB = 'anne@member.example', 'bob@member.example'
DAY = 86_400
NOON = time.mktime((2026, 1, 8, 12, 0, 0, 0, 0, -1))
BY_BOUNCE = DeliveryStatus.BY_BOUNCE


@pytest.fixture
def warn(site, mlist):
    """Set the clock to a day and do what the cron job does; answer the list."""

    def run(day=0, *statuses, force=False):
        site.now = lambda: NOON + day * DAY
        with mlist.lock():
            warn_disabled(mlist, statuses or (BY_BOUNCE,), force=force)
            mlist.save_changes()
        return MailList.open(site, 'test')

    return run


@pytest.fixture
def disabled(site, mlist):
    """Switch a member off, warned today, with so many warnings left."""

    def make(address=ANNE, left=2, status=BY_BOUNCE):
        site.now = lambda: NOON
        with mlist.lock():
            cookie = Pending(mlist).new('E', 'test', address, lifetime=30 * DAY)
            info = {
                'member': address,
                'score': 5.0,
                'date': (2026, 1, 8),
                'noticesleft': left,
                'lastnotice': (2026, 1, 8),
                'cookie': cookie,
            }
            mlist.set_delivery_status(address, status)
            mlist.set_bounce_info(address, info)
            mlist.save()
        return cookie

    return make


def sent(site):
    """To whom and about what mail went out since the last look."""
    queue = Queue(site, 'virgin')
    entries = [queue.take(base) for base in queue.files()]
    for entry in entries:
        queue.finish(entry.filebase)
    return sorted((e.msgdata['recips'], e.msg['subject']) for e in entries)


def log(site, name='bounce'):
    path = site.logs_dir / name
    return path.read_text() if path.exists() else ''


def test_a_warning_goes_out_when_the_interval_is_over(site, disabled, warn):
    cookie = disabled()
    assert warn(6).bounce_info_of(ANNE)['noticesleft'] == 2
    assert sent(site) == []
    info = warn(7).bounce_info_of(ANNE)
    assert (info['noticesleft'], info['lastnotice']) == (1, (2026, 1, 15))
    assert sent(site) == [([ANNE], f'confirm {cookie}')]
    assert 'Notifying disabled member anne@member.example for list: test' in log(site)


def test_once_a_day_is_enough(site, disabled, warn):
    disabled()
    warn(7)
    warn(7)
    assert len(sent(site)) == 1


def test_with_force_it_goes_out_now(site, disabled, warn):
    disabled()
    assert warn(0, force=True).bounce_info_of(ANNE)['noticesleft'] == 1


def test_after_the_last_warning_the_membership_ends(site, disabled, warn):
    cookie = disabled(left=0)
    found = warn(7)
    assert not found.is_member(ANNE)
    assert Pending(found).peek(cookie) is None
    assert 'test: anne@member.example deleted after exhausting notices' in log(site)
    subscribe = log(site, 'subscribe')
    assert 'test: anne@member.example auto-unsubscribed [reason: BYBOUNCE]' in subscribe
    assert 'test: deleted anne@member.example; disabled address' in subscribe
    assert [recips for recips, _ in sent(site)] == [[ANNE], ['owner@owner.example']]


def test_owners_need_not_be_told(site, mlist, disabled, warn):
    disabled(left=0)
    with mlist.lock():
        mlist.bounce_notify_owner_on_removal = 0
        mlist.save()
    warn(7)
    assert [recips for recips, _ in sent(site)] == [[ANNE]]


@pytest.mark.parametrize(
    'status, word',
    [
        (DeliveryStatus.BY_USER, 'BYUSER'),
        (DeliveryStatus.BY_ADMIN, 'BYADMIN'),
        (DeliveryStatus.UNKNOWN, 'UNKNOWN'),
    ],
)
def test_other_reasons_are_for_those_who_ask(site, disabled, warn, status, word):
    disabled(left=0, status=status)
    assert warn(7).is_member(ANNE)
    assert not warn(7, status).is_member(ANNE)
    assert f'auto-unsubscribed [reason: {word}]' in log(site, 'subscribe')
    assert 'exhausting' not in log(site)


def test_who_has_no_record_gets_one_and_the_first_warning(site, mlist, warn):
    with mlist.lock():
        mlist.set_delivery_status(BOB, DeliveryStatus.BY_ADMIN)
        mlist.save()
    found = warn(0, DeliveryStatus.BY_ADMIN)
    info = found.bounce_info_of(BOB)
    assert info['noticesleft'] == 2
    assert Pending(found).peek(info['cookie']) == ('E', 'test', BOB)
    assert len(sent(site)) == 1


def test_an_expired_cookie_is_replaced(site, mlist, disabled, warn):
    cookie = disabled()
    found = warn(40)
    fresh = found.bounce_info_of(ANNE)['cookie']
    assert fresh != cookie
    assert Pending(found).peek(fresh) == ('E', 'test', ANNE)


def score(site, mlist, points):
    site.now = lambda: NOON
    with mlist.lock():
        info = {'score': points, 'date': (2026, 1, 8), 'noticesleft': 3}
        mlist.set_bounce_info(ANNE, info)
        mlist.save()


def test_an_old_score_is_forgotten(site, mlist, warn):
    score(site, mlist, 2.0)
    assert warn(7).bounce_info_of(ANNE)
    assert warn(8).bounce_info_of(ANNE) is None
    assert sent(site) == []


def test_a_lowered_threshold_catches_up(site, mlist, warn):
    score(site, mlist, 5.0)
    found = warn(1)
    assert found.delivery_status_of(ANNE) == BY_BOUNCE
    assert 'disabling due to bounce score 5.0 >= 5.0' in log(site)
    # Warned when disabled, and not a second time on the same day.
    assert [recips for recips, _ in sent(site)] == [
        [ANNE],
        ['test-owner@lists.example.com'],
    ]


def test_without_bounce_processing_scores_stay(site, mlist, warn):
    score(site, mlist, 5.0)
    with mlist.lock():
        mlist.bounce_processing = 0
        mlist.save()
    assert warn(30).bounce_info_of(ANNE)['score'] == 5.0


def test_the_record_of_somebody_who_left_does_no_harm(site, mlist, warn):
    with mlist.lock():
        mlist.bounce_info['gone@member.example'] = {'score': 9, 'date': (2026, 1, 1)}
        mlist.save()
    assert warn(0)
