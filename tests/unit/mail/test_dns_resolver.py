"""DMARC look-ups through a real DNS conversation, with a server of our own."""

import pytest

from mailman.mail.dns import Dmarc, NoAnswer, Policy, Resolver
from tests.support.dns_server import DnsServer

RECORDS = {
    ('_dmarc.x.example', 'TXT'): ['v=DMARC1; p=reject; sp=quarantine; np=reject'],
    ('mail.x.example', 'A'): ['192.0.2.1'],
    ('_dmarc.two.example', 'TXT'): ['v=DMARC1; p=reject', 'v=DMARC1; p=none'],
}


@pytest.fixture
def server():
    with DnsServer(RECORDS) as running:
        yield running


@pytest.fixture
def resolver(server):
    return Resolver([f'127.0.0.1:{server.port}'], timeout=0.3)


@pytest.mark.parametrize(
    'domain, expected',
    [
        ('x.example', Policy.REJECT),
        ('mail.x.example', Policy.QUARANTINE),
        ('gone.x.example', Policy.REJECT),
        ('two.example', Policy.NO_RECORD),
        ('nothing.test', Policy.NO_RECORD),
    ],
)
def test_policies_come_from_the_dns(resolver, domain, expected):
    assert Dmarc(resolver).policy(domain).policy == expected


def test_ttls_come_from_the_records_and_the_soa(resolver):
    assert resolver('_dmarc.x.example', 'TXT', 2)[1] == 60
    answer, ttl = resolver('nothing.test', 'TXT', 2)
    assert (answer.exists, ttl) == (False, 30)
    answer, ttl = resolver('x.example', 'TXT', 2)
    assert (answer.exists, answer.texts, ttl) == (True, (), 30)


def test_one_domain_is_asked_for_once(server, resolver):
    dmarc = Dmarc(resolver)
    dmarc.policy('x.example')
    dmarc.policy('x.example')
    assert len(server.questions) == 1


@pytest.mark.parametrize('rcode', ['SERVFAIL', 'REFUSED'])
def test_a_server_that_refuses_is_no_answer(server, resolver, rcode):
    server.rcode = rcode
    with pytest.raises(NoAnswer):
        resolver('x.example', 'TXT', 1)
    assert Dmarc(resolver, lifetime=1).policy('x.example').policy == Policy.UNKNOWN


def test_a_server_that_says_nothing_is_no_answer(server, resolver):
    server.silent = True
    assert Dmarc(resolver, lifetime=0.5).policy('x.example').policy == Policy.UNKNOWN


def test_a_name_that_cannot_be_asked_for_is_no_answer(resolver):
    with pytest.raises(NoAnswer):
        resolver('a..b', 'TXT', 1)
