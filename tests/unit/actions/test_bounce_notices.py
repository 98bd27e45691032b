"""The mail about bounces: whom it goes to, and what is in it."""

import pytest

from mailman.actions.bounces import notices
from mailman.constants import DeliveryStatus
from mailman.mail.dsn import Complaint
from mailman.queue import Queue

ANNE = 'anne@member.example'


@pytest.fixture
def outbox(site):
    """Answer the only notice: the message and its metadata."""

    def read():
        queue = Queue(site, 'virgin')
        [base] = queue.files()
        entry = queue.read(base)
        return entry.msg, entry.msgdata

    return read


def text_of(msg):
    part = msg.get_payload(0) if msg.is_multipart() else msg
    return ' '.join(part.get_payload(decode=True).decode().split())


def test_owners_see_who_was_disabled_why_and_the_bounce(mlist, make_msg, outbox):
    notices.tell_disabled(mlist, ANNE, make_msg(), '5.1.1 gone')
    msg, msgdata = outbox()
    assert msg['from'] == 'mailman@lists.example.com'
    assert msg['to'] == 'test-owner@lists.example.com'
    assert msg['precedence'] == 'list'
    text = text_of(msg)
    assert ANNE in text and 'Last answer: 5.1.1 gone' in text
    assert 'admin/test/members' in text
    assert msg.get_payload(1).get_content_type() == 'message/rfc822'


def test_a_huge_bounce_is_cut(mlist, make_msg, outbox):
    notices.tell_scored(mlist, ANNE, make_msg(body='x\n' * 500_000))
    assert len(outbox()[0].as_bytes()) < 30_000


def test_without_a_bounce_at_hand_there_is_only_text(mlist, outbox):
    notices.tell_disabled(mlist, ANNE, None)
    assert len(outbox()[0].get_payload()) and not outbox()[0].is_multipart()


def test_a_warning_says_how_to_come_back_and_how_many_will_follow(mlist, outbox):
    mlist.set_delivery_status(ANNE, DeliveryStatus.BY_BOUNCE)
    mlist.set_bounce_info(ANNE, {'date': (2026, 1, 8)})
    notices.send_warning(mlist, ANNE, 'c00k1e', 2)
    msg, msgdata = outbox()
    assert (msg['to'], msg['subject']) == (ANNE, 'confirm c00k1e')
    assert msg['from'] == 'test-request@lists.example.com'
    assert 'precedence' not in msg
    text = text_of(msg)
    assert 'due to excessive bounces (the last bounce came on 2026-01-08)' in text
    assert 'confirm/test/c00k1e' in text
    assert '2 more message(s)' in text


@pytest.mark.parametrize(
    'status, reason',
    [
        (DeliveryStatus.BY_USER, 'by yourself'),
        (DeliveryStatus.BY_ADMIN, 'by the list administrator'),
        (DeliveryStatus.UNKNOWN, 'for unknown reasons'),
        (DeliveryStatus.BY_BOUNCE, 'due to excessive bounces'),
    ],
)
def test_the_reason_is_given(mlist, status, reason):
    mlist.set_delivery_status(ANNE, status)
    assert notices.reason_for(mlist, ANNE, 'en') == reason


def test_unrecognised_mail_goes_to_the_owners_themselves(
    site, make_list, make_msg, outbox
):
    mlist = make_list('test', moderator=['mod@owner.example'])
    notices.forward_unrecognised(mlist, make_msg())
    msg, msgdata = outbox()
    assert msgdata['recips'] == ['owner@owner.example']
    assert msgdata['envsender'] == 'mailman-bounces@lists.example.com'
    log = (site.logs_dir / 'bounce').read_text()
    assert 'w/no discernable addresses: <one@member.example>' in log
    assert 'test: forwarding unrecognized, message-id: <one@member.example>' in log


def test_or_nowhere_if_they_do_not_want_it(site, make_list, make_msg):
    mlist = make_list('test', bounce_unrecognized_goes_to_list_owner=0)
    notices.forward_unrecognised(mlist, make_msg())
    assert Queue(site, 'virgin').files() == []
    log = (site.logs_dir / 'bounce').read_text()
    assert 'test: discarding unrecognized, message-id: <one@member.example>' in log


@pytest.mark.parametrize('member', [ANNE, ''])
def test_a_complaint_goes_to_the_owners(site, mlist, make_msg, outbox, member):
    notices.forward_complaint(mlist, make_msg(), Complaint('abuse', ()), member)
    msg, msgdata = outbox()
    assert msgdata['recips'] == ['owner@owner.example']
    assert (member or 'a member who is not named') in text_of(msg)
    log = (site.logs_dir / 'bounce').read_text()
    assert f'complaint (abuse) of {member or "somebody"}, not scored' in log


def test_or_only_into_the_log(site, make_list, make_msg):
    mlist = make_list('test', bounce_unrecognized_goes_to_list_owner=0)
    notices.forward_complaint(mlist, make_msg(), Complaint('abuse', ()), '')
    assert Queue(site, 'virgin').files() == []
    assert 'complaint (abuse)' in (site.logs_dir / 'bounce').read_text()
