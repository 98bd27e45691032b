"""SpamDetect: DMARC addresses, posting rate, the site's and the list's header rules."""

import time

import pytest

from mailman.constants import MemberFlag
from mailman.errors import DiscardMessage, HoldMessage, RejectMessage
from mailman.handlers import spam_detect
from mailman.handlers.spam_detect import RecentPosts, header_text, process
from mailman.mail import dns

HOLD, REJECT, DISCARD, ACCEPT, DEFER = 7, 2, 3, 6, 0


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    monkeypatch.setattr(spam_detect, 'recent_posts', RecentPosts())


def fate(mlist, msg, **msgdata):
    try:
        process(mlist, msg, msgdata)
    except HoldMessage as stop:
        return stop.kind
    except RejectMessage:
        return 'reject'
    except DiscardMessage:
        return 'discard'
    return 'pass'


# --- DMARC --------------------------------------------------------------------


@pytest.fixture
def strict(make_list):
    def make(action, **settings):
        return make_list(
            'test',
            dmarc_moderation_action=action,
            dmarc_moderation_addresses=['^anne@', 'exact@away.example'],
            **settings,
        )

    return make


@pytest.mark.parametrize('action, expected', [(0, 0), (1, 1), (2, 2)])
def test_a_named_author_is_munged_or_wrapped(strict, make_msg, action, expected):
    msgdata = {}
    process(strict(action), make_msg(), msgdata)
    assert msgdata['from_is_list'] == expected


def test_others_are_not(strict, make_msg):
    msgdata = {}
    process(strict(1), make_msg('From: bob@member.example'), msgdata)
    assert msgdata['from_is_list'] == 0


@pytest.mark.parametrize('action, expected', [(3, 'reject'), (4, 'discard')])
def test_a_named_author_can_be_refused_although_approved(
    strict, make_msg, action, expected
):
    msg = make_msg('From: Exact <EXACT@away.example>')
    assert fate(strict(action), msg, approved=1) == expected


def test_owner_mail_is_not_looked_at(strict, make_msg):
    msgdata = {'toowner': 1}
    process(strict(4), make_msg(), msgdata)
    assert 'from_is_list' not in msgdata


@pytest.mark.parametrize(
    'notice, expected',
    [('write to %(listowner)s!', 'write to test-owner@'), ('', 'test-owner@lists')],
)
def test_the_dmarc_notice_is_the_owners_or_ours(strict, make_msg, notice, expected):
    with pytest.raises(RejectMessage) as caught:
        process(strict(3, dmarc_moderation_notice=notice), make_msg(), {})
    assert expected in caught.value.notice


def test_a_post_without_author_is_no_ones(strict, make_msg):
    msg = make_msg()
    del msg['from']
    assert fate(strict(4), msg) == 'pass'


# --- posting rate -------------------------------------------------------------


@pytest.fixture
def limited(make_list):
    return make_list(
        'test',
        members=['anne@member.example'],
        member_verbosity_threshold=2,
        member_verbosity_interval=300,
    )


def moderated(mlist):
    return mlist.option('anne@member.example', MemberFlag.MODERATE)


def test_who_posts_too_often_is_moderated(limited, make_msg):
    for expected in (False, False, True):
        process(limited, make_msg(), {})
        assert moderated(limited) is expected
    log = (limited.site.logs_dir / 'vette').read_text()
    text = 'Test: Automatically Moderated anne@member.example for verbose postings.'
    assert log.rstrip().endswith(text)


def test_old_posts_are_forgotten(limited, make_msg):
    clock = [1000.0]
    limited.site.now = lambda: clock[0]
    for _ in range(5):
        process(limited, make_msg(), {})
        clock[0] += 200
    assert not moderated(limited)


def test_nonmembers_are_not_counted(limited, make_msg):
    for _ in range(5):
        process(limited, make_msg('From: guest@away.example'), {})
    assert spam_detect.recent_posts.count('guest@away.example', 0, 1, 9) == 1


def test_mail_to_the_owner_is_no_posting(limited, make_msg):
    for _ in range(5):
        process(limited, make_msg(), {'toowner': 1})
    assert not moderated(limited)


def test_the_memory_of_posts_is_cleaned():
    posts = RecentPosts()
    for number in range(50):
        posts.count(f'a{number}@x.example', number * 10.0, 5.0, clean=10)
    assert len(posts._expiries) < 15


