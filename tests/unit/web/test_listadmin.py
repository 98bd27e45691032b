"""Debian's listadmin, a program of others that reads our pages as it read 2.1's."""

import shutil
import subprocess
import sys
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest

from mailman.lists.requests import Requests
from mailman.mail.message import Message
from mailman.web.app import make_application

PROGRAM = shutil.which('listadmin')
pytestmark = pytest.mark.skipif(PROGRAM is None, reason='listadmin is not installed')

# Gives its input to a program as if it were typed.
TYPED = 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)'


class Quiet(WSGIRequestHandler):
    """Says nothing about requests."""

    def log_message(self, *args):
        pass


@pytest.fixture
def url(site):
    """Serve the pages on a loopback port; the address of admindb."""
    site.cfg.WEB_HOSTS.append('127.0.0.1')
    pages = make_application(site)

    def application(environ, start):
        _, prefix, program, *rest = environ['PATH_INFO'].split('/', 3)
        environ['SCRIPT_NAME'] = f'/{prefix}/{program}'
        environ['PATH_INFO'] = '/' + ''.join(rest)
        return pages(environ, start)

    server = make_server('127.0.0.1', 0, application, handler_class=Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield f'http://127.0.0.1:{server.server_port}/mailman/admindb/{{list}}'
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def listadmin(url, mlist, tmp_path):
    """Runs it: its output, its exit code; ``typed`` is what a person types."""

    def run(*arguments, settings='', password='listpw', typed=None):
        ini = tmp_path / 'listadmin.ini'
        ini.write_text(
            f'password "{password}"\nadminurl "{url}"\n{settings}\n'
            'test@lists.example.com\n'
        )
        command = [PROGRAM, '-f', str(ini), *arguments, 'test']
        if typed is not None:
            command = [sys.executable, '-c', TYPED, *command]
        environ = {'PATH': '/usr/bin:/bin', 'HOME': str(tmp_path), 'LC_ALL': 'C.UTF-8'}
        done = subprocess.run(
            command,
            input=typed or '',
            capture_output=True,
            text=True,
            timeout=60,
            env=environ | {'TERM': 'dumb', 'PERL_RL': 'Stub'},
        )
        mlist.refresh()
        return done.stdout + done.stderr, done.returncode

    return run


@pytest.fixture
def waiting(mlist):
    """Let posts and people wait; the list's settings tell nobody of it."""

    def wait(posts=0, people=0):
        with mlist.lock():
            requests = Requests(mlist)
            for number in range(posts):
                text = f'From: guest{number % 2}@x.example\nSubject: post {number}\n'
                msg = Message.from_string(f'{text}Message-ID: <{number}@x>\n\nhello\n')
                requests.hold_message(msg, 'Post by non-member to a members-only list')
            for number in range(people):
                requests.hold_subscription(f'new{number}@a.example', name='New <One>')
            mlist.save_changes()

    return wait


def left(mlist):
    return list(Requests(mlist).all())


def test_it_finds_an_empty_queue(listadmin):
    output, _code = listadmin()
    assert 'nothing in queue' in output


def test_it_shows_what_waits(listadmin, waiting, mlist):
    waiting(posts=3, people=1)
    settings = 'confirm no\naction skip\nsubscription_action skip'
    output, _code = listadmin(settings=settings)
    for text in ('new0@a.example', 'guest0@x.example', 'post 2', '[3/3]'):
        assert text in output
    assert len(left(mlist)) == 4


def test_it_approves_posts_and_people(listadmin, waiting, mlist):
    waiting(posts=3, people=2)
    settings = 'confirm no\naction approve\nsubscription_action accept'
    listadmin(settings=settings)
    assert left(mlist) == []
    assert sorted(mlist.members) == ['new0@a.example', 'new1@a.example']
    assert len(mlist.queue('in').messages) == 3


def test_it_discards_posts_where_nobody_wants_to_join(listadmin, waiting, mlist):
    waiting(posts=2)
    listadmin(settings='confirm no\naction discard')
    assert left(mlist) == []
    assert mlist.queue('in').messages == []


def test_it_discards_people_where_no_post_waits(listadmin, waiting, mlist):
    waiting(people=2)
    listadmin(settings='confirm no\nsubscription_action discard')
    assert left(mlist) == []
    assert not mlist.members


def test_a_person_rejects_with_a_reason(listadmin, waiting, mlist):
    waiting(posts=2)
    listadmin(typed='r\nNot for this list.\ns\nyes\n')
    assert len(left(mlist)) == 1
    notice, _msgdata = mlist.queue('virgin').messages[0]
    assert notice['to'].startswith('guest')
    assert b'Not for this list.' in notice.get_payload(decode=True)


def test_it_says_that_the_password_is_wrong(listadmin, waiting, mlist):
    waiting(posts=1)
    output, _code = listadmin(password='guess', settings='action discard')
    assert '401' in output
    assert len(left(mlist)) == 1


def test_it_manages_members(listadmin, mlist):
    assert listadmin('--add-member', 'zoe@a.example')[1] == 0
    assert 'zoe@a.example' in mlist.members
    output, _code = listadmin('-l')
    assert 'zoe@a.example' in output
    assert listadmin('--remove-member', 'zoe@a.example')[1] == 0
    assert not mlist.members
