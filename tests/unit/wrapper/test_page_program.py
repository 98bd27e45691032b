"""cgi-bin/PAGE: the refusals, and what the interpreter behind it gets to see."""

import subprocess

import pytest

from tests.unit.wrapper.conftest import fill


@pytest.fixture(scope='session')
def page_program(build, home, own_group):
    return build(home, 'cgi-bin/page.c', own_group, '-DPAGE="listinfo"')


@pytest.fixture
def page(home, page_program):
    """Call the page program: words and environment in, result out."""
    fill(home)

    def call(*words, program=page_program, **env):
        return subprocess.run(
            [program, *words], capture_output=True, check=False, env=env, timeout=20
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
