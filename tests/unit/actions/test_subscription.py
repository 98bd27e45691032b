"""Asking to join, to leave, to have another address."""

import pytest

from mailman import errors
from mailman.actions import subscription
from mailman.constants import MemberFlag
from mailman.lists.pending import Pending
from mailman.lists.requests import Requests
from mailman.outcomes import (
    AwaitingApproval,
    ConfirmationSent,
    Subscribed,
    Unsubscribed,
)
from mailman.security import passwords

NEW = 'new@joiner.example'
ANNE = 'anne@member.example'
BOB = 'Bob@Member.example'
OWNER = 'test-owner@lists.example.com'
REQUEST = 'test-request@lists.example.com'
DAY = 86_400


@pytest.fixture
def clock(site):
    class Clock:
        now = 1_800_000_000.0

    site.now = lambda: Clock.now
    return Clock


@pytest.fixture
def configure(site):
    """Set site variables as mm_cfg.py would."""
    from mailman.site import Site

    def set_(**values):
        lines = [f'{name} = {value!r}\n' for name, value in values.items()]
        path = site.prefix / 'Mailman' / 'mm_cfg.py'
        path.write_text('from Defaults import *\n' + ''.join(lines))
        site.cfg = Site(site.prefix, install=site.install).cfg

    return set_


def mails(mlist):
    return mlist.queue('virgin').messages


def mail_to(mlist, who):
    [found] = [msg for msg, data in mails(mlist) if data['recips'] == [who]]
    return found


def words(msg):
    return msg.get_payload(decode=True).decode()


def operations(mlist):
    return [operation for _, operation in Pending(mlist).items()]


def log(mlist, name):
    path = mlist.site.logs_dir / name
    lines = path.read_text().splitlines() if path.exists() else []
    return [line.split(') ', 1)[1] for line in lines]


# --- the policies -----------------------------------------------------------------


def test_an_open_list_takes_everybody_at_once(make_list):
    mlist = make_list('test', subscribe_policy=0)
    outcome = subscription.subscribe(mlist, NEW, name='New Person', remote=NEW)
    assert outcome == Subscribed(NEW, 'New Person', False)
    assert mlist.is_member(NEW)
    assert log(mlist, 'subscribe') == [f'test: new New Person <{NEW}>, {NEW}']


@pytest.mark.parametrize('policy', [1, 3])
def test_who_wants_to_join_is_asked_to_confirm(make_list, policy):
    mlist = make_list('test', subscribe_policy=policy)
    outcome = subscription.subscribe(
        mlist, NEW, name='New Person', remote=NEW, sender=NEW
    )
    assert outcome == ConfirmationSent(NEW)
    assert not mlist.is_member(NEW)
    [(cookie, operation)] = Pending(mlist).items()
    assert operation == (
        'S',
        {
            'address': NEW,
            'fullname': 'New Person',
            'password': '',
            'digest': 0,
            'language': 'en',
        },
    )
    msg = mail_to(mlist, NEW)
    assert msg['subject'] == f'confirm {cookie}'
    assert msg['from'] == msg['reply-to'] == REQUEST
    assert msg['precedence'] == 'bulk'
    assert msg['auto-submitted'] == 'auto-replied'
    assert f'/confirm/test/{cookie}' in words(msg)
    assert f'from {NEW}' in words(msg)
    assert log(mlist, 'subscribe') == [f'test: pending New Person <{NEW}>  {NEW}']


def test_no_words_of_a_stranger_are_mailed_to_the_address(mlist):
    subscription.subscribe(
        mlist, NEW, name='Buy at http://spam.example', remote='Buy this\n\nnow'
    )
    msg = mail_to(mlist, NEW)
    assert 'Buy' not in msg.as_bytes().decode()


def test_a_confirmation_that_another_address_asked_for_is_no_reply(mlist):
    subscription.subscribe(mlist, NEW, sender='other@joiner.example')
    assert mail_to(mlist, NEW)['auto-submitted'] == 'auto-generated'


