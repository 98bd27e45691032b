"""listadmin, Debian's command-line client for moderators, against our pages.

It reads the pages of 2.1 as they were and knows nothing of ours.
"""

import shlex
import shutil
import subprocess

import pytest

from tests.scenarios.conftest import missing
from tests.support.prefix import ENVIRONMENT
from tests.support.web_servers import Apache

# One web server is enough for what is about pages.
pytestmark = pytest.mark.parametrize('lasting_web', [Apache], indirect=True)

TERMINAL = {'TERM': 'dumb', 'PERL_RL': 'Stub'}
MEMBERS = ('anne@member.example', 'bart@member.example')
POST = (
    b'From: %s\nTo: test@lists.example.com\nSubject: %s\n'
    b'Message-ID: <%s@outside.example>\n\nHello.\n'
)


@pytest.fixture
def listadmin(web, mailman, tmp_path):
    """Call listadmin with a configuration for the list `test` and with answers."""
    program = shutil.which('listadmin')
    if program is None:
        missing('needs listadmin: apt-get install listadmin')
    mailman.newlist('test', *MEMBERS, generic_nonmember_action=1)

    def call(*words, config='', answers=''):
        path = tmp_path / 'listadmin.ini'
        path.write_text(
            f'password secret\nadminurl {web.root}/mailman/admindb/{{list}}\n'
            f'confirm no\nlog none\n{config}\ntest@lists.example.com\n'
        )
        command = [program, '-f', str(path), *words]
        if answers:  # it asks at a terminal only
            command = ['script', '-qec', shlex.join(command), '/dev/null']
        done = subprocess.run(
            command,
            input=answers,
            env=ENVIRONMENT
            | {'HOME': str(tmp_path), 'TERM': 'dumb', 'PERL_RL': 'Stub'},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr + web.logs()
        return done.stdout

    return call


def hold(mailman, *subjects, sender='carl@outside.example'):
    for subject in subjects:
        mail = POST % (sender.encode(), subject.encode(), subject.encode())
        assert mailman.pipe('post', 'test', mail) == 0
    mailman.run_queues()


def held(mailman):
    return len(list((mailman.prefix / 'data').glob('heldmsg-test-*')))


def members(mailman):
    return mailman.command('list_members', 'test').stdout.split()


def test_a_moderator_approves_discards_rejects_and_skips(mailman, sink, listadmin):
    mailman.command('mailmanctl', '-q', 'stop')
    hold(mailman, 'one', 'two', 'three', 'four')
    assert held(mailman) == 4
    out = listadmin(answers='a\nd\nr\nnot here\ns\n')
    assert 'carl@outside.example' in out
    assert held(mailman) == 1
    mailman.run_queues()
    approved = [mail for mail in sink.mails if b'Message-ID: <one@' in mail.text]
    # The owner has it as well, in the note that it was held.
    assert {to for mail in approved for to in mail.recipients} > set(MEMBERS)


def test_a_robot_discards_all_without_asking(mailman, listadmin):
    mailman.command('mailmanctl', '-q', 'stop')
    hold(mailman, 'one', 'two', 'three')
    listadmin(config='action discard')
    assert held(mailman) == 0


def test_what_somebody_wrote_is_shown(mailman, listadmin):
    mailman.command('mailmanctl', '-q', 'stop')
    hold(mailman, 'one')
    out = listadmin(answers='f\ns\n')
    assert 'Hello.' in out and 'one@outside.example' in out
    assert held(mailman) == 1


def test_members_are_listed_added_and_removed(mailman, listadmin):
    assert listadmin('-l').split() == sorted(MEMBERS)
    listadmin('--add-member', 'dora@member.example')
    assert 'dora@member.example' in members(mailman)
    listadmin('--remove-member', MEMBERS[0])
    assert sorted(members(mailman)) == ['bart@member.example', 'dora@member.example']
