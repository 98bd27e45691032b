"""Behind real web servers: pages as CGI programs or by the worker, and archives.

What a page says is other tests' business.
"""

import os
import shutil
import signal
import time
from pathlib import Path

import pytest

from mailman.site import layout
from tests.support.prefix import wait_for

STYLE = '/mailman/assets/style.css'


def worker_pids(mailman):
    """The processes of the resident worker."""
    words = f'{mailman.prefix}/scripts/web-worker'.encode()
    found = []
    for path in Path('/proc').glob('[0-9]*/cmdline'):
        try:
            if words in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def start(mailman, web):
    mailman.start()
    assert wait_for(lambda: (mailman.prefix / 'locks/wake/web').exists())
    web.get('/mailman/listinfo')  # the first request starts them
    assert wait_for(lambda: len(worker_pids(mailman)) == 2)


@pytest.fixture
def no_python(mailman):
    """The pages cannot start Python: who answers is the worker."""
    driver = mailman.prefix / 'scripts' / 'driver'
    away = driver.with_name('driver.away')
    driver.rename(away)
    yield
    away.rename(driver)


# --- pages ------------------------------------------------------------------------


@pytest.mark.parametrize('path', ['/mailman', '/mailman/', '/pipermail/'])
def test_the_bare_path_leads_to_the_front_page(web, path):
    answer = web.get(path)
    assert answer.status in (301, 302)
    assert answer.headers['Location'].endswith('/mailman/listinfo')


def test_a_page_is_a_page(web):
    answer = web.get('/mailman/listinfo')
    assert answer.status == 200, web.logs()
    assert answer.headers['Content-Type'] == 'text/html; charset=utf-8'
    assert answer.headers['X-Content-Type-Options'] == 'nosniff'
    assert "default-src 'none'" in answer.headers['Content-Security-Policy']
    assert answer.body.rstrip().endswith(b'</html>')


def test_every_program_is_reached(web):
    for page in layout.PAGES:
        answer = web.get(f'/mailman/{page}')
        assert answer.status != 500, (page, web.logs())
        assert answer.headers['X-Content-Type-Options'] == 'nosniff', page


@pytest.mark.parametrize(
    'path, statuses',
    [
        ('/mailman/nothing', (404,)),
        ('/mailman/../cgi-bin/listinfo', (400, 403, 404)),
        ('/mailman/listinfo/a%2Fb', (404,)),
        ('/mailman/listinfo/%00', (400, 404)),
        ('/mailman/listinfo/..%2f..%2fetc', (400, 404)),
        ('/mailman/page.c', (404,)),
    ],
)
def test_odd_paths_are_refused(web, path, statuses):
    assert web.get(path).status in statuses


def test_a_head_has_no_body_and_the_same_length(web):
    head, get = web.get(STYLE, method='HEAD'), web.get(STYLE)
    assert (head.status, head.body) == (get.status, b'')


@pytest.mark.parametrize('resident', [False, True], ids=['cgi', 'worker'])
def test_a_form_that_is_too_large_is_refused_and_not_kept(web, mailman, resident):
    mailman.newlist('test')
    if resident:
        start(mailman, web)
    form = {'Content_Type': 'application/x-www-form-urlencoded'}
    for size in (10_500_000, 12_500_000):
        answer = web.get('/mailman/admin/test', b'a=' + b'x' * size, **form)
        assert answer.status == 413, size


# --- the resident worker ------------------------------------------------------------


def test_the_worker_answers_the_same_without_a_python_being_started(
    web, mailman, request
):
    paths = ('/mailman/listinfo', '/mailman/assets/none', '/mailman/listinfo/none')
    plain = [web.get(path) for path in paths]
    start(mailman, web)
    request.getfixturevalue('no_python')
    for path, before in zip(paths, plain, strict=True):
        answer = web.get(path)
        assert (answer.status, answer.body) == (before.status, before.body), path
        assert own_headers(answer) == own_headers(before)


def own_headers(answer):
    """The headers without those that are the web server's business."""
    theirs = ('Date', 'Server', 'Content-Length', 'Transfer-Encoding', 'Connection')
    return {k: v for k, v in answer.headers.items() if k not in theirs}


def test_when_all_workers_hang_python_is_started(web, mailman):
    start(mailman, web)
    pids = worker_pids(mailman)
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        assert web.get('/mailman/listinfo').status == 200
        assert time.monotonic() - began < 10
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def test_a_worker_that_is_killed_is_replaced(web, mailman, no_python):
    start(mailman, web)
    for pid in worker_pids(mailman):
        os.kill(pid, signal.SIGKILL)
    assert wait_for(lambda: web.get('/mailman/listinfo').status == 200)


