"""Digests: what is collected, when it goes out, and to whom."""

import time

import pytest

from mailman.actions import digests
from mailman.actions.digests.issue import readers
from mailman.constants import DeliveryStatus, MemberFlag
from mailman.lists import MailList
from mailman.mail import headers

MIME, PLAIN = 'Mime@Member.example', 'plain@member.example'
DAY = 86_400


@pytest.fixture
def digesting(make_list):
    """A list with one reader of each kind, locked as its callers lock it."""

    def make(name='test', **settings):
        defaults = {'digest_size_threshhold': 0, 'digest_footer': 'the end text\n'}
        mlist = make_list(name, members=['anne@member.example'], **defaults | settings)
        mlist.add_member(MIME, digest=True)
        mlist.add_member(PLAIN, digest=True)
        mlist.set_option(PLAIN, MemberFlag.DISABLE_MIME, True)
        mlist.save()
        return mlist

    return make


def sent(mlist):
    """Answer (message, recipients) of what waits in virgin."""
    return [(msg, data['recips']) for msg, data in mlist.queue('virgin').messages]


def send(mlist, *posts):
    for post in posts:
        digests.collect(mlist, post)
    with mlist.lock():
        digests.send(mlist)
    return [msg for msg, _ in sent(mlist)]


def text_of(msg):
    return msg.get_payload(decode=True).decode(msg.get_content_charset())


def subjects(mlist):
    return [headers.decode(msg['subject']) for msg, _ in sent(mlist)]


# --- who and when ---------------------------------------------------------------


def test_each_reader_gets_the_kind_of_choice(digesting, make_msg):
    mlist = digesting()
    send(mlist, make_msg())
    kinds = {msg.get_content_type(): recips for msg, recips in sent(mlist)}
    assert kinds == {'multipart/mixed': [MIME], 'text/plain': [PLAIN]}


def test_both_are_marked_as_digests_of_the_list(digesting, make_msg):
    mlist = digesting()
    send(mlist, make_msg())
    for _, msgdata in mlist.queue('virgin').messages:
        assert msgdata['isdigest'] is True
        assert msgdata['listname'] == 'test'


def test_a_digest_has_the_headers_of_2_1(digesting, make_msg):
    mime, plain = send(digesting(), make_msg())
    for msg in (mime, plain):
        assert msg['from'] == 'test-request@lists.example.com'
        assert msg['to'] == msg['reply-to'] == 'test@lists.example.com'
        assert msg['subject'] == 'Test Digest, Vol 1, Issue 1'
        assert msg.get_all('mime-version') == ['1.0']
        assert msg['date']
    assert mime['message-id'] != plain['message-id']


@pytest.mark.parametrize('status', list(DeliveryStatus)[1:])
def test_who_switched_delivery_off_gets_none(digesting, status):
    mlist = digesting()
    mlist.set_delivery_status(MIME, status)
    assert readers(mlist) == ([], [PLAIN])


def test_who_leaves_digests_gets_one_last(digesting, make_msg):
    mlist = digesting()
    mlist.set_option(PLAIN, MemberFlag.DIGESTS, False)
    mlist.save()
    send(mlist, make_msg())
    assert [recips for _, recips in sent(mlist)] == [[MIME], [PLAIN]]
    assert MailList.open(mlist.site, 'test').one_last_digest == {}
    send(mlist, make_msg())
    assert [recips for _, recips in sent(mlist)][2:] == [[MIME]]


def test_who_left_the_list_meanwhile_gets_none(digesting):
    mlist = digesting()
    mlist.one_last_digest['gone@member.example'] = 0
    assert readers(mlist) == ([MIME], [PLAIN])


def test_who_comes_back_to_digests_gets_it_once(digesting):
    mlist = digesting()
    mlist.set_option(MIME, MemberFlag.DIGESTS, False)
    mlist.set_option(MIME, MemberFlag.DIGESTS, True)
    assert readers(mlist)[0] == [MIME]


def test_a_kind_that_nobody_wants_is_not_made(digesting, make_msg):
    mlist = digesting()
    mlist.remove_member(PLAIN)
    mlist.save()
    send(mlist, make_msg())
    assert [recips for _, recips in sent(mlist)] == [[MIME]]


def test_nothing_collected_is_nothing_sent(digesting):
    mlist = digesting()
    assert not digests.waiting(mlist)
    with mlist.lock():
        assert digests.send(mlist) is False
    assert sent(mlist) == []
    assert (mlist.next_digest_number, mlist.digest_last_sent_at) == (1, 0)


def test_what_was_sent_is_not_sent_again(digesting, make_msg):
    mlist = digesting()
    send(mlist, make_msg())
    assert not digests.waiting(mlist)
    with mlist.lock():
        assert digests.send(mlist) is False


def test_only_numbers_are_written_for_a_digest(digesting, make_msg):
    mlist = digesting()
    before = (mlist.directory / 'config.pck').stat()
    send(mlist, make_msg())
    assert (mlist.directory / 'config.pck').stat().st_ino == before.st_ino
    assert MailList.open(mlist.site, 'test').next_digest_number == 2


@pytest.mark.parametrize(
    'threshold, size, full', [(0, 5000, False), (2, 1000, False), (2, 2048, True)]
)
def test_a_digest_is_full_at_the_threshold(digesting, threshold, size, full):
    mlist = digesting(digest_size_threshhold=threshold)
    (mlist.directory / digests.FILE).write_bytes(b'x' * size)
    assert digests.is_full(mlist) is full


