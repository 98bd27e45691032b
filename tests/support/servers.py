"""Real mail servers for scenarios: Exim 4 and Postfix on loopback ports, configured by
the files of contrib/ as they are, inside a skeleton that says where this test's ports,
spool and other things lie.

They are those of this machine (/usr/sbin), or what tests/support/fetch_servers.sh has
unpacked.  Mail for other domains goes on to the test's sink.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import smtplib
import socket
import subprocess
from pathlib import Path
from typing import Any

from tests.support.prefix import ENVIRONMENT, HOST, TREE, Site, wait_for

CONTRIB = TREE / 'contrib'
FETCHED = Path(os.environ.get('MAILMAN_TEST_SERVERS') or TREE / 'build' / 'servers')
FETCH = 'sh tests/support/fetch_servers.sh'


def free_port() -> int:
    """Answer a port that nobody listens on just now."""
    with socket.create_server(('127.0.0.1', 0)) as probe:
        return int(probe.getsockname()[1])


def find(server: str, program: str) -> Path | None:
    """Answer the folder below which a server's programs lie: / or the unpacked one."""
    for root in (FETCHED.resolve() / server, Path('/')):
        if os.access(root / program, os.X_OK):
            return root
    return None


class Server:
    """What both have in common: a port, a process, and mail sent to it."""

    name = program = waiting = ''
    users: tuple[str, ...] = ()
    # Addresses of RFC 2142 that contrib takes care of.
    roles: tuple[str, ...] = ()

    def __init__(self, folder: Path, site: Site, sink_port: int) -> None:
        root = find(self.name, self.program)
        assert root is not None
        self.root, self.folder, self.site = root, folder, site
        self.sink_port, self.port = sink_port, free_port()
        self.process: subprocess.Popen[bytes] | None = None
        libraries = [*root.glob('usr/lib/*-linux-gnu'), root / 'usr/lib/postfix']
        self.environment = dict(ENVIRONMENT)
        if root != Path('/'):
            self.environment['LD_LIBRARY_PATH'] = ':'.join(map(str, libraries))

    def configure(self) -> None:
        """Write the server's configuration."""
        raise NotImplementedError

    def introduce(self) -> None:
        """Tell a fresh Mailman about the server."""
        self.site.configure(
            SMTPHOST='127.0.0.1', SMTPPORT=self.port, **self.site_config()
        )

    def site_config(self) -> dict[str, Any]:
        """Answer what else this way needs in mm_cfg.py."""
        return {'MTA': None}

    def forget(self) -> None:
        """Forget mail that waits for another attempt."""
        for path in self.folder.glob(self.waiting):
            if path.is_file():
                path.unlink()

    def command(self) -> list[str]:
        """Answer the words that start the server in the foreground."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it and wait until it listens."""
        self.configure()
        self.introduce()
        with (self.folder / 'output').open('wb') as output:
            self.process = subprocess.Popen(
                self.command(),
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd='/',
            )
        assert wait_for(self._listens), self.logs()

    def _listens(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.logs()
        with contextlib.suppress(OSError), self.connect():
            return True
        return False

    def stop(self) -> None:
        """End the process that was started."""
        if self.process is not None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def connect(self) -> smtplib.SMTP:
        """Open an SMTP session."""
        return smtplib.SMTP('127.0.0.1', self.port, 'client.example', timeout=20)

    def send(self, text: bytes, *recipients: str, sender: str) -> None:
        """Send a mail; a refused recipient raises smtplib.SMTPRecipientsRefused."""
        with self.connect() as session:
            session.sendmail(sender, recipients, text)
        self.deliver()

    def deliver(self) -> None:
        """Have what was accepted delivered now."""

    def logs(self) -> str:
        """Answer all the server has to say."""
        logs = [self.folder / 'output', *self.folder.glob('log/*')]
        return '\n'.join(path.read_text() for path in logs if path.exists())


# --- Exim ---------------------------------------------------------------------------

EXIM = """\
log_file_path = {folder}/log/%slog
spool_directory = {folder}/spool
pid_file_path = {folder}/pid
exim_path = {exim}
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
primary_hostname = mx.example.com
keep_environment = LD_LIBRARY_PATH
add_environment = PATH=/usr/bin:/bin
tls_advertise_hosts =
# With a configuration of its own Exim gives its rights up, except for root, who does
# the deliveries: `deliver`.
queue_only = true
acl_smtp_rcpt = rcpt

{main}
begin acl
rcpt:
  # As Debian has it: what we take for our domains must be deliverable.
  accept  domains = +mm_domains
          endpass
          verify = recipient
  accept  hosts = 127.0.0.1

begin routers
{routers}
outside:
  driver = manualroute
  domains = ! +mm_domains
  transport = to_sink
  route_list = * 127.0.0.1
  self = send

begin transports
{transports}
to_sink:
  driver = smtp
  port = {sink}
  hosts_try_prdr =
"""


class Exim(Server):
    """Exim 4 with the split files of contrib/exim4; the one file is the same text."""

    name, program, users = 'exim4', 'usr/sbin/exim4', ('Debian-exim',)
    waiting = 'spool/input/**/*'

    def configure(self) -> None:
        for name in ('log', 'spool'):
            (self.folder / name).mkdir()
            shutil.chown(self.folder / name, *self.users)
        main, routers, transports = self._parts()
        macros = f'MM_HOME = {self.site.prefix}\nMM_DOMAINS = {HOST}\n'
        text = EXIM.format(
            folder=self.folder,
            exim=self.root / self.program,
            port=self.port,
            sink=self.sink_port,
            main=macros + main,
            routers=routers,
            transports=transports,
        )
        (self.folder / 'exim.conf').write_text(text)

    def _parts(self) -> list[str]:
        names = ('main/04_mailman', 'router/101_mailman', 'transport/40_mailman')
        folder = CONTRIB / 'exim4' / 'conf.d'
        return [(folder / name).read_text() for name in names]

    def _exim(self, *words: str) -> list[str]:
        config = str(self.folder / 'exim.conf')
        return [str(self.root / self.program), '-C', config, *words]

    def command(self) -> list[str]:
        return self._exim('-bdf')

    def deliver(self) -> None:
        # Twice: a delivery may make mail, such as a bounce.
        subprocess.run(self._exim('-qff'), env=self.environment, check=True, timeout=60)


# --- Postfix ------------------------------------------------------------------------

MAIN_CF = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = {root}/usr/sbin
daemon_directory = {root}/usr/lib/postfix/sbin
shlib_directory = {root}/usr/lib/postfix
meta_directory = {folder}/conf
import_environment = MAIL_CONFIG MAIL_LOGTAG TZ LANG=C LD_LIBRARY_PATH
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/log/postfix
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.com
mydestination = {mydestination}
mynetworks = 127.0.0.0/8
relayhost = [127.0.0.1]:{sink}
smtp_tls_security_level = none
default_database_type = {map_type}
alias_database = {map_type}:{folder}/aliases
"""
MASTER_CF = """\
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix n - n 60 1 pickup
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp      unix - - n - - smtp
relay     unix - - n - - smtp
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
local     unix - n n - - local
virtual   unix - n n - - virtual
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""
QUEUES = (
    *('active', 'bounce', 'corrupt', 'defer', 'deferred', 'flush', 'hold'),
    *('incoming', 'private', 'saved', 'trace'),
)


class Postfix(Server):
    """Postfix with aliases that MTA = 'Postfix' keeps: way (a) of contrib/postfix."""

    name, program = 'postfix', 'usr/lib/postfix/sbin/master'
    users = ('postfix',)
    mydestination = f'localhost, {HOST}'
    snippets: tuple[str, ...] = ('main.cf.aliases',)
    map_type = 'hash'
    waiting = 'queue/defer*/**/*'

    def configure(self) -> None:
        self._folders()
        text = ''.join((CONTRIB / 'postfix' / x).read_text() for x in self.snippets)
        text = self.fitted(text)
        head = MAIN_CF.format(
            folder=self.folder,
            root='' if self.root == Path('/') else self.root,
            sink=self.sink_port,
            map_type=self.map_type,
            mydestination=self.mydestination,
        )
        conf = self.folder / 'conf'
        (conf / 'main.cf').write_text(head + text)
        (conf / 'master.cf').write_text(
            MASTER_CF.format(port=self.port) + self.services()
        )
        tools = self._tools()
        (self.folder / 'aliases').write_text('postmaster: root\n')
        self._run(tools / 'postalias', self.folder / 'aliases')

    def introduce(self) -> None:
        super().introduce()
        self.site.command('genaliases')

    def site_config(self) -> dict[str, Any]:
        return {
            'MTA': 'Postfix',
            'POSTFIX_ALIAS_CMD': str(self.folder / 'tools' / 'postalias'),
            'POSTFIX_MAP_CMD': str(self.folder / 'tools' / 'postmap'),
        }

    def services(self) -> str:
        """Answer further lines of master.cf."""
        return ''

    def fitted(self, text: str) -> str:
        """Put this test's prefix in, as an administrator would."""
        return text.replace('/usr/local/mailman', str(self.site.prefix))

    def _folders(self) -> None:
        for name in ('conf', 'data', 'queue', 'log', 'tools'):
            (self.folder / name).mkdir(exist_ok=True)
        shutil.chown(self.folder / 'data', 'postfix')
        for name in (*QUEUES, 'public', 'maildrop'):
            (self.folder / 'queue' / name).mkdir(mode=0o700, exist_ok=True)
            shutil.chown(self.folder / 'queue' / name, 'postfix')
        for name, mode in (('public', 0o710), ('maildrop', 0o730)):
            shutil.chown(self.folder / 'queue' / name, group='postdrop')
            (self.folder / 'queue' / name).chmod(mode)
        (self.folder / 'queue' / 'pid').mkdir(exist_ok=True)
        for maps in ('etc/postfix', 'usr/share/postfix'):
            table = self.root / maps / 'dynamicmaps.cf'
            if table.exists():
                shutil.copyfile(table, self.folder / 'conf' / 'dynamicmaps.cf')

    def _tools(self) -> Path:
        """Make postalias and the like that know this configuration."""
        tools = self.folder / 'tools'
        libraries = self.environment.get('LD_LIBRARY_PATH', '')
        for name in ('postalias', 'postmap', 'postconf'):
            path = tools / name
            path.write_text(
                f'#!/bin/sh\nexport LD_LIBRARY_PATH={libraries}\n'
                f'exec {self.root}/usr/sbin/{name} -c {self.folder}/conf "$@"\n'
            )
            path.chmod(0o755)
        return tools

    def _run(self, *words: Path) -> None:
        subprocess.run(words, env=self.environment, check=True)

    def command(self) -> list[str]:
        return [str(self.root / self.program), '-c', str(self.folder / 'conf'), '-d']


class PostfixLmdb(Postfix):
    """Way (a), in a Postfix whose maps are not Berkeley DB."""

    map_type = 'lmdb'


class PostfixVirtual(Postfix):
    """Way (b): a virtual domain on top of way (a)."""

    mydestination = 'localhost'
    snippets = ('main.cf.aliases', 'main.cf.virtual')
    roles = ('postmaster', 'abuse')

    def site_config(self) -> dict[str, Any]:
        return super().site_config() | {
            'POSTFIX_STYLE_VIRTUAL_DOMAINS': [HOST],
            'VIRTUAL_MAILMAN_LOCAL_DOMAIN': 'localhost',
        }


class PostfixPipe(Postfix):
    """Way (c): a transport of its own."""

    mydestination = 'localhost'
    snippets = ('main.cf.pipe',)
    roles = ('postmaster', 'abuse')

    def site_config(self) -> dict[str, Any]:
        return super().site_config() | {
            'POSTFIX_STYLE_VIRTUAL_DOMAINS': [HOST],
            'POSTFIX_ALIAS_CMD': '',
        }

    def services(self) -> str:
        text = (CONTRIB / 'postfix' / 'master.cf.pipe').read_text()
        return self.fitted(text)


SERVERS: tuple[type[Server], ...] = (
    Exim,
    Postfix,
    PostfixLmdb,
    PostfixVirtual,
    PostfixPipe,
)
