"""Moderate: members, moderated members and nonmembers."""

import pytest

from mailman.constants import MemberFlag
from mailman.errors import DiscardMessage, HoldMessage, RejectMessage
from mailman.handlers.moderate import equivalents, process

GUEST = 'From: guest@away.example'


@pytest.fixture
def moderated(make_list):
    def make(action, **settings):
        mlist = make_list(
            'test',
            members=['anne@member.example'],
            member_moderation_action=action,
            **settings,
        )
        mlist.set_option('anne@member.example', MemberFlag.MODERATE, True)
        return mlist

    return make


def fate(mlist, msg, **msgdata):
    try:
        process(mlist, msg, msgdata)
    except HoldMessage as stop:
        return stop.kind
    except RejectMessage:
        return 'reject'
    except DiscardMessage:
        return 'discard'
    return 'pass'


def test_a_member_passes(mlist, make_msg):
    assert fate(mlist, make_msg('From: Bob <bob@member.example>')) == 'pass'


@pytest.mark.parametrize(
    'lines',
    [
        [GUEST, 'Sender: anne@member.example'],
        [GUEST, 'Reply-To: x@y.example, Anne <ANNE@member.example>'],
    ],
)
def test_any_sender_header_can_make_it_a_members_post(mlist, make_msg, lines):
    assert fate(mlist, make_msg(*lines)) == 'pass'


def test_the_envelope_sender_counts_too(mlist, make_msg):
    msg = make_msg(GUEST)
    msg.set_unixfrom('From anne@member.example Thu Jan  8 10:20:30 2026')
    assert fate(mlist, msg) == 'pass'


def test_the_site_decides_which_headers_count(mlist, make_msg):
    mlist.site.cfg.SENDER_HEADERS = ('from',)
    msg = make_msg(GUEST, 'Sender: anne@member.example')
    assert fate(mlist, msg) == 'NonMemberPost'


@pytest.mark.parametrize(
    'action, expected',
    [
        (0, 'ModeratedMemberPost'),
        (1, 'reject'),
        (2, 'discard'),
        (9, 'ModeratedMemberPost'),
    ],
)
def test_a_moderated_member_meets_the_lists_action(
    moderated, make_msg, action, expected
):
    assert fate(moderated(action), make_msg()) == expected


def test_the_member_whose_post_is_held_is_noted(moderated, make_msg):
    msgdata = {}
    msg = make_msg(GUEST, 'Sender: Anne@member.example')
    with pytest.raises(HoldMessage):
        process(moderated(0), msg, msgdata)
    assert msgdata['sender'] == 'anne@member.example'


def test_a_rejected_member_reads_the_owners_words(moderated, make_msg):
    mlist = moderated(1, member_moderation_notice='moderated members get this text')
    with pytest.raises(RejectMessage) as caught:
        process(mlist, make_msg(), {})
    assert caught.value.notice == 'moderated members get this text'


def test_a_rejection_always_has_words(moderated, make_msg):
    with pytest.raises(RejectMessage) as caught:
        process(moderated(1), make_msg(), {})
    assert caught.value.notice


@pytest.mark.parametrize(
    'action, expected',
    [(0, 'pass'), (1, 'NonMemberPost'), (2, 'reject'), (3, 'discard')],
)
def test_a_nonmember_meets_the_general_action(make_list, make_msg, action, expected):
    mlist = make_list('test', generic_nonmember_action=action)
    assert fate(mlist, make_msg(GUEST)) == expected


def test_a_post_without_any_sender_is_a_nonmembers(make_list, make_msg):
    msg = make_msg()
    del msg['from']
    assert fate(make_list('test', generic_nonmember_action=1), msg) == 'NonMemberPost'


