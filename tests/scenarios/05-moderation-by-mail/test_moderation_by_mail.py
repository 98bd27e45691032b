"""Held posts are decided by answering mails; what waits is told once a day."""

import email

from tests.support.prefix import HOST

ANNE = 'anne@member.example'
STRANGER, SPAMMER = 'stranger@other.example', 'spammer@other.example'
MODERATOR = 'moderator@member.example'
PASSWORD = 'secret'


def post(sender, subject, body='Hello.'):
    return (
        f'From: {sender}\nTo: test@{HOST}\nSubject: {subject}\n'
        f'Message-ID: <{subject}@other.example>\n\n{body}\n'
    ).encode()


def carry_to_owners(mailman, sink):
    """Bring what was sent to LIST-owner back, as a mail server does."""
    for mail in sink.sent_to(f'test-owner@{HOST}'):
        sink.mails.remove(mail)
        assert mailman.pipe('owner', 'test', mail.text) == 0


def held(mailman, sink, *subjects):
    """Post what is held; answer the stubs of the moderator's notices."""
    mailman.newlist('test', ANNE, moderator=[MODERATOR], generic_nonmember_action=1)
    for sender, subject in zip((STRANGER, SPAMMER), subjects, strict=False):
        assert mailman.pipe('post', 'test', post(sender, subject)) == 0
    assert not sink.sent_to(ANNE)
    carry_to_owners(mailman, sink)
    stubs = {}
    for mail in sink.sent_to(MODERATOR):
        _, original, stub = email.message_from_bytes(mail.text).get_payload()
        (original,), (stub,) = original.get_payload(), stub.get_payload()
        stubs[original['subject']] = stub
    return [stubs[subject] for subject in subjects]


def answer(mailman, stub, sender=MODERATOR, body='', **headers):
    """Answer a stub as a mail program does."""
    assert stub['from'] == f'test-request@{HOST}'
    more = ''.join(f'{name}: {value}\n' for name, value in headers.items())
    text = (
        f'From: {sender}\nTo: {stub["from"]}\nSubject: Re: {stub["subject"]}\n{more}'
        f'Message-ID: <answer@member.example>\n\n{body}'
    )
    assert mailman.pipe('request', 'test', text.encode()) == 0


def subjects(sink, address):
    found = [email.message_from_bytes(mail.text) for mail in sink.sent_to(address)]
    return [str(msg['subject']) for msg in found]


def test_one_post_is_approved_and_another_discarded(mailman, sink):
    good, bad = held(mailman, sink, 'good', 'bad')
    answer(mailman, good, Approved=PASSWORD)
    answer(mailman, bad)
    assert subjects(sink, ANNE) == ['[Test] good']
    assert not sink.sent_to(ANNE)[0].text.count(PASSWORD.encode())
    waiting = mailman.prefix.glob('data/heldmsg-*')
    assert list(waiting) == []
    assert not mailman.queued('in', 'out', 'commands', 'shunt', 'bad')


def test_the_password_may_stand_in_the_first_line(mailman, sink):
    (good,) = held(mailman, sink, 'good')
    answer(mailman, good, body=f'Approved: {PASSWORD}\n\n> the stub\n')
    assert subjects(sink, ANNE) == ['[Test] good']


def test_with_a_wrong_password_the_post_still_waits(mailman, sink):
    (good,) = held(mailman, sink, 'good')
    answer(mailman, good, sender=STRANGER, Approved='guess')
    assert sink.sent_to(ANNE) == []
    assert any(b'still waits' in mail.text for mail in sink.sent_to(STRANGER))
    answer(mailman, good, Approved=PASSWORD)
    assert subjects(sink, ANNE) == ['[Test] good']


def test_an_answering_machine_decides_nothing(mailman, sink):
    (good,) = held(mailman, sink, 'good')
    answer(mailman, good, **{'Auto-Submitted': 'auto-replied'})
    before = len(sink.mails)
    answer(mailman, good, Approved=PASSWORD)
    assert subjects(sink, ANNE) == ['[Test] good']
    assert len(sink.mails) > before


def test_the_moderators_are_told_once_a_day_what_waits(mailman, sink):
    held(mailman, sink, 'first', 'second')
    sink.mails.clear()
    mailman.cron('checkdbs')
    mailman.run_queues()
    carry_to_owners(mailman, sink)
    (mail,) = sink.sent_to(MODERATOR)
    text = email.message_from_bytes(mail.text).get_payload(decode=True).decode()
    assert '2 Test moderator requests wait' in subjects(sink, MODERATOR)[0]
    assert [text.count(x) for x in ('first', 'second', STRANGER, SPAMMER)] == [1] * 4


def test_nobody_is_told_where_nothing_waits(mailman, sink):
    (bad,) = held(mailman, sink, 'bad')
    answer(mailman, bad)
    sink.mails.clear()
    mailman.cron('checkdbs')
    mailman.run_queues()
    assert sink.mails == []
