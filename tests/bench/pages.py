"""What a page costs: as a CGI program, through the resident worker, as WSGI alone.

Beside it the CPU of ``python3 -c 'import jinja2'``: a process that has what pages are
made with, and has made none.
"""

from __future__ import annotations

import io
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

from mailman.constants import Role
from mailman.lists import MailList
from mailman.lists.requests import Requests
from mailman.mail.message import Message
from mailman.site import pages
from mailman.web import sessions
from mailman.web.app import make_application
from mailman.web.request import Request
from mailman.web.sessions import Login
from tests.bench.bench import Bench, duration
from tests.bench.machine import TREE, BenchError, cpu_of
from tests.bench.prefix import HOST, Prefix
from tests.bench.report import Row

MEMBERS, CHUNK, HELD = 10_000, 100, 200
LISTS, GIANT = 500, 100_000
# Page: program, path and query; the goals as CGI and as WSGI.
PAGES = {
    'listinfo': ('listinfo', '/small', '', 1.6, 0.1),
    'admin/general': ('admin', '/small/general', '', None, None),
    'members, 100 of 10,000': ('admin', '/big/members/list', '', 2.5, 0.3),
    'admindb, 200 held posts': ('admindb', '/held', '', 2.5, None),
    'overview of 500 lists': ('listinfo', '', '', None, None),
}
WORKER_GOAL = 0.2


def measure(bench: Bench) -> list[Row]:
    """Measure all pages."""
    prefix = bench.prefix('web')
    _make_site(prefix, bench.quick)
    bare = _cpu([sys.executable, '-c', 'import jinja2'], {}, 5 if bench.quick else 20)
    rows, plain = [], 0.0
    for name, (program, path, query, cgi_goal, wsgi_goal) in PAGES.items():
        environ = _environ(prefix, program, path, query)
        words = [sys.executable, '-IS', prefix.path / 'scripts' / 'driver', program]
        cgi = _cpu(words, environ, 5 if bench.quick else 20)
        wsgi = _wsgi(prefix, environ, 10 if bench.quick else 100)
        plain = plain or cgi
        for kind, cpu, goal in (('CGI', cgi, cgi_goal), ('WSGI', wsgi, wsgi_goal)):
            what = f'{name}, {kind}'
            rows.append(Row(11, what, duration(cpu), duration(bare), cpu / bare, goal))
    rows.append(_resident(prefix, bench, plain))
    return rows


# --- the site ----------------------------------------------------------------------


def _make_site(prefix: Prefix, quick: bool) -> None:
    shutil.copytree(TREE / 'scripts', prefix.path / 'scripts', dirs_exist_ok=True)
    pages.compile_all(prefix.path / 'templates')
    subprocess.run(
        [sys.executable, '-m', 'compileall', '-q', prefix.path / 'templates'],
        check=True,
    )
    prefix.make_list('small', [f'm{n}@x.example' for n in range(40)])
    many = [f'member{n:05d}@host{n % 97}.example' for n in range(MEMBERS)]
    prefix.make_list('big', many, admin_member_chunksize=CHUNK)
    prefix.make_list('held', ['m@x.example'])
    _hold(prefix)
    prefix.make_list(
        'giant', [f'm{n}@x.example' for n in range(GIANT // (10 if quick else 1))]
    )
    for number in range(20 if quick else LISTS - 4):
        prefix.make_list(f'list{number:03d}', [])


def _hold(prefix: Prefix) -> None:
    mlist = MailList.open(prefix.site, 'held')
    with mlist.lock():
        requests = Requests(mlist)
        for number in range(HELD):
            text = (
                f'From: Person {number} <p{number % 150}@y.example>\n'
                f'To: held@{HOST}\nSubject: Post number {number}\n'
                f'Message-ID: <{number}@y.example>\n\n' + 'Some text.\n' * 40
            )
            msg = Message.from_bytes(text.encode())
            requests.hold_message(msg, 'Post by non-member to a members-only list')


def _environ(prefix: Prefix, program: str, path: str, query: str) -> dict[str, str]:
    """The environment of a CGI program, its caller logged in as the owner."""
    cookie = ''
    if path and program != 'listinfo':
        mlist = MailList.open(prefix.site, path.split('/')[1])
        asked = Request(prefix.site, {}, program)
        header = sessions.set_cookie(asked, mlist, Login(Role.LIST_ADMIN))
        cookie = header.partition(';')[0]
    return {
        'GATEWAY_INTERFACE': 'CGI/1.1',
        'REQUEST_METHOD': 'GET',
        'SCRIPT_NAME': f'/mailman/{program}',
        'PATH_INFO': path,
        'QUERY_STRING': query,
        'HTTP_HOST': HOST,
        'SERVER_NAME': HOST,
        'SERVER_PORT': '80',
        'SERVER_PROTOCOL': 'HTTP/1.1',
        'REMOTE_ADDR': '192.0.2.1',
        'HTTP_COOKIE': cookie,
        'PATH': '/usr/bin:/bin',
    }


# --- measuring ---------------------------------------------------------------------


def _cpu(words: list[Any], environ: dict[str, str], rounds: int) -> float:
    """The median CPU of a program that answers 200, or says nothing."""
    costs = []
    for _ in range(rounds + 1):
        before = _used_by_children()
        done = subprocess.run(
            list(map(str, words)), env=environ, capture_output=True, check=True
        )
        costs.append(_used_by_children() - before)
        _expect_page(done.stdout.partition(b'\r\n\r\n')[0], bool(environ))
    # The first one fills the caches.
    return sorted(costs[1:])[rounds // 2]


def _used_by_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _expect_page(head: bytes, wanted: bool) -> None:
    if wanted and (b'text/html' not in head or b'Status: 200' not in head):
        raise BenchError(f'no page: {head[:300]!r}')


def _wsgi(prefix: Prefix, environ: dict[str, str], rounds: int) -> float:
    application = make_application(prefix.site)
    costs = []
    for _ in range(rounds + 1):
        began = time.process_time()
        status = _ask(application, environ)
        costs.append(time.process_time() - began)
        if not status.startswith('200'):
            raise BenchError(f'{environ["SCRIPT_NAME"]}: {status}')
    return sorted(costs[1:])[rounds // 2]


def _ask(application: Callable[..., Any], environ: dict[str, str]) -> str:
    given = {**environ, 'wsgi.input': io.BytesIO(), 'wsgi.url_scheme': 'http'}
    statuses: list[str] = []
    body: Iterator[bytes] = application(given, lambda *words: statuses.append(words[0]))
    for _ in body:
        pass
    return statuses[0]


def _resident(prefix: Prefix, bench: Bench, plain: float) -> Row:
    """The CPU of listinfo through the C program and a worker, beside plain CGI's."""
    program = prefix.page_program('listinfo')
    environ = _environ(prefix, 'listinfo', '/small', '')
    prefix.start()
    try:
        _cpu([program], environ, 5)
        rounds = 20 if bench.quick else 200
        before = cpu_of(prefix.processes)
        own = _cpu([program], environ, rounds)
        served = (cpu_of(prefix.processes) - before) / (rounds + 1)
    finally:
        prefix.stop()
    cpu = own + served
    what = 'listinfo through the resident worker, beside CGI'
    return Row(11, what, duration(cpu), duration(plain), cpu / plain, WORKER_GOAL)