def test_the_cookie_may_be_in_the_address(mlist, configure):
    configure(VERP_CONFIRMATIONS=True)
    subscription.subscribe(mlist, NEW)
    [(cookie, _)] = Pending(mlist).items()
    msg = mail_to(mlist, NEW)
    assert msg['from'] == f'test-confirm+{cookie}@lists.example.com'
    assert msg['reply-to'] == msg['from']
    assert 'Test' in msg['subject'] and cookie not in msg['subject']


def test_a_moderator_has_to_agree(make_list):
    mlist = make_list('test', subscribe_policy=2)
    outcome = subscription.subscribe(mlist, NEW, name='New Person')
    [number] = Requests(mlist).subscriptions()
    assert outcome == AwaitingApproval(NEW, number)
    _, held = Requests(mlist).get(number)
    assert (held.address, held.fullname, held.digest) == (NEW, 'New Person', 0)
    [(msg, data)] = mails(mlist)
    assert data['recips'] == [OWNER] and data['tomoderators'] == 1
    assert msg['from'] == OWNER and msg['precedence'] == 'list'
    assert 'Test' in msg['subject'] and NEW in msg['subject']
    assert '/admindb/test' in words(msg)
    assert log(mlist, 'vette') == [f'test: held subscription request from {NEW}']


def test_moderators_may_want_no_notice_at_once(make_list):
    mlist = make_list('test', subscribe_policy=2, admin_immed_notify=False)
    subscription.subscribe(mlist, NEW)
    assert mails(mlist) == []


@pytest.mark.parametrize(
    'entry', [NEW, 'NEW@joiner.example', r'^.*@joiner\.example$', '@other']
)
def test_some_need_no_approval(make_list, entry):
    make_list('other', members=[NEW])
    mlist = make_list('test', subscribe_policy=2, subscribe_auto_approval=[entry])
    assert isinstance(subscription.subscribe(mlist, NEW), Subscribed)
    assert log(mlist, 'vette') == [f'test: auto approved subscribe from {NEW}']


def test_auto_approval_does_not_replace_the_confirmation(make_list):
    mlist = make_list('test', subscribe_policy=3, subscribe_auto_approval=[NEW])
    assert subscription.subscribe(mlist, NEW) == ConfirmationSent(NEW)


# --- what is stored ---------------------------------------------------------------


def test_a_password_is_hashed_before_anything_is_written(mlist):
    subscription.subscribe(mlist, NEW, password='zebra-stripes')
    [(_, wish)] = operations(mlist)
    assert passwords.check('zebra-stripes', wish['password']).ok
    assert b'zebra' not in (mlist.directory / 'pending.pck').read_bytes()


def test_a_waiting_password_is_never_shown_to_moderators(make_list):
    mlist = make_list('test', subscribe_policy=2)
    subscription.subscribe(mlist, NEW, password='zebra-stripes')
    assert b'zebra' not in (mlist.directory / 'request.pck').read_bytes()


@pytest.mark.parametrize(
    'given, stored',
    [
        ('New\r\nBcc: x@y.example', 'New Bcc: x@y.example'),
        ('  New   Person ', 'New Person'),
        ('Zoé\0\x1b[1m', 'Zoé [1m'),
        ('x' * 1000, 'x' * 200),
    ],
)
def test_names_are_tidied(mlist, given, stored):
    subscription.subscribe(mlist, NEW, name=given)
    assert operations(mlist)[0][1]['fullname'] == stored


@pytest.mark.parametrize(
    'settings, digest',
    [
        ({}, 0),
        ({'digest_is_default': True}, 1),
        ({'digest_is_default': True, 'digestable': False}, 0),
        ({'nondigestable': False}, 1),
    ],
)
def test_the_kind_of_delivery_is_the_lists_default(make_list, settings, digest):
    mlist = make_list('test', **settings)
    subscription.subscribe(mlist, NEW)
    assert operations(mlist)[0][1]['digest'] == digest


