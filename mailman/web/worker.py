"""The resident worker: answers pages without a Python being started for each.

The master starts a few of these processes (WEB_WORKERS) when somebody comes; all accept
connections of the socket ``LOCK_DIR/wake/web``, which only our group can reach.  The C
program in cgi-bin connects, and starts Python itself where nobody answers at once.  One
connection is one request; cgi-bin/worker.c has the words that are spoken.

A worker does one request after the other, so none may keep it:

* A page that takes REQUEST_TIME is ended, by an exception, or the whole process where
  it does not come to Python code any more.
* A browser that is slow, in sending a form or in reading a long answer, is left to a
  child process, and the worker goes on.
* Memory is limited.  A worker ends after MOST_REQUESTS, or having become large, or when
  mm_cfg.py or the program changed, and the master starts another: it reads everything
  anew, as each process of plain CGI does.
"""

from __future__ import annotations

import errno
import faulthandler
import gc
import os
import resource
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from mailman.site import layout
from mailman.web import gateway

if TYPE_CHECKING:
    from mailman.site import Site

# Seconds without a request after which a worker ends, and the status that says so: the
# master starts workers when somebody comes, so a site at rest has none.
IDLE = 600
IDLE_STATUS = 3
# Requests waiting to be accepted; more than these start Python at once.
BACKLOG = 32
MOST_REQUESTS = 2000
# Seconds that a page may take, and more until the process is ended.
REQUEST_TIME = 120
LAST_GRACE = 10
# Seconds in which a form must arrive, or an answer move, before a child takes over; how
# long that one waits for each next part, and how long for all.
SHORT_PATIENCE = 0.5
LONG_PATIENCE = 60
LONGEST_DELIVERY = 3600
MOST_CHILDREN = 20
# Bytes: address space of a process, and what it may use after a request to go on.
MOST_MEMORY = 2 << 30
LARGE = 400 << 20
# What the C program may say about a request: 40 variables of 16 KB.
LARGEST_QUESTION = 1 << 20
# As the C program has it.
ENVIRONMENT = {'PATH': '/usr/local/bin:/usr/bin:/bin', 'LC_ALL': 'C.UTF-8'}


class TimeIsUp(BaseException):
    """A page took too long; no ``except Exception`` may keep it."""


class LeftToChild(BaseException):
    """A child process goes on with this request."""


class BadQuestion(Exception):
    """What came in is not what our C program says."""


# --- what the master needs ------------------------------------------------------------


def socket_path(site: Site) -> Path:
    """Where the socket is."""
    return site.locks_dir / 'wake' / 'web'


def script(site: Site) -> Path:
    """What the master starts; not there in a prefix of tests."""
    return site.prefix / 'scripts' / 'web-worker'


def wanted(site: Site) -> int:
    """Tell how many workers the site wants."""
    count = site.cfg.WEB_WORKERS
    return count if isinstance(count, int) and script(site).exists() else 0


def listen(site: Site) -> socket.socket:
    """Make the socket, in the place of an old one.  Raises OSError."""
    path = socket_path(site)
    path.parent.mkdir(mode=0o2770, parents=True, exist_ok=True)
    new = path.with_name('web.new')
    new.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX)
    try:
        listening.bind(str(new))
        new.chmod(0o660)
        listening.listen(BACKLOG)
        listening.setblocking(False)
        new.rename(path)
    except OSError:
        listening.close()
        new.unlink(missing_ok=True)
        raise
    return listening


def become(site: Site, listening: socket.socket, lifeline: int) -> None:
    """Be a worker, by exec: nothing of the master's memory, and the present program."""
    for descriptor in (listening.fileno(), lifeline):
        os.set_inheritable(descriptor, True)
    words = (sys.executable, '-I', '-S', str(script(site)))
    os.execve(  # noqa: S606 - a list of words
        words[0], [*words, str(listening.fileno()), str(lifeline)], ENVIRONMENT
    )


# --- the process ----------------------------------------------------------------------


def main(
    open_site: Callable[[], Site], prefix: str, listening: int, lifeline: int
) -> int:
    """Answer requests until there is a reason to end.

    0 asks to be started again at once, IDLE_STATUS when the next request comes.
    """
    # Looked at before they are read: what changes meanwhile is seen.
    known = state_of_files(prefix)
    site = open_site()
    if site.config_error is not None:
        # Plain CGI tells people, and everything is tried anew when the file changes.
        site.log.write('error', f'web worker: {site.config_error}')
        return 1
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    if soft == resource.RLIM_INFINITY or soft > MOST_MEMORY:
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, hard))
    from mailman.web.app import make_application  # the master only needs the above

    with socket.socket(fileno=listening) as door:
        worker = Worker(site, make_application(site), door, lifeline, known)
        gc.collect()
        gc.freeze()
        worker.run()
    return IDLE_STATUS if worker.idle else 0


