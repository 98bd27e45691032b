"""subscribe, unsubscribe, confirm and their addresses, password."""

import re

import pytest

from mailman.actions import moderation
from mailman.errors import HoldMessage
from mailman.lists.pending import Pending
from mailman.lists.requests import Requests
from mailman.runners.commands import cookie_in_address

NEW = 'new@joiner.example'
COOKIE = re.compile(r'[0-9a-f]{40}')


def cookie_of(answer):
    return COOKIE.search(answer.mails[0][0].as_string())[0]


# --- joining ------------------------------------------------------------------------


@pytest.mark.parametrize('kind', ['torequest', 'tojoin'])
def test_subscribing_is_confirmed_by_a_mail_and_nothing_else(ask, mlist, kind):
    answer = ask('subscribe', sender=f'New Person <{NEW}>', kind=kind)
    assert len(answer.mails) == 1
    assert not answer.sent
    assert not mlist.is_member(NEW)
    confirmed = ask(subject=f'Re: confirm {cookie_of(answer)}', sender=NEW)
    assert mlist.name_of(NEW) == 'New Person'
    # The welcome is the answer.
    assert [s for s in confirmed.subjects if 'Welcome' in s] == confirmed.subjects


def test_without_a_welcome_the_answer_tells(ask, change, mlist):
    change(send_welcome_msg=0)
    cookie = cookie_of(ask('subscribe', sender=NEW))
    answer = ask(f'confirm {cookie}', f'confirm {cookie}', sender=NEW)
    assert 'Confirmed' in answer.text
    assert 'Unprocessed' not in answer.text


def test_password_kind_and_address_may_be_given(ask, mlist):
    line = 'subscribe Secret1 digest address=Other@joiner.example'
    answer = ask(line, sender=f'New Person <{NEW}>')
    assert answer.mails[0][1]['recips'] == ['Other@joiner.example']
    ask(f'confirm {cookie_of(answer)}', sender='other@joiner.example')
    assert mlist.is_digest('other@joiner.example')
    assert mlist.name_of('other@joiner.example') == ''
    assert 'Secret1' not in mlist.password_of('other@joiner.example')
    text = ask('set authenticate Secret1', 'set ack on', sender='other@joiner.example')
    assert 'Set: ack on' in text.text


def test_digest_may_stand_first(ask, mlist, change):
    change(subscribe_policy=0)
    ask('join digest', sender=NEW)
    assert mlist.is_digest(NEW)
    assert not mlist.password_of(NEW)


@pytest.mark.parametrize('args', ['a b', 'a b c', 'digest nodigest', 'digest pw'])
def test_other_words_give_the_usage(ask, args):
    assert 'Usage' in ask(f'subscribe {args}', sender=NEW).text


def test_an_open_list_says_so(ask, change, mlist):
    change(subscribe_policy=0)
    assert 'You are subscribed now' in ask('subscribe', sender=NEW).text
    assert mlist.is_member(NEW)


def test_a_moderated_one_tells_that_it_waits(ask, change, mlist):
    change(subscribe_policy=2)
    assert 'moderators' in ask('subscribe', sender=NEW).text
    assert len(Requests(mlist).subscriptions()) == 1


@pytest.mark.parametrize(
    'settings, line, words',
    [
        ({}, 'subscribe address=nonsense', 'no e-mail address'),
        ({}, 'subscribe address=a<b@c.example', 'signs that no plain'),
        ({'ban_list': [NEW]}, 'subscribe', 'may not join'),
        ({'digestable': False}, 'subscribe digest', 'no digests'),
        ({'nondigestable': False}, 'subscribe nodigest', 'digests only'),
    ],
)
def test_refusals_are_explained(ask, change, settings, line, words):
    change(**settings)
    assert words in ask(line, sender=NEW).text


def test_a_member_is_told_so(ask):
    assert 'already' in ask('subscribe').text


def test_a_stranger_does_not_learn_who_is_a_member(ask):
    member = ask('subscribe address=anne@member.example', sender=NEW)
    other = ask('subscribe address=nobody@member.example', sender=NEW)
    assert (member.sent, other.sent) == (False, False)