@pytest.mark.parametrize('lang, stored', [('fr', 'fr'), ('xx', 'en'), (None, 'en')])
def test_the_language_is_one_of_the_lists(make_list, lang, stored):
    mlist = make_list('test', available_languages=['en', 'fr'])
    subscription.subscribe(mlist, NEW, language=lang)
    assert operations(mlist)[0][1]['language'] == stored


def test_an_international_address_can_join(make_list):
    mlist = make_list('test', subscribe_policy=0)
    outcome = subscription.subscribe(mlist, 'zoé@bücher.example')
    assert outcome.address == 'zoé@xn--bcher-kva.example'
    assert mlist.is_member('zoé@xn--bcher-kva.example')


def test_newcomers_are_moderated_where_the_list_wants_that(make_list):
    mlist = make_list('test', subscribe_policy=0, default_member_moderation=True)
    subscription.subscribe(mlist, NEW)
    assert mlist.option(NEW, MemberFlag.MODERATE)


@pytest.mark.parametrize(
    'password, note', [('zebra-stripes', 'you have chosen'), (None, 'log-in link')]
)
def test_a_welcome_holds_no_password(make_list, password, note):
    mlist = make_list('test', subscribe_policy=0, welcome_msg='Be kind.')
    subscription.subscribe(mlist, NEW, password=password)
    text = words(mail_to(mlist, NEW))
    assert note in text and 'Be kind.' in text
    assert 'zebra' not in text


# --- refusals ---------------------------------------------------------------------


@pytest.mark.parametrize(
    'address, digest, error',
    [
        ('nobody', None, errors.BadAddress),
        ('', None, errors.BadAddress),
        ('a\nb@c.example', None, errors.HostileAddress),
        ('ANNE@member.example', None, errors.AlreadyAMember),
        (NEW, True, errors.CannotDigest),
        ('test@lists.example.com', None, errors.Banned),
    ],
)
def test_some_cannot_join(mlist, address, digest, error):
    mlist.digestable = False
    with pytest.raises(error):
        subscription.subscribe(mlist, address, digest=digest)
    assert mails(mlist) == [] and operations(mlist) == []


def test_the_banned_are_refused_and_logged(make_list, configure):
    mlist = make_list('test', ban_list=['bad@joiner.example', r'^.*@evil\.example$'])
    configure(GLOBAL_BAN_LIST=['^.*spam'])
    for address in ('bad@joiner.example', 'x@evil.example', 'x@spam.example'):
        with pytest.raises(errors.Banned):
            subscription.subscribe(mlist, address, remote=address)
    assert log(mlist, 'vette') == [
        'Test banned subscription: bad@joiner.example from bad@joiner.example '
        '(matched: bad@joiner.example)',
        'Test banned subscription: x@evil.example from x@evil.example '
        r'(matched: ^.*@evil\.example$)',
        'Test banned subscription: x@spam.example from x@spam.example '
        '(matched: ^.*spam)',
    ]
    assert mails(mlist) == []


def test_a_second_request_is_refused_while_the_first_waits(mlist):
    subscription.subscribe(mlist, NEW)
    with pytest.raises(errors.AlreadyPending):
        subscription.subscribe(mlist, 'NEW@joiner.example')
    assert len(mails(mlist)) == 1


def test_after_a_day_a_lost_confirmation_can_be_had_again(mlist, clock):
    subscription.subscribe(mlist, NEW)
    [(first, _)] = Pending(mlist).items()
    clock.now += DAY + 1
    subscription.subscribe(mlist, NEW)
    [(second, _)] = Pending(mlist).items()
    assert first != second


def test_a_second_request_is_refused_while_a_moderator_has_the_first(make_list):
    mlist = make_list('test', subscribe_policy=2)
    subscription.subscribe(mlist, NEW)
    with pytest.raises(errors.AlreadyPending):
        subscription.subscribe(mlist, NEW)
    assert len(Requests(mlist).subscriptions()) == 1


