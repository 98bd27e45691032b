"""CookHeaders: the header of the list's copy."""

import pytest

from mailman.archive.permalinks import file_of, permalink
from mailman.handlers import cook_headers, wrap_message
from mailman.mail import headers

LIST = 'test@lists.example.com'


def cooked(mlist, msg, **msgdata):
    """Take a post through the steps that change its header."""
    cook_headers.process(mlist, msg, msgdata)
    wrap_message.process(mlist, msg, msgdata)
    return msg


def text(msg, name):
    value = msg[name]
    return None if value is None else headers.decode(value)


# --- what every copy says -----------------------------------------------------


def test_an_ordinary_post_gets_all_list_headers(mlist, make_msg):
    msg = cooked(mlist, make_msg())
    added = {name: msg[name] for name in msg.keys()[5:]}
    assert added == {
        'X-BeenThere': LIST,
        'X-Mailman-Version': '2.1.39',
        'Precedence': 'list',
        'List-Id': '<test.lists.example.com>',
        'List-Unsubscribe': '<http://lists.example.com/mailman/options/test>,'
        ' <mailto:test-request@lists.example.com?subject=unsubscribe>',
        'List-Archive': '<http://lists.example.com/pipermail/test/>',
        'List-Post': f'<mailto:{LIST}>',
        'List-Help': '<mailto:test-request@lists.example.com?subject=help>',
        'List-Subscribe': '<http://lists.example.com/mailman/listinfo/test>,'
        ' <mailto:test-request@lists.example.com?subject=subscribe>',
        'Archived-At': f'<{permalink(mlist, "one@member.example")}>',
    }


def test_the_address_in_the_archive_is_told_beforehand(mlist, make_msg):
    """RFC 5064: the one that the post will have."""
    msg = cooked(mlist, make_msg('Archived-At: <http://evil.example/>'))
    assert msg.get_all('archived-at') == [
        f'<{mlist.archive_url()}{file_of("one@member.example")}>'
    ]


@pytest.mark.parametrize('header', ['X-No-Archive: yes', 'X-Archive: no'])
def test_no_address_is_told_of_what_is_not_archived(mlist, make_msg, header):
    assert 'Archived-At' not in cooked(mlist, make_msg(header))


@pytest.mark.parametrize(
    'settings', [{'ARCHIVE_TO_MBOX': 1}, {'PUBLIC_EXTERNAL_ARCHIVER': '/bin/cat'}]
)
def test_no_address_is_told_where_we_make_no_pages(mlist, make_msg, settings):
    for name, value in settings.items():
        setattr(mlist.site.cfg, name, value)
    assert 'Archived-At' not in cooked(mlist, make_msg())


@pytest.mark.parametrize('how', [{'isdigest': 1}, {'_fasttrack': 1}])
def test_digests_and_system_mail_have_no_address(mlist, make_msg, how):
    assert 'Archived-At' not in cooked(mlist, make_msg(), **how)


def test_nothing_else_is_touched(make_list, make_msg):
    mlist = make_list(subject_prefix='')
    msg = make_msg('X-Odd:   two   blanks\t', 'To:test@lists.example.com')
    before = msg.as_bytes().partition(b'\n\n')
    after = cooked(mlist, msg).as_bytes().partition(b'\n\n')
    assert after[0].startswith(before[0] + b'\n')
    assert after[2] == before[2]


def test_long_list_headers_are_folded(mlist, make_msg):
    raw = cooked(mlist, make_msg()).as_bytes()
    assert b'/options/test>,\n <mailto:' in raw


def test_list_headers_of_others_are_replaced(mlist, make_msg):
    msg = cooked(mlist, make_msg('List-Id: <other.example>', 'list-post: <x>'))
    assert msg.get_all('list-id') == ['<test.lists.example.com>']
    assert msg.get_all('list-post') == [f'<mailto:{LIST}>']


def test_being_here_is_noted_beside_being_elsewhere(mlist, make_msg):
    msg = cooked(mlist, make_msg('X-BeenThere: other@elsewhere.example'))
    assert msg.get_all('x-beenthere') == ['other@elsewhere.example', LIST]


def test_precedence_and_version_of_the_post_stay(mlist, make_msg):
    msg = cooked(mlist, make_msg('Precedence: bulk', 'X-Mailman-Version: 2.1.9'))
    assert msg.get_all('precedence') == ['bulk']
    assert msg.get_all('x-mailman-version') == ['2.1.9']


@pytest.mark.parametrize(
    'settings, missing',
    [
        ({'include_list_post_header': 0}, 'List-Post'),
        ({'archive': 0}, 'List-Archive'),
        ({'archive': 0}, 'Archived-At'),
        ({'include_rfc2369_headers': 0}, 'Archived-At'),
        ({'include_rfc2369_headers': 0}, 'List-Id'),
    ],
)
def test_lists_may_leave_headers_out(make_list, make_msg, settings, missing):
    msg = cooked(make_list(**settings), make_msg())
    assert missing not in msg
    assert 'X-BeenThere' in msg


