"""The front door: from a WSGI request to a page, and from what it says to bytes.

Checks method and host, finds the page's module, and answers whatever goes wrong: a
refusal by a page of its status, a busy list by 503, a fault of ours by a page that
shows nothing of the request, with everything in logs/error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mailman.errors import LockTimeout
from mailman.lists import catalog
from mailman.site.i18n import N_
from mailman.web.answers import Answer, Refused, Response
from mailman.web.pages import PAGES
from mailman.web.request import Request

if TYPE_CHECKING:
    from mailman.site import Site

Start = Callable[..., Any]
METHODS = frozenset(('GET', 'HEAD', 'POST'))


def make_application(
    site: Site, answer: Callable[[Site, Mapping[str, Any]], Response] | None = None
) -> Callable[[Mapping[str, Any], Start], Iterable[bytes]]:
    """Make the WSGI application (PEP 3333) of a site.

    SCRIPT_NAME ends with the program's name, as for CGI; PATH_INFO has the rest.
    ``answer`` is what makes the answers, if not the pages.
    """
    respond = answer or answer_with_a_page

    def application(environ: Mapping[str, Any], start: Start) -> Iterable[bytes]:
        response = respond(site, environ)
        body = (
            response.body.encode() if isinstance(response.body, str) else response.body
        )
        headers = response.all_headers()
        if isinstance(body, bytes):
            headers.append(('Content-Length', str(len(body))))
            body = [body]
        start(response.status_line, headers)
        if environ.get('REQUEST_METHOD') == 'HEAD':
            return []
        return body

    return application


def program_of(site: Site, environ: Mapping[str, Any]) -> str:
    """Give the program's name from the end of SCRIPT_NAME."""
    name = str(environ.get('SCRIPT_NAME', '')).rstrip('/').rpartition('/')[2]
    return name.removesuffix(str(site.cfg.CGIEXT))


def answer_with_a_page(site: Site, environ: Mapping[str, Any]) -> Response:
    """Answer a request; raises nothing."""
    program = program_of(site, environ)
    request = Request(site, environ, program)
    try:
        check_method(request)
        check_host(request)
        check_path(request)
        if program not in PAGES:
            raise Refused(404, N_('There is no such page here.'))
        module = import_module(PAGES[program])
        response: Response = module.respond(request)
        return response
    except Answer as early:
        return early.response
    except Refused as refusal:
        return refused(request, refusal)
    except LockTimeout:
        text = N_('This list is busy just now. Go back, and try again in a minute.')
        return refused(request, Refused(503, text))
    except Exception as error:
        site.log.exception(f'{program}: no page could be made', error)
        text = N_('Something went wrong here, and nothing was lost.')
        return refused(request, Refused(500, text))


def check_method(request: Request) -> None:
    """Refuse methods that no page has; options takes no HEAD, as in 2.1."""
    method, program = request.method, request.program
    if method not in METHODS or (method == 'HEAD' and program == 'options'):
        raise Refused(405, N_('This page cannot be asked for in that way.'))


def check_host(request: Request) -> None:
    """Refuse a Host that is none of the site's; no page is made for another's name."""
    host, cfg = request.host, request.site.cfg
    if not request.environ.get('HTTP_HOST'):
        return
    known = {name.lower() for name in (*cfg.VIRTUAL_HOSTS, *cfg.WEB_HOSTS)}
    known.add(str(cfg.DEFAULT_URL_HOST).lower().partition(':')[0])
    if host in known or '*' in known or host == _host_of_list(request):
        return
    request.site.log.write(
        'mischief',
        f'{request.program}: no host of this site: {host}: remote={request.remote};'
        ' if it is, add it with add_virtualhost() or to WEB_HOSTS in mm_cfg.py',
    )
    raise Refused(400, N_('This server has no pages under that host name.'))


def check_path(request: Request) -> None:
    """Refuse steps upwards: no page is there, and forms would post to elsewhere."""
    if any(piece in ('.', '..') for piece in request.pieces):
        request.site.log.write(
            'mischief',
            f'{request.program}: odd path: {request.pieces}: remote={request.remote}',
        )
        raise Refused(404, N_('There is no such page here.'))


def _host_of_list(request: Request) -> str:
    """Give the host of the pages of the list in the path, '' for none."""
    from mailman.lists import MailList  # start-up time: few requests come here

    name = request.list_name
    if not name or not catalog.exists(request.site, name):
        return ''
    try:
        mlist = MailList.open(request.site, name)
    except Exception:
        return ''
    return urlsplit(str(mlist.web_page_url)).hostname or ''


def refused(request: Request, refusal: Refused) -> Response:
    """Make the error page; it works whatever is broken."""
    try:
        return _error_page(request, refusal)
    except Exception as error:
        request.site.log.exception(f'{request.program}: no error page', error)
        return Response(
            'Something went wrong here.\n', refusal.status, 'text/plain; charset=utf-8'
        )


def _error_page(request: Request, refusal: Refused) -> Response:
    from mailman.web.view import View  # start-up time: assets need none

    view = View(request, lang=str(request.site.cfg.DEFAULT_SERVER_LANGUAGE))
    response = view.page(
        'error.html',
        view._('That did not work'),
        status=refusal.status,
        text=view._(refusal.text, **refusal.values),
    )
    if refusal.status == 405:
        response.headers.append(('Allow', 'GET, HEAD, POST'))
    if refusal.status in (429, 503):
        response.headers.append(('Retry-After', '60'))
    return response