def test_a_site_may_allow_second_requests(mlist, configure):
    configure(REFUSE_SECOND_PENDING=False, SUBSCRIBE_CONFIRMATIONS_PER_DAY=0)
    for _ in range(5):
        subscription.subscribe(mlist, NEW)
    assert len(mails(mlist)) == 5


def test_an_invitation_is_no_request_of_the_invited(mlist):
    from mailman.actions import membership

    membership.invite(mlist, NEW)
    assert subscription.subscribe(mlist, NEW) == ConfirmationSent(NEW)


def test_one_address_gets_few_confirmations_over_all_lists(make_list):
    lists = [make_list(f'l{number}') for number in range(20)]
    refused = 0
    for mlist in lists:
        for address in (NEW, 'New@Joiner.Example'):
            try:
                subscription.subscribe(mlist, address)
            except errors.AlreadyPending:
                pass
            except errors.TooManyRequests:
                refused += 1
    assert sum(len(mails(mlist)) for mlist in lists) == 3
    assert refused == 2 * 17
    assert [len(operations(mlist)) for mlist in lists] == [1] * 3 + [0] * 17


def test_one_network_may_not_ask_without_end(make_list, configure):
    configure(SUBSCRIBE_REQUESTS_PER_HOUR=2)
    mlist = make_list('test')
    subscription.subscribe(mlist, 'a@joiner.example', remote='192.0.2.1')
    subscription.subscribe(mlist, 'b@joiner.example', remote='192.0.2.2')
    with pytest.raises(errors.TooManyRequests) as refusal:
        subscription.subscribe(mlist, 'c@joiner.example', remote='192.0.2.3')
    assert refusal.value.temporary
    subscription.subscribe(mlist, 'd@joiner.example', remote='198.51.100.1')


# --- leaving ----------------------------------------------------------------------


def test_who_wants_to_leave_is_asked_to_confirm(mlist):
    outcome = subscription.unsubscribe(mlist, 'BOB@member.example', remote=ANNE)
    assert outcome == ConfirmationSent(BOB)
    [(cookie, operation)] = Pending(mlist).items()
    assert operation == ('U', BOB)
    msg = mail_to(mlist, BOB)
    assert msg['subject'] == f'confirm {cookie}'
    assert msg['from'] == msg['reply-to'] == REQUEST
    assert cookie in words(msg) and f'from {ANNE}' in words(msg)
    assert log(mlist, 'subscribe') == []


def test_who_proved_it_leaves_at_once(mlist):
    outcome = subscription.unsubscribe(mlist, ANNE, confirmed=True, whence='mailcmd')
    assert outcome == Unsubscribed(ANNE, '')
    assert log(mlist, 'subscribe') == [f'test: deleted {ANNE}; mailcmd']


@pytest.mark.parametrize('confirmed', [False, True])
def test_a_moderator_may_have_to_agree_to_leaving(mlist, confirmed):
    mlist.unsubscribe_policy = 1
    outcome = subscription.unsubscribe(mlist, ANNE, confirmed=confirmed)
    [number] = Requests(mlist).unsubscriptions()
    assert outcome == AwaitingApproval(ANNE, number)
    [(msg, data)] = mails(mlist)
    assert data['recips'] == [OWNER] and msg['precedence'] == 'list'
    assert 'Test' in msg['subject'] and ANNE in msg['subject']
    assert log(mlist, 'vette') == [f'test: held unsubscription request from {ANNE}']


def test_only_members_can_leave(mlist):
    with pytest.raises(errors.NotAMember):
        subscription.unsubscribe(mlist, NEW)


@pytest.mark.parametrize('policy', [0, 1])
def test_leaving_is_asked_for_once(mlist, policy):
    mlist.unsubscribe_policy = policy
    subscription.unsubscribe(mlist, ANNE)
    with pytest.raises(errors.AlreadyPending):
        subscription.unsubscribe(mlist, ANNE.upper())
    subscription.unsubscribe(mlist, 'bob@member.example')
    assert len(mails(mlist)) == 2


