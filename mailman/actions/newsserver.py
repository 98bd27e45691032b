"""Speaking to a news server, through the optional package pynntp.

The standard library lost nntplib in Python 3.13.  Where pynntp is not installed
(``pip install 'mailman-classic[news]'``) the gateway's mail waits in qfiles/news.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from mailman.errors import MailmanError

if TYPE_CHECKING:
    from mailman.lists import MailList

NNTP_PORT = 119
TIMEOUT = 60


class NewsTrouble(MailmanError):
    """The news server did not do what was asked; ``temporary`` tells whether later."""

    def __init__(self, reason: str, *, temporary: bool = True) -> None:
        super().__init__(reason)
        self.temporary = temporary


def server_of(mlist: MailList) -> tuple[str, int]:
    """Answer host and port of the list's news server; ('', 119) when none is set."""
    name = str(mlist.nntp_host or mlist.site.cfg.DEFAULT_NNTP_HOST).strip()
    host, colon, port = name.rpartition(':')
    if colon and port.isdigit():
        return host, int(port)
    return name, NNTP_PORT


class Server:
    """One conversation with a news server (RFC 3977)."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def group(self, name: str) -> tuple[int, int]:
        """Choose a newsgroup; answer its first and last article number."""
        _, first, last, _ = self._client.group(name)
        return int(first), int(last)

    def article(self, number: int) -> bytes | None:
        """Answer an article of the chosen group, None when it is not there any more."""
        import nntp

        try:
            code, message = self._client.command('ARTICLE', str(number))
        except nntp.NNTPReplyError:  # 423 no such article, 430 gone
            return None
        text = ''.join(_unstuffed(self._client.info(code, message)))
        # pynntp decodes like this; so the bytes come back as they were.
        raw = text.encode('utf-8', 'surrogateescape')
        return raw.replace(b'\r\n', b'\n')

    def post(self, raw: bytes) -> None:
        """Post an article, given as the bytes of a message with LF line ends."""
        code, message = self._client.command('POST')
        if code != 340:
            raise NewsTrouble(f'{code} {message}')
        lines = raw.replace(b'\r', b'').replace(b'\0', b'').split(b'\n')
        stuffed = [b'.' + line if line.startswith(b'.') else line for line in lines]
        text = b'\r\n'.join(stuffed)
        end = b'.\r\n' if text.endswith(b'\r\n') else b'\r\n.\r\n'
        self._client.socket.sendall(text + end)
        self._client.status()


def _unstuffed(lines: Iterable[str]) -> Iterator[str]:
    """Undo what pynntp 2.0 does: it yields a dot-stuffed line twice, right and raw."""
    first = ''
    for line in lines:
        if first and line == '.' + first:
            first = ''
            continue
        yield line
        first = line if line.startswith('.') else ''


@contextmanager
def connected(mlist: MailList) -> Iterator[Server]:
    """Talk to the list's news server.

    Raises NewsTrouble for everything that goes wrong, also within the block.
    """
    try:
        import nntp
    except ImportError:
        raise NewsTrouble('the package pynntp is not installed') from None
    host, port = server_of(mlist)
    cfg = mlist.site.cfg
    client = None
    try:
        client = nntp.NNTPClient(
            host,
            port,
            cfg.NNTP_USERNAME or '',
            cfg.NNTP_PASSWORD or '',
            timeout=TIMEOUT,
        )
        yield Server(client)
    except nntp.NNTPPermanentError as error:
        raise NewsTrouble(str(error), temporary=False) from error
    except (nntp.NNTPError, OSError) as error:
        raise NewsTrouble(f'{type(error).__name__}: {error}') from error
    finally:
        if client is not None:
            with suppress(Exception):
                client.quit()
            client.socket.close()
