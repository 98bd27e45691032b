"""Scores: once a day, stale ones start again, the threshold disables or probes."""

import re
import time

import pytest

from mailman.actions import bounces
from mailman.actions.bounces import info as infos
from mailman.constants import DeliveryStatus, MemberFlag
from mailman.lists import MailList
from mailman.lists.pending import Pending
from mailman.queue import Queue
from mailman.storage.locks import Lock

ANNE, BOB = 'anne@member.example', 'Bob@Member.example'
DAY = 86_400
NOON = time.mktime((2026, 1, 8, 12, 0, 0, 0, 0, -1))


@pytest.fixture
def clock(site):
    """Set the site's clock to noon of a day; days are counted from 8 January."""

    def noon(day=0):
        moment = NOON + day * DAY
        site.now = lambda: moment

    noon()
    return noon


@pytest.fixture
def bounce(site, clock, make_msg):
    """Record a bounce and have it counted; answer the list as it is then."""

    def run(*addresses, name='test', text='5.1.1 gone', token='', count=True):
        failures = {address: (550, text) for address in addresses}
        bounces.record(site, name, failures, make_msg(), token)
        if count:
            bounces.process_events(site)
        return MailList.open(site, name)

    return run


def log(site, name='bounce'):
    """The lines of a log file without their time."""
    path = site.logs_dir / name
    lines = path.read_text().splitlines() if path.exists() else []
    return [re.sub(r'^.*?\(\d+\) ', '', line) for line in lines]


def sent(site):
    """The notices, as (recipients, subject), those to owners first."""
    queue = Queue(site, 'virgin')
    entries = map(queue.read, queue.files())
    found = [(e.msgdata['recips'], e.msg['subject']) for e in entries]
    return sorted(found, key=lambda notice: notice[1])


def status(mlist, address):
    return mlist.delivery_status_of(address)


def settings(mlist, **values):
    with mlist.lock():
        for name, value in values.items():
            setattr(mlist, name, value)
        mlist.save()


# --- counting ---------------------------------------------------------------


def test_the_first_bounce_begins_a_record(site, mlist, bounce):
    found = bounce(ANNE).bounce_info_of(ANNE)
    assert found == {
        'member': ANNE,
        'score': 1.0,
        'date': (2026, 1, 8),
        'noticesleft': 3,
        'lastnotice': (0, 0, 0),
        'cookie': None,
    }
    assert log(site) == [f'test: {ANNE} bounce score: 1.0']
    assert sent(site) == []
    assert bounces.events(site) == []


def test_a_day_counts_once(site, mlist, bounce):
    bounce(ANNE)
    assert bounce(ANNE).bounce_info_of(ANNE)['score'] == 1
    assert log(site)[1] == f'test: {ANNE} already scored a bounce for date 08-Jan-2026'


def test_another_day_adds(site, mlist, bounce, clock):
    bounce(ANNE)
    clock(1)
    found = bounce(ANNE).bounce_info_of(ANNE)
    assert (found['score'], found['date']) == (2.0, (2026, 1, 9))
    assert log(site)[1] == f'test: {ANNE} current bounce score: 2.0'


def test_a_stale_score_starts_again(site, mlist, bounce, clock):
    bounce(ANNE)
    clock(8)
    assert bounce(ANNE).bounce_info_of(ANNE)['score'] == 1
    assert log(site)[1] == f'test: {ANNE} has stale bounce info, resetting'


def test_after_a_week_to_the_day_it_is_not_stale(mlist, bounce, clock):
    bounce(ANNE)
    clock(7)
    assert bounce(ANNE).bounce_info_of(ANNE)['score'] == 2


def test_an_event_of_an_earlier_day_that_comes_again_changes_nothing(
    mlist, bounce, clock
):
    clock(2)
    bounce(ANNE)
    clock(1)
    assert bounce(ANNE).bounce_info_of(ANNE)['score'] == 1


