"""Posts are collected, and cron sends them as digests of both kinds."""

import email

from tests.support.prefix import HOST

ANNE, BART, CATE = (f'{name}@member.example' for name in ('anne', 'bart', 'cate'))


def post(mailman, number):
    text = (
        f'From: {ANNE}\nTo: test@{HOST}\nSubject: Number {number}\n'
        f'Message-ID: <{number}@member.example>\n\nThis is text {number}.\n'
    )
    assert mailman.pipe('post', 'test', text.encode()) == 0


def digests(mailman):
    """Make a list: Anne reads posts, Bart a MIME digest, Cate a plain one."""
    mailman.newlist('test', ANNE, digest_size_threshhold=0)
    for address, mime in ((BART, 1), (CATE, 0)):
        mailman.set('test', mime_is_default_digest=mime)
        words = ('-w', 'n', '-a', 'n', '-d', '-', 'test')
        mailman.command('add_members', *words, input=address)


def test_cron_sends_what_was_collected_as_both_kinds(mailman, sink):
    digests(mailman)
    for number in (1, 2):
        post(mailman, number)
    assert sink.recipients() == [ANNE, ANNE]
    mailman.cron('senddigests')
    mailman.run_queues()
    kinds = {}
    for address in (BART, CATE):
        (mail,) = sink.sent_to(address)
        assert b'This is text 1.' in mail.text and b'This is text 2.' in mail.text
        msg = email.message_from_bytes(mail.text)
        assert 'Vol 1, Issue 1' in msg['subject']
        kinds[address] = msg.get_content_type()
    assert kinds == {BART: 'multipart/mixed', CATE: 'text/plain'}


def test_a_second_run_on_the_same_day_sends_nothing_twice(mailman, sink):
    digests(mailman)
    post(mailman, 1)
    for _ in range(2):
        mailman.cron('senddigests')
        mailman.run_queues()
    assert sink.recipients() == [ANNE, BART, CATE]


def test_bumping_starts_a_new_volume_and_sends_first(mailman, sink):
    digests(mailman)
    post(mailman, 1)
    mailman.cron('senddigests')
    mailman.cron('bumpdigests')
    post(mailman, 2)
    mailman.cron('senddigests')
    mailman.run_queues()
    found = [email.message_from_bytes(m.text)['subject'] for m in sink.sent_to(BART)]
    assert [subject.split('Digest, ')[1] for subject in found] == [
        'Vol 1, Issue 1',
        'Vol 2, Issue 1',
    ]
