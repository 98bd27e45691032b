"""Without a mail server: what the mail program and mailmanctl do between them."""

import os
import time

from tests.support.prefix import HOST, wait_for

POST = (
    b'From: anne@member.example\nTo: test@lists.example.com\nSubject: by hand\n'
    b'Message-ID: <hand-%d@member.example>\n\nHello.\n'
)
MEMBERS = ('anne@member.example', 'bart@member.example')


def post(mailman, number=1):
    assert mailman.pipe('post', 'test', POST % number) == 0


def fresh(mailman):
    """As after `make install`: nobody ever said start or stop."""
    assert not (mailman.prefix / 'data' / 'stopped').exists()
    mailman.newlist('test', *MEMBERS)


def test_where_no_master_was_ever_started_the_mail_program_delivers(mailman, sink):
    fresh(mailman)
    post(mailman)
    assert sink.recipients() == sorted(MEMBERS)
    assert mailman.master_pid() is None
    assert not mailman.queued('in', 'out', 'retry', 'shunt', 'bad')


def test_after_stop_mail_only_waits_until_start(mailman, sink):
    fresh(mailman)
    mailman.stop()
    post(mailman)
    assert len(mailman.queued('in')) == 1
    assert sink.recipients() == []
    mailman.start()
    assert wait_for(lambda: sink.recipients() == sorted(MEMBERS))


def test_runners_that_are_up_deliver_and_the_mail_program_does_not_wait(mailman, sink):
    fresh(mailman)
    mailman.start()
    sink.delay = 2
    began = time.monotonic()
    post(mailman)
    assert time.monotonic() - began < 2
    assert wait_for(lambda: sink.recipients() == sorted(MEMBERS))
    sink.delay = 0


def test_a_master_that_was_killed_leaves_no_mail_behind(mailman, sink):
    fresh(mailman)
    mailman.start()
    pid = mailman.master_pid()
    os.kill(pid, 9)
    wait_for(lambda: not os.path.exists(f'/proc/{pid}'))
    # Its runners end by themselves; until then they do the work.
    post(mailman)
    assert wait_for(lambda: sink.recipients() == sorted(MEMBERS))


def test_the_second_start_takes_seconds(mailman):
    mailman.start()
    mailman.stop()
    began = time.monotonic()
    mailman.start()
    assert time.monotonic() - began < 5


def test_a_second_master_is_refused(mailman):
    mailman.start()
    again = mailman.command('mailmanctl', 'start', check=False)
    assert again.returncode == 1
    assert 'run already' in again.stderr


def test_queues_run_by_hand_deliver_what_waits(mailman, sink):
    fresh(mailman)
    mailman.stop()
    for number in range(3):
        post(mailman, number)
    mailman.run_queues()
    assert len(sink.sent_to(MEMBERS[0])) == 3


def test_an_unknown_list_is_67_and_a_strange_group_2(mailman):
    assert mailman.pipe('post', 'none', POST % 1) == 67
    strange = mailman.pipe('post', 'mailman', POST % 1, group='nogroup')
    assert strange == 2
    assert not mailman.queued('in')


def test_owner_mail_reaches_the_owner(mailman, sink):
    fresh(mailman)
    assert mailman.pipe('owner', 'test', POST % 1) == 0
    assert sink.recipients() == [f'owner@{HOST}']
