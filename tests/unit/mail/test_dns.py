"""DMARC: the tree walk of RFC 9989, what is remembered, and a DNS that fails."""

import pytest

from mailman.mail import dns
from mailman.mail.dns import Answer, Dmarc, Found, NoAnswer, Policy, parse_record, walk

NONE, QUARANTINE, REJECT = Policy.NONE, Policy.QUARANTINE, Policy.REJECT
NO_RECORD, UNKNOWN = Policy.NO_RECORD, Policy.UNKNOWN


class Zone:
    """A DNS of a dict; counts the questions, and fails when told to."""

    def __init__(self, records=(), missing=(), ttl=100.0):
        self.records = dict(records)
        self.missing = set(missing)
        self.ttl = ttl
        self.asked = []
        self.broken = False

    def __call__(self, name, kind, seconds):
        self.asked.append(name)
        if self.broken:
            raise NoAnswer(name)
        texts = self.records.get(name, ()) if kind == 'TXT' else ()
        if isinstance(texts, str):
            texts = (texts,)
        return Answer(tuple(texts), exists=name not in self.missing), self.ttl


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def policy_of(zone, domain, clock=None):
    return Dmarc(zone, clock=clock or Clock()).policy(domain).policy


# --- records ---------------------------------------------------------------------


@pytest.mark.parametrize(
    'text, expected',
    [
        ('v=DMARC1; p=reject', REJECT),
        ('v=DMARC1;p=QUARANTINE;', QUARANTINE),
        ('v = DMARC1 ; p = none', NONE),
        ('v=DMARC1; p=reject; pct=0; ri=1; zz=9; rf=afrf', REJECT),
        ('v=DMARC1; p=nonsense; rua=mailto:a@x.example', NONE),
        ('v=DMARC1; rua=mailto:a@x.example', NONE),
        ('v=DMARC1; p=reject; p=none', REJECT),
        ('v=DMARC1; t=y; p=reject', REJECT),
    ],
)
def test_records_that_count(text, expected):
    assert parse_record(text).p == expected


@pytest.mark.parametrize(
    'text',
    [
        '',
        'v=spf1 -all',
        'p=reject; v=DMARC1',
        'v=DMARC2; p=reject',
        'v=dmarc1; p=reject',
        'v=DMARC1',
        'v=DMARC1; p=nonsense',
        'v=DMARC1; rua=nobody',
    ],
)
def test_records_that_do_not_count(text):
    assert parse_record(text) is None


# --- the walk -----------------------------------------------------------------------


def test_the_walk_goes_up_label_by_label():
    assert walk('a.b.example.com') == [
        'a.b.example.com',
        'b.example.com',
        'example.com',
        'com',
    ]


def test_a_long_name_is_cut_to_seven_labels_and_eight_questions():
    names = walk('a.b.c.d.e.f.g.h.i.j.mail.example.com')
    assert names[1] == 'g.h.i.j.mail.example.com'
    assert names[-1] == 'com'
    assert len(names) == 8


def test_eight_labels_are_cut_too():
    assert walk('1.2.3.4.5.6.7.8')[1] == '2.3.4.5.6.7.8'


@pytest.mark.parametrize(
    'records, domain, expected',
    [
        ({'_dmarc.x.example': 'v=DMARC1; p=reject'}, 'x.example', REJECT),
        ({'_dmarc.x.example': 'v=DMARC1; p=reject'}, 'mail.x.example', REJECT),
        (
            {'_dmarc.x.example': 'v=DMARC1; p=reject; sp=none'},
            'mail.x.example',
            NONE,
        ),
        ({'_dmarc.x.example': 'v=DMARC1; p=none; sp=reject'}, 'x.example', NONE),
        # the author's own record wins over all above
        (
            {
                '_dmarc.mail.x.example': 'v=DMARC1; p=none',
                '_dmarc.x.example': 'v=DMARC1; p=reject',
            },
            'mail.x.example',
            NONE,
        ),
        # without psd the record with the fewest labels is the organisation's
        (
            {
                '_dmarc.b.x.example': 'v=DMARC1; p=none',
                '_dmarc.x.example': 'v=DMARC1; p=reject',
            },
            'a.b.x.example',
            REJECT,
        ),
        # psd=n says: the organisation is here, look no further
        (
            {
                '_dmarc.b.x.example': 'v=DMARC1; p=quarantine; psd=n',
                '_dmarc.x.example': 'v=DMARC1; p=reject',
            },
            'a.b.x.example',
            QUARANTINE,
        ),
        # psd=y: the organisation is one label below
        (
            {
                '_dmarc.org.bank': 'v=DMARC1; p=quarantine',
                '_dmarc.bank': 'v=DMARC1; p=reject; psd=y',
            },
            'a.org.bank',
            QUARANTINE,
        ),
        # ... and where it has no record, the one above speaks
        ({'_dmarc.bank': 'v=DMARC1; p=none; sp=reject; psd=y'}, 'a.org.bank', REJECT),
        ({'_dmarc.bank': 'v=DMARC1; p=none; sp=reject; psd=y'}, 'org.bank', REJECT),
        # several records are none, and so is no record
        (
            {'_dmarc.x.example': ('v=DMARC1; p=reject', 'v=DMARC1; p=none')},
            'x.example',
            NO_RECORD,
        ),
        (
            {'_dmarc.x.example': ('v=spf1 -all', 'v=DMARC1; p=reject')},
            'x.example',
            REJECT,
        ),
        ({}, 'x.example', NO_RECORD),
    ],
)
def test_policy_of_a_domain(records, domain, expected):
    assert policy_of(Zone(records), domain) == expected


