"""Delivery of one message: recipients, envelope, headers, logs, failures."""

import base64
import re

import pytest

from mailman.delivery import deliver
from mailman.delivery.deliver import DeliveryFailed
from mailman.errors import SomeRecipientsFailed
from mailman.mail.message import Message
from tests.support.smtp_sink import Sink

MEMBERS = ['anne@member.example', 'Bob.Mixed@Member.Example', 'cate@other.example']
BOUNCES = 'test-bounces@lists.example.com'


def failed(*arguments):
    """Deliver, expecting that not everybody gets it."""
    with pytest.raises(DeliveryFailed) as caught:
        deliver.process(*arguments)
    return caught.value


# --- in bulk ---------------------------------------------------------------


def test_everybody_gets_the_same_bytes_in_one_transaction(plist, make_msg, sink, data):
    deliver.process(plist, make_msg(), data())
    [mail] = sink.mails
    assert sorted(mail.recipients) == sorted(MEMBERS)
    assert mail.sender == BOUNCES
    assert b'Errors-To: test-bounces@lists.example.com\n' in mail.text
    assert b'Sender: Test <test-bounces@lists.example.com>\n' in mail.text
    assert mail.text.endswith(b'\n\nHello, list.\n-- \nbottom\n')


def test_nobody_to_send_to_is_no_reason_to_connect(plist, make_msg, sink, data):
    deliver.process(plist, make_msg(), data(recips=[]))
    assert sink.sessions == 0


def test_without_footer_the_message_is_only_given_its_sender(
    plist, make_msg, sink, data
):
    plist.msg_footer = plist.msg_header = ''
    raw = make_msg(
        'X-Odd:no blank,\tand\n  folded', body='caf\udce9\n.dot \n\n'
    ).as_bytes()
    deliver.process(plist, Message.from_bytes(raw), data())
    head, _, body = raw.partition(b'\n\n')
    got_head, _, got_body = sink.mails[0].text.partition(b'\n\n')
    assert got_body == body
    assert got_head.startswith(head + b'\n')
    added = got_head[len(head) :].strip().split(b'\n')
    assert [line.split(b':')[0] for line in added] == [b'Errors-To', b'Sender']


def test_the_author_keeps_a_sender_header_where_the_list_says_so(
    plist, make_msg, sink, data
):
    plist.include_sender_header = 0
    msg = make_msg('Sender: sec@member.example', 'Errors-To: oops@member.example')
    deliver.process(plist, msg, data())
    assert b'Sender: sec@member.example\n' in sink.mails[0].text
    assert sink.mails[0].text.count(b'Errors-To:') == 1
    assert f'Errors-To: {BOUNCES}\n'.encode() in sink.mails[0].text


def test_an_envelope_sender_in_the_metadata_wins(plist, make_msg, sink, data):
    deliver.process(plist, make_msg(), data(envsender='mailman-bounces@x.example'))
    assert sink.mails[0].sender == 'mailman-bounces@x.example'


def test_chunks_are_cut_at_the_sites_limit(plist, make_msg, sink, data, site):
    site.cfg.SMTP_MAX_RCPTS = 2
    people = [f'p{n}@host.example' for n in range(5)]
    deliver.process(plist, make_msg(), data(recips=people))
    assert sorted(len(mail.recipients) for mail in sink.mails) == [1, 2, 2]
    assert sink.recipients() == people
    assert sink.sessions == 1


def test_sessions_end_after_the_sites_number_of_transactions(
    plist, make_msg, sink, data, site
):
    site.cfg.SMTP_MAX_RCPTS, site.cfg.SMTP_MAX_SESSIONS_PER_CONNECTION = 1, 2
    people = [f'p{n}@host.example' for n in range(5)]
    deliver.process(plist, make_msg(), data(recips=people))
    assert sink.recipients() == people
    assert sink.sessions == 3


def test_what_is_decorated_stays_as_it_is(plist, make_msg, sink, data):
    deliver.process(plist, make_msg(), data(decorated=True))
    assert sink.mails[0].text.endswith(b'\n\nHello, list.\n')


def test_only_those_not_tried_yet_are_tried_again(plist, make_msg, sink, data):
    left = data(undelivered=[['anne@member.example']])
    deliver.process(plist, make_msg(), left)
    assert sink.recipients() == ['anne@member.example']
    assert 'undelivered' not in left


def test_a_session_can_serve_several_messages(plist, make_msg, sink, data, site):
    mailer = deliver.mailer_for(site)
    deliver.process(plist, make_msg(), data(), mailer)
    deliver.process(plist, make_msg(), data(), mailer)
    mailer.close()
    assert (len(sink.mails), sink.sessions) == (2, 1)


# --- one by one --------------------------------------------------------------