def test_mail_about_no_list_has_no_list_headers(mlist, make_msg):
    assert 'List-Id' not in cooked(mlist, make_msg(), _nolist=1)


def test_system_mail_is_marked(mlist, make_msg):
    msg = cooked(mlist, make_msg(), reduced_list_headers=1, _fasttrack=1)
    assert msg['X-List-Administrivia'] == 'yes'
    assert 'List-Id' in msg
    assert 'List-Help' not in msg


@pytest.mark.parametrize(
    'description, expected',
    [
        ('Talk of things', 'Talk of things <test.lists.example.com>'),
        ('Discusión de señales', 'Discusión de señales <test.lists.example.com>'),
        ('A, B; C', '"A, B; C" <test.lists.example.com>'),
        ('two\nlines', 'two lines <test.lists.example.com>'),
        ('', '<test.lists.example.com>'),
    ],
)
def test_the_list_id_carries_the_description(
    make_list, make_msg, description, expected
):
    msg = cooked(make_list(description=description), make_msg())
    assert text(msg, 'list-id') == expected
    assert msg['list-id'].isascii()


def test_noack_tells_other_robots(mlist, make_msg):
    msg = cooked(mlist, make_msg('X-Ack: yes'), noack=1)
    assert msg.get_all('x-ack') == ['no']


def test_the_author_is_remembered(mlist, make_msg):
    msgdata = {}
    cook_headers.process(mlist, make_msg(), msgdata)
    assert msgdata['original_sender'] == 'anne@member.example'


@pytest.mark.parametrize('mark', ['isdigest', '_fasttrack'])
def test_digests_and_system_mail_keep_their_subject(mlist, make_msg, mark):
    assert cooked(mlist, make_msg(), **{mark: True})['subject'] == 'hello'


def test_system_mail_keeps_from_reply_to_and_cc(make_list, make_msg):
    mlist = make_list(
        from_is_list=1, reply_goes_to_list=1, first_strip_reply_to=1, personalize=2
    )
    msg = cooked(mlist, make_msg('Reply-To: x@y.example'), _fasttrack=1)
    assert msg['from'] == 'Anne <anne@member.example>'
    assert msg['reply-to'] == 'x@y.example'
    assert 'cc' not in msg


# --- Reply-To -----------------------------------------------------------------


@pytest.mark.parametrize(
    'goes, strip, given, expected',
    [
        (0, 0, None, None),
        (0, 0, 'Other <e@away.example>', 'Other <e@away.example>'),
        (0, 1, None, None),
        (0, 1, 'Other <e@away.example>', None),
        (1, 0, None, f'Talk <{LIST}>'),
        (1, 0, 'Other <e@away.example>', f'Other <e@away.example>, Talk <{LIST}>'),
        (1, 1, 'Other <e@away.example>', f'Talk <{LIST}>'),
        (1, 0, LIST.upper(), LIST.upper()),
        (2, 0, None, 'talk@discuss.example'),
        (2, 0, 'e@away.example', 'talk@discuss.example, e@away.example'),
        (2, 1, 'e@away.example', 'talk@discuss.example'),
    ],
)
def test_replies_go_where_the_list_says(
    make_list, make_msg, goes, strip, given, expected
):
    mlist = make_list(
        description='Talk',
        reply_goes_to_list=goes,
        first_strip_reply_to=strip,
        reply_to_address='talk@discuss.example',
    )
    msg = cooked(mlist, make_msg(*([f'Reply-To: {given}'] if given else [])))
    assert msg['reply-to'] == expected


def test_reply_to_keeps_its_bytes_when_no_setting_is_about_it(mlist, make_msg):
    msg = make_msg('Reply-To:a@b.example ,\n\tc@d.example')
    assert b'\nReply-To:a@b.example ,\n\tc@d.example\n' in cooked(mlist, msg).as_bytes()


def test_several_reply_to_headers_become_one(mlist, make_msg):
    lines = ['Reply-To: A <a@b.example>', 'Reply-To: c@d.example, a@B.example']
    msg = cooked(mlist, make_msg(*lines))
    assert msg.get_all('reply-to') == ['A <a@b.example>, c@d.example']


def test_archive_and_digest_see_the_reply_to_of_the_author(make_list, make_msg):
    msg, msgdata = make_msg('Reply-To: a@b.example'), {}
    cook_headers.process(make_list(reply_goes_to_list=1), msg, msgdata)
    assert msg['reply-to'] == 'a@b.example'
    wrap_message.process(make_list('other'), msg, msgdata)
    assert LIST in msg['reply-to']