# --- the site's rules ---------------------------------------------------------


@pytest.mark.parametrize(
    'sender, expected',
    [('x@SPAM.example', 'discard'), ('spam.example@good.example', 'pass')],
)
def test_known_spammers_are_discarded(mlist, make_msg, sender, expected):
    mlist.site.cfg.KNOWN_SPAMMERS = [('from', r'@spam\.example'), ('x-none', '(')]
    assert fate(mlist, make_msg(f'From: {sender}')) == expected


def test_known_spammers_with_a_password_pass(mlist, make_msg):
    mlist.site.cfg.KNOWN_SPAMMERS = [('from', 'anne')]
    assert fate(mlist, make_msg(), approved=1) == 'pass'


# --- the list's rules ---------------------------------------------------------

RULES = [
    ('# a comment\n\nsubject: .*tag-hold\n^x-odd: 1$', HOLD, False),
    ('subject: .*tag-reject', REJECT, False),
    ('subject: .*tag-discard', DISCARD, False),
]


@pytest.mark.parametrize(
    'line, expected',
    [
        ('Subject: tag-hold here', 'HeaderMatchHold'),
        ('Subject: TAG-Reject here', 'reject'),
        ('Subject: about\n tag-discard', 'discard'),
        ('Subject: =?utf-8?q?tag=2Dhold?=', 'HeaderMatchHold'),
        ('X-Odd: 1', 'HeaderMatchHold'),
        ('X-Odd: 11', 'pass'),
        ('Subject: a comment', 'pass'),
        ('Subject: clean', 'pass'),
    ],
)
def test_the_first_rule_that_is_hit_decides(make_list, make_msg, line, expected):
    assert (
        fate(make_list('test', header_filter_rules=RULES), make_msg(line)) == expected
    )


@pytest.mark.parametrize(
    'tag, expected', [('hold', 'pass'), ('reject', 'discard'), ('discard', 'discard')]
)
def test_owner_mail_is_never_held_and_never_answered(
    make_list, make_msg, tag, expected
):
    mlist = make_list('test', header_filter_rules=RULES)
    assert fate(mlist, make_msg(f'Subject: tag-{tag}'), toowner=1) == expected


def test_accept_ends_the_rules_and_defer_skips_one(make_list, make_msg):
    rules = [
        ('hello', DEFER, False),
        ('hello', ACCEPT, False),
        ('hello', DISCARD, False),
    ]
    assert fate(make_list('test', header_filter_rules=rules), make_msg()) == 'pass'


def test_the_hold_reason_names_the_pattern(make_list, make_msg):
    mlist = make_list('test', header_filter_rules=RULES)
    with pytest.raises(HoldMessage) as caught:
        process(mlist, make_msg('Subject: tag-hold'), {})
    stop = caught.value
    assert 'subject: .*tag-hold' in stop.reason % stop.values


def test_headers_of_attachments_count(make_list, make_msg):
    msg = make_msg(
        'Content-Type: multipart/mixed; boundary=B',
        body='--B\n\ntext\n--B\nContent-Type: a/b; name="x.EXE"\n\nMZ\n--B--\n',
    )
    rules = [(r'^content-type: .*\.exe', DISCARD, False)]
    assert fate(make_list('test', header_filter_rules=rules), msg) == 'discard'


def test_a_rule_may_hold_characters_by_their_numbers(make_list, make_msg):
    rules = [('^subject: &#28961;&#x6599;', DISCARD, False)]
    msg = make_msg('Subject: =?utf-8?b?54Sh5paZ?=')
    assert fate(make_list('test', header_filter_rules=rules), msg) == 'discard'


def test_header_text_is_decoded_unfolded_and_normalised(mlist, make_msg):
    msg = make_msg('Subject: =?utf-8?q?=EF=BC=A6ree?=\n =?utf-8?q?_m=C3=B6ney?=')
    assert 'Subject: Free möney\n' in header_text(mlist.site, msg)


def test_a_rule_may_be_written_in_a_compatible_form(make_list, make_msg):
    rules = [('subject: ｆree', DISCARD, False)]
    msg = make_msg('Subject: Free')
    assert fate(make_list('test', header_filter_rules=rules), msg) == 'discard'


def test_bad_rules_are_logged_and_skipped(make_list, make_msg):
    rules = [('subject: (', DISCARD, False), ('subject: hello', REJECT, False)]
    mlist = make_list('test', header_filter_rules=rules)
    assert fate(mlist, make_msg()) == 'reject'
    assert 'header_filter_rules' in (mlist.site.logs_dir / 'error').read_text()


