"""AvoidDuplicates: no second copy for those who were addressed directly."""

import pytest

from mailman.constants import MemberFlag
from mailman.handlers import avoid_duplicates, wrap_message

ANNE, BOB, CATE = 'anne@member.example', 'Bob@Member.example', 'cate@other.example'


@pytest.fixture
def mlist(make_list):
    return make_list(members=[ANNE, BOB, CATE])


def after(mlist, msg, recips=(ANNE, BOB, CATE), **extra):
    msgdata = {'recips': list(recips), **extra}
    avoid_duplicates.process(mlist, msg, msgdata)
    return msgdata


@pytest.mark.parametrize('name', ['To', 'Cc', 'Resent-To', 'Resent-Cc'])
def test_members_who_have_it_get_no_copy(mlist, make_msg, name):
    msg = make_msg(f'{name}: test@lists.example.com, Bob <bob@member.example>')
    assert after(mlist, msg)['recips'] == [ANNE, CATE]


def test_members_who_want_both_get_a_marked_copy(mlist, make_msg):
    mlist.set_option(BOB, MemberFlag.DONT_RECEIVE_DUPLICATES, False)
    msgdata = after(mlist, make_msg('Cc: bob@member.example'))
    assert msgdata['recips'] == [ANNE, BOB, CATE]
    assert msgdata['add-dup-header'] == {BOB: True}


def test_recipients_who_are_no_members_get_a_marked_copy(mlist, make_msg):
    msgdata = after(mlist, make_msg('Cc: x@y.example'), ['x@y.example'])
    assert msgdata['recips'] == ['x@y.example']
    assert msgdata['add-dup-header'] == {'x@y.example': True}


def test_the_lists_own_addresses_do_not_count(mlist, make_msg):
    msgdata = after(mlist, make_msg('Cc: test-owner@lists.example.com'))
    assert 'add-dup-header' not in msgdata


def test_whoever_gets_no_copy_leaves_cc(mlist, make_msg):
    msg = make_msg(
        'Cc: Bob B <bob@member.example>, cate@other.example, guest@away.example'
    )
    msgdata = after(mlist, msg)
    assert 'guest' in msg['cc'] and 'bob' in msg['cc']  # for archive and digest
    wrap_message.process(mlist, msg, msgdata)
    assert msg['cc'] == 'guest@away.example'


def test_cc_goes_when_nobody_is_left_in_it(mlist, make_msg):
    msg = make_msg('Cc: Bob B <bob@member.example>')
    wrap_message.process(mlist, msg, after(mlist, msg))
    assert 'cc' not in msg


def test_names_in_cc_stay_as_they_are(mlist, make_msg):
    cc = '=?utf-8?q?Ren=C3=A9?= <r@x.example>, "Doe, J." <j@x.example>'
    msg = make_msg(f'Cc: {cc}, bob@member.example')
    wrap_message.process(mlist, msg, after(mlist, msg))
    assert msg['cc'] == cc


@pytest.mark.parametrize(
    'cc', ['guest@away.example ,  x@y.example', 'Group: a@b.example;']
)
def test_cc_keeps_its_bytes_when_nobody_leaves_it(mlist, make_msg, cc):
    msg = make_msg(f'Cc: {cc}')
    before = msg.as_bytes()
    wrap_message.process(mlist, msg, after(mlist, msg))
    assert msg.as_bytes() == before


def test_a_list_may_keep_cc(mlist, make_msg):
    mlist.drop_cc = 0
    msg = make_msg('Cc: bob@member.example')
    msgdata = after(mlist, msg)
    assert msgdata['recips'] == [ANNE, CATE]
    assert 'add_header' not in msgdata


def test_without_recipients_there_is_nothing_to_do(mlist, make_msg):
    assert after(mlist, make_msg('Cc: bob@member.example'), [])['recips'] == []