def test_the_score_belongs_to_the_member_whatever_the_case(mlist, bounce):
    assert bounce('BOB@member.EXAMPLE').bounce_info_of(BOB)['score'] == 1


def test_strangers_do_not_count(site, mlist, bounce):
    assert bounce('guest@away.example').bounce_info == {}
    assert log(site) == []


@pytest.mark.parametrize(
    'text', ['5.7.1 policy', '550-5.7.26 DMARC', '554 rejected as spam']
)
def test_a_policy_refusal_is_logged_and_not_scored(site, mlist, bounce, text):
    assert bounce(ANNE, text=text).bounce_info == {}
    assert log(site) == [f'test: {ANNE} refused by policy, not scored: {text}']


def test_a_record_of_2_1_with_holes_is_completed(site, mlist, bounce, clock):
    with mlist.lock():
        mlist.set_bounce_info(ANNE, {'score': 2.0, 'date': [2026, 1, 7]})
        mlist.save()
    found = bounce(ANNE).bounce_info_of(ANNE)
    assert (found['score'], found['noticesleft']) == (3.0, 3)


# --- the threshold ----------------------------------------------------------


def test_the_threshold_disables_and_tells_owner_and_member(site, mlist, bounce):
    settings(mlist, bounce_score_threshold=1.0)
    found = bounce(ANNE)
    assert status(found, ANNE) == DeliveryStatus.BY_BOUNCE
    assert log(site)[1] == f'test: {ANNE} disabling due to bounce score 1.0 >= 1.0'
    cookie = found.bounce_info_of(ANNE)['cookie']
    assert Pending(found).peek(cookie) == ('E', 'test', ANNE)
    assert sent(site) == [
        (['test-owner@lists.example.com'], 'Bounce action notification'),
        ([ANNE], f'confirm {cookie}'),
    ]


def test_the_first_warning_counts(mlist, bounce):
    settings(mlist, bounce_score_threshold=1.0)
    found = bounce(ANNE).bounce_info_of(ANNE)
    assert (found['noticesleft'], found['lastnotice']) == (2, (2026, 1, 8))


def test_the_cookie_is_good_until_the_removal(mlist, bounce, clock):
    settings(mlist, bounce_score_threshold=1.0)
    found = bounce(ANNE)
    clock(21)
    assert Pending(found).peek(found.bounce_info_of(ANNE)['cookie'])


def test_what_comes_later_is_residual(site, mlist, bounce):
    settings(mlist, bounce_score_threshold=1.0)
    bounce(ANNE)
    bounce(ANNE)
    assert log(site)[2:] == [f'test: {ANNE} residual bounce received']
    assert len(sent(site)) == 2


def test_two_in_one_go_disable_once(site, mlist, bounce):
    settings(mlist, bounce_score_threshold=1.0)
    bounce(ANNE, count=False)
    bounce(ANNE)
    assert len(sent(site)) == 2
    assert f'test: {ANNE} residual bounce received' in log(site)


def test_who_switched_delivery_off_is_left_alone(site, mlist, bounce):
    with mlist.lock():
        mlist.set_option(ANNE, MemberFlag.DISABLE_DELIVERY, True)
        mlist.save()
    settings(mlist, bounce_score_threshold=1.0)
    assert status(bounce(ANNE), ANNE) == DeliveryStatus.BY_USER


def test_without_warnings_the_membership_ends_at_once(site, mlist, bounce):
    settings(mlist, bounce_score_threshold=1.0, bounce_you_are_disabled_warnings=0)
    assert not bounce(ANNE).is_member(ANNE)
    assert f'test: {ANNE} auto-unsubscribed [reason: BYBOUNCE]' in log(
        site, 'subscribe'
    )


def test_owners_who_do_not_want_to_know_are_not_told(site, mlist, bounce):
    settings(mlist, bounce_score_threshold=1.0, bounce_notify_owner_on_disable=0)
    bounce(ANNE)
    assert [recips for recips, _ in sent(site)] == [[ANNE]]


