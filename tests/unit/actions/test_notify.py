"""System mail: its shape, its safety, and whom it never answers."""

import re

import pytest

from mailman.actions import notify
from mailman.actions.notify import UserNotification
from mailman.mail.mimeparts import attached


def virgin(mlist):
    return mlist.queue('virgin').messages


def only(mlist):
    [(msg, msgdata)] = virgin(mlist)
    return msg, msgdata


def types(msg):
    return [part.get_content_type() for part in msg.walk()]


# --- shape ------------------------------------------------------------------------


def test_a_notification_has_the_shape_of_21(mlist):
    UserNotification(
        mlist, 'anne@member.example', mlist.address('owner'), 'hello', 'text\n'
    ).send()
    msg, msgdata = only(mlist)
    assert msg['to'] == 'anne@member.example'
    assert msg['from'] == 'test-owner@lists.example.com'
    assert msg['precedence'] == 'bulk'
    assert msg['auto-submitted'] == 'auto-generated'
    assert msg['date']
    pattern = r'<mailman\.\d+\.\d+\.\d+\.test@lists\.example\.com>'
    assert re.fullmatch(pattern, msg['message-id'])
    assert msg.get_payload() == 'text\n'
    kept = ('listname', 'recips', 'nodecorate', 'reduced_list_headers')
    assert {name: msgdata[name] for name in kept} == {
        'listname': 'test',
        'recips': ['anne@member.example'],
        'nodecorate': 1,
        'reduced_list_headers': 1,
    }


def test_no_two_have_the_same_message_id(mlist):
    assert notify.unique_message_id(mlist) != notify.unique_message_id(mlist)


def test_mail_to_the_owner_address_is_precedence_list(mlist):
    owner = mlist.address('owner')
    UserNotification(mlist, owner, owner, 'hello').send(tomoderators=1)
    msg, msgdata = only(mlist)
    assert msg['precedence'] == 'list'
    assert msgdata['tomoderators'] == 1


def test_several_recipients_share_one_mail(mlist):
    people = ['anne@member.example', 'bob@member.example']
    UserNotification(mlist, people, 'x@y.example', 'hello').send(noprecedence=True)
    msg, msgdata = only(mlist)
    assert msg['to'] == 'anne@member.example, bob@member.example'
    assert msgdata['recips'] == people
    assert 'precedence' not in msg


def test_parts_make_it_multipart_with_the_text_first(mlist, make_msg):
    post = make_msg()
    UserNotification(
        mlist, 'a@b.example', 'x@y.example', 'hello', 'see', parts=[attached(post)]
    ).send()
    msg, _ = only(mlist)
    assert types(msg) == [
        'multipart/mixed',
        'text/plain',
        'message/rfc822',
        'text/plain',
    ]
    assert msg.get_payload(1).get_payload(0).as_bytes() == post.as_bytes()
    assert msg.as_bytes().count(b'MIME-Version') == 1


def test_text_is_sent_as_utf_8_and_says_its_language(mlist):
    UserNotification(
        mlist, 'a@b.example', 'x@y.example', 'déjà', 'déjà vu', 'fr'
    ).send()
    msg, _ = only(mlist)
    assert (msg.get_content_charset(), msg['content-language']) == ('utf-8', 'fr')
    assert msg.get_payload(decode=True).decode() == 'déjà vu\n'
    assert msg.as_bytes().isascii()


@pytest.mark.parametrize(
    'evil', ['hello\nBcc: x@y.example', 'hello\r\n\r\nbody', 'a\0b']
)
def test_a_subject_cannot_start_a_header(mlist, evil):
    UserNotification(mlist, 'a@b.example', 'x@y.example', evil).send()
    msg, _ = only(mlist)
    assert 'bcc' not in msg
    assert msg.get_payload() in ('', '\n')


@pytest.mark.parametrize('evil', ['a@b.example\nBcc: x@y.example', 'a\r\n@b'])
def test_an_address_with_a_line_end_is_refused(mlist, evil):
    from mailman.errors import BadHeader

    with pytest.raises(BadHeader):
        UserNotification(mlist, evil, 'x@y.example', 'hello')


# --- owners -----------------------------------------------------------------------


def test_owners_get_their_own_mail_with_the_sites_envelope(make_list):
    mlist = make_list('test', owner=['a@b.example'], moderator=['c@d.example'])
    notify.owner_notification(mlist, 'news', 'text')
    msg, msgdata = only(mlist)
    assert msgdata['recips'] == ['a@b.example', 'c@d.example']
    assert msgdata['envsender'] == 'mailman-bounces@lists.example.com'
    assert msg['from'] == 'mailman-bounces@lists.example.com'
    assert msg['to'] == 'test-owner@lists.example.com'
    assert msg['precedence'] == 'list'