@pytest.mark.parametrize(
    'sender, expected',
    [
        ('ok@away.example', 'pass'),
        ('X@FINE.example', 'pass'),
        ('wait@away.example', 'NonMemberPost'),
        ('slowly@away.example', 'NonMemberPost'),
        ('no@away.example', 'reject'),
        ('badly@away.example', 'reject'),
        ('spam@away.example', 'discard'),
        ('other@away.example', 'pass'),
    ],
)
def test_the_four_lists_come_before_the_general_action(
    make_list, make_msg, sender, expected
):
    mlist = make_list(
        'test',
        accept_these_nonmembers=['ok@away.example', r'^.*@fine\.example$'],
        hold_these_nonmembers=['wait@away.example', '^slow.*@'],
        reject_these_nonmembers=['no@away.example', '^bad.*@', '^('],
        discard_these_nonmembers=['^spam@'],
        generic_nonmember_action=0,
    )
    assert fate(mlist, make_msg(f'From: {sender}')) == expected


def test_members_of_a_friendly_list_are_accepted(make_list, make_msg):
    make_list('friends', members=['guest@away.example'])
    mlist = make_list(
        'test',
        accept_these_nonmembers=['@test', '@nosuch', '@friends'],
        generic_nonmember_action=3,
    )
    assert fate(mlist, make_msg(GUEST)) == 'pass'
    assert fate(mlist, make_msg('From: mallory@away.example')) == 'discard'


def test_news_from_strangers_pass_the_general_action(make_list, make_msg):
    mlist = make_list('test', generic_nonmember_action=3)
    assert fate(mlist, make_msg(GUEST), fromusenet=1) == 'pass'


def test_an_approved_post_is_not_looked_at(make_list, make_msg):
    mlist = make_list('test', generic_nonmember_action=3)
    assert fate(mlist, make_msg(GUEST), approved=1) == 'pass'


def test_owners_see_what_is_discarded_if_they_want(make_list, make_msg):
    mlist = make_list('test', generic_nonmember_action=3)
    fate(mlist, make_msg(GUEST))
    [(notice, msgdata)] = mlist.queue('virgin').messages
    assert msgdata['recips'] == ['test-owner@lists.example.com']
    assert notice['from'] == 'test-bounces@lists.example.com'
    assert notice['precedence'] == 'list'
    types = [part.get_content_type() for part in notice.walk()]
    assert types == ['multipart/mixed', 'text/plain', 'message/rfc822', 'text/plain']
    mlist.forward_auto_discards = False
    fate(mlist, make_msg(GUEST))
    assert len(mlist.queue('virgin').messages) == 1


def test_a_rejected_nonmember_is_told_whom_to_ask(make_list, make_msg):
    mlist = make_list('test', generic_nonmember_action=2)
    with pytest.raises(RejectMessage) as caught:
        process(mlist, make_msg(GUEST), {})
    assert 'test-owner@lists.example.com' in caught.value.notice
    mlist.nonmember_rejection_notice = 'ask %(listowner)s, 100% sure'
    with pytest.raises(RejectMessage) as caught:
        process(mlist, make_msg(GUEST), {})
    assert caught.value.notice == 'ask test-owner@lists.example.com, 100% sure'


def test_an_equivalent_domain_makes_a_member(make_list, make_msg):
    mlist = make_list(
        'test',
        members=['anne@member.example'],
        equivalent_domains='a.example, b.example;\nmember.example,\nnew.example',
        generic_nonmember_action=3,
    )
    assert fate(mlist, make_msg('From: Anne@NEW.example')) == 'pass'
    assert fate(mlist, make_msg('From: anne@a.example')) == 'discard'


def test_equivalents_are_of_the_same_group_only():
    assert list(equivalents('x@b.c', 'b.c,d.e;f.g,h.i')) == ['x@d.e']
    assert list(equivalents('x@d.e', '')) == []
    assert list(equivalents('nobody', 'b.c')) == []


def test_a_catastrophic_pattern_of_an_owner_stops_nothing(make_list, make_msg):
    mlist = make_list(
        'test', hold_these_nonmembers=['^(a+)+$'], generic_nonmember_action=0
    )
    assert fate(mlist, make_msg(f'From: {"a" * 41}@x.example')) == 'pass'
