"""Envelope senders."""

import re

import pytest

from mailman.delivery.verp import envelope_sender, is_sendable, verp_maker

SENDER = 'friends-bounces@lists.example.com'


def test_verp_names_the_recipient_and_can_be_read_back(site):
    made = verp_maker(SENDER, site.cfg.VERP_FORMAT)('ann@example.com')
    assert made == 'friends-bounces+ann=example.com@lists.example.com'
    found = re.match(site.cfg.VERP_REGEXP, made).groupdict()
    assert found == {
        'bounces': 'friends-bounces',
        'mailbox': 'ann',
        'host': 'example.com',
    }


@pytest.mark.parametrize(
    'recipient', ['root', '"a b"@x.com', 'a b@x.com', 'a>\r\n@x.com']
)
def test_an_odd_recipient_gets_the_plain_sender(site, recipient):
    assert verp_maker(SENDER, site.cfg.VERP_FORMAT)(recipient) == SENDER


def test_the_recipient_is_named_in_lower_case(site):
    made = verp_maker(SENDER, site.cfg.VERP_FORMAT)('Ann.Mixed@Example.COM')
    assert made == 'friends-bounces+ann.mixed=example.com@lists.example.com'


def test_the_list_bounces_unless_told_otherwise(mlist):
    assert envelope_sender(mlist, {}) == 'test-bounces@lists.example.com'
    given = {'envsender': 'mailman-bounces@lists.example.com'}
    assert envelope_sender(mlist, given) == given['envsender']


def test_a_hostile_envelope_sender_is_not_used(mlist):
    hostile = {'envsender': 'a@b>\r\nRCPT TO:<x@y'}
    assert envelope_sender(mlist, hostile) == 'test-bounces@lists.example.com'


@pytest.mark.parametrize('address, answer', [('a@b', True), ('a', False), ('', False)])
def test_what_fits_a_mail_command(address, answer):
    assert is_sendable(address) is answer