def test_some_news_are_for_owners_alone(make_list):
    mlist = make_list('test', owner=['a@b.example'], moderator=['c@d.example'])
    notify.owner_notification(mlist, 'news', 'text', moderators=False)
    assert only(mlist)[1]['recips'] == ['a@b.example']


# --- rejecting --------------------------------------------------------------------


def test_a_rejected_post_goes_back_with_the_reason(mlist, make_msg):
    post = make_msg('Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\n again')
    assert notify.reject(mlist, post, 'no sales here')
    msg, msgdata = only(mlist)
    assert msgdata['recips'] == ['anne@member.example']
    assert msg['from'] == 'test-owner@lists.example.com'
    assert msg['auto-submitted'] == 'auto-replied'
    assert msg['in-reply-to'] == msg['references'] == '<one@member.example>'
    assert types(msg)[:3] == ['multipart/mixed', 'text/plain', 'message/rfc822']
    assert msg.get_payload(0).get_payload() == 'no sales here\n'
    from mailman.mail.headers import decode

    assert decode(msg['subject']) == 'grüße again'


def test_a_rejection_without_reason_says_so_much(mlist, make_msg):
    notify.reject(mlist, make_msg('Subject:'), '')
    msg, _ = only(mlist)
    assert 'rejected' in msg.get_payload(0).get_payload()
    assert msg['subject'] == '(no subject)'


def test_a_long_post_is_not_quoted_whole(mlist, make_msg):
    post = make_msg('X-Long: ' + 'y' * 9000, body='line of text\n' * 5000)
    notify.reject(mlist, post, 'too long')
    msg, _ = only(mlist)
    assert len(msg.as_bytes()) < 6000
    inner = msg.get_payload(1).get_payload(0)
    assert inner['subject'] == 'hello'
    assert 'line of text\n' in inner.get_payload()


def test_a_hundred_forged_posts_make_few_answers(mlist, make_msg):
    for _ in range(100):
        notify.reject(mlist, make_msg('From: victim@away.example'), 'no')
    sent = virgin(mlist)
    assert len(sent) == mlist.site.cfg.MAX_AUTORESPONSES_PER_DAY + 1


# --- whom not to answer -------------------------------------------------------------


@pytest.mark.parametrize(
    'lines, expected',
    [
        ([], True),
        (['Precedence: bulk'], False),
        (['Precedence: Junk'], False),
        (['Precedence: list'], False),
        (['Precedence: first-class'], True),
        (['Precedence: junk', 'X-Ack: Yes'], True),
        (['X-Ack: no'], False),
        (['Auto-Submitted: auto-replied'], False),
        (['Auto-Submitted: Auto-Generated; owner-email="x@y"'], False),
        (['Auto-Submitted: no'], True),
        (['Auto-Submitted: no (by hand)'], True),
        (['Auto-Submitted: auto-replied (vacation)'], False),
        (['Auto-Submitted: auto-replied', 'X-Ack: yes'], False),
        (['List-Id: <other.lists.example.com>'], False),
        (['Return-Path: <>'], False),
        (['Return-Path: <anne@member.example>'], True),
        (['From: <>'], False),
        (['From: nobody'], False),
        (['From: MAILER-DAEMON@mx.member.example'], False),
        (['From: test@lists.example.com'], False),
        (['From: TEST-bounces@Lists.Example.com'], False),
        (['From: test-bounces+anne=member.example@lists.example.com'], False),
        (['From: test-owner@lists.example.com'], False),
        (['From: mailman-bounces@lists.example.com'], False),
        (['From: test-tube@lists.example.com'], True),
        (['From: test-bounces@elsewhere.example'], True),
    ],
)
def test_machines_get_no_answer(mlist, make_msg, lines, expected):
    msg = make_msg(*lines)
    assert notify.answerable(mlist, msg, msg.get_sender()) is expected
    assert notify.reject(mlist, msg, 'no') is expected
    assert len(virgin(mlist)) == expected


@pytest.mark.parametrize('answers, expected', [(True, True), (False, False)])
def test_a_forged_sender_is_answered_if_the_site_wants_it(
    site, mlist, make_msg, answers, expected
):
    site.cfg.ANSWER_UNVERIFIED_SENDERS = answers
    msg = make_msg('Authentication-Results: mx.example; dmarc=fail')
    assert notify.answerable(mlist, msg, 'anne@member.example') == expected
    assert notify.answerable(mlist, make_msg(), 'anne@member.example')
