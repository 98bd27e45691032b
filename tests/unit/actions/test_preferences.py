"""What members choose for themselves, here and on other lists."""

import pytest

from mailman.actions import preferences
from mailman.actions.preferences import Wish
from mailman.constants import DeliveryStatus, MemberFlag
from mailman.errors import CannotDigest, MustDigest, NotAMember
from mailman.lists import MailList
from mailman.site import Site

ANNE = 'anne@example.org'


@pytest.fixture
def site(tmp_path):
    for name in ('lists', 'logs', 'locks', 'archives/private', 'data'):
        (tmp_path / name).mkdir(parents=True)
    return Site(tmp_path)


def make(site, name, **settings):
    mlist = MailList.create(site, name, 'o@example.com', '', **settings)
    with mlist.lock():
        mlist.add_member(ANNE)
        mlist.save()
    return mlist


@pytest.fixture
def mlist(site):
    return make(site, 'dev')


def test_what_is_not_wished_for_stays(mlist):
    assert not preferences.change(mlist, ANNE, Wish())
    wish = Wish(flags={MemberFlag.CONCEAL_SUBSCRIPTION: True})
    assert preferences.change(mlist, ANNE, wish)
    assert not preferences.change(mlist, ANNE, wish)


def test_a_stranger_has_no_settings(mlist):
    with pytest.raises(NotAMember):
        preferences.change(mlist, 'x@example.org', Wish())


@pytest.mark.parametrize(
    'digestable, nondigestable, before, wanted, error',
    [(0, 1, False, True, CannotDigest), (1, 0, True, False, MustDigest)],
)
def test_a_kind_that_the_list_has_not_changes_nothing(
    mlist, digestable, nondigestable, before, wanted, error
):
    mlist.set_option(ANNE, MemberFlag.DIGESTS, before)
    mlist.digestable, mlist.nondigestable = digestable, nondigestable
    wish = Wish(digest=wanted, flags={MemberFlag.CONCEAL_SUBSCRIPTION: True})
    with pytest.raises(error):
        preferences.change(mlist, ANNE, wish)
    assert not mlist.option(ANNE, MemberFlag.CONCEAL_SUBSCRIPTION)


def test_who_has_a_kind_that_the_list_gave_up_may_keep_it(mlist):
    mlist.set_option(ANNE, MemberFlag.DIGESTS, True)
    mlist.digestable = 0
    assert not preferences.change(mlist, ANNE, Wish(digest=True))


def test_switching_off_keeps_who_switched_off_first(mlist):
    mlist.set_delivery_status(ANNE, DeliveryStatus.BY_ADMIN)
    preferences.change(mlist, ANNE, Wish(delivery=False))
    assert mlist.delivery_status_of(ANNE) == DeliveryStatus.BY_ADMIN


def test_languages_and_topics_are_those_of_the_list(mlist):
    mlist.topics = [('a', 'x', '', False), ('b', 'y', '', False)]
    preferences.change(mlist, ANNE, Wish(language='xx', topics=['b', 'nosuch']))
    assert mlist.language_of(ANNE) == 'en'
    assert mlist.topics_of(ANNE) == ['b']


def test_other_lists_of_the_host_follow_and_busy_ones_are_named(
    site, mlist, monkeypatch
):
    make(site, 'other')
    busy = make(site, 'busy')
    make(site, 'far', host_name='far.example')
    monkeypatch.setattr(preferences, '_PATIENCE', 0.0)
    wish = Wish(delivery=False)
    with MailList(site, 'busy').lock():
        found = preferences.elsewhere(
            mlist, ANNE, lambda other: preferences.change(other, ANNE, wish)
        )
    assert (found.lists, found.busy) == (['Other'], [busy.real_name])
    state = MailList.open(site, 'other').delivery_status_of(ANNE)
    assert state == DeliveryStatus.BY_USER
    assert 'busy: locked' in (site.logs_dir / 'error').read_text()
