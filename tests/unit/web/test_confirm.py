"""confirm: links in mails are shown by a GET and carried out by a click."""

import re

import pytest

from mailman.constants import DeliveryStatus
from mailman.lists import MailList
from mailman.lists.pending import Pending

ANNE = 'anne@example.org'


@pytest.fixture
def member(mlist):
    with mlist.lock():
        mlist.add_member(ANNE, name='Anne')
        mlist.save()
    return ANNE


def wish(address='new@example.org', **more):
    return {
        'address': address,
        'fullname': 'New One',
        'password': '',
        'digest': 0,
        'language': 'en',
        **more,
    }


def pend(mlist, *operation):
    with mlist.lock():
        return Pending(mlist).new(*operation)


def fresh(mlist):
    return MailList.open(mlist.site, mlist.name)


def submit(browser, cookie, button='submit', **more):
    return browser.post('confirm/test', {'cookie': cookie, button: '1', **more})


def test_a_subscription_is_shown_and_joins_at_a_click(mlist, browser):
    cookie = pend(mlist, 'S', wish())
    text = browser.get(f'confirm/test/{cookie}').text
    assert f'value="{cookie}"' in text and 'value="New One"' in text
    assert 'name="digests"' in text
    assert not fresh(mlist).is_member('new@example.org')
    answer = submit(browser, cookie, realname='Other Name', digests='1')
    assert 'is a member of Test now' in answer.text
    after = fresh(mlist)
    assert after.is_digest('new@example.org')
    assert after.name_of('new@example.org') == 'Other Name'


def test_a_click_is_answered_by_a_redirect(mlist, browser):
    cookie = pend(mlist, 'S', wish())
    fields = {'cookie': cookie, 'submit': '1'}
    assert browser.post('confirm/test', fields, follow=False).status == 303


@pytest.mark.parametrize('query', ['submit=1', 'cancel=1', 'submit=1&cookie='])
def test_following_a_link_changes_nothing(mlist, browser, query):
    cookie = pend(mlist, 'S', wish())
    browser.get(f'confirm/test/{cookie}?{query}')
    browser.get(f'confirm/test?cookie={cookie}&{query}')
    assert Pending(mlist).peek(cookie) and not fresh(mlist).members


def test_a_used_cookie_is_dead_and_says_so(mlist, browser):
    cookie = pend(mlist, 'S', wish())
    submit(browser, cookie)
    for answer in (submit(browser, cookie), browser.get(f'confirm/test/{cookie}')):
        assert answer.status == 200
        assert 'not known here' in answer.text and 'realname' not in answer.text


def test_cancelling_drops_the_request(mlist, browser):
    cookie = pend(mlist, 'S', wish())
    submit(browser, cookie, 'cancel', submit='1')
    assert Pending(mlist).peek(cookie) is None
    assert not fresh(mlist).members


def test_the_cookie_can_be_typed(mlist, browser):
    cookie = pend(mlist, 'S', wish())
    assert 'name="submit_cookie"' in browser.get('confirm/test').text
    answer = submit(browser, f'  {cookie.upper()} ', 'submit_cookie')
    assert 'name="realname"' in answer.text


def test_an_empty_field_asks_for_a_cookie_whatever_the_path_says(mlist, browser):
    cookie = pend(mlist, 'S', wish())
    answer = browser.post(f'confirm/test/{cookie}', {'cookie': ''})
    assert 'name="submit_cookie"' in answer.text


def test_what_a_mail_program_puts_behind_a_link_does_not_matter(mlist, browser):
    cookie = pend(mlist, 'S', wish())
    assert 'name="realname"' in browser.get(f'confirm/test/{cookie}>.').text


def test_more_pieces_in_the_path_are_a_mistake(mlist, browser):
    answer = browser.get('confirm/test/a/b')
    assert answer.status == 200 and 'goes on behind' in answer.text


