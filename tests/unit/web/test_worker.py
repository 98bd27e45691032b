"""The resident worker, in a process of its own, asked as the C program asks."""

import os
import socket
import subprocess
import sys
import time
from contextlib import suppress

import pytest

from mailman.web import worker

# Stands in for scripts/web-worker, with an application that does as the path says.
SCRIPT = """\
import os, sys, time, types
sys.path[:0] = {path!r}
from mailman.web import worker
{settings}

def application(environ, start):
    what = environ['PATH_INFO']
    if what == '/raise':
        raise ValueError('secret')
    if what == '/exit':
        raise SystemExit(3)
    if what == '/sleep':
        time.sleep(30)
    if what == '/hang':
        import signal
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
        time.sleep(30)
    if what == '/memory':
        return [b'x' * (8 << 30)]
    if what == '/die':
        os.kill(os.getpid(), 9)
    body = environ['wsgi.input'].read()
    start('200 OK', [('Content-Type', 'text/plain')])
    if what == '/much':
        return (b'x' * 65536 for _ in range(100))
    return [b'%d %s ' % (os.getpid(), environ['mailman.page'].encode()), body]

app = types.ModuleType('mailman.web.app')
app.make_application = lambda site: application
sys.modules['mailman.web.app'] = app

def open_site():
    from mailman.site import open_site
    return open_site({prefix!r})

sys.exit(worker.main(open_site, {prefix!r}, int(sys.argv[1]), int(sys.argv[2])))
"""


