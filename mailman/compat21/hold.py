"""What ``Mailman.Handlers.Hold`` lent to other handlers."""

from __future__ import annotations

from typing import Any, NoReturn

from mailman.compat21.errors21 import HoldMessage


def hold_for_approval(mlist: Any, msg: Any, msgdata: Any, exc: Any) -> NoReturn:
    """Hold the post; ``exc`` is a HoldMessage class or object of 2.1's kind."""
    raise exc() if isinstance(exc, type) and issubclass(exc, HoldMessage) else exc