def test_a_list_of_lists_has_such_mail_sent_to_owners(make_list):
    mlist = make_list(
        'test',
        members=['sub@lists.example'],
        umbrella_list=True,
        umbrella_member_suffix='-owner',
    )
    subscription.unsubscribe(mlist, 'sub@lists.example')
    assert mail_to(mlist, 'sub-owner@lists.example')


# --- another address --------------------------------------------------------------


def test_the_new_address_is_asked(mlist):
    outcome = subscription.change_address(mlist, ANNE, 'anne@NEW.example')
    assert outcome == ConfirmationSent('anne@new.example')
    assert operations(mlist) == [('C', ANNE, 'anne@new.example', 0)]
    assert mail_to(mlist, 'anne@new.example')['subject'].startswith('confirm ')
    assert mlist.is_member(ANNE)


@pytest.mark.parametrize(
    'old, new, error',
    [
        (NEW, 'x@y.example', errors.NotAMember),
        (ANNE, 'nobody', errors.BadAddress),
        (ANNE, ANNE, errors.BadAddress),
        (ANNE, 'test@lists.example.com', errors.BadAddress),
        (ANNE, 'bob@member.example', errors.AlreadyAMember),
        (ANNE, 'x@evil.example', errors.Banned),
    ],
)
def test_some_addresses_cannot_be_had(mlist, old, new, error):
    mlist.ban_list = ['^.*@evil']
    with pytest.raises(error):
        subscription.change_address(mlist, old, new)
    assert mails(mlist) == []


def test_a_banned_change_is_logged(mlist):
    mlist.ban_list = ['^.*@evil']
    with pytest.raises(errors.Banned):
        subscription.change_address(mlist, ANNE, 'x@evil.example', remote='192.0.2.1')
    assert log(mlist, 'vette') == [
        f'Test banned address change: {ANNE} -> x@evil.example from 192.0.2.1 '
        '(matched: ^.*@evil)'
    ]


def test_a_change_of_case_is_one_and_a_members_address_can_be_joined(mlist):
    subscription.change_address(mlist, ANNE, 'Anne@Member.example')
    subscription.change_address(mlist, ANNE, 'bob@member.example', everywhere=True)
    assert [op[2:] for op in operations(mlist)] == [
        ('Anne@member.example', 0),
        ('bob@member.example', 1),
    ]


def test_a_stranger_is_not_bombed_with_changes(mlist):
    for number in range(3):
        subscription.change_address(mlist, ANNE, f'x{number}@victim.example')
    subscription.change_address(mlist, ANNE, NEW)
    with pytest.raises(errors.AlreadyPending):
        subscription.change_address(mlist, 'bob@member.example', NEW)


# --- members who are subscribed again ---------------------------------------------


def test_a_member_is_warned(mlist):
    assert subscription.warn_member(mlist, ANNE, '192.0.2.1')
    msg = mail_to(mlist, ANNE)
    assert 'from 192.0.2.1' in words(msg).replace('\n', ' ')
    assert all(len(line) <= 70 for line in words(msg).splitlines())


def test_a_member_is_not_warned_without_end(mlist):
    for _ in range(3):
        subscription.warn_member(mlist, ANNE)
    with pytest.raises(errors.TooManyRequests):
        subscription.warn_member(mlist, ANNE)


def test_a_site_may_want_no_warnings(mlist, configure):
    configure(WARN_MEMBER_OF_SUBSCRIBE=False)
    assert not subscription.warn_member(mlist, ANNE)
    assert mails(mlist) == []


def test_held_newcomers_of_2_1_lose_their_clear_password(make_list):
    mlist = make_list('test')
    wish = {
        'address': NEW,
        'fullname': '',
        'password': 'clear',
        'digest': 0,
        'language': 'en',
    }
    outcome = subscription.join_or_hold(mlist, wish, whence='')
    _, held = Requests(mlist).get(outcome.request_id)
    assert passwords.check('clear', held.password).ok
