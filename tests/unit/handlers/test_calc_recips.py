"""CalcRecips: who gets the post."""

import pytest

from mailman.constants import DeliveryStatus, MemberFlag
from mailman.errors import RejectMessage
from mailman.handlers import calc_recips

ANNE, BOB, CATE = 'anne@member.example', 'Bob@Member.example', 'cate@other.example'


def recips(mlist, msg, **msgdata):
    calc_recips.process(mlist, msg, msgdata)
    return msgdata['recips']


@pytest.fixture
def three(make_list):
    def make(name='test', **settings):
        return make_list(name, members=[ANNE, BOB, CATE], **settings)

    return make


# --- members ------------------------------------------------------------------


def test_members_get_it_at_the_address_they_gave(three, make_msg):
    assert recips(three(), make_msg()) == [ANNE, BOB, CATE]


def test_known_recipients_stay_even_none(three, make_msg):
    assert recips(three(), make_msg(), recips=[]) == []


def test_who_switched_delivery_off_gets_nothing(three, make_msg):
    mlist = three()
    mlist.set_delivery_status(BOB, DeliveryStatus.BY_USER)
    mlist.set_delivery_status(CATE, DeliveryStatus.BY_BOUNCE)
    assert recips(mlist, make_msg()) == [ANNE]


def test_digest_members_wait_for_the_digest(three, make_msg):
    mlist = three()
    mlist.set_option(BOB, MemberFlag.DIGESTS, True)
    assert recips(mlist, make_msg()) == [ANNE, CATE]


@pytest.mark.parametrize('sender', [ANNE, 'ANNE@Member.Example'])
def test_own_posts_are_not_sent_to_whom_they_bore(three, make_msg, sender):
    mlist = three()
    mlist.set_option(ANNE, MemberFlag.DONT_RECEIVE_OWN_POSTS, True)
    assert recips(mlist, make_msg(f'From: {sender}')) == [BOB, CATE]
    assert recips(mlist, make_msg(f'From: {BOB}')) == [ANNE, BOB, CATE]


# --- urgent -------------------------------------------------------------------


def test_an_urgent_post_reaches_everybody(three, make_msg):
    from mailman.security.passwords import hash_password

    mlist = three(mod_password=hash_password('secret'))
    mlist.set_option(BOB, MemberFlag.DIGESTS, True)
    mlist.set_delivery_status(CATE, DeliveryStatus.BY_USER)
    assert recips(mlist, make_msg('Urgent:  secret ')) == [ANNE, CATE, BOB]


@pytest.mark.parametrize('password', ['wrong', ''])
def test_a_wrong_urgent_password_sends_the_post_back(three, make_msg, password):
    with pytest.raises(RejectMessage) as caught:
        recips(three(), make_msg(f'Urgent: {password}'), lang='en')
    assert 'Test' in caught.value.notice


# --- topics -------------------------------------------------------------------


@pytest.fixture
def topical(three):
    mlist = three(topics_enabled=1, topics=[('Cats', 'c', '', 0), ('Dogs', 'd', '', 0)])
    mlist.set_topics(ANNE, ['Cats'])
    mlist.set_topics(BOB, ['Dogs'])
    mlist.set_option(BOB, MemberFlag.RECEIVE_NONMATCHING_TOPICS, True)
    return mlist


@pytest.mark.parametrize(
    'hits, expected',
    [
        (['Cats'], [ANNE, CATE]),
        (['Cats', 'Dogs'], [ANNE, BOB, CATE]),
        (None, [BOB, CATE]),
    ],
)
def test_members_get_the_topics_they_chose(topical, make_msg, hits, expected):
    msgdata = {} if hits is None else {'topichits': hits}
    assert recips(topical, make_msg(), **msgdata) == expected


def test_topics_do_not_count_when_they_are_switched_off(topical, make_msg):
    topical.topics_enabled = 0
    assert recips(topical, make_msg()) == [ANNE, BOB, CATE]


# --- sibling lists --------------------------------------------------------------

SIBLING = 'sib@lists.example.com'


@pytest.fixture
def sibling(make_list):
    mlist = make_list(
        'sib', members=[BOB, 'only@sibling.example', 'dig@sibling.example']
    )
    mlist.add_member('off@sibling.example')
    mlist.set_delivery_status('off@sibling.example', DeliveryStatus.BY_ADMIN)
    mlist.set_option('dig@sibling.example', MemberFlag.DIGESTS, True)
    mlist.save()
    return mlist


def test_members_of_an_included_list_get_it_once(three, make_msg, sibling):
    mlist = three(regular_include_lists=[SIBLING])
    assert recips(mlist, make_msg()) == [ANNE, BOB, CATE, 'only@sibling.example']


def test_an_included_list_that_has_the_post_already_is_left_out(
    three, make_msg, sibling
):
    mlist = three(regular_include_lists=[SIBLING.title()])
    assert recips(mlist, make_msg(f'Cc: {SIBLING}')) == [ANNE, BOB, CATE]


def test_own_posts_do_not_come_back_through_a_sibling(three, make_msg, sibling):
    mlist = three(regular_include_lists=[SIBLING])
    sibling.set_option(BOB, MemberFlag.DONT_RECEIVE_OWN_POSTS, True)
    sibling.save()
    mlist.set_option(BOB, MemberFlag.DONT_RECEIVE_OWN_POSTS, True)
    assert BOB not in recips(mlist, make_msg(f'From: {BOB}'))


@pytest.mark.parametrize(
    'lines, ignore, expected',
    [
        (['Cc: ' + SIBLING], 0, [ANNE, CATE]),
        (['Cc: ' + SIBLING], 1, [ANNE, BOB, CATE]),
        (['Cc: ' + SIBLING, 'From: ' + BOB], 1, [ANNE, CATE]),
        ([], 0, [ANNE, BOB, CATE]),
    ],
)
def test_members_of_an_excluded_list_that_is_addressed_too_get_it_there(
    three, make_msg, sibling, lines, ignore, expected
):
    mlist = three(regular_exclude_lists=[SIBLING], regular_exclude_ignore=ignore)
    assert recips(mlist, make_msg(*lines)) == expected


def test_an_author_is_on_the_excluded_list_through_an_equivalent_domain(
    three, make_msg, sibling
):
    sibling.equivalent_domains = 'member.example, work.example'
    sibling.save()
    mlist = three(regular_exclude_lists=[SIBLING], regular_exclude_ignore=1)
    msg = make_msg('Cc: ' + SIBLING, 'From: bob@work.example')
    assert BOB not in recips(mlist, msg)


@pytest.mark.parametrize(
    'name, why',
    [
        ('test@lists.example.com', 'self reference'),
        ('gone@lists.example.com', 'not found'),
        ('sib@other.example', 'same domain'),
        ('../etc', 'not found'),
    ],
)
def test_a_sibling_that_cannot_be_used_is_logged(
    three, make_msg, sibling, site, name, why
):
    mlist = three(regular_include_lists=[name])
    assert recips(mlist, make_msg('To: x@y.example')) == [ANNE, BOB, CATE]
    assert why in (site.logs_dir / 'error').read_text()


def test_a_sibling_may_be_elsewhere_where_the_site_says_so(
    three, make_msg, sibling, site
):
    site.cfg.ALLOW_CROSS_DOMAIN_SIBLING = True
    mlist = three(regular_include_lists=['sib@other.example'])
    assert 'only@sibling.example' in recips(mlist, make_msg())
