"""The pages for WSGI servers, such as gunicorn: ``mailman.web.wsgi:application``.

Such a server calls one application for all addresses, so the program, which CGI finds
by its file, is taken from the path here: SCRIPT_NAME becomes ``/mailman/listinfo`` and
PATH_INFO the rest.  2.1 had nothing of this kind; docs/install-apache.md shows it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mailman.web import gateway

if TYPE_CHECKING:
    from mailman.site import Site

Start = Callable[..., Any]


def application(environ: gateway.Environ, start: Start) -> Iterable[bytes]:
    """Answer a request for the installation that this package is part of."""
    return _installed()(environ, start)


def mounted(
    application: gateway.Application, root: str, others: gateway.Application
) -> gateway.Application:
    """Have an application answer what lies below a path, and others the rest."""

    def at_root(environ: gateway.Environ, start: Start) -> Iterable[bytes]:
        path = environ.get('SCRIPT_NAME', '') + environ.get('PATH_INFO', '')
        if not path.startswith(f'{root}/') or path == f'{root}/':
            return others(environ, start)
        program, slash, rest = path[len(root) + 1 :].partition('/')
        places = {'SCRIPT_NAME': f'{root}/{program}', 'PATH_INFO': slash + rest}
        return application(environ | places, start)

    return at_root


def root_of_pages(site: Site) -> str:
    """Give the path below which the programs are, such as '/mailman'."""
    return urlsplit(str(site.cfg.DEFAULT_URL_PATTERN) % 'host').path.rstrip('/')


def nothing(environ: gateway.Environ, start: Start) -> Iterable[bytes]:
    """Answer that there is nothing."""
    start('404 Not Found', [('Content-Type', 'text/plain; charset=utf-8')])
    return [b'There is nothing here.\n']


@lru_cache(maxsize=1)
def _installed() -> gateway.Application:
    from mailman.site import open_site  # both: what is imported here must be set up
    from mailman.web.app import make_application

    library = Path(__file__).resolve().parents[2]
    checkout = library.name != 'pythonlib'
    record = library / 'build' if checkout else library
    facts = json.loads((record / 'install.json').read_text())
    site = open_site(library if checkout else library.parent, facts)
    if site.config_error is not None:
        raise site.config_error
    return mounted(make_application(site), root_of_pages(site), nothing)
