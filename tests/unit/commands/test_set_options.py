"""set: a member's options by mail."""

import pytest

from mailman.constants import DeliveryStatus, MemberFlag

ANNE, BOB = 'anne@member.example', 'bob@member.example'


@pytest.fixture
def set_(ask, passwords):
    """Authenticate as anne, give these lines, show; answer the text."""

    def run(*lines):
        return ask('set authenticate annepw', *lines, 'set show').text

    return run


@pytest.mark.parametrize('word', ['ack', 'myposts', 'hide', 'duplicates', 'reminders'])
@pytest.mark.parametrize('value', ['on', 'off', 'ON'])
def test_a_switch_is_set_and_shown(set_, word, value):
    assert f'\n        {word} {value.lower()}\n' in set_(f'set {word} {value}')


@pytest.mark.parametrize(
    'line, flag, on',
    [
        ('ack on', MemberFlag.ACKNOWLEDGE_POSTS, True),
        ('myposts off', MemberFlag.DONT_RECEIVE_OWN_POSTS, True),
        ('hide on', MemberFlag.CONCEAL_SUBSCRIPTION, True),
        ('duplicates on', MemberFlag.DONT_RECEIVE_DUPLICATES, False),
        ('reminders off', MemberFlag.SUPPRESS_PASSWORD_REMINDER, True),
    ],
)
def test_it_is_the_flag_of_2_1(set_, mlist, line, flag, on):
    set_(f'set {line}')
    assert mlist.option(ANNE, flag) == on


def test_delivery_goes_off_and_on(set_, mlist):
    assert '\n        delivery off (by yourself)\n' in set_('set delivery off')
    assert mlist.delivery_status_of(ANNE) == DeliveryStatus.BY_USER
    assert '\n        delivery on\n' in set_('set delivery on')


@pytest.mark.parametrize('value', ['plain', 'mime', 'off'])
def test_digests_are_chosen(set_, mlist, value):
    assert f'\n        digest {value}\n' in set_(f'set digest {value}')
    assert mlist.is_digest(ANNE) == (value != 'off')


def test_a_list_may_send_no_digests(set_, change, mlist):
    change(digestable=False)
    assert 'no digests' in set_('set digest mime')
    assert not mlist.is_digest(ANNE)


def test_a_list_may_send_digests_only(set_, change, mlist):
    change(nondigestable=False)
    set_('set digest mime')
    assert 'digests only' in set_('set digest off')
    assert mlist.is_digest(ANNE)


def test_nothing_is_set_before_authenticating(ask, mlist):
    text = ask('set ack on', 'set digest plain', 'info').text
    assert 'Set:' not in text
    assert 'List name:' in text
    assert not mlist.is_digest(ANNE)


@pytest.mark.parametrize(
    'line, sender, right',
    [
        ('set authenticate annepw', ANNE, True),
        ('set authenticate annepw', 'Anne <Anne@Member.Example>', True),
        ('set authenticate listpw', ANNE, True),
        (f'set authenticate listpw address={ANNE}', 'x@y.example', True),
        (f'set authenticate annepw address={ANNE}', 'x@y.example', True),
        (f'set authenticate annepw address={BOB}', ANNE, False),
        ('set authenticate modpw', ANNE, False),
        ('set authenticate wrong', ANNE, False),
        ('set authenticate', ANNE, False),
        ('set authenticate annepw x', ANNE, False),
        ('set authenticate annepw', 'x@y.example', False),
    ],
)
def test_who_is_let_in(ask, mlist, passwords, line, sender, right):
    text = ask(line, 'set ack on', sender=sender).text
    assert ('Set: ack on' in text) == right
    assert mlist.option(ANNE, MemberFlag.ACKNOWLEDGE_POSTS) == right


def test_a_failed_second_one_ends_the_first(ask, passwords):
    lines = ('set authenticate annepw', 'set authenticate wrong', 'set ack on')
    assert 'Set:' not in ask(*lines).text


@pytest.mark.parametrize('line', ['set', 'set help', 'set HELP'])
def test_help_says_what_there_is(ask, line):
    text = ask(line).text
    assert 'set myposts on|off' in text
    assert '%' not in text


@pytest.mark.parametrize('line', ['set nonsense', 'set __class__ on', 'set ack maybe'])
def test_what_is_no_option_is_refused(ask, line):
    assert 'set ack on|off' in ask(line).text


def test_show_needs_no_password(ask):
    answer = ask('set show')
    assert 'digest off' in answer.text
    assert answer.to == [ANNE]


def test_options_are_shown_to_their_member_only(ask):
    answer = ask(f'set show address={BOB}')
    assert answer.to == ['Bob@Member.example']
    assert not ask('set show address=nobody@x.example').mails


def test_who_is_no_member_has_no_options(ask):
    assert 'not a member' in ask('set show', sender='x@y.example').text