def test_owners_who_want_to_know_each_rise_are_told(site, mlist, bounce):
    settings(mlist, bounce_notify_owner_on_bounce_increment=1)
    bounce(ANNE)
    bounce(ANNE)
    assert len(sent(site)) == 1


def test_mail_about_an_umbrella_member_goes_to_its_owner(site, mlist, bounce):
    settings(mlist, bounce_score_threshold=1.0, umbrella_list=1)
    bounce(ANNE)
    assert sent(site)[1][0] == ['anne-owner@member.example']


# --- probes -----------------------------------------------------------------


@pytest.fixture
def probed(site, mlist, bounce):
    """Anne was sent a probe; answer its token."""
    site.cfg.VERP_PROBES = True
    settings(mlist, bounce_score_threshold=1.0)
    bounce(ANNE)
    queue = Queue(site, 'virgin')
    [base] = queue.files()
    entry = queue.read(base)
    assert entry.msgdata['recips'] == [ANNE]
    token = entry.msgdata['probe_token']
    sender = f'test-bounces+{token}@lists.example.com'
    assert (entry.msgdata['envsender'], entry.msg['from']) == (sender, sender)
    assert not entry.msgdata['verp']
    return token


def test_a_probe_takes_the_place_of_disabling(site, mlist, probed):
    found = MailList.open(site, 'test')
    assert status(found, ANNE) == DeliveryStatus.ENABLED
    assert found.bounce_info_of(ANNE)['score'] == 0
    op, member, raw = Pending(found).peek(probed)
    assert (op, member) == ('P', ANNE)
    assert b'Hello, list.' in raw
    expected = f'sending test list probe to: {ANNE} (score 1.0 >= 1.0)'
    assert log(site)[1] == expected


def test_a_probe_that_comes_back_disables_at_once(site, mlist, bounce, probed):
    found = bounce(ANNE, token=probed)
    assert status(found, ANNE) == DeliveryStatus.BY_BOUNCE
    assert log(site)[2] == f'test: {ANNE} disabling due to probe bounce received'
    assert Pending(found).peek(probed) is None


def test_a_probe_refused_by_policy_changes_nothing(mlist, bounce, probed):
    found = bounce(ANNE, token=probed, text='5.7.1 no')
    assert status(found, ANNE) == DeliveryStatus.ENABLED


def test_an_unknown_probe_is_logged(site, mlist, bounce):
    bounce(ANNE, token='f' * 40)
    assert log(site) == ['test: bounce of an unknown or expired probe received']


def test_a_huge_bounce_is_not_kept_whole_with_the_cookie(site, mlist, make_msg):
    site.cfg.VERP_PROBES = True
    settings(mlist, bounce_score_threshold=1.0)
    with mlist.lock():
        bounces.register(mlist, ANNE, make_msg(body='x\n' * 50_000))
        mlist.save()
    [(_, operation)] = Pending(mlist).items()
    assert len(operation[2]) < 6000


# --- many events ------------------------------------------------------------


def test_a_storm_is_counted_with_one_save(site, make_list, bounce, monkeypatch):
    people = [f'm{n}@member.example' for n in range(50)]
    make_list('big', members=people)
    for person in people:
        bounce(person, name='big', count=False)
    saves = []
    save = MailList.save
    monkeypatch.setattr(
        MailList, 'save', lambda self: (saves.append(self.name), save(self))[1]
    )
    assert bounces.process_events(site)
    assert saves == ['big']
    assert len(MailList.open(site, 'big').bounce_info) == 50


