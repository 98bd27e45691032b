"""Members: looked up in any case, shown as given."""

import time

import pytest

from mailman.constants import DeliveryStatus, MemberFlag
from mailman.errors import AlreadyAMember, NotAMember
from mailman.lists import MailList
from mailman.lists.members import MEMBER_DICTS

ANNE, BOB = 'anne@member.example', 'Bob@Member.example'
FLAGS = [f for f in MemberFlag if f not in (0, MemberFlag.DISABLE_DELIVERY)]


def reloaded(mlist):
    mlist.save()
    return MailList.open(mlist.site, mlist.name)


def test_addresses_are_found_in_any_case_and_shown_as_given(mlist):
    mlist = reloaded(mlist)
    assert mlist.is_member('BOB@member.EXAMPLE')
    assert mlist.address_of('bob@member.example') == BOB
    assert mlist.address_of('Anne@Member.Example') == ANNE
    assert mlist.members == {ANNE: 0, BOB.lower(): BOB}


def test_nobody_is_subscribed_twice(mlist):
    for digest in (False, True):
        with pytest.raises(AlreadyAMember):
            mlist.add_member('ANNE@member.example', digest=digest)


def test_a_member_has_what_was_given(mlist):
    mlist.add_member(
        'c@x.example', name='漢字', digest=True, password='h', language='fr'
    )
    mlist = reloaded(mlist)
    assert mlist.is_digest('C@x.example')
    assert mlist.name_of('c@x.example') == '漢字'
    assert mlist.password_of('c@x.example') == 'h'
    assert mlist.language_of('c@x.example') == 'fr'
    assert mlist.digest_keys() == ['c@x.example']
    assert mlist.regular_keys() == [ANNE, BOB.lower()]
    assert mlist.member_keys() == [ANNE, BOB.lower(), 'c@x.example']


def test_a_member_has_defaults_for_the_rest(mlist):
    assert mlist.name_of(ANNE) == ''
    assert mlist.password_of(ANNE) == ''
    assert mlist.language_of(ANNE) == mlist.preferred_language
    assert mlist.delivery_status_of(ANNE) == DeliveryStatus.ENABLED
    assert mlist.delivery_changed_at(ANNE) == 0
    assert mlist.topics_of(ANNE) == []
    assert mlist.bounce_info_of(ANNE) is None
    assert mlist.option(ANNE, MemberFlag.DONT_RECEIVE_DUPLICATES)


def test_a_language_that_is_gone_counts_as_the_lists(mlist):
    mlist.set_language(ANNE, 'xx')
    assert mlist.language_of(ANNE) == 'en'
    assert mlist.language_of('stranger@x.example') == 'en'


@pytest.mark.parametrize('flag', FLAGS)
def test_each_option_is_switched_alone(mlist, flag):
    mlist.set_options(ANNE, 0)
    mlist.set_option(ANNE, flag, True)
    mlist = reloaded(mlist)
    assert [f for f in FLAGS if mlist.option(ANNE, f)] == [flag]
    mlist.set_option(ANNE, flag, False)
    assert mlist.options_of(ANNE) == 0
    assert ANNE not in mlist.user_options


@pytest.mark.parametrize('status', [1, 2, 3, 4])
def test_delivery_is_disabled_with_reason_and_time(mlist, status):
    mlist.set_delivery_status(BOB, status)
    mlist = reloaded(mlist)
    assert mlist.delivery_status_of(BOB) == status
    assert abs(mlist.delivery_changed_at(BOB) - time.time()) < 60
    assert mlist.option(BOB, MemberFlag.DISABLE_DELIVERY)
    assert mlist.recipients() == [ANNE]
    assert mlist.members_with_status(status) == [BOB.lower()]


def test_enabling_delivery_forgets_the_bounces(mlist):
    mlist.set_delivery_status(BOB, DeliveryStatus.BY_BOUNCE)
    mlist.set_bounce_info(BOB, {'score': 5.0})
    mlist.set_option(BOB, MemberFlag.DISABLE_DELIVERY, False)
    assert mlist.bounce_info == mlist.delivery_status == {}
    assert mlist.recipients() == [ANNE, BOB]


def test_recipients_of_digests_are_others(mlist):
    mlist.set_option(BOB, MemberFlag.DIGESTS, True)
    assert mlist.recipients() == [ANNE]
    assert mlist.recipients(digest=True) == [BOB]


def test_whoever_leaves_the_digest_gets_one_more(mlist):
    mlist.set_option(BOB, MemberFlag.DIGESTS, True)
    assert mlist.option(BOB, MemberFlag.DIGESTS)
    assert mlist.one_last_digest == {}
    mlist.set_option(BOB, MemberFlag.DIGESTS, False)
    assert mlist.one_last_digest == {BOB.lower(): BOB}
    assert mlist.address_of(BOB) == BOB
    mlist.set_option(BOB, MemberFlag.DIGESTS, True)
    assert mlist.one_last_digest == {}