def test_a_catastrophic_rule_is_no_rule(make_list, make_msg):
    rules = [('(a+)+$', DISCARD, False), ('subject: a', REJECT, False)]
    mlist = make_list('test', header_filter_rules=rules)
    started = time.monotonic()
    assert fate(mlist, make_msg(f'Subject: {"a" * 41}!')) == 'reject'
    assert time.monotonic() - started < 5
    assert 'took too long' in (mlist.site.logs_dir / 'error').read_text()


@pytest.mark.parametrize('run', ['a', '1.', '@', '_', '=?utf-8?q?x?= ', 'é'])
def test_long_headers_take_no_time(make_list, make_msg, run):
    mlist = make_list('test', header_filter_rules=[*RULES, ('^from: .*@.*spam', 3, 0)])
    started = time.process_time()
    process(mlist, make_msg(f'Subject: {run * (100_000 // len(run))}'), {})
    assert time.process_time() - started < 15


# --- DMARC policies from the DNS ----------------------------------------------------


class Dns:
    """Stands for the DNS: one policy for every domain."""

    def __init__(self, policy):
        self.found = dns.Found(policy, 'member.example')
        self.asked = []

    def policy(self, domain):
        self.asked.append(domain)
        return self.found


@pytest.fixture
def publish(site, monkeypatch):
    """Have every domain publish this policy."""

    def make(policy):
        table = {site: Dns(policy)}
        monkeypatch.setattr(spam_detect, '_resolvers', table)
        return table[site]

    return make


@pytest.mark.parametrize(
    'policy, quarantine, none, expected',
    [
        (dns.Policy.REJECT, 0, 0, 1),
        (dns.Policy.QUARANTINE, 1, 0, 1),
        (dns.Policy.QUARANTINE, 0, 0, 0),
        (dns.Policy.NONE, 1, 1, 1),
        (dns.Policy.NONE, 1, 0, 0),
        (dns.Policy.NONE, 0, 1, 0),
        (dns.Policy.NO_RECORD, 1, 1, 0),
        (dns.Policy.UNKNOWN, 1, 1, 0),
    ],
)
def test_the_domains_policy_decides(
    mlist, make_msg, publish, policy, quarantine, none, expected
):
    publish(policy)
    mlist.dmarc_moderation_action = 1
    mlist.dmarc_quarantine_moderation_action = quarantine
    mlist.dmarc_none_moderation_action = none
    msgdata = {}
    process(mlist, make_msg(), msgdata)
    assert msgdata['from_is_list'] == expected


def test_a_strict_author_is_refused_where_the_list_says_so(mlist, make_msg, publish):
    publish(dns.Policy.REJECT)
    mlist.dmarc_moderation_action = 3
    with pytest.raises(RejectMessage):
        process(mlist, make_msg(), {})


def test_p_none_never_refuses_a_post(mlist, make_msg, publish):
    publish(dns.Policy.NONE)
    mlist.dmarc_moderation_action = 4
    mlist.dmarc_quarantine_moderation_action = 1
    mlist.dmarc_none_moderation_action = 1
    process(mlist, make_msg(), {})


def test_the_site_may_treat_a_silent_dns_as_strict(
    site, mlist, make_msg, publish, monkeypatch
):
    publish(dns.Policy.UNKNOWN)
    monkeypatch.setattr(site.cfg, 'DMARC_UNKNOWN_POLICY', 'reject', raising=False)
    mlist.dmarc_moderation_action = 1
    msgdata = {}
    process(mlist, make_msg(), msgdata)
    assert msgdata['from_is_list'] == 1


def test_the_dns_is_not_asked_where_nothing_follows_from_it(mlist, make_msg, publish):
    asked = publish(dns.Policy.REJECT)
    process(mlist, make_msg(), {})
    process(mlist, make_msg(), {'toowner': 1})
    assert asked.asked == []


def test_what_was_found_is_in_the_vette_log(site, mlist, make_msg, publish):
    publish(dns.Policy.REJECT)
    mlist.dmarc_moderation_action = 2
    process(mlist, make_msg(), {})
    said = (site.logs_dir / 'vette').read_text()
    assert 'DMARC lookup for anne@member.example (_dmarc.member.example)' in said
