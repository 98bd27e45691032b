"""DMARC policies of authors' domains, by the DNS tree walk of RFC 9989.

``_dmarc.DOMAIN`` is asked first, then its parents, at most eight questions in all; no
list of public suffixes is needed.  Every answer, also an empty one, is remembered for
its TTL.  A DNS that does not answer never stops mail: the policy is then ``UNKNOWN``,
and after some time-outs in a row nobody is asked for half a minute.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from mailman.mail.addresses import domain_key

# RFC 9989, section 4.10: a longer name is cut to seven labels after the first question.
MOST_QUESTIONS = 8
LABELS_KEPT = 7
# Seconds that an empty answer without a SOA, and a failure, are remembered.
EMPTY_TTL = 300.0
FAILED_TTL = 60.0
LARGEST_CACHE = 10_000
# After so many time-outs in a row the DNS is left alone for a while.
PATIENCE = 3
REST_SECONDS = 30.0


class Policy(Enum):
    """What an author's domain asks receivers to do with mail that fails DMARC."""

    NO_RECORD = 'no record'
    NONE = 'none'
    QUARANTINE = 'quarantine'
    REJECT = 'reject'
    UNKNOWN = 'unknown'


_LEVELS = {p.value: p for p in (Policy.NONE, Policy.QUARANTINE, Policy.REJECT)}


@dataclass(frozen=True)
class Found:
    """A policy and the domain whose record says so."""

    policy: Policy
    domain: str = ''


@dataclass(frozen=True)
class Record:
    """The tags of a DMARC record that concern us (RFC 9989, section 4.7).

    ``t`` (testing) is not kept: a list treats the published level as real, since it
    will be.
    """

    p: Policy
    sp: Policy | None = None
    np: Policy | None = None
    psd: str = 'u'

    def for_subdomain(self, exists: Callable[[], bool]) -> Policy:
        """Answer what holds for a domain below this record's."""
        if self.np is not None and not exists():
            return self.np
        return self.sp or self.p


def parse_record(text: str) -> Record | None:
    """Read one TXT record; None when it is no DMARC record that can be used."""
    tags: dict[str, str] = {}
    for number, piece in enumerate(text.split(';')):
        name, sign, value = (part.strip() for part in piece.partition('='))
        if number == 0:
            if name != 'v' or value != 'DMARC1':
                return None
        elif sign:
            tags.setdefault(name.lower(), value)
    p = _LEVELS.get(tags.get('p', '').lower())
    if p is None:
        # A report address makes a record without a usable p count as none.
        if not tags.get('rua', '').strip().lower().startswith('mailto:'):
            return None
        p = Policy.NONE
    psd = tags.get('psd', 'u').lower()
    return Record(
        p,
        _LEVELS.get(tags.get('sp', '').lower()),
        _LEVELS.get(tags.get('np', '').lower()),
        psd if psd in ('y', 'n') else 'u',
    )


def choose_record(texts: Sequence[str]) -> Record | None:
    """Answer the one DMARC record among TXT texts; several count as none."""
    marked = [text for text in texts if text.split(';')[0].replace(' ', '') == _MARK]
    return parse_record(marked[0]) if len(marked) == 1 else None


_MARK = 'v=DMARC1'


@dataclass(frozen=True)
class Answer:
    """TXT texts of a name, or its addresses when those were asked for.

    ``exists`` tells a name without any from one that is not there.
    """

    texts: tuple[str, ...] = ()
    exists: bool = True


class NoAnswer(Exception):
    """The DNS did not answer in time, or said that it cannot."""


def walk(domain: str) -> list[str]:
    """Answer the domains to ask about, in order (RFC 9989, section 4.10)."""
    labels = domain.split('.')
    names = [domain]
    rest = labels[-LABELS_KEPT:] if len(labels) > LABELS_KEPT else labels[1:]
    while rest and len(names) < MOST_QUESTIONS:
        names.append('.'.join(rest))
        rest = rest[1:]
    return names


