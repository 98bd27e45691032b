"""From a CGI environment to WSGI, and from WSGI's answer to CGI's."""

import io
import os

import pytest

from mailman.web import gateway
from mailman.web.gateway import Answer, BadAnswer, ClientGone, respond

HTML = [('Content-Type', 'text/html')]


def environ(body=b'', **given):
    """An environment as the C program would give it, with a body on a pipe."""
    reading, writing = os.pipe()
    os.write(writing, body)
    os.close(writing)
    pairs = {name.encode(): value.encode() for name, value in given.items()}
    return gateway.environment(
        pairs, 'listinfo', gateway.reader(reading), io.StringIO()
    )


def answered(application, **given):
    """What goes out for an application's answer."""
    out = []
    environment = environ(**given)
    respond(application, environment, Answer(environment, out.append))
    return b''.join(out)


def page(*parts, status='200 OK', headers=HTML):
    def application(environ, start):
        start(status, headers)
        return list(parts)

    return application


# --- the environment --------------------------------------------------------------


def test_the_environment_is_what_pep_3333_says():
    from wsgiref.validate import validator

    def application(environ, start):
        environ['wsgi.input'].read(1)
        start('200 OK', HTML)
        return [b'page']

    given = {
        'SERVER_NAME': 'h',
        'SERVER_PORT': '80',
        'SCRIPT_NAME': '/mailman/listinfo',
    }
    environment = environ(**given)
    environment['wsgi.errors'] = io.StringIO()
    out = []
    respond(validator(application), environment, Answer(environment, out.append))
    assert b''.join(out).endswith(b'\r\n\r\npage')


def test_bytes_come_as_the_characters_of_latin_1():
    given = {b'PATH_INFO': '/ü'.encode(), b'HTTP_COOKIE': b'\xff'}
    environment = gateway.environment(given, 'admin', gateway.reader(0), None)
    assert environment['PATH_INFO'].encode('latin-1') == '/ü'.encode()
    assert environment['HTTP_COOKIE'] == '\xff'


@pytest.mark.parametrize(
    'https, scheme', [('on', 'https'), ('1', 'https'), ('off', 'http'), ('', 'http')]
)
def test_https_is_what_the_server_says(https, scheme):
    assert environ(HTTPS=https)['wsgi.url_scheme'] == scheme


def test_the_body_ends_where_it_was_announced():
    body = environ(b'a=1&b=2 and more', CONTENT_LENGTH='7')['wsgi.input']
    assert body.read() == b'a=1&b=2'
    assert body.read() == b''


def test_a_body_that_breaks_off_ends_there():
    assert environ(b'a=1', CONTENT_LENGTH='7')['wsgi.input'].read() == b'a=1'


def test_a_body_is_read_by_lines_too():
    body = environ(b'one\ntwo\n', CONTENT_LENGTH='8')['wsgi.input']
    assert list(body) == [b'one\n', b'two\n']


@pytest.mark.parametrize('length', ['-1', 'ten', '1e3', '0x10', '１', ' 1', '1,1'])
def test_a_size_that_is_none_is_refused(length):
    with pytest.raises(ValueError, match='CONTENT_LENGTH'):
        environ(CONTENT_LENGTH=length)


# --- the answer -------------------------------------------------------------------


def test_an_answer_has_status_headers_and_body():
    out = answered(page(b'a page', status='404 Not Found'))
    head, body = out.split(b'\r\n\r\n')
    assert head.split(b'\r\n') == [
        b'Status: 404 Not Found',
        b'Content-Type: text/html',
        b'Content-Length: 6',
    ]
    assert body == b'a page'


def test_an_answer_in_parts_is_sent_as_it_comes():
    assert answered(page(b'one', b'', b'two')).endswith(b'\r\n\r\nonetwo')


def test_the_answer_to_head_has_no_body():
    head, body = answered(page(b'a page'), REQUEST_METHOD='HEAD').split(b'\r\n\r\n')
    assert b'Content-Length: 6' in head
    assert body == b''


@pytest.mark.parametrize('status', ['204 No Content', '304 Not Modified'])
def test_some_statuses_have_no_body(status):
    out = answered(page(b'a page', status=status))
    assert out.endswith(b'\r\n\r\n')


def test_an_empty_answer_says_so():
    assert b'Content-Length: 0' in answered(page())


@pytest.mark.parametrize(
    'headers',
    [
        [('X-A', 'b\r\nSet-Cookie: c=d')],
        [('X-A', 'b\nc')],
        [('X-A\r\nX-B', 'c')],
        [('X-A', 'b\0')],
        [('X A', 'b')],
        [('', 'b')],
        [('X-A', '\u2028')],
    ],
)
def test_a_header_that_would_be_two_is_not_sent(headers):
    with pytest.raises(BadAnswer):
        answered(page(b'', headers=headers))


@pytest.mark.parametrize('status', ['200 OK\r\nX: y', '99 Low', 'OK', '200', ''])
def test_a_status_that_is_none_is_not_sent(status):
    with pytest.raises(BadAnswer):
        answered(page(b'', status=status))


def test_a_body_needs_a_status():
    with pytest.raises(BadAnswer):
        answered(lambda environ, start: [b'body'])


def test_start_response_may_be_called_again_only_with_an_error():
    def twice(environ, start):
        start('200 OK', HTML)
        start('500 No', HTML)
        return []

    def with_error(environ, start):
        start('200 OK', HTML)
        try:
            raise ValueError
        except ValueError as error:
            start('500 No', HTML, (ValueError, error, None))
        return [b'sorry']

    with pytest.raises(BadAnswer):
        answered(twice)
    assert answered(with_error).startswith(b'Status: 500 No')


def test_an_answer_that_cannot_be_sent_is_closed():
    class Parts:
        closed = False

        def __iter__(self):
            yield b'part'

        def close(self):
            self.closed = True

    def gone(data):
        raise ClientGone

    parts, environment = Parts(), environ()

    def application(environ, start):
        start('200 OK', HTML)
        return parts

    with pytest.raises(ClientGone):
        respond(application, environment, Answer(environment, gone))
    assert parts.closed


def test_a_form_that_nobody_wanted_is_read_before_the_answer():
    """Servers took a program that did not read for one that failed: 502."""
    reading, writing = os.pipe()
    os.write(writing, b'x' * 1000)
    given = {b'CONTENT_LENGTH': b'1000'}
    environment = gateway.environment(given, 'admin', gateway.reader(reading), None)
    respond(page(b'too large'), environment, Answer(environment, lambda data: None))
    os.set_blocking(reading, False)
    with pytest.raises(BlockingIOError):
        os.read(reading, 1)


def test_a_pipe_that_broke_is_told():
    reading, writing = os.pipe()
    os.close(reading)
    with pytest.raises(ClientGone):
        gateway.writer(writing)(b'page')


@pytest.mark.parametrize('code', sorted(gateway.TROUBLES))
def test_pages_of_trouble_show_nothing(code):
    out = gateway.trouble(code).decode()
    assert out.startswith(f'Status: {code} ')
    assert "default-src 'none'" in out and 'no-store' in out
    assert '/' not in out.split('<p>', 1)[1].replace('</', '<')