class Worker:
    """Answers one request after the other."""

    def __init__(
        self,
        site: Site,
        application: gateway.Application,
        door: socket.socket,
        lifeline: int,
        known: object,
    ) -> None:
        self.site, self.application = site, application
        self.door, self.lifeline, self.known = door, lifeline, known
        self.stopping = False
        self.served = 0
        self.last = time.monotonic()
        self.children: set[int] = set()
        # Signals are written into it, so that one ends the sleep.
        self.bell, self._ringer = os.pipe()
        for end in (self.bell, self._ringer):
            os.set_blocking(end, False)
        self._errors = self._open_errors()

    def run(self) -> None:
        """Work until something says to end."""
        signal.signal(signal.SIGTERM, self._on_stop)
        signal.signal(signal.SIGINT, self._on_stop)
        signal.signal(signal.SIGHUP, self._on_hup)
        signal.signal(signal.SIGALRM, _on_alarm)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # ends the sleep, no more
        signal.set_wakeup_fd(self._ringer, warn_on_full_buffer=False)
        while not self._should_end():
            connection = self._next()
            if connection is not None:
                with connection:
                    self.serve(connection)

    @property
    def idle(self) -> bool:
        """Whether nobody has asked for long."""
        return time.monotonic() - self.last > IDLE

    def _on_stop(self, signum: int, frame: object) -> None:
        self.stopping = True

    def _on_hup(self, signum: int, frame: object) -> None:
        self.site.log.reopen()
        self._errors.close()
        self._errors = self._open_errors()

    def _open_errors(self) -> IO[bytes]:
        """Open what says where a page hung that had to be ended with its process."""
        try:
            return open(self.site.logs_dir / 'error', 'ab', buffering=0)  # noqa: SIM115
        except OSError:
            return open(os.devnull, 'ab', buffering=0)  # noqa: SIM115

    def _should_end(self) -> bool:
        self._bury()
        return (
            self.stopping
            or self.idle
            or self.served >= MOST_REQUESTS
            or memory_used() > LARGE
            or state_of_files(self.site.prefix) != self.known
        )

    def _bury(self) -> None:
        while self.children:
            pid, _ = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            self.children.discard(pid)

    def _next(self) -> socket.socket | None:
        """Wait; give a connection, or None where there is another reason to look up."""
        watched: list[Any] = [self.door, self.lifeline, self.bell]
        ready, _, _ = select.select(watched, [], [], min(60.0, IDLE))
        if self.bell in ready:
            with suppress(BlockingIOError):
                while os.read(self.bell, 4096):
                    pass
        if self.lifeline in ready:
            self.stopping = True  # nobody writes there: the master is gone
        # A change is seen before the request is taken, which then waits for the next
        # worker.
        if self.door not in ready or self._should_end():
            return None
        try:
            return self.door.accept()[0]
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.ECONNABORTED, errno.EMFILE):
                raise
            return None  # another worker was quicker

    # --- one request ----------------------------------------------------------------

    def serve(self, connection: socket.socket) -> None:
        """Answer the request of a connection; raises nothing of the page."""
        page = '?'
        try:
            connection.settimeout(SHORT_PATIENCE)
            if not is_ours(connection):
                raise BadQuestion('a process of another group')
            connection.sendall(b'+')
            given = question(connection)
            page = given.pop(b'PAGE', b'').decode('latin-1')
            if page not in layout.PAGES:
                raise BadQuestion(f'no page: {page!r}')
        except BadQuestion as error:
            self.site.log.write('error', f'web worker: {error}')
            return
        except OSError:
            return  # it lost its patience
        self.served += 1
        self.last = time.monotonic()
        with suppress(LeftToChild):
            self._answer(page, given, Talk(connection, self))
            self._end_child()

    def _answer(self, page: str, given: dict[bytes, bytes], talk: Talk) -> None:
        try:
            environ = gateway.environment(given, page, talk.read_into, sys.stderr)
        except ValueError as error:
            self.site.log.write('mischief', f'{page}: {error}')
            talk.try_write(gateway.trouble(400))
            return
        answer = gateway.Answer(environ, talk.write)
        try:
            with self._limited(REQUEST_TIME):
                gateway.respond(self.application, environ, answer)
        except (gateway.ClientGone, LeftToChild) as error:
            if isinstance(error, LeftToChild):
                raise
        except BaseException:  # TimeIsUp, and a page that ends the program
            self.site.log.exception(f'{page}: no page could be made')
            if not answer.sent:
                talk.try_write(gateway.trouble(500))

    @contextmanager
    def _limited(self, seconds: float) -> Iterator[None]:
        """End what takes longer: a page, or the process where it is stuck."""
        self.limit(seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            faulthandler.cancel_dump_traceback_later()

    def limit(self, seconds: float) -> None:
        """Set the end of the request in work."""
        signal.setitimer(signal.ITIMER_REAL, seconds)
        faulthandler.dump_traceback_later(
            seconds + LAST_GRACE, exit=True, file=self._errors
        )

    # --- children that wait for slow browsers -----------------------------------------

    is_child = False

    def leave_to_child(self) -> None:
        """Go on in a child process: returns there, raises LeftToChild here.

        Raises ClientGone in a child, or where there are too many.
        """
        if self.is_child or len(self.children) >= MOST_CHILDREN:
            raise gateway.ClientGone('too slow')
        # A child has no thread but this one, and would wait for the other for ever.
        faulthandler.cancel_dump_traceback_later()
        pid = os.fork()
        if pid:
            self.children.add(pid)
            raise LeftToChild
        self.is_child = True
        self.children = set()
        self.door.close()
        signal.set_wakeup_fd(-1)
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, signal.SIG_DFL)
        self.limit(LONGEST_DELIVERY)

    def _end_child(self) -> None:
        if self.is_child:
            os._exit(0)