def test_a_list_that_wants_approval_too_says_that_it_waits(mlist, browser):
    cookie = pend(mlist, 'S', wish())
    with mlist.lock():
        mlist.subscribe_policy = 3
        mlist.save()
    assert 'A moderator decides now' in submit(browser, cookie).text
    assert not fresh(mlist).members


def test_an_invitation_is_an_invitation(mlist, browser):
    cookie = pend(mlist, 'S', wish(invitation='test'))
    assert 'You are invited' in browser.get(f'confirm/test/{cookie}').text
    submit(browser, cookie)
    assert fresh(mlist).is_member('new@example.org')


def test_an_invitation_to_another_list_joins_nowhere(site, mlist, browser):
    MailList.create(site, 'other', 'o@example.com', 'pw')
    cookie = pend(mlist, 'S', wish(invitation='other'))
    assert 'invited to another list' in submit(browser, cookie).text
    assert not fresh(mlist).members


def test_leaving_says_what_happens_and_then_happens(mlist, member, browser):
    cookie = pend(mlist, 'U', member)
    assert 'Do you want to leave Test?' in browser.get(f'confirm/test/{cookie}').text
    assert 'anne@example.org has left Test' in submit(browser, cookie).text
    assert not fresh(mlist).members


def test_another_address_is_taken(mlist, member, browser):
    cookie = pend(mlist, 'C', member, 'new@example.net', 0)
    text = browser.get(f'confirm/test/{cookie}').text
    assert member in text and 'new@example.net' in text
    submit(browser, cookie)
    assert list(fresh(mlist).members) == ['new@example.net']


def test_mail_is_switched_on_again(mlist, member, browser):
    with mlist.lock():
        mlist.set_delivery_status(member, DeliveryStatus.BY_BOUNCE)
        mlist.save()
    cookie = pend(mlist, 'E', 'test', member)
    assert 'came back' in browser.get(f'confirm/test/{cookie}').text
    submit(browser, cookie, 'cancel')
    assert Pending(mlist).peek(cookie)
    submit(browser, cookie)
    assert fresh(mlist).delivery_status_of(member) == DeliveryStatus.ENABLED


def test_a_held_post_that_was_decided_about_says_so(mlist, browser):
    cookie = pend(mlist, 'H', 7)
    assert 'does not wait any more' in browser.get(f'confirm/test/{cookie}').text
    assert 'decided about already' in submit(browser, cookie).text


def test_cancelling_leaves_a_held_post_waiting(mlist, browser):
    cookie = pend(mlist, 'H', 7)
    assert 'still waits' in submit(browser, cookie, 'cancel').text
    assert Pending(mlist).peek(cookie) is None


def test_a_link_to_log_in_logs_in_once_at_a_click(mlist, member, browser, new_browser):
    cookie = pend(mlist, 'L', member)
    browser.get(f'confirm/test/{cookie}')
    assert 'test+user+anne--at--example.org' not in browser.cookies
    answer = submit(browser, cookie)
    assert 'options-submit' in answer.text
    assert 'options-submit' in browser.get(f'options/test/{member}').text
    late = new_browser()
    submit(late, cookie)
    assert not late.cookies.keys() & {'test+user+anne--at--example.org'}


def test_a_probe_is_no_business_of_a_page(mlist, member, browser):
    cookie = pend(mlist, 'P', member, 'message')
    assert 'not known here' in submit(browser, cookie).text
    assert Pending(mlist).peek(cookie)


def test_the_page_speaks_the_language_of_whom_it_is_about(mlist, browser):
    with mlist.lock():
        mlist.available_languages = ['en', 'de']
        mlist.save()
    cookie = pend(mlist, 'S', wish(language='de'))
    text = browser.get(f'confirm/test/{cookie}').text
    assert '<html lang="de"' in text
    assert re.search('<option value="de" selected', text)
    text = browser.get(f'confirm/test/{cookie}?language=en').text
    assert '<html lang="en"' in text
