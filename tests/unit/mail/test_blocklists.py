"""Spamhaus' lists: what is asked, and which answers list somebody."""

import pytest

from mailman.mail import blocklists
from mailman.mail.dns import Answer, NoAnswer


def asked(function, value, *addresses):
    """Give the verdict, and the names that were asked for."""
    names = []

    def ask(name, kind, seconds):
        assert kind == 'A'
        names.append(name)
        return Answer(addresses, exists=bool(addresses)), 60.0

    return function(ask, value), names


def test_an_address_is_asked_for_backwards():
    found = asked(blocklists.lists_address, '8.8.4.1', '127.0.0.4')
    assert found == (True, ['1.4.8.8.zen.spamhaus.org'])
    found = asked(blocklists.lists_address, '::ffff:8.8.4.1', '127.0.0.4')
    assert found == (True, ['1.4.8.8.zen.spamhaus.org'])
    listed, (name,) = asked(blocklists.lists_address, '2a00:1450::1', '127.0.0.4')
    assert listed and name.endswith('.0.5.4.1.0.0.a.2.zen.spamhaus.org')


@pytest.mark.parametrize('remote', ['', 'unidentified origin', '192.168.1.1', '::1'])
def test_what_is_no_public_address_is_not_asked_for(remote):
    assert asked(blocklists.lists_address, remote, '127.0.0.2') == (False, [])


def test_a_domain_is_asked_for_as_it_is():
    found = asked(blocklists.lists_domain, 'Bad.Example', '127.0.1.2')
    assert found == (True, ['bad.example.dbl.spamhaus.org'])


@pytest.mark.parametrize(
    'domain', ['', 'localhost', '[192.0.2.1]', 'b\u00fccher.example']
)
def test_what_is_no_plain_domain_is_not_asked_for(domain):
    assert asked(blocklists.lists_domain, domain, '127.0.1.2') == (False, [])


@pytest.mark.parametrize('address', ['127.255.255.254', '10.0.0.1', '93.184.216.34'])
def test_errors_and_strange_answers_list_nobody(address):
    assert asked(blocklists.lists_domain, 'good.example', address)[0] is False


def test_no_answer_lists_nobody():
    def silent(name, kind, seconds):
        raise NoAnswer(name)

    assert not blocklists.lists_domain(silent, 'good.example')
    assert not blocklists.lists_address(silent, '8.8.8.8')
