"""make run: the web server of the trial site, and the pages for other WSGI servers."""

import io

import pytest

from mailman.trial import web
from mailman.web import wsgi


def ask(application, path, method='GET', **given):
    """Answer status, headers and body."""
    answer = {}

    def start(status, headers):
        answer.update(status=int(status[:3]), headers=dict(headers))

    environ = {
        'REQUEST_METHOD': method,
        'SCRIPT_NAME': '',
        'PATH_INFO': path,
        'SERVER_NAME': '127.0.0.1',
        'wsgi.input': io.BytesIO(),
    }
    body = b''.join(application(environ | given, start))
    return answer['status'], answer['headers'], body


def told(environ, start):
    start('200 OK', [])
    return [f'{environ["SCRIPT_NAME"]} {environ["PATH_INFO"]}'.encode()]


@pytest.fixture
def front(site):
    archive = site.archives_private / 'test'
    (archive / 'attachments/day/x').mkdir(parents=True)
    (archive / 'database').mkdir()
    for name in ('index.html', 'attachments/day/x/a.html', 'attachments/day/x/a.png'):
        (archive / name).write_text(name)
    (archive / 'database' / 'articles.db').touch()
    site.archives_public.mkdir(parents=True, exist_ok=True)
    (site.archives_public / 'test').symlink_to(archive)
    (archive.parent / 'hidden').mkdir()
    (archive.parent / 'hidden' / 'index.html').touch()
    (archive / 'outside').symlink_to('/etc/passwd')
    return web.front(site)


@pytest.mark.parametrize(
    'path, expected',
    [
        ('/mailman/listinfo', b'/mailman/listinfo '),
        ('/mailman/admin/test/general', b'/mailman/admin /test/general'),
        ('/mailman/admin/', b'/mailman/admin /'),
        ('/elsewhere', b'There is nothing here.\n'),
        ('/mailmanx/admin', b'There is nothing here.\n'),
    ],
)
def test_programs_are_taken_from_the_path(path, expected):
    application = wsgi.mounted(told, '/mailman', wsgi.nothing)
    assert ask(application, path)[2] == expected
    assert ask(application, path[8:], SCRIPT_NAME=path[:8])[2] == expected


def test_the_root_of_the_pages_follows_the_settings(site):
    assert wsgi.root_of_pages(site) == '/mailman'
    site.cfg.DEFAULT_URL_PATTERN = 'https://%s/cgi-bin/mailman/'
    assert wsgi.root_of_pages(site) == '/cgi-bin/mailman'
    site.cfg.DEFAULT_URL_PATTERN = 'https://%s/'
    assert wsgi.root_of_pages(site) == ''


def test_the_first_page_says_what_there_is(front, mlist):
    status, headers, body = ask(front, '/')
    assert status == 200
    assert headers['Content-Type'].startswith('text/html')
    for said in ('trial', 'admin/test', 'admindb/test', 'anne@member.example', '8025'):
        assert said.encode() in body


def test_the_first_page_does_without_the_list(front):
    body = ask(front, '/')[2]
    assert b'/mailman/create' in body
    assert b'admin/test' not in body


@pytest.mark.parametrize('path', ['/mailman', '/mailman/', '/pipermail/'])
def test_the_bare_address_leads_to_the_front_page(front, path):
    status, headers, _ = ask(front, path)
    assert (status, headers['Location']) == (302, '/mailman/listinfo')


def test_pages_are_answered(front):
    status, headers, _ = ask(front, '/mailman/nothing')
    assert status == 404
    assert headers['X-Content-Type-Options'] == 'nosniff'


def test_public_archives_are_files(front):
    assert ask(front, '/pipermail/test')[1]['Location'] == '/pipermail/test/'
    status, headers, body = ask(front, '/pipermail/test/')
    assert (status, body) == (200, b'index.html')
    assert headers['Content-Type'] == 'text/html'
    assert headers['X-Content-Type-Options'] == 'nosniff'
    since = headers['Last-Modified']
    assert ask(front, '/pipermail/test/', HTTP_IF_MODIFIED_SINCE=since)[0] == 304
    assert ask(front, '/pipermail/test/', HTTP_IF_MODIFIED_SINCE='x')[0] == 200
    assert ask(front, '/pipermail/test/', 'HEAD')[2] == b''
    assert ask(front, '/pipermail/test/', 'POST')[0] == 405


def test_attachments_run_nothing_in_our_name(front):
    _, headers, _ = ask(front, '/pipermail/test/attachments/day/x/a.html')
    assert headers['Content-Disposition'] == 'attachment'
    assert 'sandbox' in headers['Content-Security-Policy']
    _, headers, _ = ask(front, '/pipermail/test/attachments/day/x/a.png')
    assert 'Content-Disposition' not in headers


@pytest.mark.parametrize(
    'path',
    [
        '/pipermail/hidden/index.html',
        '/pipermail/../private/hidden/index.html',
        '/pipermail/test/../hidden/index.html',
        '/pipermail/test/database/articles.db',
        '/pipermail/test/attachments/',
        '/pipermail/test/outside',
        '/pipermail/test/a\0b',
        '/pipermail/' + 'x' * 300,
        '/pipermail/test/index.html/more',
        '/pipermail/.hidden',
    ],
)
def test_what_is_not_for_everybody_is_not_there(front, path):
    assert ask(front, path)[0] == 404


def test_the_server_listens_on_this_machine_only(site):
    server = web.serve(site, 0)
    try:
        assert server.server_address[0] == '127.0.0.1'
    finally:
        server.shutdown()
        server.server_close()
