"""What ``Mailman.Handlers.CookHeaders`` lent to other handlers."""

from __future__ import annotations

from typing import Any

from mailman.handlers import deferred
from mailman.mail import headers

CONTINUATION = ',\n '
COMMASPACE = ', '


def change_header(
    name: str,
    value: Any,
    mlist: Any,
    msg: Any,
    msgdata: dict[str, Any],
    delete: bool = True,
    repl: bool = True,
) -> None:
    """Set, add (not delete) or supply (not repl) a header of the delivered copies."""
    if not repl:
        deferred.default(mlist, msg, msgdata, name, str(value))
    elif delete:
        deferred.change(mlist, msg, msgdata, name, str(value))
    else:
        deferred.add(mlist, msg, msgdata, name, str(value))


def uheader(
    mlist: Any,
    s: str,
    header_name: str | None = None,
    continuation_ws: str = '\t',
    maxlinelen: int | None = None,
) -> str:
    """Encode a text for a header."""
    return headers.encode(s, name=header_name or '')