class Dmarc:
    """Looks policies up and remembers them; one for a process.

    ``ask(name, kind, seconds)`` answers (Answer, TTL) or raises NoAnswer.
    """

    def __init__(
        self,
        ask: Callable[[str, str, float], tuple[Answer, float]],
        *,
        lifetime: float = 5.0,
        longest_ttl: float = 86400.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask, self._clock = ask, clock
        self.lifetime, self.longest_ttl = lifetime, longest_ttl
        self._cache: dict[tuple[str, str], tuple[Answer | None, float]] = {}
        self._failures = 0
        self._resting_until = 0.0

    def policy(self, domain: str) -> Found:
        """Answer the policy for an author's domain; never raises."""
        name = domain_key(domain)
        if '.' not in name or not name.isascii() or name.startswith('['):
            return Found(Policy.NO_RECORD)
        deadline = self._clock() + self.lifetime
        try:
            return self._walk(name, deadline)
        except NoAnswer:
            return Found(Policy.UNKNOWN)

    def _walk(self, author: str, deadline: float) -> Found:
        found: list[tuple[str, Record]] = []
        for name in walk(author):
            texts = self._look('_dmarc.' + name, 'TXT', deadline).texts
            record = choose_record(texts)
            if record is None:
                continue
            if name == author:
                return Found(record.p, name)
            found.append((name, record))
            if record.psd in ('y', 'n'):
                break
        if not found:
            return Found(Policy.NO_RECORD)
        name, record = _organisational(author, found)
        exists = self._exists(author, deadline)
        return Found(record.for_subdomain(exists), name)

    def _exists(self, name: str, deadline: float) -> Callable[[], bool]:
        def ask() -> bool:
            if self._look('_dmarc.' + name, 'TXT', deadline).exists:
                return True  # so its parent is there as well
            return self._look(name, 'A', deadline).exists

        return ask

    # --- asking and remembering ---------------------------------------------------

    def _look(self, name: str, kind: str, deadline: float) -> Answer:
        now = self._clock()
        known = self._cache.get((name, kind))
        if known is None or known[1] <= now:
            known = self._fetch(name, kind, deadline, now)
            if len(self._cache) >= LARGEST_CACHE:
                self._cache.clear()
            self._cache[(name, kind)] = known
        if known[0] is None:
            raise NoAnswer(name)
        return known[0]

    def _fetch(
        self, name: str, kind: str, deadline: float, now: float
    ) -> tuple[Answer | None, float]:
        if now < self._resting_until or now >= deadline:
            raise NoAnswer(name)
        try:
            answer, ttl = self._ask(name, kind, deadline - now)
        except NoAnswer:
            self._failures += 1
            if self._failures >= PATIENCE:
                self._failures, self._resting_until = 0, self._clock() + REST_SECONDS
            return None, now + FAILED_TTL
        self._failures = 0
        return answer, now + min(max(ttl, 1.0), self.longest_ttl)


def _organisational(author: str, found: list[tuple[str, Record]]) -> tuple[str, Record]:
    """Choose the record that speaks for the author's organisation (section 4.10.2).

    ``found`` is ordered from the author upwards.
    """
    last_name, last = found[-1]
    if last.psd == 'n':
        return last_name, last
    if last.psd == 'y':
        below = author.split('.')[-len(last_name.split('.')) - 1 :]
        organisation = '.'.join(below)
        for name, record in found:
            if name == organisation:
                return name, record
    return last_name, last


# --- the real DNS -----------------------------------------------------------------


class Resolver:
    """Asks the DNS through dnspython, imported at the first question (60 ms).

    ``servers`` are addresses, as ``HOST`` or ``HOST:PORT``; none means those of the
    machine.  ``timeout`` is for one try, in seconds.
    """

    def __init__(self, servers: Sequence[str] = (), timeout: float = 3.0) -> None:
        self._servers, self._timeout = list(servers), timeout
        self._resolver: Any = None

    def __call__(self, name: str, kind: str, seconds: float) -> tuple[Answer, float]:
        """Ask; answers (Answer, TTL in seconds).  Raises NoAnswer."""
        import dns.exception
        import dns.rdatatype
        import dns.resolver

        try:
            found = self._ready().resolve(
                name + '.', kind, lifetime=seconds, raise_on_no_answer=False
            )
        except dns.resolver.NXDOMAIN as error:
            answers: dict[Any, Any] = error.kwargs.get('responses') or {}
            responses = list(answers.values())
            return Answer(exists=False), _empty_ttl(responses[0] if responses else None)
        except (dns.exception.DNSException, OSError, ValueError) as error:
            raise NoAnswer(str(error)) from error
        if found.rrset is None:
            return Answer(), _empty_ttl(found.response)
        if kind != 'TXT':
            addresses = tuple(data.to_text() for data in found.rrset)
            return Answer(addresses), float(found.rrset.ttl)
        texts = [b''.join(data.strings) for data in found.rrset]
        return Answer(tuple(text.decode('utf-8', 'replace') for text in texts)), float(
            found.rrset.ttl
        )

    def _ready(self) -> Any:
        if self._resolver is None:
            import dns.resolver

            resolver = dns.resolver.Resolver(configure=not self._servers)
            resolver.timeout = self._timeout
            resolver.cache = None  # Dmarc has one
            hosts: list[str] = []
            for server in self._servers:
                host, colon, port = server.rpartition(':')
                if not colon or not port.isdigit() or ':' in host.strip('[]'):
                    host, port = server, '53'
                hosts.append(host.strip('[]'))
                resolver.nameserver_ports[hosts[-1]] = int(port)
            if hosts:
                resolver.nameservers = hosts
            self._resolver = resolver
        return self._resolver


def _empty_ttl(response: Any) -> float:
    """How long an empty answer holds: the SOA's minimum (RFC 2308, section 5)."""
    for rrset in getattr(response, 'authority', ()):
        for data in rrset:
            if hasattr(data, 'minimum'):
                return float(min(rrset.ttl, data.minimum))
    return EMPTY_TTL