def test_asking_twice_is_refused(ask):
    ask('subscribe', sender=NEW)
    assert 'already' in ask('subscribe', sender=NEW).text


@pytest.mark.parametrize('refuse_second', [True, False])
def test_too_many_requests_are_not_even_answered(site, ask, refuse_second):
    """200 requests in one name to 20 lists made 200 mails to a victim."""
    site.cfg.SUBSCRIBE_CONFIRMATIONS_PER_DAY = 1
    site.cfg.REFUSE_SECOND_PENDING = refuse_second
    ask('subscribe', sender=NEW)
    assert not ask('subscribe', sender=NEW).sent
    assert 'not answered, too many' in (site.logs_dir / 'vette').read_text()


def test_one_forged_sender_on_many_moderated_lists_gets_few_answers(
    site, ask, make_list, mlist
):
    # Each list told him that his request was handed on.
    site.cfg.SUBSCRIBE_CONFIRMATIONS_PER_DAY = 2
    mlist.subscribe_policy = 2
    mlist.save()
    site.cfg.REFUSE_SECOND_PENDING = False
    answers = [ask('subscribe', sender=NEW) for _ in range(4)]
    assert [answer.sent for answer in answers] == [True, True, False, False]


# --- leaving ------------------------------------------------------------------------


def test_asking_to_leave_again_and_again_is_not_answered_each_time(site, ask):
    # By a forged sender each one was a mail to the member, up to ten a day and list.
    site.cfg.SUBSCRIBE_CONFIRMATIONS_PER_DAY = 2
    answers = [ask(kind='toleave') for _ in range(5)]
    assert [len(answer.mails) for answer in answers] == [1, 1, 1, 0, 0]


@pytest.mark.parametrize('kind', ['torequest', 'toleave'])
def test_leaving_is_confirmed(ask, mlist, kind):
    answer = ask('remove', kind=kind)
    assert (len(answer.mails), answer.sent) == (1, False)
    assert mlist.is_member('anne@member.example')
    goodbye = ask(f'confirm {cookie_of(answer)}')
    assert not mlist.is_member('anne@member.example')
    assert not goodbye.sent


def test_a_password_saves_the_confirmation(ask, mlist, passwords):
    text = ask('unsubscribe annepw address=anne@member.example', sender=NEW).text
    assert 'unsubscribed now' in text
    assert not mlist.is_member('anne@member.example')


def test_a_wrong_password_does_not(ask, mlist, passwords):
    assert 'not the right one' in ask('unsubscribe listpw').text
    assert mlist.is_member('anne@member.example')


def test_leaving_may_need_approval(ask, change, mlist, passwords):
    change(unsubscribe_policy=1)
    assert 'moderators' in ask('unsubscribe annepw').text
    assert mlist.is_member('anne@member.example')


def test_who_is_no_member_cannot_leave(ask):
    assert f'{NEW} is not a member' in ask('leave', sender=NEW).text
    assert not ask('leave address=x@y.example', sender=NEW).mails
    assert 'Usage' in ask('leave a b').text


# --- confirming ---------------------------------------------------------------------


@pytest.mark.parametrize('cookie', ['0' * 40, 'evictions', 'version', 'x', '../../x'])
def test_an_unknown_cookie_is_explained(ask, cookie):
    assert 'nothing to confirm' in ask(f'confirm {cookie}').text


@pytest.mark.parametrize('line', ['confirm', 'confirm a b'])
def test_confirm_takes_one_cookie(ask, line):
    assert 'Usage' in ask(line).text


@pytest.mark.parametrize(
    'header',
    [
        'To: test-confirm+{}@lists.example.com',
        'To: "You, there" <x@y.example>, Test <test-confirm+{}@lists.example.com>',
        'Delivered-To: test-confirm+{}@lists.example.com',
        'Envelope-To: test-confirm+{}@lists.example.com',
        'Apparently-To: test-confirm+{}@lists.example.com',
    ],
)
def test_the_cookie_may_be_in_the_address(ask, mlist, header):
    cookie = cookie_of(ask('subscribe', sender=NEW))
    ask('Yes', sender=NEW, kind='toconfirm', headers=(header.format(cookie),))
    assert mlist.is_member(NEW)


