"""One page for one request, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).resolve().parents[3]

# Stands in for a prefix: where the driver finds `paths`, and in it the application.
PATHS = """\
import sys, types
sys.path[:0] = {path!r}

def install():
    return {{'var_prefix': {prefix!r}}}

def site():
    from mailman.site import open_site
    return open_site({prefix!r})

def make_application(site):
{application}
    return application

if {replace!r}:
    app = types.ModuleType('mailman.web.app')
    app.make_application = make_application
    sys.modules['mailman.web.app'] = app
"""
GREETING = """
    def application(environ, start):
        start('200 OK', [('Content-Type', 'text/plain')])
        return [environ['mailman.page'].encode(), environ['wsgi.input'].read()]
"""


@pytest.fixture
def call(tmp_path):
    """Run the driver for a page in a prefix with this application."""
    for folder in ('bin', 'scripts', 'Mailman', 'logs', 'data', 'locks', 'mail'):
        (tmp_path / folder).mkdir()
    driver = tmp_path / 'scripts' / 'driver'
    driver.write_bytes((TREE / 'scripts' / 'driver').read_bytes())

    def call(application=GREETING, form=b'', paths=None, **environment):
        text = PATHS.format(
            path=sys.path,
            prefix=str(tmp_path),
            application=application.strip('\n'),
            replace=True,
        )
        (tmp_path / 'bin' / 'paths.py').write_text(text if paths is None else paths)
        return subprocess.run(
            [sys.executable, '-I', '-S', driver, 'listinfo'],
            input=form,
            capture_output=True,
            env={'CONTENT_LENGTH': str(len(form))} | environment,
            timeout=30,
            check=False,
        )

    call.prefix = tmp_path
    return call


def log(call):
    path = call.prefix / 'logs' / 'error'
    return path.read_text() if path.exists() else ''


def test_a_page_is_answered(call):
    done = call(form=b'a=1')
    assert done.stdout.startswith(b'Status: 200 OK\r\n')
    assert done.stdout.endswith(b'\r\n\r\nlistinfoa=1')
    assert (done.returncode, done.stderr) == (0, b'')


def test_what_a_page_prints_is_no_part_of_the_answer(call):
    printing = GREETING.replace('start(', "print('for debugging'); start(", 1)
    done = call(printing)
    assert b'debugging' not in done.stdout and b'debugging' in done.stderr


def test_a_size_that_is_none_is_a_bad_request(call):
    done = call(CONTENT_LENGTH='many')
    assert done.stdout.startswith(b'Status: 400 ')


@pytest.mark.parametrize(
    'application',
    [
        "    def application(environ, start): raise ValueError('secret')",
        "    raise ValueError('secret')",
        "    application = lambda environ, start: [b'secret']",
        "    application = lambda _, start: start('200 OK', [('A', 'secret\\n')])",
    ],
    ids=['a page', 'the application', 'no status', 'bad header'],
)
def test_what_fails_is_logged_and_not_shown(call, application):
    done = call(application)
    assert done.stdout.startswith(b'Status: 500 ')
    assert b'secret' not in done.stdout + done.stderr
    assert 'listinfo: no page could be made' in log(call)
    assert 'Traceback' in log(call)


def test_settings_that_do_not_run_are_logged_and_not_shown(call):
    (call.prefix / 'Mailman' / 'mm_cfg.py').write_text('secret = 1 +\n')
    done = call()
    assert done.stdout.startswith(b'Status: 503 ')
    assert b'secret' not in done.stdout and b'mm_cfg' not in done.stdout
    assert 'mm_cfg.py' in log(call)


@pytest.mark.parametrize('paths', ['secret +', 'raise SystemExit(1)', ''])
def test_a_program_that_is_not_whole_is_logged_and_not_shown(call, paths):
    done = call(paths=paths)
    assert done.stdout.startswith(b'Status: 503 ')
    assert done.stdout.count(b'Status: ') == 1
    assert b'Traceback' not in done.stdout and str(call.prefix) not in str(done.stdout)
    assert 'the page program cannot start' in log(call) + done.stderr.decode()


def test_a_reader_that_has_gone_is_no_error(call):
    reading, writing = os.pipe()
    os.close(reading)
    call()  # writes paths.py
    driver = call.prefix / 'scripts' / 'driver'
    done = subprocess.run(
        [sys.executable, '-I', '-S', driver, 'listinfo'],
        stdout=writing,
        stderr=subprocess.PIPE,
        env={},
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b'')
    assert log(call) == ''


def test_little_is_imported_for_a_page():
    """Start-up is what a page costs."""
    code = 'import sys; import mailman.web.cgi; print(*sys.modules)'
    words = [sys.executable, '-c', code]
    done = subprocess.run(words, cwd=TREE, capture_output=True, text=True, check=True)
    heavy = {'wsgiref', 'http', 'email', 'socket', 'logging', 'typing_extensions'}
    assert not heavy & set(done.stdout.split())