def test_details_are_kept_and_forgotten(mlist):
    mlist.set_name(ANNE, 'Anne')
    mlist.set_password(ANNE, 'hash')
    mlist.set_topics(ANNE, ('one', 'two'))
    mlist.set_bounce_info(ANNE, {'score': 1.0, 'date': (2026, 1, 8)})
    mlist = reloaded(mlist)
    assert mlist.name_of(ANNE) == 'Anne'
    assert mlist.topics_of(ANNE) == ['one', 'two']
    assert mlist.bounce_info_of(ANNE) == {'score': 1.0, 'date': (2026, 1, 8)}
    mlist.set_name(ANNE, '')
    mlist.set_topics(ANNE, [])
    mlist.set_bounce_info(ANNE, None)
    assert mlist.usernames == mlist.topics_userinterest == mlist.bounce_info == {}


def test_removing_a_member_leaves_nothing_of_it(mlist):
    mlist.set_option(ANNE, MemberFlag.DIGESTS, True)
    mlist.set_option(ANNE, MemberFlag.DIGESTS, False)
    mlist.set_name(ANNE, 'Anne')
    mlist.set_delivery_status(ANNE, 2)
    mlist.remove_member('ANNE@MEMBER.example')
    assert not mlist.is_member(ANNE)
    assert not [name for name in MEMBER_DICTS if ANNE in getattr(mlist, name)]


@pytest.mark.parametrize(
    'call',
    [
        lambda m: m.address_of('x@y.z'),
        lambda m: m.remove_member('x@y.z'),
        lambda m: m.change_address('x@y.z', 'a@b.c'),
        lambda m: m.set_option('x@y.z', MemberFlag.MODERATE, True),
        lambda m: m.option('x@y.z', MemberFlag.MODERATE),
        lambda m: m.set_delivery_status('x@y.z', 2),
        lambda m: m.delivery_status_of('x@y.z'),
        lambda m: m.set_name('x@y.z', 'X'),
        lambda m: m.password_of('x@y.z'),
        lambda m: m.topics_of('x@y.z'),
    ],
)
def test_strangers_are_refused(mlist, call):
    with pytest.raises(NotAMember) as caught:
        call(mlist)
    assert caught.value.address == 'x@y.z'


def test_a_changed_address_takes_everything_along(mlist):
    mlist.set_option(BOB, MemberFlag.DIGESTS, True)
    mlist.set_name(BOB, 'Bob')
    mlist.set_password(BOB, 'hash')
    mlist.set_delivery_status(BOB, DeliveryStatus.BY_USER)
    mlist.change_address('bob@member.example', 'Robert@New.example')
    assert not mlist.is_member(BOB)
    assert mlist.is_digest('robert@new.example')
    assert mlist.address_of('robert@new.example') == 'Robert@New.example'
    assert mlist.name_of('robert@new.example') == 'Bob'
    assert mlist.password_of('robert@new.example') == 'hash'
    assert mlist.delivery_status_of('robert@new.example') == DeliveryStatus.BY_USER


def test_a_changed_address_leaves_the_old_mailboxs_bounces_behind(mlist):
    mlist.set_delivery_status(BOB, DeliveryStatus.BY_BOUNCE)
    mlist.set_bounce_info(BOB, {'score': 5.0})
    mlist.change_address(BOB, 'new@x.example')
    assert mlist.bounce_info == mlist.delivery_status == {}


def test_an_address_may_change_its_case_alone(mlist):
    mlist.set_name(BOB, 'Bob')
    mlist.change_address(BOB, 'BOB@member.example')
    assert mlist.address_of(BOB) == 'BOB@member.example'
    assert mlist.name_of(BOB) == 'Bob'
    mlist.change_address(BOB, 'bob@member.example')
    assert mlist.members['bob@member.example'] == 0


def test_both_addresses_may_stay(mlist):
    mlist.change_address(BOB, 'second@x.example', keep_old=True)
    assert mlist.is_member(BOB)
    assert mlist.is_member('second@x.example')


def test_an_address_may_become_one_that_is_a_member_already(mlist):
    mlist.set_name(BOB, 'Bob')
    mlist.change_address(BOB, ANNE)
    assert mlist.member_keys() == [ANNE]
    assert mlist.name_of(ANNE) == 'Bob'


def test_a_hundred_thousand_members_are_quick(mlist):
    addresses = [f'User{n}@example{n % 100}.com' for n in range(100_000)]
    started = time.process_time()
    for address in addresses:
        mlist.add_member(address)
    assert time.process_time() - started < 10
    started = time.process_time()
    mlist.save()
    mlist.load()
    assert time.process_time() - started < 10
    started = time.process_time()
    assert len(mlist.recipients()) == 100_002
    assert time.process_time() - started < 1
