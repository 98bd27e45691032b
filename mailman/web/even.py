"""Answers that take the same time for everybody.

A page that says the same to a member and a stranger still tells them apart when one
answer comes sooner: a mail was written, a file was saved.  ``settle`` waits until a
whole step has gone by since the request began, so that all that shows is whether the
machine was very busy.
"""

from __future__ import annotations

import time

# Seconds.  Well above what these answers take, and nothing that a person minds.
STEP = 0.4

sleep = time.sleep


def start() -> float:
    """Note when a request began."""
    return time.monotonic()


def settle(began: float) -> None:
    """Wait until the next whole step since then."""
    gone = time.monotonic() - began
    sleep(STEP - gone % STEP)