def test_a_confirm_address_without_cookie_is_dropped(ask):
    assert not ask('help', subject='confirm x', kind='toconfirm').mails


def test_a_hostile_to_header_takes_no_time(mlist, make_msg):
    assert cookie_in_address(mlist, make_msg('To: ' + '<+' * 200_000)) is None
    assert cookie_in_address(mlist, make_msg('To: ' + '+' * 200_000 + '@x')) is None


@pytest.fixture
def held(mlist, make_msg, drain):
    """A held post's cookie."""
    with mlist.lock():
        moderation.hold(mlist, make_msg(), {}, HoldMessage('NonMemberPost', 'because'))
        mlist.save_changes()
    drain()
    return next(c for c, operation in Pending(mlist).items() if operation[0] == 'H')


@pytest.mark.parametrize(
    'header, lines, fate',
    [
        ('X-Other: x', ['thanks'], 'discarded'),
        ('Approved: listpw', [], 'queued'),
        ('Approve: modpw', [], 'queued'),
        ('X-Other: x', ['', 'Approved: listpw', 'x'], 'queued'),
        ('X-Other: x', ['approve: modpw'], 'queued'),
        ('Approved: wrong', [], 'held'),
        ('X-Other: x', ['Approved: wrong'], 'held'),
    ],
)
def test_a_held_post_is_decided_by_mail(
    ask, mlist, held, drain, passwords, header, lines, fate
):
    answer = ask(*lines, subject=f'Re: confirm {held}', headers=(header,))
    posts, waiting = drain('in'), Requests(mlist).held_messages()
    assert (len(posts), len(waiting)) == {
        'discarded': (0, 0),
        'queued': (1, 0),
        'held': (0, 1),
    }[fate]
    assert answer.sent
    assert 'listpw' not in answer.original
    assert 'modpw' not in answer.original
    assert (Pending(mlist).peek(held) is not None) == (fate == 'held')


# --- password -----------------------------------------------------------------------


def test_a_link_comes_instead_of_a_password(ask, passwords):
    answer = ask('password')
    assert len(answer.mails) == 1
    msg, msgdata = answer.mails[0]
    assert msgdata['recips'] == ['anne@member.example']
    assert 'annepw' not in msg.as_string()
    assert 'confirm/test/' in msg.as_string()


def test_the_link_goes_to_the_member_only(ask):
    answer = ask('password address=anne@member.example', sender=NEW)
    links = [data['recips'] for msg, data in answer.mails if not msg.is_multipart()]
    assert links == [['anne@member.example']]
    assert answer.to == [NEW]


def test_a_stranger_hears_the_same_about_anybody(ask):
    one = ask('password address=anne@member.example', sender=NEW).text
    other = ask('password address=nobody@x.example', sender=NEW).text
    assert one.replace('anne@member', 'nobody@x') == other


def test_who_is_no_member_has_no_password(ask):
    assert 'not a member' in ask('password', sender=NEW).text
    assert 'not a member' in ask('password a b', sender=NEW).text


@pytest.mark.parametrize('old', ['annepw', 'listpw'])
def test_a_password_is_changed(ask, passwords, old):
    answer = ask(f'password {old} brandnew', 'info')
    assert 'changed' in answer.text
    assert 'List name:' in answer.text
    assert 'brandnew' not in answer.text + answer.original
    assert 'Set: ack' in ask('set authenticate brandnew', 'set ack on').text


def test_it_is_not_changed_by_a_wrong_one(ask, mlist, passwords):
    before = mlist.password_of('anne@member.example')
    assert 'not the right one' in ask('password wrong brandnew', 'info').text
    assert mlist.password_of('anne@member.example') == before


def test_other_numbers_of_words_give_the_usage(ask):
    assert 'Usage' in ask('password a').text
    assert 'Usage' in ask('password a b c').text
