"""Holding a post: file, request, cookie, notices and log."""

import pytest

from mailman.actions import moderation
from mailman.errors import HoldMessage
from mailman.lists.pending import Pending
from mailman.lists.requests import Requests


@pytest.fixture(autouse=True)
def data_dir(site):
    site.data_dir.mkdir(exist_ok=True)


def why(kind='NonMemberPost', **values):
    return HoldMessage(kind, 'Post by %(who)s', 'No, %(who)s.', who='a guest', **values)


def hold(mlist, msg, error=None, **msgdata):
    moderation.hold(mlist, msg, msgdata, error or why())
    return msgdata


def notices(mlist):
    return mlist.queue('virgin').messages


def notice_to(mlist, who):
    found = [(m, d) for m, d in notices(mlist) if d['recips'] == [who]]
    return found[0] if found else None


OWNER = 'test-owner@lists.example.com'
AUTHOR = 'anne@member.example'


def test_the_post_is_kept_with_its_entry(mlist, make_msg):
    post = make_msg()
    hold(mlist, post, tolist=1)
    [number] = Requests(mlist).held_messages()
    files = list(mlist.site.data_dir.glob('heldmsg-test-*'))
    assert len(files) == 1
    assert post.as_bytes() in files[0].read_bytes()
    _, held = Requests(mlist).get(number)
    assert held.reason == 'Post by a guest'
    assert held.sender == AUTHOR
    assert held.msgdata['rejection_notice'] == 'No, a guest.'
    assert held.msgdata['tolist'] == 1


def test_a_cookie_stands_for_the_held_post(mlist, make_msg):
    hold(mlist, make_msg())
    [number] = Requests(mlist).held_messages()
    [(cookie, operation)] = Pending(mlist).items()
    assert operation == ('H', number)
    assert len(cookie) == 40


def test_the_sender_is_told_why_and_how_to_take_it_back(mlist, make_msg):
    hold(mlist, make_msg('Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?='))
    [(cookie, _)] = Pending(mlist).items()
    msg, _ = notice_to(mlist, AUTHOR)
    text = msg.get_payload(decode=True).decode(msg.get_content_charset())
    assert f'/confirm/test/{cookie}' in text
    assert 'Post by a guest' in text
    assert 'grüße' in text
    assert msg['from'] == OWNER
    assert msg['precedence'] == 'bulk'
    assert msg['auto-submitted'] == 'auto-replied'
    assert 'Test' in msg['subject']
    assert AUTHOR not in msg['subject']


def test_moderators_get_the_post_and_a_stub_to_reply_to(mlist, make_msg):
    post = make_msg()
    hold(mlist, post)
    [(cookie, _)] = Pending(mlist).items()
    msg, msgdata = notice_to(mlist, OWNER)
    assert msgdata['tomoderators'] == 1
    assert msg['precedence'] == 'list'
    assert 'Test' in msg['subject'] and AUTHOR in msg['subject']
    assert [part.get_content_type() for part in msg.walk()] == [
        'multipart/mixed',
        'text/plain',
        'message/rfc822',
        'text/plain',
        'message/rfc822',
        'text/plain',
    ]
    assert '/admindb/test' in msg.get_payload(0).get_payload()
    assert msg.get_payload(1).get_payload(0).as_bytes() == post.as_bytes()
    stub = msg.get_payload(2).get_payload(0)
    assert stub['subject'] == f'confirm {cookie}'
    assert stub['from'] == stub['sender'] == 'test-request@lists.example.com'
    assert 'Approved:' in stub.get_payload()


def test_the_vette_log_has_21s_line(mlist, make_msg):
    hold(mlist, make_msg())
    [line] = (mlist.site.logs_dir / 'vette').read_text().splitlines()
    assert line.endswith(
        ' Test post from anne@member.example held, '
        'message-id=<one@member.example>: Post by a guest'
    )


def test_a_log_line_cannot_be_forged(mlist, make_msg):
    msg = make_msg('Message-ID: <a>\n Nov 21 forged', 'From: <a\rb@c.example>')
    hold(mlist, msg)
    assert len((mlist.site.logs_dir / 'vette').read_text().splitlines()) == 1


@pytest.mark.parametrize(
    'lines, msgdata, settings',
    [
        (['Precedence: bulk'], {}, {}),
        (['Auto-Submitted: auto-replied'], {}, {}),
        (['Return-Path: <>'], {}, {}),
        ([], {'fromusenet': 1}, {}),
        ([], {}, {'respond_to_post_requests': False}),
    ],
)
def test_some_senders_are_not_told(make_list, make_msg, lines, msgdata, settings):
    mlist = make_list('test', **settings)
    hold(mlist, make_msg(*lines), **msgdata)
    assert [data['recips'] for _, data in notices(mlist)] == [[OWNER]]
    assert len(list(Pending(mlist).items())) == 1


def test_a_held_notice_of_a_list_makes_no_notice(mlist, make_msg):
    """Two lists that are each other's owners wrote to each other for ever."""
    hold(mlist, make_msg('X-List-Administrivia: yes', 'Auto-Submitted: auto-generated'))
    assert notices(mlist) == []
    assert len(Requests(mlist).held_messages()) == 1


def test_moderators_may_want_no_notice_at_once(make_list, make_msg):
    mlist = make_list('test', admin_immed_notify=False)
    hold(mlist, make_msg())
    assert [data['recips'] for _, data in notices(mlist)] == [[AUTHOR]]


def test_a_flood_of_one_sender_is_held_but_not_answered(mlist, make_msg):
    mlist.admin_immed_notify = False
    for _ in range(20):
        hold(mlist, make_msg())
    assert len(Requests(mlist).held_messages()) == 20
    assert len(notices(mlist)) == mlist.site.cfg.MAX_AUTORESPONSES_PER_DAY + 1


def test_an_emergency_hold_is_silent(mlist, make_msg):
    hold(mlist, make_msg(), HoldMessage('EmergencyHold', 'Emergency hold'))
    assert len(Requests(mlist).held_messages()) == 1
    assert notices(mlist) == []
    assert list(Pending(mlist).items()) == []
    assert not (mlist.site.logs_dir / 'vette').exists()


def test_the_member_the_post_counts_for_is_the_sender(mlist, make_msg):
    msg = make_msg('From: guest@away.example', 'Sender: Bob@member.example')
    hold(mlist, msg, sender='bob@member.example')
    assert notice_to(mlist, 'bob@member.example')


def test_a_members_language_is_spoken(mlist, make_msg):
    mlist.set_language(AUTHOR, 'fr')
    hold(mlist, make_msg())
    msg, _ = notice_to(mlist, AUTHOR)
    assert msg['subject']


def test_percent_signs_in_values_are_left_alone(mlist, make_msg):
    error = HoldMessage('HeaderMatchHold', 'rule: %(pattern)s', pattern='100%(x)s %n')
    hold(mlist, make_msg(), error)
    msg, _ = notice_to(mlist, AUTHOR)
    assert 'rule: 100%(x)s %n' in msg.get_payload()


@pytest.mark.parametrize('body', ['', '\0', '\udcff' * 10, 'x' * 100_000])
def test_any_post_can_be_held(mlist, make_msg, body):
    msg = make_msg('Subject:', body=body)
    del msg['from']
    hold(mlist, msg)
    assert len(Requests(mlist).held_messages()) == 1
