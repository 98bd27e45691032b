"""A real mail server, set up with contrib/ as it is, delivers into Mailman and out."""

import re
from pathlib import Path

from tests.support.prefix import HOST, wait_for

POST = Path(__file__).with_name('post.eml').read_bytes()
ANNE = 'anne@member.example'
MEMBERS = (ANNE, 'bart@member.example', 'cate@other.example')

# Local part: queue, what the runner is told, list.
ADDRESSES = {
    'test': ('in', 'tolist', 'test'),
    'test-admin': ('bounces', None, 'test'),
    'test-bounces': ('bounces', None, 'test'),
    'test-bounces+anne=member.example': ('bounces', None, 'test'),
    'test-confirm': ('commands', 'toconfirm', 'test'),
    'test-confirm+0123456789abcdef0123456789abcdef01234567': (
        *('commands', 'toconfirm', 'test'),
    ),
    'test-join': ('commands', 'tojoin', 'test'),
    'test-leave': ('commands', 'toleave', 'test'),
    'test-owner': ('in', 'toowner', 'test'),
    'test-request': ('commands', 'torequest', 'test'),
    'test-subscribe': ('commands', 'tojoin', 'test'),
    'test-unsubscribe': ('commands', 'toleave', 'test'),
    'TEST': ('in', 'tolist', 'test'),
    'Test-Owner': ('in', 'toowner', 'test'),
    'tEST-bounces+Anne=Member.example': ('bounces', None, 'test'),
    'dev-owner': ('in', 'tolist', 'dev-owner'),
    'dev-owner-owner': ('in', 'toowner', 'dev-owner'),
    'dev-owner-bounces+anne=member.example': ('bounces', None, 'dev-owner'),
}
ENVELOPE = r'(?m)^(?:Envelope-To|Delivered-To|X-Original-To): (.*)$'
FLAGS = {'tolist', 'toowner', 'toconfirm', 'tojoin', 'toleave', 'torequest'}


def test_a_post_reaches_every_member(mailman, server, sink):
    mailman.newlist('test', *MEMBERS)
    mailman.start()
    server.send(POST, f'test@{HOST}', sender=ANNE)

    def all_arrived():
        server.deliver()
        return sink.recipients() == sorted(MEMBERS)

    assert wait_for(all_arrived), server.logs() + mailman.log('error')
    copy = sink.sent_to('bart@member.example')[0]
    assert copy.sender == f'test-bounces@{HOST}'
    assert b'\nHello, everybody.\n\nFrom here on it ends.\n' in copy.text
    assert not mailman.queued('in', 'out', 'retry', 'shunt', 'bad')


def test_every_address_reaches_its_queue(mailman, server):
    mailman.newlist('test')
    mailman.newlist('dev-owner')
    mailman.stop()
    for number, local in enumerate(ADDRESSES):
        mail = POST.replace(b'story-1@', b'%d@' % number)
        server.send(mail, f'{local}@{HOST}', sender='')

    def arrived():
        server.deliver()
        return len(mailman.queued('in', 'bounces', 'commands')) == len(ADDRESSES)

    assert wait_for(arrived), server.logs()
    found, heads = {}, {}
    for queue, metadata, text in mailman.queued('in', 'bounces', 'commands'):
        (flag,) = FLAGS & set(metadata) or {None}
        number = int(re.search(rb'Message-ID: <(\d+)@', text)[1])
        local = list(ADDRESSES)[number]
        found[local] = (queue, flag, metadata['listname'])
        heads[local] = text.split(b'\n\n')[0].decode()
    assert found == ADDRESSES
    # To: of a bounce may say anything; whose it is stands behind the plus.
    for local in ADDRESSES:
        if '+' in local:
            recipients = re.findall(ENVELOPE, heads[local])
            assert f'{local}@{HOST}'.lower() in [x.lower() for x in recipients]


def test_mail_about_automatic_mail_ends_in_a_file(mailman, server):
    server.send(POST, f'mailman-loop@{HOST}', sender='')
    mbox = mailman.prefix / 'data' / 'owner-bounces.mbox'
    assert wait_for(lambda: mbox.exists() and b'story-1@' in mbox.read_bytes()), (
        server.logs()
    )
    assert mbox.read_bytes().startswith(b'From MAILER-DAEMON ')


def test_an_unknown_list_is_refused_while_the_sender_listens(mailman, server):
    mailman.newlist('test')
    with server.connect() as session:
        session.ehlo()
        session.mail(ANNE)
        for local in ('no-list', 'test-none', 'no-list-bounces+x=y', 'test-request-x'):
            assert session.rcpt(f'{local}@{HOST}')[0] == 550, (local, server.logs())
        for local in ('test', *server.roles):
            assert session.rcpt(f'{local}@{HOST}')[0] == 250, (local, server.logs())


def test_a_removed_list_is_unknown(mailman, server):
    mailman.newlist('test')
    mailman.command('rmlist', 'test')

    def answer():  # Postfix looks for new maps between two sessions
        with server.connect() as session:
            session.ehlo()
            session.mail(ANNE)
            return session.rcpt(f'test@{HOST}')[0]

    assert wait_for(lambda: answer() == 550), server.logs()


def test_mail_waits_at_the_server_while_it_cannot_be_stored(mailman, server):
    """75 is not for good; nothing goes back to the author."""
    mailman.newlist('test')
    mailman.stop()
    queue = mailman.prefix / 'qfiles'
    aside = queue.rename(queue.with_name('qfiles.aside'))
    queue.write_text('no folder\n')
    try:
        server.send(POST, f'test@{HOST}', sender=ANNE)
        wait_for(lambda: 'cannot' in server.logs())
    finally:
        queue.unlink()
        aside.rename(queue)
    assert re.search('defer|==', server.logs()), server.logs()
    assert 'bounced' not in server.logs()
