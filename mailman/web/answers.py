"""What a page answers: status, headers, body; and answers that end a page early."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from http import HTTPStatus

HTML = 'text/html; charset=utf-8'
# Nothing of these pages may be framed, sniffed, or run a script that is not ours.
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:;"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@dataclass
class Response:
    """One answer.  ``body`` is text, bytes, or pieces of bytes."""

    body: str | bytes | Iterable[bytes] = b''
    status: int = 200
    content_type: str = HTML
    headers: list[tuple[str, str]] = field(default_factory=list)
    # Content-Security-Policy; '' for none.
    policy: str = POLICY
    cache: str = 'no-store'

    @property
    def status_line(self) -> str:
        """The status with its words."""
        return f'{self.status} {HTTPStatus(self.status).phrase}'

    def all_headers(self) -> list[tuple[str, str]]:
        """Give what goes out, without line ends that a value may have."""
        fixed = [
            ('Content-Type', self.content_type),
            ('Cache-Control', self.cache),
            ('X-Content-Type-Options', 'nosniff'),
            ('X-Frame-Options', 'DENY'),
            ('Referrer-Policy', 'same-origin'),
        ]
        if self.policy:
            fixed.append(('Content-Security-Policy', self.policy))
        # Only those that the page does not set itself.
        own = {name.lower() for name, _ in self.headers}
        pairs = [pair for pair in fixed if pair[0].lower() not in own] + self.headers
        return [(name, _one_line(value)) for name, value in pairs if value]


def _one_line(value: str) -> str:
    return value if value.isprintable() else ''.join(filter(str.isprintable, value))


class Answer(Exception):
    """Ends a page with this answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


class Refused(Exception):
    """Ends a page with the error page of an HTTP status; ``text`` is in English.

    ``values`` fill the text, which the front door translates.
    """

    def __init__(self, status: int, text: str, **values: object) -> None:
        super().__init__(status, text)
        self.status, self.text, self.values = status, text, values