class Talk:
    """The connection of one request, from the application's side."""

    def __init__(self, connection: socket.socket, worker: Worker) -> None:
        self.connection, self.worker = connection, worker

    def read_into(self, buffer: Any) -> int:
        """Fill a buffer with what comes next of the form."""
        try:
            return self.connection.recv_into(buffer)
        except TimeoutError:
            self._slow()
        except OSError as error:
            raise gateway.ClientGone(str(error)) from error
        return self.read_into(buffer)

    def write(self, data: bytes) -> None:
        """Send all of this.  Raises ClientGone."""
        view = memoryview(data)
        while view:
            try:
                view = view[self.connection.send(view) :]
            except TimeoutError:
                self._slow()
            except OSError as error:
                raise gateway.ClientGone(str(error)) from error

    def try_write(self, data: bytes) -> None:
        """Send this where somebody still reads."""
        with suppress(gateway.ClientGone):
            self.write(data)

    def _slow(self) -> None:
        self.worker.leave_to_child()
        self.connection.settimeout(LONG_PATIENCE)


def _on_alarm(signum: int, frame: object) -> None:
    raise TimeIsUp(f'it took longer than {REQUEST_TIME} seconds')


def is_ours(connection: socket.socket) -> bool:
    """Tell whether the other side has our group, as the C program does, or is us."""
    size = struct.calcsize('3i')
    peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    _, uid, gid = struct.unpack('3i', peer)
    return gid == os.getegid() or uid in (os.geteuid(), 0)


def question(connection: socket.socket) -> dict[bytes, bytes]:
    """Read the environment of a request, and not a byte of its body.

    Raises BadQuestion, and OSError where the other side has gone or is slow.
    """
    digits = b''
    while not digits.endswith(b':'):
        digits += _exactly(connection, 1)
        if len(digits) > len(str(LARGEST_QUESTION)) + 1:
            raise BadQuestion('a size that is none')
    if not digits[:-1].isdigit() or int(digits[:-1]) > LARGEST_QUESTION:
        raise BadQuestion('a size that is none')
    data = _exactly(connection, int(digits[:-1]) + 1)
    if not data.endswith(b'\0,'):
        raise BadQuestion('an environment without its end')
    pairs = [line.partition(b'=') for line in data[:-2].split(b'\0')]
    given = {name: value for name, _, value in reversed(pairs)}  # the first one counts
    for name in (b'PATH', b'LC_ALL'):
        given.pop(name, None)
    return given


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b''
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionResetError('gone')
        data += part
    return data


def memory_used() -> int:
    """Give the largest amount of memory this process has had, in bytes."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == 'darwin' else most * 1024


def state_of_files(prefix: str | Path) -> tuple[object, ...]:
    """Give what changes with mm_cfg.py, or when the program is installed anew."""
    ours = Path(__file__).parents[1]
    settings = Path(prefix, 'Mailman', 'mm_cfg.py')
    return tuple(_stamp(path) for path in (settings, ours, ours.parent))


def _stamp(path: Path) -> object:
    try:
        stat = path.stat()
    except OSError:
        return None
    if path.is_dir():
        return stat.st_ino
    return (stat.st_ino, stat.st_size, stat.st_mtime_ns)