def test_a_large_collection_makes_several_issues(digesting, make_msg, monkeypatch):
    monkeypatch.setattr(digests, 'LARGEST', 3000)
    mlist = digesting()
    send(mlist, *[make_msg(body='x' * 60 + '\n') for _ in range(30)])
    assert len(sent(mlist)) > 4
    assert subjects(mlist)[:3:2] == [
        'Test Digest, Vol 1, Issue 1',
        'Test Digest, Vol 1, Issue 2',
    ]
    mimes = [msg for msg, recips in sent(mlist) if recips == [MIME]]
    assert sum(len(msg.get_payload(2).get_payload()) for msg in mimes) == 30
    assert mlist.next_digest_number == len(mimes) + 1


def test_too_many_posts_make_several_issues(digesting, make_msg, monkeypatch):
    monkeypatch.setattr(digests, 'MOST_POSTS', 2)
    mlist = digesting()
    send(mlist, *[make_msg() for _ in range(5)])
    assert len(sent(mlist)) == 6


# --- volumes ----------------------------------------------------------------------


def test_issues_count_up_and_volumes_too(digesting, make_msg):
    mlist = digesting()
    send(mlist, make_msg())
    send(mlist, make_msg())
    with mlist.lock():
        digests.bump(mlist)
        mlist.save_counters()
    send(mlist, make_msg())
    assert [s.partition(', ')[2] for s in subjects(mlist)[::2]] == [
        'Vol 1, Issue 1',
        'Vol 1, Issue 2',
        'Vol 2, Issue 1',
    ]


def at(text):
    return time.mktime(time.strptime(text, '%Y-%m-%d'))


@pytest.mark.parametrize(
    'frequency, last, now, new',
    [
        (digests.YEARLY, '2025-12-31', '2026-01-01', True),
        (digests.YEARLY, '2026-01-01', '2026-12-31', False),
        (digests.MONTHLY, '2026-01-31', '2026-02-01', True),
        (digests.MONTHLY, '2026-02-01', '2026-02-28', False),
        (digests.MONTHLY, '2025-02-01', '2026-02-01', True),
        (digests.QUARTERLY, '2026-03-31', '2026-04-01', True),
        (digests.QUARTERLY, '2026-04-01', '2026-06-30', False),
        (digests.QUARTERLY, '2025-04-01', '2026-04-01', True),
        (digests.WEEKLY, '2026-01-04', '2026-01-05', True),
        (digests.WEEKLY, '2025-12-29', '2026-01-04', False),
        (digests.DAILY, '2026-01-04', '2026-01-05', True),
        (digests.DAILY, '2026-01-04', '2026-01-04', False),
        (99, '2026-01-04', '2026-02-04', False),
    ],
)
def test_a_volume_ends_with_its_period(digesting, make_msg, frequency, last, now, new):
    mlist = digesting(digest_volume_frequency=frequency)
    mlist.volume, mlist.next_digest_number = 3, 7
    mlist.digest_last_sent_at = at(last)
    mlist.save()
    mlist.site.now = lambda: at(now)
    send(mlist, make_msg())
    assert (mlist.volume, mlist.next_digest_number) == ((4, 2) if new else (3, 8))
    assert mlist.digest_last_sent_at == at(now)


def test_the_first_digest_ever_begins_no_new_volume(digesting, make_msg):
    mlist = digesting()
    send(mlist, make_msg())
    assert mlist.volume == 1


# --- trouble ----------------------------------------------------------------------


def test_trouble_with_one_kind_sends_neither(digesting, make_msg, monkeypatch):
    def trouble(issue):
        raise OSError(28, 'No space left on device')

    mlist = digesting()
    monkeypatch.setattr(digests.plain, 'make', trouble)
    with pytest.raises(OSError, match='No space'):
        send(mlist, make_msg())
    assert sent(mlist) == []
    assert digests.waiting(mlist)
    assert mlist.next_digest_number == 1


def test_a_list_in_another_language_speaks_it(digesting, make_msg):
    mlist = digesting(preferred_language='fr')
    mime, plain = send(mlist, make_msg('Subject: mots'))
    assert mime.get_payload(1).get_payload(decode=True)
    assert 'mots' in text_of(plain)


def test_the_masthead_is_the_owners_if_there_is_one(digesting, make_msg):
    mlist = digesting()
    (mlist.directory / 'en').mkdir()
    (mlist.directory / 'en' / 'masthead.txt').write_text('Ask %(got_owner_email)s')
    _, plain = send(mlist, make_msg())
    assert text_of(plain).startswith('Ask test-owner@lists.example.com\n\n')


def test_owners_texts_are_filled_and_never_fail(digesting, make_msg):
    mlist = digesting(digest_header='%(real_name)s %(nonsense)s %', digest_footer='')
    mime, plain = send(mlist, make_msg())
    descriptions = [part['content-description'] for part in mime.get_payload()]
    assert descriptions == [
        'Test Digest, Vol 1, Issue 1',
        'Digest Header',
        "Today's Topics (1 message)",
        None,
    ]
    assert 'Test %(nonsense)s %\n' in text_of(plain)
    assert 'Digest Footer' not in text_of(plain)


def test_owners_texts_may_use_dollars(digesting, make_msg):
    mlist = digesting(digest_header='$real_name!', use_dollar_strings=1)
    assert '\nTest!\n' in text_of(send(mlist, make_msg())[1])
