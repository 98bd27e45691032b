"""cgi-bin/PAGE: the refusals, and what the interpreter behind it gets to see."""

import socket
import subprocess
import threading
import time
from contextlib import ExitStack, suppress

import pytest

from tests.unit.wrapper.conftest import fill


@pytest.fixture(scope='session')
def page_program(build, home, own_group):
    return build(home, 'cgi-bin/page.c', own_group, '-DPAGE="listinfo"')


@pytest.fixture
def page(home, page_program):
    """Call the page program: words and environment in, result out."""
    fill(home)

    def call(*words, program=page_program, stdin=b'', **env):
        return subprocess.run(
            [program, *words],
            input=stdin,
            capture_output=True,
            check=False,
            env=env,
            timeout=20,
        )

    return call


def called(home):
    return (home / 'called').read_text().splitlines()


def test_the_driver_is_started_in_isolation_with_the_page_compiled_in(page, home):
    page('ignored', 'words')
    assert called(home)[0] == f'-I -S {home}/scripts/driver listinfo'


KEPT = [
    'AUTH_TYPE',
    'CONTENT_LENGTH',
    'CONTENT_TYPE',
    'DOCUMENT_ROOT',
    'HOST',
    'HTTPS',
    'HTTP_ACCEPT',
    'HTTP_ACCEPT_LANGUAGE',
    'HTTP_COOKIE',
    'HTTP_FORWARDED_FOR',
    'HTTP_HOST',
    'HTTP_ORIGIN',
    'HTTP_X_FORWARDED_FOR',
    'LOGNAME',
    'PATH_INFO',
    'QUERY_STRING',
    'REMOTE_ADDR',
    'REMOTE_PORT',
    'REMOTE_USER',
    'REQUEST_METHOD',
    'REQUEST_SCHEME',
    'REQUEST_URI',
    'SCRIPT_NAME',
    'SERVER_NAME',
    'SERVER_PORT',
    'SERVER_PROTOCOL',
    'USER',
]
DROPPED = [
    'HTTP_PROXY',
    'PYTHONPATH',
    'LD_PRELOAD_X',
    'HTTP_AUTHORIZATION',
    'GCONV_PATH',
]


def test_only_what_is_on_the_list_passes(page, home):
    page(**{name: f'value of {name}' for name in KEPT + DROPPED})
    lines = called(home)
    for name in KEPT:
        assert f'{name}=value of {name}' in lines
    for name in DROPPED:
        assert not any(line.startswith(name + '=') for line in lines)


def test_a_wrong_group_gets_a_page_that_names_the_way_out(page, build, home):
    program = build(home, 'cgi-bin/page.c', ['none-<b>'], '-DPAGE="admin"')
    done = page(program=program)
    assert done.returncode in (2, 8)
    head, body = done.stdout.split(b'\r\n\r\n')
    assert b'Content-Type: text/html; charset=utf-8' in head
    assert b'--with-cgi-gid=' in body and b'none-&lt;b&gt;' in body


def test_a_missing_interpreter_gets_a_page_too(page, home):
    (home / 'python').unlink()
    done = page()
    assert done.returncode == 4
    assert b'No such file or directory' in done.stdout


# --- handing over to the resident worker --------------------------------------------


class FakeWorker(threading.Thread):
    """Listens where the worker does, greets, and answers once the question is whole."""

    def __init__(self, home, answer=b'Status: 200 OK\r\n\r\nhello', greeting=b'+'):
        super().__init__(daemon=True)
        self.answer, self.greeting = answer, greeting
        self.asked, self.form, self.reads_form = None, b'', True
        self.door = socket.socket(socket.AF_UNIX)
        self.door.bind(str(home / 'locks' / 'wake' / 'web'))
        self.door.listen(1)
        self.start()

    def run(self):
        with self.door.accept()[0] as connection, suppress(OSError):
            connection.settimeout(10)
            connection.sendall(self.greeting)
            data = b''
            while b':' not in data or len(data) < self.size(data):
                part = connection.recv(65536)
                if not part:
                    return
                data += part
            end = self.size(data)
            assert data[end - 1 : end] == b','
            self.asked = data[data.index(b':') + 1 : end - 1].split(b'\0')
            self.form = data[end:]
            if self.answer is None:
                return
            while self.reads_form and (part := connection.recv(65536)):
                self.form += part
            connection.sendall(self.answer)

    @staticmethod
    def size(data):
        digits = data.partition(b':')[0]
        return len(digits) + 1 + int(digits) + 1

    def end(self):
        self.join(10)
        self.door.close()


@pytest.fixture
def fake(home, page):
    workers = []

    def fake(**kw):
        workers.append(FakeWorker(home, **kw))
        return workers[-1]

    yield fake
    for each in workers:
        each.door.close()


