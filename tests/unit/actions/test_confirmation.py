"""Doing what a cookie stands for, once."""

import pytest

from mailman import errors
from mailman.actions import confirmation, membership, moderation, subscription
from mailman.constants import DeliveryStatus
from mailman.lists import MailList
from mailman.lists.pending import Pending
from mailman.lists.requests import Requests
from mailman.outcomes import (
    AddressChanged,
    Approved,
    AwaitingApproval,
    DeliveryEnabled,
    Discarded,
    LoggedIn,
    ProbeReturned,
    Subscribed,
    Unsubscribed,
)
from mailman.security import passwords

NEW = 'new@joiner.example'
ANNE = 'anne@member.example'


def only_cookie(mlist):
    [(cookie, _)] = Pending(mlist).items()
    return cookie


def recipients(mlist):
    return [data['recips'] for _, data in mlist.queue('virgin').messages]


def log(mlist, name):
    lines = (mlist.site.logs_dir / name).read_text().splitlines()
    return [line.split(') ', 1)[1] for line in lines]


def wish(**changes):
    base = {
        'address': NEW,
        'fullname': 'New Person',
        'password': '',
        'digest': 0,
        'language': 'en',
    }
    return {**base, **changes}


def pend(mlist, *operation):
    return Pending(mlist).new(*operation)


# --- cookies ----------------------------------------------------------------------


@pytest.mark.parametrize('cookie', ['', 'x', '0' * 40, 'evictions', 'version', '\0'])
def test_a_made_up_cookie_does_nothing(mlist, cookie):
    pend(mlist, 'S', wish())
    with pytest.raises(errors.UnknownCookie):
        confirmation.confirm(mlist, cookie)


@pytest.mark.parametrize('form', [str.upper, ' {} '.format])
def test_case_and_blanks_do_not_matter(mlist, form):
    confirmation.confirm(mlist, form(pend(mlist, 'S', wish())))
    assert mlist.is_member(NEW)


def test_a_cookie_is_good_once(mlist):
    cookie = pend(mlist, 'S', wish())
    confirmation.confirm(mlist, cookie)
    with pytest.raises(errors.UnknownCookie):
        confirmation.confirm(mlist, cookie)


def test_the_list_is_saved_before_the_cookie_is_used_up(mlist, monkeypatch):
    cookie = pend(mlist, 'S', wish())

    def crash(self, cookie):
        raise OSError('pulled plug')

    monkeypatch.setattr(Pending, 'confirm', crash)
    with mlist.lock(), pytest.raises(OSError):
        confirmation.confirm(mlist, cookie)
    assert MailList.open(mlist.site, 'test').is_member(NEW)
    assert Pending(mlist).peek(cookie)


