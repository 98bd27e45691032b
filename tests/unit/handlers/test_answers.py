"""Acknowledge and Replybot: what is answered automatically."""

import pytest

from mailman.constants import MemberFlag
from mailman.handlers import acknowledge, replybot
from mailman.mail import headers

ANNE = 'anne@member.example'


def sent(mlist):
    return [msg for msg, _ in mlist.queue('virgin').messages]


def body(msg):
    return msg.get_payload(decode=True).decode()


# --- Acknowledge ----------------------------------------------------------------


@pytest.fixture
def acking(mlist):
    mlist.set_option(ANNE, MemberFlag.ACKNOWLEDGE_POSTS, True)
    return mlist


def test_a_member_who_asked_for_it_hears_of_the_post(acking, make_msg):
    msg = make_msg('Subject: =?utf-8?q?caf=C3=A9?=')
    acknowledge.process(acking, msg, {'origsubj': msg['subject']})
    [notice] = sent(acking)
    assert notice['to'] == ANNE
    assert notice['from'] == 'test-bounces@lists.example.com'
    assert headers.decode(notice['subject']) == 'Test post acknowledgement'
    assert notice['auto-submitted'] == 'auto-replied'
    assert 'café' in body(notice) or 'caf' in body(notice)
    assert '/options/test/' in body(notice)


def test_the_subject_is_the_one_without_the_tag(acking, make_msg):
    msg = make_msg('Subject: [Test] words')
    acknowledge.process(acking, msg, {'origsubj': 'words'})
    assert '[Test]' not in body(sent(acking)[0])


def test_the_hidden_author_of_an_anonymous_list_hears_of_it_too(acking, make_msg):
    msg = make_msg('From: test@lists.example.com')
    acknowledge.process(acking, msg, {'original_sender': ANNE})
    assert sent(acking)[0]['to'] == ANNE


@pytest.mark.parametrize('sender', ['bob@member.example', 'guest@away.example'])
def test_nobody_else_does(acking, make_msg, sender):
    acknowledge.process(acking, make_msg(f'From: {sender}'), {})
    assert sent(acking) == []


# --- Replybot -------------------------------------------------------------------


@pytest.fixture
def answering(make_list):
    def make(**settings):
        texts = {
            'autoresponse_postings_text': 'to posts on %(listname)s',
            'autoresponse_request_text': 'to requests',
            'autoresponse_admin_text': 'to owners: %(owneremail)s %(nonsense)s',
        }
        return make_list(**texts, **settings)

    return make


@pytest.mark.parametrize(
    'switch, msgdata, words',
    [
        ('autorespond_postings', {'tolist': 1}, 'to posts on Test'),
        ('autorespond_requests', {'torequest': 1}, 'to requests'),
        ('autorespond_requests', {'tojoin': 1}, 'to requests'),
        (
            'autorespond_admin',
            {'toowner': 1},
            'to owners: test-owner@lists.example.com %(nonsense)s',
        ),
    ],
)
def test_each_kind_of_mail_has_its_answer(answering, make_msg, switch, msgdata, words):
    mlist = answering(**{switch: 1})
    replybot.process(mlist, make_msg(), msgdata)
    [notice] = sent(mlist)
    assert body(notice).strip() == words
    assert notice['to'] == ANNE
    assert notice['from'] == 'test-bounces@lists.example.com'
    assert notice['x-ack'] == 'No'
    assert notice['x-mailer'] == 'The Mailman Replybot'
    assert notice['precedence'] == 'bulk'
    assert notice['in-reply-to'] == '<one@member.example>'


def test_a_forged_sender_is_not_flooded(answering, make_msg):
    """X-Ack: yes, or a grace period of 0, made an answer to each of 100 posts."""
    mlist = answering(autorespond_postings=1)
    for _ in range(30):
        replybot.process(mlist, make_msg('X-Ack: yes'), {'tolist': 1})
    assert len(sent(mlist)) == mlist.site.cfg.MAX_AUTORESPONSES_PER_DAY + 1


@pytest.mark.parametrize('msgdata', [{}, {'torequest': 1}, {'toowner': 1}])
def test_a_list_that_does_not_answer_does_not(answering, make_msg, msgdata):
    mlist = answering()
    replybot.process(mlist, make_msg(), msgdata)
    assert sent(mlist) == []


@pytest.mark.parametrize(
    'lines, answered',
    [
        ([], True),
        (['X-Ack: no'], False),
        (['Precedence: bulk'], False),
        (['Precedence: list'], False),
        (['Precedence: bulk', 'X-Ack: yes'], True),
        (['Auto-Submitted: auto-replied'], False),
        (['From: test-bounces@lists.example.com'], False),
        (['From: <>'], False),
    ],
)
def test_machines_get_no_answer(answering, make_msg, lines, answered):
    mlist = answering(autorespond_postings=1)
    replybot.process(mlist, make_msg(*lines), {})
    assert bool(sent(mlist)) is answered


def test_noack_mail_gets_no_answer(answering, make_msg):
    mlist = answering(autorespond_postings=1)
    replybot.process(mlist, make_msg(), {'noack': 1})
    assert sent(mlist) == []


def test_one_answer_per_sender_and_grace_period(answering, make_msg, site):
    mlist = answering(autorespond_postings=1, autoresponse_graceperiod=2)
    start = site.now()
    counts = []
    for days in (0, 1, 1.9, 2.1):
        site.now = lambda days=days: start + days * 86_400
        replybot.process(mlist, make_msg(), {})
        counts.append(len(sent(mlist)))
    assert counts == [1, 1, 1, 2]


def test_whoever_insists_is_answered_within_the_grace_period(answering, make_msg):
    mlist = answering(autorespond_postings=1, autoresponse_graceperiod=2)
    for _ in range(2):
        replybot.process(mlist, make_msg('X-Ack: yes'), {})
    assert len(sent(mlist)) == 2


def test_without_a_grace_period_everything_is_answered(answering, make_msg):
    mlist = answering(autorespond_postings=1, autoresponse_graceperiod=0)
    for _ in range(2):
        replybot.process(mlist, make_msg(), {})
    assert len(sent(mlist)) == 2
    assert mlist.postings_responses == {}


def test_senders_whose_time_is_over_are_forgotten(answering, make_msg, site):
    mlist = answering(autorespond_postings=1, autoresponse_graceperiod=2)
    mlist.postings_responses['old@x.example'] = site.now() - 1
    replybot.process(mlist, make_msg(), {})
    assert list(mlist.postings_responses) == [ANNE]


def test_dollar_texts_are_filled_too(answering, make_msg):
    mlist = answering(autorespond_postings=1)
    mlist.use_dollar_strings = 1
    mlist.autoresponse_postings_text = 'on $listname'
    replybot.process(mlist, make_msg(), {})
    assert body(sent(mlist)[0]).strip() == 'on Test'
