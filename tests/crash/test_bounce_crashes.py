"""Crashes while bounces are counted: no event is lost, none counts twice."""

import itertools

from mailman.actions import bounces
from mailman.constants import DeliveryStatus
from mailman.lists import MailList
from tests.crash.crashpoints import crash_points

ANNE = 'anne@member.example'
_numbers = itertools.count()


def test_an_event_counts_once_whenever_the_runner_dies(site, make_list, make_msg):
    def arrange():
        mlist = make_list(f'list{next(_numbers)}', members=[ANNE])
        bounces.record(site, mlist.name, {ANNE: (550, '5.1.1 gone')}, make_msg())
        return mlist.name

    def act(name):
        bounces.process_events(site)

    def check(name, finished):
        bounces.process_events(site)
        assert MailList.open(site, name).bounce_info_of(ANNE)['score'] == 1.0
        assert bounces.events(site) == []

    assert crash_points(arrange, act, check) > 10


def test_a_member_is_disabled_with_a_cookie_whenever_the_runner_dies(
    site, make_list, make_msg
):
    def arrange():
        name = f'list{next(_numbers)}'
        mlist = make_list(name, members=[ANNE], bounce_score_threshold=1.0)
        bounces.record(site, mlist.name, {ANNE: (550, '5.1.1 gone')}, make_msg())
        return mlist

    def act(mlist):
        bounces.process_events(site)

    def check(mlist, finished):
        bounces.process_events(site)
        found = MailList.open(site, mlist.name)
        assert found.delivery_status_of(ANNE) == DeliveryStatus.BY_BOUNCE
        assert found.bounce_info_of(ANNE)['noticesleft'] == 2
        recips = [data['recips'] for _, data in mlist.queue('virgin').messages]
        assert [ANNE] in recips
        assert [mlist.address('owner')] in recips

    assert crash_points(arrange, act, check) > 20
