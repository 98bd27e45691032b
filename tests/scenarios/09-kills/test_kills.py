"""SIGKILL of the mail program and of runners at random moments: nothing is lost."""

import os
import random
import re
import signal
import subprocess
import threading
import time
from collections import Counter

from tests.support.prefix import GROUP, USER, wait_for

POSTS = 200
MEMBERS = [f'm{number}@member.example' for number in range(5)]
BODY = b'0123456789 abcdefghij\n' * 400
VICTIMS = ('IncomingRunner', 'OutgoingRunner')


def mail(number):
    head = (
        'From: anne@member.example\nTo: test@lists.example.com\n'
        f'Subject: post {number}\nMessage-ID: <kill-{number}@member.example>\n\n'
    )
    return head.encode() + BODY + b'END\n'


def post_and_maybe_kill(mailman, number, dice):
    """Post; answer whether the mail program said that it took the mail."""
    program = subprocess.Popen(
        [mailman.prefix / 'mail' / 'mailman', 'post', 'test'],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        user=USER,
        group=GROUP,
        extra_groups=[],
        env={},
    )
    if dice.random() < 0.3:
        delay = dice.uniform(0, 0.004)
        threading.Timer(delay, program.kill).start()
    try:
        program.communicate(mail(number))
    except BrokenPipeError:
        program.wait()
    return program.returncode == 0


def runners(mailman):
    """Process ids of the victims: the master's children of these names."""
    listing = subprocess.run(
        ['ps', '-o', 'pid=,comm=', '--ppid', str(mailman.master_pid())],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    rows = [line.split() for line in listing.splitlines()]
    return [int(pid) for pid, name, *_ in rows if name in VICTIMS]


def copies(sink):
    """How often each member got each post."""
    found = Counter()
    for one in list(sink.mails):
        number = int(re.search(rb'<kill-(\d+)@', one.data)[1])
        found.update((recipient, number) for recipient in one.recipients)
    return found


def test_what_was_accepted_reaches_every_member_whole(mailman, sink):
    dice = random.Random(4)
    mailman.newlist(
        'test', *MEMBERS, generic_nonmember_action=0, max_message_size=0, archive=0
    )
    mailman.start()
    over = threading.Event()
    kills = []

    def killer():
        while not over.wait(dice.uniform(0.05, 0.25)):
            for pid in runners(mailman)[: dice.randint(1, 2)]:
                os.kill(pid, signal.SIGKILL)
                kills.append(pid)

    thread = threading.Thread(target=killer)
    thread.start()
    attempts = 0
    try:
        for number in range(POSTS):
            accepted = False
            while not accepted:
                accepted = post_and_maybe_kill(mailman, number, dice)
                attempts += 1
            time.sleep(0.01)
    finally:
        over.set()
        thread.join()
    wanted = {(member, number) for member in MEMBERS for number in range(POSTS)}
    assert wait_for(lambda: wanted <= set(copies(sink)), 60), 'all is delivered'
    assert wait_for(lambda: not mailman.queued('in', 'out', 'retry'))
    assert not mailman.queued('bad', 'shunt')
    assert all(b'\nEND' in found.data for found in sink.mails), 'and whole'
    # Twice comes at most what a killed process had in hand.
    assert kills
    most = len(MEMBERS) * (attempts + len(kills))
    assert sum(copies(sink).values()) <= most