def test_a_worker_that_answers_saves_the_start_of_python(page, fake, home):
    worker = fake()
    done = page(REQUEST_METHOD='GET', PATH_INFO='/test', HTTP_PROXY='evil')
    worker.end()
    assert done.stdout == b'Status: 200 OK\r\n\r\nhello'
    assert done.returncode == 0
    assert not (home / 'called').exists()
    assert worker.asked[0] == b'PAGE=listinfo'
    assert b'PATH_INFO=/test' in worker.asked
    assert not any(pair.startswith(b'HTTP_PROXY') for pair in worker.asked)


def test_the_form_follows_and_no_more_than_was_announced(page, fake):
    worker = fake()
    page(CONTENT_LENGTH='5', stdin=b'a=123 and more')
    worker.end()
    assert worker.form == b'a=123'


def test_a_large_form_arrives_whole(page, fake):
    worker = fake()
    form = b'x' * 5_000_000
    page(CONTENT_LENGTH=str(len(form)), stdin=form)
    worker.end()
    assert worker.form == form


def test_a_large_answer_arrives_whole(page, fake):
    answer = b'Status: 200 OK\r\n\r\n' + b'y' * 5_000_000
    fake(answer=answer)
    assert page().stdout == answer


def test_an_answer_that_comes_before_the_form_was_read_arrives(page, fake):
    worker = fake(answer=b'Status: 413 Too Large\r\n\r\n' + b'y' * 1_000_000)
    worker.reads_form = False
    form = b'x' * 5_000_000
    done = page(CONTENT_LENGTH=str(len(form)), stdin=form)
    assert done.stdout == worker.answer


def test_all_variables_may_be_long(page, fake):
    worker = fake()
    names = ('HTTP_COOKIE', 'HTTP_REFERER', 'QUERY_STRING', 'REQUEST_URI', 'PATH_INFO')
    given = {name: 'x' * 16_000 for name in names}
    page(**given)
    worker.end()
    for name, value in given.items():
        assert f'{name}={value}'.encode() in worker.asked


@pytest.mark.parametrize('length', ['', 'many', '-1', '9' * 30])
def test_without_a_proper_size_there_is_no_form(page, fake, length):
    worker = fake()
    page(CONTENT_LENGTH=length, stdin=b'a=1')
    worker.end()
    assert worker.form == b''


def test_nobody_there_means_that_python_is_started(page, home):
    page()
    assert called(home)[0].endswith('/scripts/driver listinfo')


def test_nobody_listening_means_that_python_is_started(page, home):
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(home / 'locks/wake/web'))
    page()
    assert called(home)[0].endswith('/scripts/driver listinfo')


@pytest.mark.parametrize('greeting', [b'', b'-'])
def test_without_a_greeting_python_is_started(page, fake, home, greeting):
    """The worker is stopped, or hangs, or is something else."""
    fake(greeting=greeting)
    began = time.monotonic()
    page()
    assert called(home)[0].endswith('/scripts/driver listinfo')
    assert time.monotonic() - began < 5


def seconds(page):
    began = time.monotonic()
    page()
    return time.monotonic() - began


def test_too_many_waiting_means_that_python_is_started(page, home):
    with socket.socket(socket.AF_UNIX) as door, ExitStack() as stack:
        door.bind(str(home / 'locks/wake/web'))
        door.listen(0)
        waiting = stack.enter_context(socket.socket(socket.AF_UNIX))
        waiting.connect(str(home / 'locks/wake/web'))
        # PATIENCE is for a worker that answers.
        assert min(seconds(page) for _ in range(5)) < 0.4
    assert called(home)[0].endswith('/scripts/driver listinfo')


def test_what_was_asked_is_never_asked_again(page, fake, home):
    """A form would be acted on twice."""
    fake(answer=None)
    done = page(REQUEST_METHOD='POST', CONTENT_LENGTH='3', stdin=b'a=1')
    assert done.returncode == 75
    assert b'look before you send it again' in done.stdout
    assert not (home / 'called').exists()


def test_a_lock_folder_that_was_moved_is_found(page, home, fake):
    away = home / 'elsewhere'
    (away / 'wake').mkdir(parents=True)
    (home / 'mail' / 'mailman.conf').write_text(f'lock_dir={away}\n')
    (home / 'locks' / 'wake').rmdir()
    (home / 'locks' / 'wake').symlink_to(away / 'wake')
    worker = fake()
    (home / 'locks' / 'wake').unlink()
    assert page().stdout == worker.answer


def test_a_path_too_long_for_a_socket_means_that_python_is_started(page, home):
    (home / 'mail' / 'mailman.conf').write_text(f'lock_dir=/{"x" * 200}\n')
    page()
    assert called(home)[0].endswith('/scripts/driver listinfo')