def test_full_personalization_keeps_the_list_in_reach(make_list, make_msg):
    mlist = make_list(personalize=2)
    assert (
        cooked(mlist, make_msg('Cc: g@away.example'))['cc'] == f'g@away.example, {LIST}'
    )


def test_the_list_is_in_reply_to_already(make_list, make_msg):
    mlist = make_list(personalize=2, reply_goes_to_list=1)
    assert 'cc' not in cooked(mlist, make_msg())


# --- From ---------------------------------------------------------------------


@pytest.mark.parametrize(
    'sender, via',
    [
        ('Anne Author <anne@member.example>', 'Anne Author via Test'),
        ('anne@member.example', 'anne--- via Test'),
        ('"a@b.example" <anne@member.example>', 'a--- via Test'),
        ('"me a@b" <anne@member.example>', '"me a@b via Test"'),
        ('=?utf-8?q?Ren=C3=A9?= <anne@member.example>', 'René via Test'),
        ('"Doe, Jane" <anne@member.example>', '"Doe, Jane via Test"'),
        ('Ren\udce9 <anne@member.example>', 'René via Test'),
    ],
)
def test_munging_puts_the_list_into_from(make_list, make_msg, sender, via):
    msg = cooked(make_list(from_is_list=1), make_msg(f'From: {sender}'))
    assert text(msg, 'from') == f'{via} <{LIST}>'
    assert len(msg.get_all('from')) == 1


def test_a_member_without_a_name_in_from_gets_the_one_we_know(make_list, make_msg):
    mlist = make_list(from_is_list=1)
    mlist.add_member('anne@member.example', name='Anne Ämter')
    msg = cooked(mlist, make_msg('From: anne@member.example'))
    assert text(msg, 'from') == f'Anne Ämter via Test <{LIST}>'


@pytest.mark.parametrize('wrap', [1, 2])
@pytest.mark.parametrize(
    'lines, reply_to, cc',
    [
        ([], 'Anne <anne@member.example>', None),
        (['Reply-To: other@away.example'], 'other@away.example', 'Anne'),
        (['Reply-To: ANNE@member.example'], 'ANNE@member.example', None),
    ],
)
def test_the_author_stays_in_reach(make_list, make_msg, wrap, lines, reply_to, cc):
    msg = cooked(make_list(from_is_list=wrap), make_msg(*lines))
    assert msg['reply-to'] == reply_to
    assert msg['cc'] == (f'{cc} <anne@member.example>' if cc else None)


def test_the_author_comes_first_in_cc_and_once(make_list, make_msg):
    mlist = make_list(from_is_list=1, personalize=2)
    other = 'Reply-To: other@away.example'
    msg = cooked(mlist, make_msg('Cc: g@away.example', other))
    assert msg['cc'] == f'Anne <anne@member.example>, g@away.example, {LIST}'
    msg = cooked(mlist, make_msg('Cc: g@away.example, ANNE@member.example', other))
    assert msg['cc'] == f'g@away.example, ANNE@member.example, {LIST}'


def test_a_dmarc_verdict_munges_on_a_list_that_does_not(mlist, make_msg):
    msg = cooked(mlist, make_msg(), from_is_list=1)
    assert msg['from'] == f'Anne via Test <{LIST}>'


@pytest.mark.parametrize(
    'lines, reply_to',
    [
        (['From: a@b.example, c@d.example', 'Sender: s@e.example'], 'a@b.example'),
        (['From: nobody', 'Sender: s@e.example'], None),
    ],
)
def test_odd_froms_are_munged_too(make_list, make_msg, lines, reply_to):
    msg = cooked(make_list(from_is_list=1), make_msg(*lines))
    assert msg['from'].endswith(f'<{LIST}>')
    assert msg['reply-to'] == (reply_to or msg['reply-to'])


def test_a_post_from_nobody_is_from_the_list(make_list, make_msg):
    msg = make_msg()
    del msg['from']
    assert cooked(make_list(from_is_list=1), msg)['from'] == f'Test <{LIST}>'


def test_at_signs_take_no_time(make_list, make_msg):
    import time

    msg = make_msg('From: "' + '@' * 100_000 + '" <anne@member.example>')
    start = time.process_time()
    cooked(make_list(from_is_list=1), msg)
    assert time.process_time() - start < 10


@pytest.mark.parametrize('how', [1, 2])
def test_an_anonymous_list_names_nobody(make_list, make_msg, how):
    mlist = make_list(from_is_list=how, anonymous_list=1)
    msg = cooked(mlist, make_msg(f'From: Quiet <{LIST}>', f'Reply-To: {LIST}'))
    assert msg['from'] == f'Quiet via Test <{LIST}>'
    assert msg['reply-to'] == LIST
    assert 'cc' not in msg