def test_a_crash_before_that_keeps_the_cookie(mlist, monkeypatch):
    cookie = pend(mlist, 'S', wish())
    monkeypatch.setattr(mlist, 'save_changes', lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        confirmation.confirm(mlist, cookie)
    assert Pending(mlist).peek(cookie)


@pytest.mark.parametrize(
    'operation',
    [
        ('S', 'no dict'),
        ('S',),
        ('U', 7),
        ('C', ANNE),
        ('E', ANNE),
        ('H', 'x'),
        ('?', ANNE),
        (None,),
    ],
)
def test_a_damaged_entry_is_no_cookie(mlist, operation):
    cookie = pend(mlist, *operation)
    with pytest.raises(errors.UnknownCookie):
        confirmation.confirm(mlist, cookie, approved=True)


def test_a_cookie_for_something_else_stays(mlist):
    cookie = pend(mlist, 'U', ANNE)
    with pytest.raises(errors.UnknownCookie):
        confirmation.confirm(mlist, cookie, expected='SC')
    assert confirmation.confirm(mlist, cookie, expected='U') == Unsubscribed(ANNE, '')


# --- joining ----------------------------------------------------------------------


def test_a_confirmed_newcomer_is_a_member(mlist):
    subscription.subscribe(mlist, NEW, name='New Person', password='zebra')
    outcome = confirmation.confirm(mlist, only_cookie(mlist))
    assert outcome == Subscribed(NEW, 'New Person', False)
    assert passwords.check('zebra', mlist.password_of(NEW)).ok
    assert log(mlist, 'subscribe')[-1] == (
        f'test: new New Person <{NEW}>, via email confirmation'
    )


def test_what_the_newcomer_chose_meanwhile_counts(make_list):
    mlist = make_list('test', available_languages=['en', 'fr'])
    cookie = pend(mlist, 'S', wish())
    confirmation.confirm(
        mlist,
        cookie,
        channel='web',
        changes={'name': 'Zoé', 'digest': True, 'language': 'fr', 'password': 'zebra'},
    )
    assert (mlist.name_of(NEW), mlist.language_of(NEW)) == ('Zoé', 'fr')
    assert mlist.is_digest(NEW)
    assert passwords.check('zebra', mlist.password_of(NEW)).ok
    assert log(mlist, 'subscribe')[-1].endswith('via web confirmation')


def test_a_clear_password_that_2_1_left_is_hashed(mlist):
    confirmation.confirm(mlist, pend(mlist, 'S', wish(password='clear')))
    assert passwords.check('clear', mlist.password_of(NEW)).ok
    assert b'clear' not in (mlist.directory / 'config.pck').read_bytes()


def test_a_kind_of_delivery_that_is_gone_is_replaced(mlist):
    cookie = pend(mlist, 'S', wish(digest=1))
    mlist.digestable = False
    assert confirmation.confirm(mlist, cookie).digest is False


@pytest.mark.parametrize('policy', [2, 3])
def test_a_moderator_may_have_to_agree_as_well(make_list, policy):
    mlist = make_list('test', subscribe_policy=policy)
    outcome = confirmation.confirm(mlist, pend(mlist, 'S', wish(password='clear')))
    [number] = Requests(mlist).subscriptions()
    assert outcome == AwaitingApproval(NEW, number)
    assert Requests(mlist).get(number)[1].password.startswith('scrypt$')
    assert recipients(mlist) == [['test-owner@lists.example.com']]
    assert not mlist.is_member(NEW)


def test_auto_approved_ones_need_no_moderator(make_list):
    mlist = make_list('test', subscribe_policy=3, subscribe_auto_approval=[NEW])
    outcome = confirmation.confirm(mlist, pend(mlist, 'S', wish()))
    assert isinstance(outcome, Subscribed)


def test_the_invited_need_no_moderator(make_list):
    mlist = make_list('test', subscribe_policy=3)
    invited = membership.invite(mlist, NEW)
    assert isinstance(confirmation.confirm(mlist, invited.cookie), Subscribed)


def test_an_invitation_to_another_list_is_told_to_both_owners(make_list):
    make_list('other', owner=['boss@other.example'])
    mlist = make_list('test')
    cookie = pend(mlist, 'S', wish(invitation='other'))
    with pytest.raises(errors.HostileSubscription):
        confirmation.confirm(mlist, cookie)
    assert not mlist.is_member(NEW)
    assert recipients(mlist) == [['owner@owner.example']]
    other = MailList.open(mlist.site, 'other')
    assert recipients(other) == [['boss@other.example']]
    assert log(mlist, 'mischief') == [
        f'test: {NEW} was invited to other but confirmed at test'
    ]
    with pytest.raises(errors.UnknownCookie):
        confirmation.confirm(mlist, cookie)


def test_an_invitation_to_a_list_that_is_gone_is_told_to_one(mlist):
    with pytest.raises(errors.HostileSubscription):
        confirmation.confirm(mlist, pend(mlist, 'S', wish(invitation='gone')))
    assert len(recipients(mlist)) == 1


def test_who_was_banned_meanwhile_cannot_join(mlist):
    cookie = pend(mlist, 'S', wish())
    mlist.ban_list = [NEW]
    with pytest.raises(errors.Banned):
        confirmation.confirm(mlist, cookie, remote='192.0.2.1')
    assert log(mlist, 'vette') == [
        f'Test banned subscription: {NEW} from 192.0.2.1 (matched: {NEW})'
    ]
    assert Pending(mlist).peek(cookie) is None


def test_who_is_a_member_meanwhile_stays_one(mlist):
    cookie = pend(mlist, 'S', wish(address=ANNE))
    with pytest.raises(errors.AlreadyAMember):
        confirmation.confirm(mlist, cookie)
    assert Pending(mlist).peek(cookie) is None


# --- leaving and other addresses --------------------------------------------------


def test_a_confirmed_leaver_is_gone(mlist):
    subscription.unsubscribe(mlist, ANNE)
    assert confirmation.confirm(mlist, only_cookie(mlist)) == Unsubscribed(ANNE, '')
    assert log(mlist, 'subscribe') == [f'test: deleted {ANNE}; email confirmation']


def test_a_list_that_asks_moderators_meanwhile_asks_them(mlist):
    cookie = pend(mlist, 'U', ANNE)
    mlist.unsubscribe_policy = 1
    assert isinstance(confirmation.confirm(mlist, cookie), AwaitingApproval)
    assert mlist.is_member(ANNE)


def test_who_left_already_cannot_leave(mlist):
    with pytest.raises(errors.NotAMember):
        confirmation.confirm(mlist, pend(mlist, 'U', NEW))


def test_a_confirmed_address_is_the_members(mlist):
    subscription.change_address(mlist, ANNE, NEW)
    outcome = confirmation.confirm(mlist, only_cookie(mlist))
    assert outcome == AddressChanged(ANNE, NEW, ('test',))
    assert mlist.is_member(NEW) and not mlist.is_member(ANNE)


def test_an_address_that_was_banned_meanwhile_is_not(mlist):
    cookie = pend(mlist, 'C', ANNE, NEW, 0)
    mlist.ban_list = [NEW]
    with pytest.raises(errors.Banned):
        confirmation.confirm(mlist, cookie)
    assert mlist.is_member(ANNE)


# --- held posts -------------------------------------------------------------------


@pytest.fixture
def held(mlist, make_msg):
    mlist.site.data_dir.mkdir(exist_ok=True)
    moderation.hold(mlist, make_msg(), {}, errors.HoldMessage('NonMemberPost', 'Why'))
    return only_cookie(mlist)


def test_an_approved_post_goes_on(mlist, held):
    assert isinstance(confirmation.confirm(mlist, held, approved=True), Approved)
    assert len(mlist.queue('in').messages) == 1


def test_a_post_that_is_not_approved_is_discarded(mlist, held):
    assert isinstance(confirmation.confirm(mlist, held, approved=False), Discarded)
    assert mlist.queue('in').messages == []
    assert Requests(mlist).held_messages() == []


def test_a_wrong_password_keeps_post_and_cookie(mlist, held):
    with pytest.raises(errors.WrongPassword):
        confirmation.confirm(mlist, held)
    assert len(Requests(mlist).held_messages()) == 1
    assert isinstance(confirmation.confirm(mlist, held, approved=True), Approved)


def test_a_post_that_somebody_dealt_with_is_gone(mlist, held):
    Requests(mlist).remove(*Requests(mlist).held_messages())
    with pytest.raises(errors.UnknownRequest):
        confirmation.confirm(mlist, held, approved=True)
    assert Pending(mlist).peek(held) is None


# --- delivery, log-in, probes -----------------------------------------------------


def test_a_disabled_member_gets_mail_again(mlist):
    mlist.set_delivery_status(ANNE, DeliveryStatus.BY_BOUNCE)
    outcome = confirmation.confirm(mlist, pend(mlist, 'E', 'test', ANNE))
    assert outcome == DeliveryEnabled(ANNE)
    assert mlist.delivery_status_of(ANNE) == DeliveryStatus.ENABLED


def test_who_was_removed_meanwhile_gets_none(mlist):
    with pytest.raises(errors.NotAMember):
        confirmation.confirm(mlist, pend(mlist, 'E', 'test', NEW))


def test_a_log_in_link_is_for_the_log_in_page_alone(mlist):
    cookie = pend(mlist, 'L', ANNE)
    with pytest.raises(errors.UnknownCookie):
        confirmation.confirm(mlist, cookie)
    assert confirmation.confirm(mlist, cookie, expected='L') == LoggedIn(ANNE)
    with pytest.raises(errors.UnknownCookie):
        confirmation.confirm(mlist, cookie, expected='L')


def test_a_log_in_link_of_one_who_left_opens_nothing(mlist):
    with pytest.raises(errors.UnknownCookie):
        confirmation.confirm(mlist, pend(mlist, 'L', NEW), expected='L')


def test_a_probe_is_for_the_bounce_runner_alone(mlist):
    cookie = pend(mlist, 'P', ANNE, 'bounce')
    with pytest.raises(errors.UnknownCookie):
        confirmation.confirm(mlist, cookie)
    outcome = confirmation.confirm(mlist, cookie, expected='P')
    assert outcome == ProbeReturned(ANNE, 'bounce')
