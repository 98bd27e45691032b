"""ToDigest, ToUsenet, ToOutgoing, AfterDelivery: what becomes of a post that passes."""

import mailbox

import pytest

from mailman.handlers import after_delivery, to_digest, to_outgoing, to_usenet

# --- ToDigest -----------------------------------------------------------------


def collected(mlist):
    path = mlist.directory / 'digest.mbox'
    if not path.exists():
        return []
    box = mailbox.mbox(path, create=False)
    try:
        return [msg['subject'] for msg in box]
    finally:
        box.close()


def test_posts_wait_for_the_digest_in_order(mlist, make_msg):
    for subject in ('one', 'two'):
        to_digest.process(mlist, make_msg(f'Subject: {subject}'), {})
    assert collected(mlist) == ['one', 'two']


def test_a_line_that_looks_like_a_new_post_starts_none(mlist, make_msg):
    to_digest.process(mlist, make_msg(body='From here\nFrom a@b Thu\n'), {})
    assert len(collected(mlist)) == 1


def test_a_digest_is_in_no_digest(mlist, make_msg):
    to_digest.process(mlist, make_msg(), {'isdigest': True})
    assert collected(mlist) == []


def test_a_list_without_digests_collects_nothing(make_list, make_msg):
    mlist = make_list(digestable=0)
    to_digest.process(mlist, make_msg(), {})
    assert collected(mlist) == []


# --- ToUsenet -----------------------------------------------------------------

NEWS = {
    'gateway_to_news': 1,
    'linked_newsgroup': 'comp.test',
    'nntp_host': 'news.example',
}


def gated(mlist, msg, **msgdata):
    to_usenet.process(mlist, msg, msgdata)
    return len(mlist.queue('news').messages)


def test_a_gated_list_sends_posts_to_its_newsgroup(make_list, make_msg):
    assert gated(make_list(**NEWS), make_msg()) == 1


@pytest.mark.parametrize('mark', ['isdigest', 'fromusenet'])
def test_digests_and_news_are_not_gated(make_list, make_msg, mark):
    assert gated(make_list(**NEWS), make_msg(), **{mark: 1}) == 0


def test_an_ordinary_list_is_not_gated(mlist, make_msg):
    assert gated(mlist, make_msg()) == 0


@pytest.mark.parametrize('missing', ['linked_newsgroup', 'nntp_host'])
def test_half_a_gateway_is_logged(make_list, make_msg, site, missing):
    assert gated(make_list(**{**NEWS, missing: ''}), make_msg()) == 0
    assert 'improperly configured' in (site.logs_dir / 'error').read_text()


# --- ToOutgoing ---------------------------------------------------------------


def queued(mlist, msg, **msgdata):
    to_outgoing.process(mlist, msg, msgdata)
    [(_, stored)] = mlist.queue('out').messages
    return stored


def test_the_post_goes_out_with_what_is_known_of_it(mlist, make_msg):
    stored = queued(mlist, make_msg(), recips=['a@b.example'])
    assert stored['recips'] == ['a@b.example']
    assert stored['listname'] == 'test'
    assert 'verp' not in stored


@pytest.mark.parametrize(
    'site_settings, settings, verp',
    [
        ({}, {'personalize': 1}, False),
        ({'VERP_PERSONALIZED_DELIVERIES': 1}, {'personalize': 1}, True),
        ({'VERP_PERSONALIZED_DELIVERIES': 1}, {}, False),
        ({'VERP_DELIVERY_INTERVAL': 1}, {}, True),
        ({'VERP_DELIVERY_INTERVAL': 1}, {'personalize': 1}, False),
        ({'VERP_DELIVERY_INTERVAL': 3}, {'post_id': 6.0}, True),
        ({'VERP_DELIVERY_INTERVAL': 3}, {'post_id': 7.0}, False),
    ],
)
def test_verp_is_chosen_by_site_and_list(
    make_list, make_msg, site, site_settings, settings, verp
):
    for name, value in site_settings.items():
        setattr(site.cfg, name, value)
    stored = queued(make_list(**settings), make_msg(), recips=[])
    assert bool(stored.get('verp')) is verp


@pytest.mark.parametrize('verp', [0, 1])
def test_what_was_decided_before_stays(mlist, make_msg, site, verp):
    site.cfg.VERP_DELIVERY_INTERVAL = 1
    assert queued(mlist, make_msg(), verp=verp)['verp'] == verp


# --- AfterDelivery --------------------------------------------------------------


def test_a_post_is_counted(mlist, make_msg, site):
    mlist.post_id = 4.0
    site.now = lambda: 1_767_867_630.5
    after_delivery.process(mlist, make_msg(), {})
    assert (mlist.post_id, mlist.last_post_time) == (5.0, 1_767_867_630.5)


def test_counting_does_not_rewrite_the_list(mlist, make_msg):
    after_delivery.process(mlist, make_msg(), {})
    assert not mlist.changed