@pytest.mark.parametrize(
    'missing, expected',
    [
        ({'_dmarc.no.x.example', 'no.x.example'}, REJECT),
        ({'_dmarc.no.x.example'}, QUARANTINE),
        (set(), QUARANTINE),
    ],
)
def test_np_is_for_domains_that_do_not_exist(missing, expected):
    records = {'_dmarc.x.example': 'v=DMARC1; p=none; sp=quarantine; np=reject'}
    assert policy_of(Zone(records, missing), 'no.x.example') == expected


@pytest.mark.parametrize('domain', ['', 'localhost', '[127.0.0.1]', 'x' * 300])
def test_what_is_no_domain_has_no_policy_and_no_question(domain):
    zone = Zone()
    assert policy_of(zone, domain) == NO_RECORD
    assert zone.asked == []


def test_an_international_domain_is_asked_for_in_ascii():
    zone = Zone({'_dmarc.xn--bcher-kva.example': 'v=DMARC1; p=reject'})
    assert policy_of(zone, 'Bücher.example') == REJECT


def test_the_answer_names_the_domain_that_decided():
    zone = Zone({'_dmarc.x.example': 'v=DMARC1; p=reject'})
    assert Dmarc(zone).policy('a.x.example') == Found(REJECT, 'x.example')


def test_never_more_than_eight_questions():
    zone = Zone()
    policy_of(zone, '.'.join('abcdefghijklmnop') + '.example')
    assert len(zone.asked) == 8


# --- remembering and failing --------------------------------------------------------


def test_answers_are_remembered_for_their_ttl(clock):
    zone = Zone({'_dmarc.x.example': 'v=DMARC1; p=reject'}, ttl=100)
    dmarc = Dmarc(zone, clock=clock)
    dmarc.policy('x.example')
    clock.now += 99
    dmarc.policy('x.example')
    assert len(zone.asked) == 1
    clock.now += 2
    dmarc.policy('x.example')
    assert len(zone.asked) == 2


def test_empty_answers_are_remembered_too(clock):
    zone = Zone()
    dmarc = Dmarc(zone, clock=clock)
    dmarc.policy('x.example')
    dmarc.policy('x.example')
    assert len(zone.asked) == 2  # x.example and example, once each


def test_a_long_ttl_is_bounded(clock):
    zone = Zone({'_dmarc.x.example': 'v=DMARC1; p=reject'}, ttl=1e9)
    dmarc = Dmarc(zone, clock=clock, longest_ttl=50)
    dmarc.policy('x.example')
    clock.now += 51
    dmarc.policy('x.example')
    assert len(zone.asked) == 2


def test_a_dns_that_fails_makes_the_policy_unknown(clock):
    zone = Zone()
    zone.broken = True
    assert policy_of(zone, 'x.example', clock) == UNKNOWN


def test_a_failure_is_not_asked_for_again_at_once(clock):
    zone = Zone({'_dmarc.x.example': 'v=DMARC1; p=reject'})
    zone.broken = True
    dmarc = Dmarc(zone, clock=clock)
    dmarc.policy('x.example')
    zone.broken = False
    assert dmarc.policy('x.example').policy == UNKNOWN
    clock.now += dns.FAILED_TTL + 1
    assert dmarc.policy('x.example').policy == REJECT


def test_after_some_failures_nobody_is_asked_for_a_while(clock):
    zone = Zone()
    zone.broken = True
    dmarc = Dmarc(zone, clock=clock)
    for number in range(10):
        assert dmarc.policy(f'x{number}.example').policy == UNKNOWN
    assert len(zone.asked) == dns.PATIENCE
    clock.now += dns.REST_SECONDS + 1
    zone.broken = False
    assert dmarc.policy('y.example').policy == NO_RECORD


def test_the_whole_walk_has_one_deadline(clock):
    def slow(name, kind, seconds):
        assert seconds <= 5.0
        clock.now += 2.0
        return Answer(), 100.0

    assert Dmarc(slow, lifetime=5.0, clock=clock).policy('a.b.c.d.e') == Found(UNKNOWN)
