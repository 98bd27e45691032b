"""Spamhaus' lists of networks and domains that send spam, asked over the DNS.

A listed name has an address in 127.0.0.0/8.  Those in 127.255.255.0/24 mean that the
question was not answered, for instance because it came through a public resolver; they
list nobody.  So does no answer at all.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from mailman.mail.dns import Answer, NoAnswer

Ask = Callable[[str, str, float], tuple[Answer, float]]

NETWORKS, DOMAINS = 'zen.spamhaus.org', 'dbl.spamhaus.org'
_SECONDS = 5.0


def lists_address(ask: Ask, remote: str) -> bool:
    """Tell whether an IP address is listed; what is no address is not."""
    try:
        address = ipaddress.ip_address(remote.strip())
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if not address.is_global:
        return False
    name = address.reverse_pointer.removesuffix('.in-addr.arpa')
    return _is_listed(ask, f'{name.removesuffix(".ip6.arpa")}.{NETWORKS}')


def lists_domain(ask: Ask, domain: str) -> bool:
    """Tell whether the domain of a mail address is listed."""
    if '.' not in domain or not domain.isascii() or domain.startswith('['):
        return False
    return _is_listed(ask, f'{domain.lower()}.{DOMAINS}')


def _is_listed(ask: Ask, name: str) -> bool:
    try:
        answer, _ = ask(name, 'A', _SECONDS)
    except NoAnswer:
        return False
    found = answer.texts
    return any(
        one.startswith('127.') and not one.startswith('127.255.255.') for one in found
    )
