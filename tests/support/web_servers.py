"""Real web servers for scenarios: Apache 2.4 with mod_cgi and with mod_cgid, and nginx
with fcgiwrap, on loopback ports.  They are configured by the files of contrib/ as they
are, inside a skeleton that says where this test's ports and other things lie.

They are those of this machine: Debian's apache2, nginx-light and fcgiwrap.

For trying by hand, until Ctrl-C or SIGTERM, as root:

    python -m tests.support.web_servers Apache|ApacheThreads|Nginx PREFIX PORT
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from email.message import Message
from pathlib import Path
from typing import NamedTuple

from tests.support.prefix import ENVIRONMENT, Site, wait_for
from tests.support.servers import CONTRIB, free_port

PACKAGES = 'apt-get install apache2 nginx-light fcgiwrap'
USER = 'www-data'
MODULES = Path('/usr/lib/apache2/modules')


class Answer(NamedTuple):
    """What a browser got."""

    status: int
    headers: Message
    body: bytes


class WebServer:
    """What all have in common: a port, processes, and requests to it."""

    programs: tuple[str, ...] = ()
    contrib = ''

    def __init__(self, folder: Path, site: Site, port: int = 0) -> None:
        self.folder, self.site, self.port = folder, site, port or free_port()
        self.processes: list[subprocess.Popen[bytes]] = []

    @classmethod
    def missing(cls) -> list[str]:
        """Answer the programs that this machine lacks."""
        return [name for name in cls.programs if not os.access(name, os.X_OK)]

    @property
    def root(self) -> str:
        """The address of the server."""
        return f'http://127.0.0.1:{self.port}'

    def configure(self) -> None:
        """Write the server's configuration."""
        raise NotImplementedError

    def commands(self) -> list[list[str]]:
        """Answer the words that start each process in the foreground."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it and wait until it listens."""
        (self.folder / 'htdocs').mkdir()
        self.configure()
        for words in self.commands():
            with (self.folder / 'output').open('ab') as output:
                self.processes.append(
                    subprocess.Popen(
                        words,
                        env=ENVIRONMENT,
                        stdin=subprocess.DEVNULL,
                        stdout=output,
                        stderr=output,
                        cwd='/',
                        # Apache ends its whole process group.
                        start_new_session=True,
                    )
                )
        assert wait_for(self._listens), self.logs()

    def _listens(self) -> bool:
        assert all(one.poll() is None for one in self.processes), self.logs()
        with contextlib.suppress(OSError):
            socket.create_connection(('127.0.0.1', self.port), 1).close()
            return True
        return False

    def stop(self) -> None:
        """End the processes that were started."""
        for process in self.processes:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            # The children of fcgiwrap stay when it goes.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)

    def get(
        self,
        path: str,
        data: bytes | None = None,
        method: str | None = None,
        **headers: str,
    ) -> Answer:
        """Ask for a path; redirections are not followed."""
        named = {name.replace('_', '-'): value for name, value in headers.items()}
        request = urllib.request.Request(
            self.root + path, data=data, headers=named, method=method
        )
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), _NoRedirect()
        )
        try:
            with opener.open(request, timeout=30) as got:
                return Answer(got.status, got.headers, got.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, error.read())

    def logs(self) -> str:
        """Answer all the server has to say."""
        files = [self.folder / 'output', self.folder / 'error.log']
        return '\n'.join(path.read_text() for path in files if path.exists())


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """Leave it alone."""


# --- Apache -------------------------------------------------------------------------

HTTPD = """\
ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/pid
Mutex file:{folder} default
ErrorLog {folder}/error.log
User {user}
Group {user}
DocumentRoot {folder}/htdocs
TypesConfig /etc/mime.types
{modules}
{more}
<Directory />
    Require all denied
</Directory>
Define MAILMAN_HOME {prefix}
Include {contrib}
"""


