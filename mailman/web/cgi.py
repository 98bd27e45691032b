"""One page for one request, as a CGI program (2.1: scripts/driver).

The C program in cgi-bin starts ``python -I -S PREFIX/scripts/driver PAGE``, unless a
resident worker took the request.  Starting is most of what a small page costs, so
nothing is imported here that a page does not need, and the process ends without
tidying its memory up.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from mailman.web import gateway

if TYPE_CHECKING:
    from mailman.site import Site


def main(open_site: Callable[[], Site], page: str) -> int:
    """Answer the request in this process's environment; 0 when it had an answer."""
    gc.disable()  # one request: what it leaves behind goes with the process
    write = gateway.writer(1)
    # A stray print must not get into the answer.
    sys.stdout = sys.stderr
    site = open_site()
    if site.config_error is not None:
        site.log.write('error', f'{page}: {site.config_error}')
        return _send(write, gateway.trouble(503))
    try:
        environ = gateway.environment(os.environb, page, gateway.reader(0), sys.stderr)
    except ValueError as error:
        site.log.write('mischief', f'{page}: {error}')
        return _send(write, gateway.trouble(400))
    environ['wsgi.run_once'] = True
    answer = gateway.Answer(environ, write)
    try:
        from mailman.web.app import make_application  # after what may be wrong above

        gateway.respond(make_application(site), environ, answer)
    except gateway.ClientGone:
        pass
    except Exception:
        site.log.exception(f'{page}: no page could be made')
        if not answer.sent:
            return _send(write, gateway.trouble(500))
        return 1  # some of it is out: what a server makes of it is up to the server
    return 0


def _send(write: gateway.Write, data: bytes) -> int:
    try:
        write(data)
    except gateway.ClientGone:
        return 1
    return 0