class Running:
    """A worker that runs, its master's end of things, and requests to it."""

    def __init__(self, site, **settings):
        self.site = site
        self.door = worker.listen(site)
        reading, self.lifeline = os.pipe()
        lines = [f'worker.{name} = {value}' for name, value in settings.items()]
        code = SCRIPT.format(
            path=sys.path, settings='\n'.join(lines), prefix=str(site.prefix)
        )
        descriptors = (self.door.fileno(), reading)
        self.process = subprocess.Popen(
            [sys.executable, '-c', code, *map(str, descriptors)],
            pass_fds=descriptors,
            stderr=subprocess.PIPE,
        )
        os.close(reading)

    def connect(self):
        """Connect as the C program does, and wait for the greeting."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(10)
        connection.connect(str(worker.socket_path(self.site)))
        greeting = connection.recv(1)
        if greeting != b'+':
            connection.close()
        return connection if greeting else None

    def begin(self, path='/', form=b'', size=None, page='listinfo'):
        """Send a request, and a form as far as it is there."""
        connection = self.connect()
        length = len(form) if size is None else size
        connection.sendall(question(page, PATH_INFO=path, CONTENT_LENGTH=length) + form)
        return connection

    def ask(self, *args, **kw):
        """Send a request; answer what comes back."""
        with self.begin(*args, **kw) as connection:
            return rest(connection)

    def pid(self):
        """Answer the process id of who answers."""
        return int(self.ask().split(b'\r\n\r\n')[1].split()[0])

    def log(self):
        path = self.site.logs_dir / 'error'
        return path.read_text() if path.exists() else ''

    def close(self):
        os.close(self.lifeline)
        self.door.close()
        self.process.kill()
        self.process.communicate()


def question(page='listinfo', **given):
    data = f'PAGE={page}\0' + ''.join(f'{k}={v}\0' for k, v in given.items())
    return f'{len(data)}:{data},'.encode()


def rest(connection):
    data = b''
    # Reset: it ended without having read everything.
    with suppress(ConnectionResetError):
        while part := connection.recv(1 << 16):
            data += part
    return data


@pytest.fixture
def run(site):
    """Start workers: `run(REQUEST_TIME=1)`."""
    site.logs_dir.mkdir(parents=True, exist_ok=True)
    started = []

    def run(**settings):
        started.append(Running(site, **settings))
        return started[-1]

    yield run
    for each in started:
        each.close()


def test_requests_are_answered_one_after_the_other_by_one_process(run):
    running = run()
    first, second = running.ask(form=b'a=1'), running.ask(form=b'b=2')
    assert first.startswith(b'Status: 200 OK\r\n') and first.endswith(b'listinfo a=1')
    assert second.endswith(b'listinfo b=2')
    assert running.pid() == running.process.pid


def test_only_the_group_may_connect(run):
    path = worker.socket_path(run().site)
    assert path.stat().st_mode & 0o777 == 0o660
    assert path.parent.stat().st_mode & 0o007 == 0


def test_an_old_socket_is_replaced(site):
    worker.listen(site).close()
    again = worker.listen(site)
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(worker.socket_path(site)))
    again.close()


@pytest.mark.parametrize(
    'words',
    [
        b'hello',
        b'99999999999:',
        b'3000000:PAGE=a',
        b'-1:,',
        b'5:PAGE=,',
        b'14:PAGE=listinfo\0;',
        question('../etc/passwd'),
        question('nothing'),
    ],
)
def test_what_is_no_question_gets_no_answer_and_the_worker_goes_on(run, words):
    running = run()
    with running.connect() as connection:
        connection.sendall(words)
        connection.shutdown(socket.SHUT_WR)
        assert rest(connection) == b''
    assert running.pid() == running.process.pid


def test_a_question_without_its_end_is_never_answered(run):
    running = run()
    with running.connect() as connection:
        connection.sendall(question()[:-1])
        assert rest(connection) == b''
    assert running.pid()


def test_one_that_says_nothing_is_not_waited_for(run):
    running = run()
    with running.connect():
        began = time.monotonic()
        assert running.pid()
        assert time.monotonic() - began < 5


def test_the_first_of_two_values_counts(run):
    running = run()
    with running.connect() as connection:
        data = b'PAGE=listinfo\0PATH_INFO=/\0PATH_INFO=/raise\0'
        connection.sendall(b'%d:%s,' % (len(data), data))
        assert rest(connection).startswith(b'Status: 200')


@pytest.mark.parametrize('path', ['/raise', '/exit', '/memory'])
def test_a_page_that_fails_is_logged_and_the_worker_goes_on(run, path):
    running = run()
    answer = running.ask(path)
    assert answer.startswith(b'Status: 500 ') and b'secret' not in answer
    assert 'listinfo: no page could be made' in running.log()
    assert running.pid() == running.process.pid


def test_a_bad_size_is_a_bad_request(run):
    assert run().ask(size='many').startswith(b'Status: 400 ')


def test_a_page_that_takes_too_long_is_ended(run):
    running = run(REQUEST_TIME=0.2)
    assert running.ask('/sleep').startswith(b'Status: 500 ')
    assert 'TimeIsUp' in running.log()
    assert running.pid() == running.process.pid


def test_a_page_that_hangs_ends_with_its_process_and_says_where(run):
    running = run(REQUEST_TIME=0.1, LAST_GRACE=0.1)
    assert running.ask('/hang') == b''
    assert running.process.wait(10) == 1
    assert 'in application' in running.log()


def test_a_worker_that_dies_leaves_others_to_answer(run, site):
    running = run()
    assert running.ask('/die') == b''
    assert running.process.wait(10) < 0


def test_a_slow_form_is_left_to_a_child(run):
    running = run(SHORT_PATIENCE=0.05)
    with running.begin(form=b'a=', size=3) as slow:
        assert running.pid() == running.process.pid
        slow.sendall(b'1')
        answer = rest(slow)
    assert answer.endswith(b'listinfo a=1')
    assert not answer.endswith(b'%d listinfo a=1' % running.process.pid)


def test_a_slow_reader_is_left_to_a_child(run):
    running = run(SHORT_PATIENCE=0.05)
    with running.begin('/much') as slow:
        assert running.pid() == running.process.pid
        assert len(rest(slow).split(b'\r\n\r\n')[1]) == 100 * 65536


def test_children_are_few(run):
    running = run(SHORT_PATIENCE=0.05, MOST_CHILDREN=1)
    with running.begin(form=b'a=', size=3) as one:
        running.pid()
        with running.begin(form=b'a=', size=3) as other:
            assert rest(other) == b''
        one.sendall(b'1')
        assert rest(one).endswith(b'a=1')


def test_a_worker_ends_after_many_requests(run):
    running = run(MOST_REQUESTS=2)
    assert running.ask() and running.ask()
    assert running.process.wait(10) == 0


def test_a_worker_that_has_become_large_ends(run):
    running = run(LARGE=1)
    assert running.process.wait(10) == 0


def test_changed_settings_end_the_worker_before_it_takes_a_request(run):
    running = run()
    assert running.pid()
    config = running.site.mm_cfg
    config.parent.mkdir(exist_ok=True)
    config.write_text('# changed\n')
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(str(worker.socket_path(running.site)))
        assert running.process.wait(10) == 0
        # It is still in the queue, for the next one.
        connection.setblocking(False)
        with pytest.raises(BlockingIOError):
            connection.recv(1)


def test_broken_settings_leave_pages_to_plain_cgi(run, site):
    site.mm_cfg.parent.mkdir(exist_ok=True)
    site.mm_cfg.write_text('secret +\n')
    running = run()
    assert running.process.wait(10) == 1
    assert 'web worker' in running.log()


def test_a_worker_told_to_stop_answers_what_it_has_begun(run):
    running = run(SHORT_PATIENCE=5)
    running.pid()
    with running.begin(form=b'a=', size=3) as connection:
        running.process.terminate()
        connection.sendall(b'1')
        assert rest(connection).endswith(b'a=1')
    assert running.process.wait(10) == 0


def test_a_worker_ends_with_its_master(run):
    running = run()
    running.pid()
    os.close(running.lifeline)
    assert running.process.wait(10) == 0
    running.lifeline = os.open(os.devnull, os.O_RDONLY)


def test_a_client_that_goes_is_no_error(run):
    running = run()
    running.begin('/much').close()
    assert running.pid() == running.process.pid
    assert running.log() == ''


def test_a_site_that_wants_none_gets_none(site):
    assert worker.wanted(site) == 0  # there is nothing to start in this prefix
    worker.script(site).parent.mkdir()
    worker.script(site).touch()
    assert worker.wanted(site) == site.cfg.WEB_WORKERS > 0
    site.cfg.WEB_WORKERS = 0
    assert worker.wanted(site) == 0


def test_a_worker_that_nobody_needs_ends(run):
    assert run(IDLE=0.2).process.wait(20) == worker.IDLE_STATUS
