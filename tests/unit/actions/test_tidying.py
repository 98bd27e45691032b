"""Requests that came to nothing."""

import pytest

from mailman.actions import tidying
from mailman.lists.requests import Requests

ANNE = 'anne@member.example'


@pytest.fixture
def requests(mlist, site):
    site.data_dir.mkdir(exist_ok=True)
    return Requests(mlist)


def test_of_one_address_the_newest_wish_to_join_is_left(mlist, requests):
    first = requests.hold_subscription('new@joiner.example')
    other = requests.hold_subscription('other@joiner.example')
    newest = requests.hold_subscription('New@joiner.example')
    tidying.tidy(mlist)
    assert list(requests.all()) == [other, newest]
    assert first not in requests.all()


def test_who_is_no_member_need_not_leave(mlist, requests):
    kept = requests.hold_unsubscription(ANNE)
    requests.hold_unsubscription('nobody@joiner.example')
    tidying.tidy(mlist)
    assert list(requests.all()) == [kept]


def test_a_lost_post_is_forgotten_and_logged(mlist, requests, make_msg, site):
    number = requests.hold_message(make_msg(), 'why')
    requests.path(number).unlink()
    assert requests.size(requests.get(number)[1]) is None
    tidying.tidy(mlist, [number])
    assert requests.count() == 0
    assert f'the held post {number} from' in (site.logs_dir / 'vette').read_text()


def test_posts_are_never_superfluous(mlist, requests, make_msg):
    requests.hold_message(make_msg(), 'why')
    requests.hold_message(make_msg(), 'why')
    assert tidying.superfluous(mlist, requests) == []
