"""``Mailman.Logging.Syslog``: lines for the site's log files."""

from __future__ import annotations

from typing import Any

from mailman.compat21 import current


def syslog(kind: str, msg: str, *args: Any, **values: Any) -> None:
    """Write a line into the log ``kind``, with values put in by ``%``."""
    filled = values or args
    current.site().log.write(kind, msg % filled if filled else msg)


def write_ex(
    kind: str,
    msg: str,
    args: tuple[Any, ...] = (),
    values: dict[str, Any] | None = None,
    **_: Any,
) -> None:
    """Write a line, the values given as one tuple or mapping."""
    syslog(kind, msg, *args, **(values or {}))


syslog.write_ex = write_ex  # type: ignore[attr-defined]