class Apache(WebServer):
    """Apache with a process for each request, and mod_cgi."""

    programs = ('/usr/sbin/apache2',)
    modules: tuple[str, ...] = ('mpm_prefork', 'cgi')
    more = 'StartServers 2\nMaxSpareServers 4'

    def configure(self) -> None:
        names = (*self.modules, 'authz_core', 'alias', 'mime', 'dir', 'env', 'headers')
        text = HTTPD.format(
            folder=self.folder,
            port=self.port,
            user=USER,
            prefix=self.site.prefix,
            contrib=CONTRIB / 'apache' / 'mailman.conf',
            modules='\n'.join(
                f'LoadModule {name}_module {MODULES}/mod_{name}.so' for name in names
            ),
            more=self.more.format(folder=self.folder),
        )
        (self.folder / 'httpd.conf').write_text(text)

    def commands(self) -> list[list[str]]:
        config = str(self.folder / 'httpd.conf')
        return [[self.programs[0], '-f', config, '-D', 'FOREGROUND']]


class ApacheThreads(Apache):
    """Apache with threads, and mod_cgid."""

    modules = ('mpm_event', 'cgid')
    more = 'StartServers 1\nScriptSock {folder}/cgisock'


# --- nginx --------------------------------------------------------------------------

NGINX = """\
user {user};
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log off;
    client_body_temp_path {folder}/body;
    fastcgi_temp_path {folder}/fastcgi;
    proxy_temp_path {folder}/proxy;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        server_name 127.0.0.1;
        root {folder}/htdocs;
        include {folder}/mailman.conf;
    }}
}}
"""


class Nginx(WebServer):
    """Nginx with fcgiwrap."""

    programs = ('/usr/sbin/nginx', '/usr/sbin/fcgiwrap')

    def configure(self) -> None:
        text = (CONTRIB / 'nginx' / 'mailman.conf').read_text()
        text = text.replace('/usr/local/mailman', str(self.site.prefix))
        text = text.replace('/run/fcgiwrap.socket', str(self.folder / 'fcgiwrap'))
        (self.folder / 'mailman.conf').write_text(text)
        text = NGINX.format(folder=self.folder, port=self.port, user=USER)
        (self.folder / 'nginx.conf').write_text(text)

    def commands(self) -> list[list[str]]:
        # As systemd starts it: with the web server's user and group.
        wrap = (
            'import os, socket, sys\n'
            'path, program, user = sys.argv[1:]\n'
            'import pwd; who = pwd.getpwnam(user)\n'
            'door = socket.socket(socket.AF_UNIX); door.bind(path); door.listen(64)\n'
            'os.chown(path, who.pw_uid, who.pw_gid); os.dup2(door.fileno(), 0)\n'
            'os.setgroups([]); os.setgid(who.pw_gid); os.setuid(who.pw_uid)\n'
            "os.execv(program, [program, '-c', '4'])\n"
        )
        python, socket_path = '/usr/bin/python3', str(self.folder / 'fcgiwrap')
        return [
            [python, '-c', wrap, socket_path, self.programs[1], USER],
            [self.programs[0], '-c', str(self.folder / 'nginx.conf')],
        ]


SERVERS: tuple[type[WebServer], ...] = (Apache, ApacheThreads, Nginx)


def main(name: str, prefix: str, port: str) -> None:
    """Run a server in front of an installation until told to end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    (kind,) = (each for each in SERVERS if each.__name__ == name)
    with tempfile.TemporaryDirectory(prefix='web-', dir='/var/tmp') as folder:
        Path(folder).chmod(0o755)
        server = kind(Path(folder), Site(Path(prefix)), int(port))
        try:
            server.start()
            print(f'{name} listens at {server.root}/mailman/listinfo', flush=True)
            signal.pause()
        except KeyboardInterrupt:
            pass
        finally:
            server.stop()


if __name__ == '__main__':
    main(*sys.argv[1:])
