"""Pending: cookies that are good for a while, once."""

import re

import pytest

from mailman.lists import MailList
from mailman.lists.pending import Pending
from mailman.storage import pickles

DAY = 86_400


@pytest.fixture
def clock(site):
    """A clock that is set by hand."""

    class Clock:
        now = 1_000_000.0

    site.now = lambda: Clock.now
    return Clock


@pytest.fixture
def pending(clock, mlist):
    return Pending(mlist)


def test_a_cookie_stands_for_its_operation(pending):
    request = {'address': 'a@b.c', 'fullname': 'Zoé', 'digest': 0}
    cookie = pending.new('S', request)
    assert re.fullmatch('[0-9a-f]{40}', cookie)
    assert pending.peek(cookie) == ('S', request)
    assert pending.confirm(cookie) == ('S', request)
    assert pending.confirm(cookie) is None
    assert pending.peek(cookie) is None


def test_a_cookie_ends_when_the_site_says(pending, clock, site):
    cookie = pending.new('U', 'a@b.c')
    assert pending.expires(cookie) == clock.now + site.cfg.PENDING_REQUEST_LIFE
    clock.now += site.cfg.PENDING_REQUEST_LIFE - 1
    assert pending.peek(cookie)
    clock.now += 2
    assert pending.peek(cookie) is None
    assert pending.confirm(cookie) is None


def test_a_cookie_may_have_a_life_of_its_own(pending, clock):
    cookie = pending.new('H', 7, lifetime=100 * DAY)
    clock.now += 99 * DAY
    assert pending.peek(cookie) == ('H', 7)


def test_what_is_over_is_forgotten_at_the_next_save(pending, clock, mlist):
    old = pending.new('U', 'a@b.c', lifetime=10)
    clock.now += 11
    new = pending.new('U', 'd@e.f')
    stored = pickles.loads((mlist.directory / 'pending.pck').read_bytes())
    assert old not in stored
    assert set(stored) == {new, 'evictions', 'version'}
    assert set(stored['evictions']) == {new}
    assert stored['version'] == 2


def test_a_cookie_may_be_given_a_longer_life(pending, clock):
    cookie = pending.new('H', 7, lifetime=10)
    pending.repend(cookie, 'H', 7, lifetime=DAY)
    clock.now += DAY - 1
    assert pending.peek(cookie) == ('H', 7)


def test_all_good_cookies_are_listed(pending, clock):
    pending.new('U', 'gone', lifetime=1)
    clock.now += 2
    one, two = pending.new('U', 'a'), pending.new('C', 'a', 'b', 0)
    assert dict(pending.items()) == {one: ('U', 'a'), two: ('C', 'a', 'b', 0)}
    pending.expire()
    assert len(dict(pending.items())) == 2


@pytest.mark.parametrize('word', ['evictions', 'version', '', 'x', '0' * 40])
def test_other_words_are_no_cookies(pending, word):
    pending.new('U', 'a@b.c')
    assert pending.peek(word) is None
    assert pending.confirm(word) is None


@pytest.mark.parametrize(
    'content', [b'', b'x', b"cos\nsystem\n(S'true'\ntR.", pickles.dumps([1])]
)
def test_a_broken_file_is_set_aside_and_the_list_goes_on(pending, mlist, content):
    (mlist.directory / 'pending.pck').write_bytes(content)
    cookie = pending.new('U', 'a@b.c')
    assert pending.peek(cookie) == ('U', 'a@b.c')
    assert (mlist.directory / 'pending.pck.corrupt').read_bytes() == content
    assert 'pending.pck' in (mlist.site.logs_dir / 'error').read_text()


def test_cookies_of_another_shape_are_no_trouble(pending, mlist):
    odd = {'a' * 40: 'no tuple', 'b' * 40: (), 'c' * 40: ('U', 'x'), 'evictions': 7}
    (mlist.directory / 'pending.pck').write_bytes(pickles.dumps(odd))
    assert dict(pending.items()) == {}
    assert pending.new('U', 'a@b.c')


def test_another_object_of_the_list_sees_the_cookie(pending, site):
    cookie = pending.new('U', 'a@b.c')
    assert Pending(MailList.open(site, 'test')).peek(cookie) == ('U', 'a@b.c')
