"""A member's mailbox is gone: a real mail server says so in a report of its own.

The server takes the list's mail and passes it on; the member's server refuses it at
RCPT, so that the first one has to write a delivery report to LIST-bounces.
"""

import pytest

from tests.support.prefix import HOST, wait_for

ANNE, DEAD = 'anne@member.example', 'dead@member.example'
POST = (
    f'From: {ANNE}\nTo: test@{HOST}\nSubject: Hello\n'
    'Message-ID: <returned@member.example>\n\nHello.\n'
).encode()


@pytest.fixture
def story(mailman, server, sink):
    sink.rcpt = {DEAD: ['550 5.1.1 no such mailbox here']}
    mailman.configure(REGISTER_BOUNCES_EVERY=1)
    mailman.newlist('test', ANNE, DEAD, bounce_score_threshold=1)
    mailman.start()

    def run():
        server.send(POST, f'test@{HOST}', sender=ANNE)

        def disabled():
            server.deliver()
            return DEAD in nomail(mailman)

        assert wait_for(disabled), server.logs() + mailman.log('bounce')

    yield run
    sink.rcpt = {}


def nomail(mailman):
    return mailman.command('list_members', '--nomail=bybounce', 'test').stdout.split()


def test_a_report_of_the_server_disables_the_member(mailman, server, sink, story):
    story()
    assert nomail(mailman) == [DEAD]
    assert f'{DEAD} bounce score: 1' in mailman.log('bounce')
    assert sink.sent_to(ANNE)
    assert not mailman.queued('shunt', 'bad')


def test_an_address_of_its_own_says_who_it_was(mailman, server, sink, story):
    mailman.configure(VERP_DELIVERY_INTERVAL=1)
    mailman.stop()
    mailman.start()
    story()
    senders = {found.sender for found in sink.sent_to(ANNE)}
    assert senders == {f'test-bounces+anne=member.example@{HOST}'}


def test_the_notice_that_comes_back_too_is_the_last(mailman, server, sink, story):
    story()

    def it_came_back():
        server.deliver()
        return 'residual bounce received' in mailman.log('bounce')

    assert wait_for(it_came_back), server.logs() + mailman.log('bounce')
    server.deliver()
    assert wait_for(
        lambda: not mailman.queued('in', 'out', 'virgin', 'bounces', 'commands')
    )
    assert sink.tries[DEAD] == 2, server.logs()  # the post, and the notice
    assert not mailman.queued('shunt', 'bad', 'retry')