def test_verp_names_the_recipient_in_every_place(plist, make_msg, sink, data):
    deliver.process(plist, make_msg(), data(verp=1))
    assert len(sink.mails) == 3
    for mail in sink.mails:
        local, host = mail.recipients[0].lower().split('@')
        sender = f'test-bounces+{local}={host}@lists.example.com'
        assert mail.sender == sender
        assert f'Errors-To: {sender}\n'.encode() in mail.text
        assert f'Sender: Test <{sender}>\n'.encode() in mail.text
        assert mail.text.endswith(b'\nHello, list.\n-- \nbottom\n')


def test_verp_copies_are_personal_but_for_to(plist, make_msg, sink, data):
    plist.msg_footer = 'for %(user_address)s\n'
    msg = make_msg('X-Mailman-Copy: of another list')
    marked = {'add-dup-header': {'anne@member.example': True}}
    deliver.process(plist, msg, data(verp=1, **marked))
    first, second = sink.mails[:2]
    assert first.text.endswith(b'for anne@member.example\n')
    assert b'\nTo: test@lists.example.com\n' in first.text
    assert b'\nX-Mailman-Copy: yes\n' in first.text
    assert b'X-Mailman-Copy' not in second.text


def test_owner_mail_is_not_verped(plist, make_msg, sink, data):
    plist.personalize = 2
    deliver.process(plist, make_msg(), data(verp=1, personalize=0))
    assert [mail.sender for mail in sink.mails] == [BOUNCES]
    assert len(sink.mails[0].recipients) == 3


def test_personal_footers_name_the_recipient(plist, make_msg, sink, data):
    plist.personalize = 1
    plist.msg_footer = '%(user_address)s %(user_delivered_to)s %(user_name)s\n'
    deliver.process(plist, make_msg(), data())
    ends = {mail.recipients[0]: mail.text.splitlines()[-1] for mail in sink.mails}
    assert ends == {
        'anne@member.example': b'anne@member.example anne@member.example Anne Author',
        'Bob.Mixed@Member.Example': b'bob.mixed@member.example'
        b' Bob.Mixed@Member.Example bob.mixed@member.example',
        'cate@other.example': b'cate@other.example cate@other.example'
        b' cate@other.example',
    }
    assert {mail.sender for mail in sink.mails} == {BOUNCES}


def test_full_personalisation_addresses_the_copy(plist, make_msg, sink, data):
    plist.personalize = 2
    deliver.process(plist, make_msg(), data())
    tos = sorted(re.findall(rb'(?m)^To: .*', m.text)[0] for m in sink.mails)
    assert tos == [
        b'To: Anne Author <anne@member.example>',
        b'To: Bob.Mixed@Member.Example',
        b'To: cate@other.example',
    ]


def test_system_mail_may_switch_personalisation_off(plist, make_msg, sink, data):
    plist.personalize = 2
    deliver.process(plist, make_msg(), data(personalize=0))
    assert len(sink.mails) == 1


def test_a_second_copy_is_marked_on_personal_mail(plist, make_msg, sink, data):
    plist.personalize = 1
    deliver.process(
        plist, make_msg(), data(**{'add-dup-header': {'cate@other.example': True}})
    )
    marked = [m.recipients[0] for m in sink.mails if b'X-Mailman-Copy: yes' in m.text]
    assert marked == ['cate@other.example']


def test_the_recipient_can_be_hidden_in_a_header(plist, make_msg, sink, data, site):
    plist.personalize, site.cfg.RCPT_BASE64_HEADER_NAME = 1, 'X-Rcpt'
    deliver.process(plist, make_msg(), data(recips=['cate@other.example']))
    expected = base64.b64encode(b'cate@other.example')
    assert b'X-Rcpt: ' + expected + b'\n' in sink.mails[0].text


# --- failures ---------------------------------------------------------------


def test_each_refusal_goes_to_its_recipient(plist, make_msg, sink, data):
    sink.rcpt = {
        'anne@member.example': ['450 later'],
        'bob.mixed@member.example': ['550 unknown'],
    }
    error = failed(plist, make_msg(), data())
    assert error.temporary_failures == {'anne@member.example': (450, 'later')}
    assert error.permanent_failures == {'Bob.Mixed@Member.Example': (550, 'unknown')}
    assert sink.recipients() == ['cate@other.example']
    assert isinstance(error, SomeRecipientsFailed)


def test_a_full_mailbox_is_no_permanent_failure(plist, make_msg, sink, data):
    sink.rcpt = {'anne@member.example': ['552 full']}
    error = failed(plist, make_msg(), data())
    assert list(error.temporary_failures) == ['anne@member.example']


