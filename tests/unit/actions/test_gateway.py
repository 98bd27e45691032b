"""The gateway between a list and a newsgroup, with a news server of our own."""

import pytest

from mailman.actions import gateway
from mailman.cli import gate_news
from mailman.lists import MailList
from mailman.mail.message import Message
from mailman.runners.news import NewsRunner
from tests.support.nntp_server import NntpServer

nntp = pytest.importorskip('nntp', reason='pynntp is not installed')

ARTICLE = b"""From: guest@news.example
Newsgroups: comp.test
Subject: from the news
Message-ID: <n%d@news.example>

.a line with a dot
..and one with two
last
"""


@pytest.fixture
def server():
    with NntpServer(articles={n: ARTICLE % n for n in (5, 6, 7)}) as running:
        yield running


@pytest.fixture
def gated(make_list, server):
    return make_list(
        'test',
        nntp_host=f'127.0.0.1:{server.port}',
        linked_newsgroup='comp.test',
        gateway_to_news=1,
        gateway_to_mail=1,
    )


def incoming(mlist):
    return mlist.queue('in').messages


def headers_of(raw):
    return Message.from_bytes(raw)


# --- to the group -------------------------------------------------------------------


def deliver(site, mlist, msg, **msgdata):
    mlist.queue('news').enqueue(msg, msgdata)
    runner = NewsRunner(site)
    try:
        return runner.one_pass()
    finally:
        runner.close()


def test_a_post_becomes_an_article(site, gated, server, make_msg):
    msg = make_msg('Received: by somebody', 'Subject: [Test] hello', body='.dot\nx\n')
    deliver(site, gated, msg, stripped_subject='hello')
    (raw,) = server.posted
    article = headers_of(raw)
    assert article['newsgroups'] == 'comp.test'
    assert article['subject'] == '[Test] hello'  # news_prefix_subject_too is on
    assert 'received' not in article
    assert article['lines'] == '2'
    assert raw.endswith(b'\n\n.dot\nx\n')
    assert gated.queue('news').messages == []


def test_the_tag_goes_where_the_group_does_not_want_it(site, gated, server, make_msg):
    gated.news_prefix_subject_too = 0
    gated.save()
    deliver(site, gated, make_msg('Subject: [Test] hello'), stripped_subject='hello')
    assert headers_of(server.posted[0])['subject'] == 'hello'


@pytest.mark.parametrize(
    'moderation, approved', [(0, None), (1, 'test@'), (2, 'test@')]
)
def test_a_moderated_group_gets_an_approved_header(
    site, gated, server, make_msg, moderation, approved
):
    gated.news_moderation = moderation
    gated.save()
    deliver(site, gated, make_msg())
    found = headers_of(server.posted[0])['approved']
    assert (found or '').startswith(approved or '')
    assert bool(found) == bool(approved)


def test_repeated_headers_get_other_names(site, gated, server, make_msg):
    msg = make_msg('To: one@x.example')
    msg['To'] = 'two@x.example'
    deliver(site, gated, msg)
    article = headers_of(server.posted[0])
    assert article.get_all('to') == ['one@x.example']
    assert article['x-original-to'] == 'two@x.example'


def test_a_post_to_several_groups_gets_its_own_id(site, gated, server, make_msg):
    deliver(site, gated, make_msg('Newsgroups: comp.other'))
    article = headers_of(server.posted[0])
    assert article['newsgroups'] == 'comp.other, comp.test'
    assert article['message-id'].startswith('<mailman.')


@pytest.mark.parametrize('answer', ['440 no posting', '441 refused', '502 go away'])
def test_what_the_server_refuses_waits_and_is_tried_again(
    site, gated, server, make_msg, answer
):
    server.refuse = answer
    assert deliver(site, gated, make_msg()) is False
    ((_, msgdata),) = gated.queue('news').messages
    assert msgdata['deliver_after'] > site.now()
    server.refuse = None
    later = site.now() + 120
    site.now = lambda: later
    runner = NewsRunner(site)
    assert runner.one_pass()
    runner.close()
    assert len(server.posted) == 1


def test_a_server_that_is_away_loses_nothing(site, gated, make_msg):
    gated.nntp_host = '127.0.0.1:1'
    gated.save()
    deliver(site, gated, make_msg())
    assert len(gated.queue('news').messages) == 1
    assert 'NNTP error' in (site.logs_dir / 'error').read_text()


# --- from the group -----------------------------------------------------------------


def test_the_first_look_takes_no_old_articles(site, gated):
    assert gate_news.main(site, []) == 0
    assert incoming(gated) == []
    assert MailList.open(site, 'test').usenet_watermark == 7


def test_new_articles_are_queued_as_posts(site, gated, server):
    gated.usenet_watermark = 5
    gated.save()
    gate_news.main(site, [])
    found = incoming(gated)
    assert [m['message-id'] for m, _ in found] == [
        '<n6@news.example>',
        '<n7@news.example>',
    ]
    msg, msgdata = found[0]
    assert msgdata['fromusenet'] == 1
    assert msg['to'] == 'test@lists.example.com'
    text = msg.get_payload()
    assert text == '.a line with a dot\n..and one with two\nlast\n'
    gate_news.main(site, [])
    assert len(incoming(gated)) == 2


def test_our_own_posts_do_not_come_back(site, gated, server):
    server.articles[8] = b'X-BeenThere: Test@lists.example.com\n' + ARTICLE % 8
    gated.usenet_watermark = 7
    gated.save()
    gate_news.main(site, [])
    assert incoming(gated) == []
    assert MailList.open(site, 'test').usenet_watermark == 8


def test_articles_that_are_gone_are_passed_over(site, gated, server):
    del server.articles[6]
    gated.usenet_watermark = 5
    gated.save()
    assert gateway.poll(gated) == 1


def test_an_unknown_group_is_told_and_stops_nothing(site, gated, make_list, capsys):
    gated.linked_newsgroup = 'no.such'
    gated.save()
    assert gate_news.main(site, []) == 0
    assert '411' in capsys.readouterr().err


@pytest.mark.parametrize(
    'change', [{'gateway_to_mail': 0}, {'linked_newsgroup': ''}, {'nntp_host': ''}]
)
def test_a_list_without_a_gateway_is_left_alone(gated, change):
    for name, value in change.items():
        setattr(gated, name, value)
    assert not gateway.wants_news(gated)
