"""The monthly reminder: one mail for each address, with log-in links."""

import pytest

from mailman.actions import confirmation, reminders
from mailman.constants import DeliveryStatus, MemberFlag
from mailman.lists.pending import Pending
from mailman.outcomes import LoggedIn

ANNE = 'anne@member.example'
BOB = 'Bob@Member.example'


@pytest.fixture
def site_list(make_list):
    return make_list('mailman')


def remind(site_list, *lists):
    book = {}
    for mlist in lists:
        mlist.send_reminders = 1
        with mlist.lock():
            reminders.collect(mlist, book)
    count = reminders.send_all(site_list, book)
    found = site_list.queue('virgin').messages
    assert count == len(found)
    return {data['recips'][0]: (msg, data) for msg, data in found}


def words(mail):
    return mail[0].get_payload(decode=True).decode()


def test_each_address_gets_one_mail_about_all_its_lists(site_list, make_list):
    one = make_list('one', members=[ANNE, BOB])
    two = make_list('two', members=['Anne@Member.example'])
    mails = remind(site_list, one, two)
    assert sorted(mails) == [BOB, ANNE]
    text = words(mails[ANNE])
    assert 'one@lists.example.com\n' in text
    assert 'two@lists.example.com (Anne@Member.example)\n' in text
    assert 'two@' not in words(mails[BOB])


def test_the_mail_comes_from_the_site(site_list, mlist):
    msg, data = remind(site_list, mlist)[ANNE]
    assert msg['from'] == 'mailman-owner@lists.example.com'
    assert data['envsender'] == 'mailman-bounces@lists.example.com'
    assert msg['x-no-archive'] == 'yes' and msg['precedence'] == 'bulk'
    assert 'lists.example.com' in msg['subject']


def test_a_link_logs_the_member_in_once(site_list, mlist):
    text = words(remind(site_list, mlist)[BOB])
    [(cookie, _)] = [(c, op) for c, op in Pending(mlist).items() if op[1] == BOB]
    assert f'/confirm/test/{cookie}' in text
    assert confirmation.confirm(mlist, cookie, expected='L') == LoggedIn(BOB)


def test_no_password_is_mailed(site_list, mlist):
    mlist.set_password(ANNE, 'clear-from-2.1')
    assert 'clear-from-2.1' not in words(remind(site_list, mlist)[ANNE])


def test_some_are_not_reminded(site_list, mlist):
    mlist.set_option(ANNE, MemberFlag.SUPPRESS_PASSWORD_REMINDER, True)
    mlist.set_delivery_status(BOB, DeliveryStatus.BY_BOUNCE)
    assert remind(site_list, mlist) == {}


def test_a_list_that_sends_none_is_left_out(site_list, mlist):
    mlist.send_reminders = 0
    book = {}
    reminders.collect(mlist, book)
    assert book == {}
    assert list(Pending(mlist).items()) == []


def test_hosts_get_a_mail_each(site_list, make_list):
    one = make_list('one', members=[ANNE])
    two = make_list('two', members=[ANNE], host_name='other.example')
    book = {}
    for mlist in (one, two):
        mlist.send_reminders = 1
        reminders.collect(mlist, book)
    assert set(book) == {'lists.example.com', 'other.example'}


def test_a_list_of_lists_has_its_reminders_sent_to_owners(site_list, make_list):
    mlist = make_list(
        'test',
        members=['sub@lists.example'],
        umbrella_list=True,
        umbrella_member_suffix='-owner',
    )
    mails = remind(site_list, mlist)
    assert list(mails) == ['sub-owner@lists.example']


def test_the_language_that_most_lists_use_is_spoken(site_list, make_list):
    lists = [make_list(name, members=[ANNE]) for name in ('one', 'two', 'three')]
    for mlist in lists[1:]:
        mlist.set_language(ANNE, 'fr')
    spoken = []
    site_list.site.translator, translate = (
        lambda lang: (spoken.append(lang), translate(lang))[1],
        site_list.site.translator,
    )
    remind(site_list, *lists)
    assert spoken == ['fr']