def test_a_message_nobody_may_have_is_nobodys_bounce(plist, make_msg, sink, data, log):
    sink.dot = '554 spam'
    error = failed(plist, make_msg(), data())
    assert (error.temporary_failures, error.permanent_failures) == ({}, {})
    assert set(error.rejected) == set(MEMBERS)
    assert log('smtp-failure')[0] == (
        'SMTP session failure: 554, spam, msgid: <one@member.example>'
    )


def test_no_server_means_later_for_all(plist, make_msg, sink, data, log):
    sink.refuse()
    error = failed(plist, make_msg(), data())
    assert set(error.temporary_failures) == set(MEMBERS)
    assert {code for code, _ in error.temporary_failures.values()} == {-1}
    assert len([x for x in log('smtp-failure') if x.startswith('Low level')]) == 1


def test_being_told_to_stop_keeps_who_was_not_tried(plist, make_msg, data, site):
    site.cfg.SMTP_MAX_RCPTS = 1
    msgdata = data()
    with Sink() as sink:
        site.cfg.SMTPHOST, site.cfg.SMTPPORT = '127.0.0.1', sink.port
        mailer = deliver.mailer_for(site, lambda: bool(sink.mails))
        error = failed(plist, make_msg(), msgdata, mailer)
        mailer.close()
        assert error.stopped
        left = [address for chunk in msgdata['undelivered'] for address in chunk]
        assert sorted(left + sink.recipients()) == sorted(MEMBERS)
        assert left


# --- logs --------------------------------------------------------------------


def test_a_clean_post_is_logged_as_such(plist, make_msg, sink, data, log):
    deliver.process(plist, make_msg(), data())
    [line] = log('smtp')
    assert re.fullmatch(
        r'<one@member.example> smtp to test for 3 recips,'
        r' completed in \d\.\d{3} seconds',
        line,
    )
    [line] = log('post')
    size = len(sink.mails[0].text)
    assert line == (
        f'post to test from anne@member.example, size={size},'
        ' message-id=<one@member.example>, success'
    )


def test_system_mail_leaves_no_line_in_the_post_log(plist, make_msg, sink, data, log):
    deliver.process(plist, make_msg(), data(tolist=0))
    assert log('post') == []


def test_failures_are_counted_and_named(plist, make_msg, sink, data, log):
    sink.rcpt = {'anne@member.example': ['550 no such user']}
    failed(plist, make_msg(), data())
    assert log('post')[0].endswith('message-id=<one@member.example>, 1 failures')
    assert log('smtp-failure') == [
        'delivery to anne@member.example failed with code 550: no such user'
    ]


def test_all_refused_is_said_in_one_line_more(plist, make_msg, sink, data, log):
    sink.rcpt = lambda address, number: '550 no'
    failed(plist, make_msg(), data(recips=['a@b.example']))
    assert re.fullmatch(
        r'All recipients refused: .*a@b\.example.*, msgid: <one@member.example>',
        log('smtp-failure')[0],
    )


def test_log_formats_may_name_headers_and_can_be_off(
    plist, make_msg, sink, data, log, site
):
    site.cfg.SMTP_LOG_EVERY_MESSAGE = ('smtp', '%(msg_subject)s|%(allmsg_to)s|%(no)s')
    site.cfg.SMTP_LOG_SUCCESS = None
    deliver.process(plist, make_msg(), data())
    assert log('smtp') == ['hello|test@lists.example.com|%(no)s']
    assert log('post') == []


def test_a_broken_log_format_does_not_lose_mail(plist, make_msg, sink, data, site, log):
    site.cfg.SMTP_LOG_EVERY_MESSAGE = ('smtp', '%(time)d %(sender)d')
    deliver.process(plist, make_msg(), data())
    assert len(sink.mails) == 1
    assert log('smtp')[0].startswith('%(time)d %(sender)d')


def test_without_a_message_id_the_log_says_so(plist, make_msg, sink, data, log):
    msg = make_msg()
    del msg['message-id']
    deliver.process(plist, msg, data())
    assert log('smtp')[0].startswith('n/a smtp to test')


# --- settings ---------------------------------------------------------------------


def test_the_sites_settings_reach_the_conversation(site):
    site.cfg.SMTPHOST, site.cfg.SMTPPORT = 'smtp.example.com', 0
    site.cfg.SMTP_AUTH = site.cfg.SMTP_USE_TLS = True
    site.cfg.SMTP_USER, site.cfg.SMTP_PASSWD = 'me', 'secret'
    site.cfg.SMTP_REPLY_TIMEOUT = 100
    options = deliver.mailer_for(site).options
    assert (options.host, options.port) == ('smtp.example.com', 25)
    assert (options.user, options.password) == ('me', 'secret')
    assert options.authenticate and options.starttls and options.verify_tls
    assert (options.timeouts.reply, options.timeouts.final_dot) == (100, 180)
    assert options.helo == site.cfg.SMTP_HELO_HOST