def test_when_all_are_disabled_posts_get_their_turn(
    site, make_list, bounce, monkeypatch
):
    monkeypatch.setattr('mailman.actions.bounces.scoring.MOST_REACHED', 3)
    people = [f'm{n}@member.example' for n in range(7)]
    make_list('big', members=people, bounce_score_threshold=1.0)
    for person in people:
        bounce(person, name='big', count=False)
    locks = []
    lock = MailList.lock
    monkeypatch.setattr(
        MailList, 'lock', lambda self, **kw: (locks.append(1), lock(self, **kw))[1]
    )
    bounces.process_events(site)
    assert len(locks) == 3
    found = MailList.open(site, 'big')
    assert len(found.members_with_status(DeliveryStatus.BY_BOUNCE)) == 7
    assert bounces.events(site) == []


def test_nothing_to_count_is_told(site):
    assert not bounces.process_events(site)


def test_one_process_counts_at_a_time(site, mlist, bounce):
    bounce(ANNE, count=False)
    with Lock(site.locks_dir / 'bounce-events.lock'):
        assert not bounces.process_events(site)
    assert bounces.process_events(site)


def test_events_of_a_busy_list_wait(site, mlist, bounce):
    site.cfg.LIST_LOCK_TIMEOUT = 0
    bounce(ANNE, count=False)
    with mlist.lock():
        assert not bounces.process_events(site)
    assert len(bounces.events(site)) == 1
    assert bounces.process_events(site)


def test_events_of_a_list_that_is_gone_are_dropped(site, bounce, make_msg):
    bounces.record(site, 'gone', {ANNE: (550, 'x')}, make_msg())
    assert bounces.process_events(site)
    assert bounces.events(site) == []


def test_a_list_in_trouble_does_not_stop_the_others(
    site, mlist, make_list, bounce, monkeypatch
):
    make_list('bad', members=[ANNE])
    bounce(ANNE, name='bad', count=False)
    bounce(ANNE, count=False)
    save = MailList.save_changes

    def broken(self):
        if self.name == 'bad':
            raise OSError('disk full')
        save(self)

    monkeypatch.setattr(MailList, 'save_changes', broken)
    assert bounces.process_events(site)
    assert MailList.open(site, 'test').bounce_info_of(ANNE)
    [left] = bounces.events(site)
    assert '"bad"' in left.read_text()


def test_an_event_nobody_foresaw_is_logged_and_passed_over(site, mlist, bounce):
    with mlist.lock():
        mlist.bounce_info[ANNE] = 'what is this'
        mlist.save()
    bounce(ANNE, count=False)
    found = bounce(BOB)
    assert found.bounce_info_of(BOB)['score'] == 1
    assert bounces.events(site) == []


# --- lists that send to other lists' members ----------------------------------


def test_a_bounce_counts_where_the_member_is(site, make_list, bounce):
    make_list('all', regular_include_lists=['team@lists.example.com', 'all@x'])
    make_list('team', members=['dan@member.example'])
    bounce('dan@member.example', name='all')
    assert MailList.open(site, 'team').bounce_info_of('dan@member.example')
    assert log(site) == ['team: dan@member.example bounce score: 1.0']


def test_a_missing_included_list_is_logged(site, make_list, bounce):
    make_list('all', regular_include_lists=['gone@lists.example.com'])
    bounce('dan@member.example', name='all')
    expected = 'Bouncer: all: Include list "gone@lists.example.com" not found.'
    assert log(site, 'error') == [expected]


# --- days -------------------------------------------------------------------


@pytest.mark.parametrize('value', [None, (), 'x', (1, 2), [None, 1, 2]])
def test_what_is_no_day_never_was(value):
    assert infos.day_in({'date': value}, 'date') == infos.NEVER


def test_a_day_of_23_hours_is_a_day():
    for day in range(1, 365):
        before = infos.day_of(NOON + (day - 1) * DAY)
        after = infos.day_of(NOON + day * DAY)
        assert infos.days_passed(before, after, DAY)
        assert not infos.days_passed(after, after, DAY)


def test_an_impossible_day_is_long_ago():
    assert infos.midnight((10**20, 1, 1)) == 0