def test_a_changed_mm_cfg_counts_for_the_next_request(web, mailman, no_python):
    start(mailman, web)
    assert b'#123456' not in web.get('/mailman/assets/none').body
    before = web.get('/mailman/listinfo').body
    mailman.configure(WEB_HEADER_COLOR='#123456')
    # The style sheet's address tells what is in it.
    assert web.get('/mailman/listinfo').body != before


def test_the_workers_end_with_the_master(web, mailman):
    start(mailman, web)
    mailman.stop()
    assert wait_for(lambda: not worker_pids(mailman))
    assert not (mailman.prefix / 'locks/wake/web').exists()
    assert web.get('/mailman/listinfo').status == 200


def test_only_the_group_reaches_the_worker(mailman, web):
    start(mailman, web)
    folder = mailman.prefix / 'locks' / 'wake'
    assert folder.stat().st_mode & 0o007 == 0
    assert (folder / 'web').stat().st_mode & 0o007 == 0


@pytest.mark.parametrize('resident', [False, True], ids=['cgi', 'worker'])
def test_broken_settings_show_nothing_and_are_logged(web, mailman, resident):
    if resident:
        start(mailman, web)
    path = mailman.prefix / 'Mailman' / 'mm_cfg.py'
    path.write_text(path.read_text() + '\nsecret = "hush" +\n')
    answer = web.get('/mailman/listinfo')
    assert answer.status == 503
    assert b'hush' not in answer.body and str(path).encode() not in answer.body
    assert 'mm_cfg.py' in mailman.log('error')


def test_a_program_that_is_not_whole_shows_nothing_and_is_logged(web, mailman):
    package = mailman.prefix / 'pythonlib' / 'mailman'
    away = package.with_name('mailman.away')
    package.rename(away)
    try:
        answer = web.get('/mailman/listinfo')
    finally:
        away.rename(package)
    assert answer.status == 503
    assert b'Traceback' not in answer.body and b'pythonlib' not in answer.body
    assert 'Traceback' in mailman.log('error') + web.logs()


# --- public archives ----------------------------------------------------------------


@pytest.fixture
def archive(mailman):
    """A public archive, as far as a web server looks at it."""
    root = mailman.prefix / 'archives' / 'private' / 'test'
    for path, content in {
        'index.html': b'<p>front',
        '2026-November/000000.html': b'<p>post',
        '2026-November.txt': b'From anne',
        'style.css': b'p {}',
        'attachments/20261121/ab/page.html': b'<script>',
        'attachments/20261121/ab/picture.png': b'\x89PNG',
        'attachments/20261121/ab/drawing.svg': b'<svg/>',
        'attachments/20261121/ab/notes.txt': b'notes',
        'database/articles.db': b'SQLite',
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    (root / 'message').mkdir()
    (root / 'message' / 'HASH.html').symlink_to('../2026-November/000000.html')
    public = mailman.prefix / 'archives' / 'public' / 'test'
    public.symlink_to(root)
    yield root
    public.unlink()
    shutil.rmtree(root)


def test_archives_are_files(web, archive):
    assert web.get('/pipermail/test/').body == b'<p>front'
    page = web.get('/pipermail/test/message/HASH.html')
    assert page.body == b'<p>post'
    assert page.headers['Content-Type'] == 'text/html'
    assert page.headers['X-Content-Type-Options'] == 'nosniff'
    assert "default-src 'none'" in page.headers['Content-Security-Policy']
    again = web.get(
        '/pipermail/test/message/HASH.html',
        If_Modified_Since=page.headers['Last-Modified'],
    )
    assert again.status == 304


@pytest.mark.parametrize(
    'name, shown',
    [
        ('page.html', False),
        ('drawing.svg', False),
        ('picture.png', True),
        ('notes.txt', True),
    ],
)
def test_attachments_run_nothing_in_our_name(web, archive, name, shown):
    answer = web.get(f'/pipermail/test/attachments/20261121/ab/{name}')
    assert answer.status == 200
    assert 'sandbox' in answer.headers['Content-Security-Policy']
    assert answer.headers['X-Content-Type-Options'] == 'nosniff'
    assert answer.headers['Content-Disposition'] == (None if shown else 'attachment')


@pytest.mark.parametrize(
    'path',
    [
        'test/database/articles.db',
        'test/database/',
        'test/attachments/',
        '../private/test/index.html',
        'test/%2e%2e/%2e%2e/private/test/index.html',
    ],
)
def test_what_is_not_for_browsers_stays_shut(web, archive, path):
    assert web.get(f'/pipermail/{path}').status in (400, 403, 404)
