"""Cutting a list of recipients into the chunks of one SMTP transaction each.

As 2.1 does it: four buckets by top-level domain (com; net and org; edu, us and ca; the
rest), so that a mail server gets addresses of one part of the world together, and
each bucket is cut at SMTP_MAX_RCPTS.  Addresses that need SMTPUTF8 form a bucket of
their own: members with plain addresses must not depend on what the server offers.
"""

from __future__ import annotations

from collections.abc import Iterable

BUCKETS = {'com': 0, 'net': 1, 'org': 1, 'edu': 2, 'us': 2, 'ca': 2}
REST, INTERNATIONAL = 3, 4


def chunks(recipients: Iterable[str], size: int) -> list[list[str]]:
    """Answer chunks of at most ``size`` recipients; 0 means no limit (one chunk)."""
    recipients = list(recipients)
    if size <= 0:
        plain = [address for address in recipients if address.isascii()]
        other = [address for address in recipients if not address.isascii()]
        return [chunk for chunk in (plain, other) if chunk]
    return [
        bucket[start : start + size]
        for bucket in _buckets(recipients)
        for start in range(0, len(bucket), size)
    ]


def _buckets(recipients: list[str]) -> list[list[str]]:
    buckets: list[list[str]] = [[], [], [], [], []]
    find = BUCKETS.get
    for address in recipients:
        domain = address[address.rfind('.') + 1 :].lower()
        buckets[find(domain, REST)].append(address)
    if not ''.join(recipients).isascii():
        _separate(buckets)
    return buckets


def _separate(buckets: list[list[str]]) -> None:
    for index in range(REST + 1):
        bucket = buckets[index]
        buckets[INTERNATIONAL] += [a for a in bucket if not a.isascii()]
        buckets[index] = [a for a in bucket if a.isascii()]
